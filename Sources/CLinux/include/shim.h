// What Glibc's Swift overlay leaves out: epoll, eventfd, timerfd and thread names.
//
// No _GNU_SOURCE here: it changes types that the overlay declares too. What needs it is in shim.c.
#pragma once
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

/// One readiness report of `clinux_epoll_wait`, flattened from `struct epoll_event`.
struct clinux_event {
  uint32_t events;
  uint64_t token;
};

static inline int clinux_epoll_create(void) { return epoll_create1(EPOLL_CLOEXEC); }

/// Adds, changes or removes (`EPOLL_CTL_*`) a descriptor; 0, or -1 with errno.
static inline int clinux_epoll_control(int epoll, int operation, int fd, uint32_t events,
                                     uint64_t token) {
  struct epoll_event event = {.events = events, .data = {.u64 = token}};
  return epoll_ctl(epoll, operation, fd, &event);
}

/// Waits for up to `capacity` (at most 256) events; a wait cut short by a signal reports none.
static inline int clinux_epoll_wait(int epoll, struct clinux_event *_Nonnull out, int capacity,
                                  int timeout_ms) {
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

/// A descriptor that wakes an epoll; non-blocking, so a full counter never blocks its ringer.
static inline int clinux_bell_create(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }
static inline void clinux_bell_ring(int bell) { (void)eventfd_write(bell, 1); }
static inline void clinux_bell_clear(int bell) {
  eventfd_t value;
  (void)eventfd_read(bell, &value);
}

static inline void clinux_bell_close(int bell) { (void)close(bell); }
/// Waits until the bell has rung or `timeout_ms` (-1: no limit) is over, and clears it.
static inline void clinux_bell_wait(int bell, int timeout_ms) {
  struct pollfd wanted = {.fd = bell, .events = POLLIN};
  if (poll(&wanted, 1, timeout_ms) > 0) clinux_bell_clear(bell);
}

static inline int clinux_timer_create(void) {
  return timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
}
/// Arms `timer` for an instant of CLOCK_MONOTONIC in nanoseconds; 0 disarms it.
static inline int clinux_timer_arm(int timer, int64_t at_ns) {
  struct itimerspec spec = {.it_value = {at_ns / 1000000000, at_ns % 1000000000}};
  return timerfd_settime(timer, TFD_TIMER_ABSTIME, &spec, 0);
}
static inline void clinux_timer_clear(int timer) {
  uint64_t expirations;
  (void)!read(timer, &expirations, sizeof expirations);
}

/// Nanoseconds of CLOCK_MONOTONIC.
static inline int64_t clinux_monotonic_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}
/// Nanoseconds since the Unix epoch.
static inline int64_t clinux_realtime_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}
/// Nanoseconds of user and system CPU this process has used.
static inline int64_t clinux_process_cpu_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/// Starts a thread that has its name (15 bytes at most) before `body` begins. It must be joined.
/// 0, or the error number.
int clinux_thread_start(const char *_Nonnull name, void (*_Nonnull body)(void *_Nullable),
                        void *_Nullable context, uint64_t *_Nonnull thread);
/// Waits for the end of a thread until an instant of CLOCK_MONOTONIC; 0, or the error number.
int clinux_thread_join(uint64_t thread, int64_t until_ns);

/// Raises the soft limit of open descriptors to the hard one and returns what it is then.
int64_t clinux_raise_descriptor_limit(void);
/// A write to a closed peer fails with EPIPE from now on and does not end the process.
void clinux_ignore_sigpipe(void);
