#define _GNU_SOURCE
#include "shim.h"

#include <errno.h>
#include <malloc.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/timerfd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

_Static_assert(EPOLLIN == 0x001 && EPOLLOUT == 0x004 && EPOLLERR == 0x008 && EPOLLHUP == 0x010 &&
                   EPOLL_CTL_ADD == 1 && EPOLL_CTL_DEL == 2 && EPOLL_CTL_MOD == 3,
               "the header repeats the kernel's numbers");
_Static_assert(sizeof(pthread_t) == sizeof(uint64_t), "a thread is one word");

int clinux_epoll_create(void) { return epoll_create1(EPOLL_CLOEXEC); }

int clinux_epoll_control(int epoll, int operation, int fd, uint32_t events, uint64_t token) {
  struct epoll_event event = {.events = events, .data = {.u64 = token}};
  return epoll_ctl(epoll, operation, fd, &event);
}

int clinux_epoll_wait(int epoll, struct clinux_event *out, int capacity, int timeout_ms) {
  struct epoll_event raw[256];
  if (capacity > 256) capacity = 256;
  int count = epoll_wait(epoll, raw, capacity, timeout_ms);
  if (count < 0) return errno == EINTR ? 0 : -1;
  for (int i = 0; i < count; i++) {
    out[i].events = raw[i].events;
    out[i].token = raw[i].data.u64;
  }
  return count;
}

int clinux_bell_create(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }
void clinux_bell_ring(int bell) { (void)eventfd_write(bell, 1); }
void clinux_bell_clear(int bell) {
  eventfd_t value;
  (void)eventfd_read(bell, &value);
}

struct clinux_gong {
  pthread_mutex_t mutex;
  pthread_cond_t rung;
  int is_rung;
};

clinux_gong *clinux_gong_create(void) {
  clinux_gong *gong = calloc(1, sizeof *gong);
  if (gong == 0) return 0;
  pthread_condattr_t attributes;
  (void)pthread_condattr_init(&attributes);
  (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
  (void)pthread_mutex_init(&gong->mutex, 0);
  (void)pthread_cond_init(&gong->rung, &attributes);
  (void)pthread_condattr_destroy(&attributes);
  return gong;
}
void clinux_gong_destroy(clinux_gong *gong) {
  (void)pthread_cond_destroy(&gong->rung);
  (void)pthread_mutex_destroy(&gong->mutex);
  free(gong);
}
void clinux_gong_ring(clinux_gong *gong) {
  (void)pthread_mutex_lock(&gong->mutex);
  gong->is_rung = 1;
  (void)pthread_cond_signal(&gong->rung);
  (void)pthread_mutex_unlock(&gong->mutex);
}
void clinux_gong_wait(clinux_gong *gong, int64_t timeout_ns) {
  struct timespec until;
  clock_gettime(CLOCK_MONOTONIC, &until);
  // A day is as good as for ever: callers look at their own clock.
  if (timeout_ns > INT64_C(86400000000000)) timeout_ns = INT64_C(86400000000000);
  if (timeout_ns > 0) {
    int64_t nanoseconds = until.tv_nsec + timeout_ns;
    until.tv_sec += nanoseconds / 1000000000;
    until.tv_nsec = nanoseconds % 1000000000;
  }
  (void)pthread_mutex_lock(&gong->mutex);
  int code = 0;
  while (!gong->is_rung && code == 0) {
    code = timeout_ns < 0 ? pthread_cond_wait(&gong->rung, &gong->mutex)
                          : pthread_cond_timedwait(&gong->rung, &gong->mutex, &until);
  }
  gong->is_rung = 0;
  (void)pthread_mutex_unlock(&gong->mutex);
}

_Static_assert(POLLIN == EPOLLIN && POLLOUT == EPOLLOUT && POLLERR == EPOLLERR && POLLHUP == EPOLLHUP,
               "poll and epoll say the same");
uint32_t clinux_wait(int fd, uint32_t events, int bell, int second_bell, int timeout_ms) {
  struct pollfd wanted[3] = {{.fd = fd, .events = (short)events},
                             {.fd = bell, .events = POLLIN},
                             {.fd = second_bell, .events = POLLIN}};
  if (poll(wanted, 3, timeout_ms) <= 0) return 0;
  uint32_t found = (uint16_t)wanted[0].revents;
  if (wanted[1].revents != 0) found |= clinux_rung;
  if (wanted[2].revents != 0) found |= clinux_rung_second;
  return found;
}

int clinux_resolve(const char *name, char *out, int capacity) {
  struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM}, *found;
  int code = getaddrinfo(name, 0, &hints, &found);
  if (code != 0) return code;
  int used = 0;
  for (struct addrinfo *each = found; each != 0; each = each->ai_next) {
    char text[NI_MAXHOST];
    if (getnameinfo(each->ai_addr, each->ai_addrlen, text, sizeof text, 0, 0, NI_NUMERICHOST) != 0)
      continue;
    int length = (int)strlen(text);
    if (used + length + 2 > capacity) break;
    memcpy(out + used, text, (size_t)length);
    used += length;
    out[used++] = ' ';
  }
  out[used] = 0;
  freeaddrinfo(found);
  return 0;
}
const char *clinux_resolve_error(int code) { return gai_strerror(code); }

int clinux_timer_create(void) {
  return timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
}
int clinux_timer_arm(int timer, int64_t at_ns) {
  struct itimerspec spec = {.it_value = {at_ns / 1000000000, at_ns % 1000000000}};
  return timerfd_settime(timer, TFD_TIMER_ABSTIME, &spec, 0);
}
void clinux_timer_clear(int timer) {
  uint64_t expirations;
  (void)!read(timer, &expirations, sizeof expirations);
}

void clinux_close(int fd) { (void)close(fd); }
void clinux_die(const char *line, int status) {
  (void)!write(STDERR_FILENO, line, strlen(line));
  _exit(status);
}
int clinux_last_error(void) { return errno; }

static int64_t nanoseconds(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}
int64_t clinux_monotonic_ns(void) { return nanoseconds(CLOCK_MONOTONIC); }
int64_t clinux_realtime_ns(void) { return nanoseconds(CLOCK_REALTIME); }
int64_t clinux_process_cpu_ns(void) { return nanoseconds(CLOCK_PROCESS_CPUTIME_ID); }

int clinux_thread_start(uint64_t *thread, uint64_t stack_bytes, void *(*body)(void *),
                        void *context) {
  pthread_t made;
  pthread_attr_t attributes;
  int code = pthread_attr_init(&attributes);
  if (code != 0) return code;
  if (stack_bytes > 0) code = pthread_attr_setstacksize(&attributes, stack_bytes);
  if (code == 0) code = pthread_create(&made, &attributes, body, context);
  (void)pthread_attr_destroy(&attributes);
  if (code == 0) *thread = (uint64_t)made;
  return code;
}
int clinux_thread_join(uint64_t thread, int64_t timeout_ns) {
  // Not pthread_clockjoin_np: ThreadSanitizer does not know it and loses count of its threads.
  int64_t until_ns;
  if (__builtin_add_overflow(clinux_realtime_ns(), timeout_ns, &until_ns)) until_ns = INT64_MAX;
  struct timespec until = {until_ns / 1000000000, until_ns % 1000000000};
  return pthread_timedjoin_np((pthread_t)thread, 0, &until);
}
void clinux_thread_detach(uint64_t thread) { (void)pthread_detach((pthread_t)thread); }
uint64_t clinux_thread_self(void) { return (uint64_t)pthread_self(); }
void clinux_name_thread(const char *name) { (void)pthread_setname_np(pthread_self(), name); }
void clinux_thread_name(char *out_of_16) {
  if (prctl(PR_GET_NAME, out_of_16) != 0) out_of_16[0] = 0;
}
int32_t clinux_thread_id(void) {
  static _Thread_local int32_t known = 0;
  if (known == 0) known = (int32_t)gettid();
  return known;
}
void clinux_block_sigpipe(void) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGPIPE);
  (void)pthread_sigmask(SIG_BLOCK, &set, 0);
}
void clinux_ignore_sigpipe(void) { (void)signal(SIGPIPE, SIG_IGN); }
void clinux_ignore_sighup(void) { (void)signal(SIGHUP, SIG_IGN); }

int64_t clinux_raise_descriptor_limit(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1024;
  if (limit.rlim_cur < limit.rlim_max) {
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
    (void)getrlimit(RLIMIT_NOFILE, &limit);
  }
  return limit.rlim_cur > 1 << 20 ? 1 << 20 : (int64_t)limit.rlim_cur;
}
void clinux_limit_heaps(int count) { (void)mallopt(M_ARENA_MAX, count); }
