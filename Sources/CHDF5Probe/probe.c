#define _GNU_SOURCE
#include "pw_hdf5_probe.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#include <sys/syscall.h>
#endif

#include "walk.h"

static uint64_t address_space_now(void) {
  unsigned long pages = 0;
  FILE *file = fopen("/proc/self/statm", "re");
  if (file) {
    if (fscanf(file, "%lu", &pages) != 1) pages = 0;
    fclose(file);
  }
  return (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static void limit(int what, uint64_t value) {
  struct rlimit limits;
  if (getrlimit(what, &limits) != 0) return;
  if (limits.rlim_max != RLIM_INFINITY && value > limits.rlim_max) value = limits.rlim_max;
  limits.rlim_cur = limits.rlim_max = (rlim_t)value;
  setrlimit(what, &limits);
}

static void close_between(unsigned first, unsigned last) {
#if defined(__linux__) && defined(SYS_close_range)
  if (first <= last) syscall(SYS_close_range, first, last, 0);
#else
  (void)first, (void)last;
#endif
}

/// The child's whole life. Whatever it was (run locks, signal handlers, a terminal) is let go first.
static void run_child(int fd, int out, uint64_t file_size, const struct pw_hdf5_limits *limits,
                      uint64_t space_before) {
#ifdef __linux__
  prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
  const int fatal[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGXCPU, SIGPIPE};
  for (size_t i = 0; i < sizeof fatal / sizeof *fatal; i++) signal(fatal[i], SIG_DFL);
  const int polite[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};  // for the parent to answer
  for (size_t i = 0; i < sizeof polite / sizeof *polite; i++) signal(polite[i], SIG_IGN);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);

  int quiet = open("/dev/null", O_RDWR);
  for (int i = 0; i < 3 && quiet >= 0; i++) dup2(quiet, i);
  unsigned low = (unsigned)(fd < out ? fd : out), high = (unsigned)(fd < out ? out : fd);
  close_between(3, low - 1);
  close_between(low + 1, high - 1);
  close_between(high + 1, ~0u);

  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_FSIZE, 0);
  limit(RLIMIT_CPU, limits->cpu_seconds);
  limit(RLIMIT_AS, space_before + limits->memory_bytes);

  static struct pw_walk walk;
  walk.out = out;
  walk.file_size = file_size;
  pw_walk_file(&walk, fd);
  _exit(0);
}

static int64_t milliseconds_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/// Reads until the child closes its end.
static enum pw_hdf5_outcome collect(int in, const struct pw_hdf5_limits *limits, struct pw_hdf5_result *result) {
  size_t capacity = 0;
  int64_t deadline = milliseconds_now() + (int64_t)limits->seconds * 1000;
  for (;;) {
    int64_t left = deadline - milliseconds_now();
    struct pollfd ready = {.fd = in, .events = POLLIN};
    int polled = poll(&ready, 1, left < 0 ? 0 : (int)left);
    if (polled < 0 && errno == EINTR) continue;
    if (polled < 0) return PW_HDF5_SYSTEM;
    if (polled == 0) return PW_HDF5_TIMEOUT;
    if (result->count == capacity) {
      if (capacity >= limits->max_bytes) return PW_HDF5_INCOMPLETE;
      capacity = capacity ? capacity * 2 : 1 << 16;
      uint8_t *larger = realloc(result->bytes, capacity);
      if (!larger) return PW_HDF5_SYSTEM;
      result->bytes = larger;
    }
    ssize_t n = read(in, result->bytes + result->count, capacity - result->count);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return PW_HDF5_SYSTEM;
    if (n == 0) return PW_HDF5_DONE;
    result->count += (size_t)n;
  }
}

void pw_hdf5_catalogue(int fd, uint64_t file_size, const struct pw_hdf5_limits *limits,
                       struct pw_hdf5_result *result) {
  memset(result, 0, sizeof *result);
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) {
    result->outcome = PW_HDF5_SYSTEM;
    result->detail = errno;
    return;
  }
  uint64_t space = address_space_now();
  pid_t child = fork();
  if (child == 0) run_child(fd, ends[1], file_size, limits, space);
  int error = errno;
  close(ends[1]);
  if (child < 0) {
    result->outcome = PW_HDF5_SYSTEM;
    result->detail = error;
    close(ends[0]);
    return;
  }
  enum pw_hdf5_outcome failed = collect(ends[0], limits, result);
  error = errno;
  close(ends[0]);
  if (failed) kill(child, SIGKILL);
  int status = 0;
  pid_t reaped;
  while ((reaped = waitpid(child, &status, 0)) < 0 && errno == EINTR) {
  }
  if (failed) {
    result->outcome = failed;
    result->detail = failed == PW_HDF5_SYSTEM ? error : 0;
  } else if (reaped == child && WIFSIGNALED(status)) {
    result->outcome = PW_HDF5_CRASHED;
    result->detail = WTERMSIG(status);
  } else if (reaped == child && WEXITSTATUS(status) != 0) {
    result->outcome = PW_HDF5_INCOMPLETE;
    result->detail = WEXITSTATUS(status);
  }  // if somebody else reaped it, the end mark of the catalogue decides
}

void pw_hdf5_result_free(struct pw_hdf5_result *result) {
  free(result->bytes);
  result->bytes = NULL;
  result->count = 0;
}
