// What Glibc's Swift overlay leaves out: epoll, eventfd, timerfd, joining with a deadline, thread names.
//
// No system header is included here: they look different under _GNU_SOURCE, and two modules that
// disagree on one struct cannot be imported together. Errors are left in errno where not said else.
#pragma once
#include <stdint.h>

/// One readiness report of `clinux_epoll_wait`, flattened from `struct epoll_event`.
struct clinux_event {
  uint32_t events;
  uint64_t token;
};

/// Bits of `clinux_event.events` and of `clinux_epoll_control`.
static const uint32_t clinux_readable = 0x001;
static const uint32_t clinux_writable = 0x004;
static const uint32_t clinux_failed = 0x008;
static const uint32_t clinux_hung_up = 0x010;

/// Operations of `clinux_epoll_control`.
static const int clinux_epoll_add = 1;
static const int clinux_epoll_remove = 2;
static const int clinux_epoll_change = 3;

int clinux_epoll_create(void);
/// Adds, removes or changes a descriptor; 0, or -1 with errno.
int clinux_epoll_control(int epoll, int operation, int fd, uint32_t events, uint64_t token);
/// Waits for up to `capacity` (at most 256) events; a wait cut short by a signal reports none.
int clinux_epoll_wait(int epoll, struct clinux_event *_Nonnull out, int capacity, int timeout_ms);

/// A descriptor that wakes an epoll; non-blocking, so a full counter never blocks its ringer.
int clinux_bell_create(void);
void clinux_bell_ring(int bell);
void clinux_bell_clear(int bell);

/// Wakes a thread that waits for nothing else; costs no descriptor. Null: no memory.
typedef struct clinux_gong clinux_gong;
clinux_gong *_Nullable clinux_gong_create(void);
void clinux_gong_destroy(clinux_gong *_Nonnull gong);
void clinux_gong_ring(clinux_gong *_Nonnull gong);
/// Waits until the gong has been rung or `timeout_ns` (below 0: no limit) is over, and clears it.
void clinux_gong_wait(clinux_gong *_Nonnull gong, int64_t timeout_ns);

/// Waits until `fd` is ready for `events` (bits as above), one of the bells has rung, or
/// `timeout_ms` (-1: no limit) is over. Descriptors below 0 are left out. The answer has the bits of
/// `fd` and those of the bells, which are not cleared; 0 when time is over or a signal came.
uint32_t clinux_wait(int fd, uint32_t events, int bell, int second_bell, int timeout_ms);
static const uint32_t clinux_rung = 0x10000;
static const uint32_t clinux_rung_second = 0x20000;

/// Writes the addresses of a host's name as text, separated by spaces, cut to what fits whole; 0,
/// or an error for `clinux_resolve_error`. Blocks as long as the system's resolver does.
int clinux_resolve(const char *_Nonnull name, char *_Nonnull out, int capacity);
const char *_Nonnull clinux_resolve_error(int code);

int clinux_timer_create(void);
/// Arms `timer` for an instant of CLOCK_MONOTONIC in nanoseconds; 0 disarms it.
int clinux_timer_arm(int timer, int64_t at_ns);
void clinux_timer_clear(int timer);

void clinux_close(int fd);
/// Ends the process at once: nothing is unwound or flushed. `line` goes to standard error before.
_Noreturn void clinux_die(const char *_Nonnull line, int status);
/// The calling thread's errno.
int clinux_last_error(void);

/// Nanoseconds of CLOCK_MONOTONIC.
int64_t clinux_monotonic_ns(void);
/// Nanoseconds since the Unix epoch.
int64_t clinux_realtime_ns(void);
/// Nanoseconds of user and system CPU this process has used.
int64_t clinux_process_cpu_ns(void);

/// Starts a thread; 0, or the error number. `stack_bytes` of 0 is the default size. One that is never joined leaks its stack.
int clinux_thread_start(uint64_t *_Nonnull thread, uint64_t stack_bytes,
                        void *_Nullable (*_Nonnull body)(void *_Nullable),
                        void *_Nullable context);
/// Waits for a thread's end, at most so long; 0, or the error number. A thread is joined once.
int clinux_thread_join(uint64_t thread, int64_t timeout_ns);
/// The thread will not be joined: its stack goes when it ends.
void clinux_thread_detach(uint64_t thread);
uint64_t clinux_thread_self(void);
/// Names the calling thread; at most 15 bytes are kept by the kernel.
void clinux_name_thread(const char *_Nonnull name);
/// Writes the calling thread's name as the kernel has it, and a 0 behind it.
void clinux_thread_name(char *_Nonnull out_of_16);
/// The kernel's number of the calling thread. Cheap: it is asked for once a thread.
int32_t clinux_thread_id(void);
/// A write to a closed peer fails in this thread with EPIPE and does not end the process.
void clinux_block_sigpipe(void);
/// A write to a closed peer fails with EPIPE from now on and does not end the process.
void clinux_ignore_sigpipe(void);

/// Raises the soft limit of open descriptors to the hard one and returns what it is then.
int64_t clinux_raise_descriptor_limit(void);

/// Most bytes of virtual memory that the process may have; -1: no bound.
int64_t clinux_virtual_memory_limit(void);
/// Bounds the heaps that malloc keeps for threads: pages of many megabytes are made and freed on
/// whatever thread is there, and each heap would keep what one page needed.
void clinux_limit_heaps(int count);

/// One word of memory that other threads, or another process by a map of the same file, may read or
/// write at the same time. What a thread wrote before a word is seen by who reads that word.
static inline uint64_t clinux_load_word(const uint64_t *_Nonnull word) {
  return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}
static inline void clinux_store_word(uint64_t *_Nonnull word, uint64_t value) {
  __atomic_store_n(word, value, __ATOMIC_RELEASE);
}

/// From now on these signals end nothing and wait to be taken. Gives a descriptor that is readable
/// when one waits; -1 with errno. Once in a process.
int clinux_signals_open(const int *_Nonnull signals, int count);
/// The next signal that waits; 0: none.
int clinux_signals_next(int descriptor);
void clinux_signal_ignore(int signal);
/// Ends the process by this signal, or with 128 + signal where the kernel spares it (PID 1).
_Noreturn void clinux_end_by_signal(int signal);

/// Starts a program with its own process group, every signal at its default and these ones blocked.
/// `arguments`: `count` texts, each with its NUL. Returns 0, or the error number.
int clinux_spawn(const char *_Nonnull path, const char *_Nonnull arguments, int count,
                 const int *_Nonnull blocked, int blocked_count, int32_t *_Nonnull pid);
/// Reaps one child that has ended: its process id, or 0 when there is none. Of `status` and
/// `signal` one is said, the other is -1.
int32_t clinux_reap(int *_Nonnull status, int *_Nonnull signal);
/// SIGTERM for the calling process when `parent` ends; false when `parent` is not its parent (any more).
_Bool clinux_end_with_parent(int32_t parent);
/// Opens /dev/null in the place of standard streams that are closed, so that no other file gets
/// their numbers.
void clinux_fill_standard_streams(void);
/// Writes at most 4096 bytes if that does not block; else they are left out.
void clinux_write_if_room(int fd, const char *_Nonnull bytes, int count);

/// A datagram socket under an abstract name that the kernel chooses; `name` gets it, as
/// `@name`, with a NUL. The descriptor, or -1 with errno.
int clinux_notify_open(char *_Nonnull name, int capacity);
/// The next datagram, cut to `capacity`, and who sent it (0: unknown); its length, or -1: none.
int clinux_notify_next(int fd, char *_Nonnull text, int capacity, int32_t *_Nonnull sender);
/// Sends a datagram to a path or an `@abstract` name, waiting 100 ms at most; 0, or -1 with errno.
int clinux_notify_send(const char *_Nonnull name, const char *_Nonnull text, int length);

/// What tells one state of a regular file from another: 7 numbers. False: there is no such file, or
/// it is of another kind.
_Bool clinux_file_mark(const char *_Nonnull path, int64_t *_Nonnull mark);
