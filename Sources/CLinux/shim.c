#define _GNU_SOURCE
#include "shim.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

struct start {
  char name[16];
  void (*body)(void *);
  void *context;
};

static void *run(void *argument) {
  struct start start = *(struct start *)argument;
  free(argument);
  (void)pthread_setname_np(pthread_self(), start.name);
  start.body(start.context);
  return 0;
}

int clinux_thread_start(const char *name, void (*body)(void *), void *context, uint64_t *thread) {
  struct start *start = calloc(1, sizeof *start);
  if (!start) return ENOMEM;
  strncpy(start->name, name, sizeof start->name - 1);
  start->body = body;
  start->context = context;
  pthread_t made;
  int result = pthread_create(&made, 0, run, start);
  if (result != 0) {
    free(start);
    return result;
  }
  *thread = (uint64_t)made;
  return 0;
}

int clinux_thread_join(uint64_t thread, int64_t until_ns) {
  struct timespec until = {until_ns / 1000000000, until_ns % 1000000000};
  return pthread_clockjoin_np((pthread_t)thread, 0, CLOCK_MONOTONIC, &until);
}

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

void clinux_ignore_sigpipe(void) { (void)signal(SIGPIPE, SIG_IGN); }
