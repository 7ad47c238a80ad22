#define _GNU_SOURCE
#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/timerfd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
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
int64_t clinux_virtual_memory_limit(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return -1;
  return limit.rlim_cur > INT64_MAX ? INT64_MAX : (int64_t)limit.rlim_cur;
}
void clinux_limit_heaps(int count) { (void)mallopt(M_ARENA_MAX, count); }

static sigset_t set_of(const int *signals, int count) {
  sigset_t set;
  sigemptyset(&set);
  for (int i = 0; i < count; i++) sigaddset(&set, signals[i]);
  return set;
}
// Handlers and not a signalfd: the main thread of a Swift program ends up in a sigsuspend that lets
// every signal through, whatever has been blocked.
static int signal_pipe = -1;
static void take_signal(int which) {
  int before = errno;
  char byte = (char)which;
  (void)!write(signal_pipe, &byte, 1);
  errno = before;
}
int clinux_signals_open(const int *signals, int count) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return -1;
  signal_pipe = ends[1];
  struct sigaction action = {.sa_handler = take_signal, .sa_flags = SA_RESTART};
  for (int i = 0; i < count; i++) (void)sigaction(signals[i], &action, 0);
  sigset_t set = set_of(signals, count);
  (void)pthread_sigmask(SIG_UNBLOCK, &set, 0);
  return ends[0];
}
int clinux_signals_next(int descriptor) {
  char byte;
  return read(descriptor, &byte, 1) == 1 ? byte : 0;
}
void clinux_signal_ignore(int which) { (void)signal(which, SIG_IGN); }
void clinux_end_by_signal(int which) {
  (void)signal(which, SIG_DFL);
  sigset_t set = set_of(&which, 1);
  (void)pthread_sigmask(SIG_UNBLOCK, &set, 0);
  (void)raise(which);
  _exit(128 + which);
}

int clinux_spawn(const char *path, const char *arguments, int count, const int *blocked,
                 int blocked_count, int32_t *pid) {
  char **list = calloc((size_t)count + 1, sizeof *list);
  if (list == 0) return ENOMEM;
  for (int i = 0; i < count; i++) {
    list[i] = (char *)arguments;
    arguments += strlen(arguments) + 1;
  }
  sigset_t all, mask = set_of(blocked, blocked_count);
  sigfillset(&all);
  posix_spawnattr_t attributes;
  int code = posix_spawnattr_init(&attributes);
  if (code == 0) {
    (void)posix_spawnattr_setflags(
        &attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
    (void)posix_spawnattr_setsigdefault(&attributes, &all);
    (void)posix_spawnattr_setsigmask(&attributes, &mask);
    (void)posix_spawnattr_setpgroup(&attributes, 0);
    code = posix_spawn(pid, path, 0, &attributes, list, environ);
    (void)posix_spawnattr_destroy(&attributes);
  }
  free(list);
  return code;
}
int32_t clinux_reap(int *status, int *signal) {
  int word;
  pid_t pid = waitpid(-1, &word, WNOHANG);
  if (pid <= 0) return 0;
  *status = WIFEXITED(word) ? WEXITSTATUS(word) : -1;
  *signal = WIFSIGNALED(word) ? WTERMSIG(word) : -1;
  return pid;
}
_Bool clinux_end_with_parent(int32_t parent) {
  (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
  return getppid() == parent;
}
void clinux_fill_standard_streams(void) {
  for (int fd = 0; fd <= 2; fd++)
    if (fcntl(fd, F_GETFD) < 0 && errno == EBADF) (void)!open("/dev/null", O_RDWR);
}
void clinux_write_if_room(int fd, const char *bytes, int count) {
  struct pollfd room = {.fd = fd, .events = POLLOUT};
  if (poll(&room, 1, 0) == 1) (void)!write(fd, bytes, (size_t)(count < 4096 ? count : 4096));
}

int clinux_notify_open(char *name, int capacity) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  int on = 1, fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return -1;
  // An address without a name: the kernel gives one that is free.
  socklen_t size = sizeof address.sun_family;
  int failed = setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof on) != 0 ||
               bind(fd, (struct sockaddr *)&address, size) != 0;
  size = sizeof address;
  failed = failed || getsockname(fd, (struct sockaddr *)&address, &size) != 0;
  int length = (int)size - (int)offsetof(struct sockaddr_un, sun_path);
  if (failed || length < 2 || length >= capacity) {
    clinux_close(fd);
    return -1;
  }
  name[0] = '@';
  memcpy(name + 1, address.sun_path + 1, (size_t)length - 1);
  name[length] = 0;
  return fd;
}
int clinux_notify_next(int fd, char *text, int capacity, int32_t *sender) {
  union {
    char bytes[CMSG_SPACE(sizeof(struct ucred))];
    struct cmsghdr align;
  } control;
  struct iovec part = {.iov_base = text, .iov_len = (size_t)capacity};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control,
                           .msg_controllen = sizeof control};
  ssize_t length = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
  *sender = 0;
  if (length < 0) return -1;
  for (struct cmsghdr *each = CMSG_FIRSTHDR(&message); each; each = CMSG_NXTHDR(&message, each)) {
    if (each->cmsg_level != SOL_SOCKET || each->cmsg_type != SCM_CREDENTIALS) continue;
    struct ucred who;
    memcpy(&who, CMSG_DATA(each), sizeof who);
    *sender = who.pid;
  }
  return (int)length;
}
int clinux_notify_send(const char *name, const char *text, int length) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  size_t bytes = strlen(name);
  if (bytes < 2 || bytes >= sizeof address.sun_path) {
    errno = EINVAL;
    return -1;
  }
  memcpy(address.sun_path, name, bytes);
  if (name[0] == '@') address.sun_path[0] = 0;
  int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  struct timeval limit = {.tv_usec = 100000};
  (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  // The length says where an abstract name ends; a path may come without its NUL.
  socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + bytes);
  ssize_t sent = sendto(fd, text, (size_t)length, MSG_NOSIGNAL, (struct sockaddr *)&address, size);
  clinux_close(fd);
  return sent == length ? 0 : -1;
}

_Bool clinux_file_mark(const char *path, int64_t *mark) {
  struct stat facts;
  if (stat(path, &facts) != 0 || !S_ISREG(facts.st_mode)) return 0;
  mark[0] = (int64_t)facts.st_dev;
  mark[1] = (int64_t)facts.st_ino;
  mark[2] = facts.st_size;
  mark[3] = facts.st_mtim.tv_sec;
  mark[4] = facts.st_mtim.tv_nsec;
  mark[5] = facts.st_ctim.tv_sec;
  mark[6] = facts.st_ctim.tv_nsec;
  return 1;
}
