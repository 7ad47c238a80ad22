// What Glibc's Swift overlay leaves out: epoll, eventfd, timerfd and thread names.
#pragma once
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
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

/// Names the calling thread; at most 15 bytes are kept by the kernel.
static inline void clinux_name_thread(const char *_Nonnull name) {
  (void)pthread_setname_np(pthread_self(), name);
}

/// Raises the soft limit of open descriptors to the hard one and returns what it is then.
static inline int64_t clinux_raise_descriptor_limit(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1024;
  if (limit.rlim_cur < limit.rlim_max) {
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
    (void)getrlimit(RLIMIT_NOFILE, &limit);
  }
  return limit.rlim_cur > 1 << 20 ? 1 << 20 : (int64_t)limit.rlim_cur;
}
