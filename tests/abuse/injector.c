/* Faults at the n-th file operation, for tests: preloaded (LD_PRELOAD) into a run and every program it starts.
 *
 * Operations on files below one folder are counted over all processes of the run. At the n-th that counts the run is
 * killed, or the operation fails, or it never returns. What to do stands in a file shared by the processes
 * (ABUSE_PLAN), written by tests/abuse/injector.py: `struct plan` there and here must agree.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum action { COUNT = 0, KILL = 1, FAIL = 2, STALL = 3, TEAR = 4, JUMP = 5 };
enum kind { OPEN = 1, CREATE = 2, READ = 4, WRITE = 8, SYNC = 16, NAME = 32 };

struct plan {
  int32_t action, kinds, error, lasting, leader, armed;
  int64_t at, count;
  char below[2048];
  char hit[2048];
};

static struct plan *plan;

#define REAL(name) ((__typeof__(&name))real(#name))
static void *real(const char *name) { return dlsym(RTLD_NEXT, name); }

/* Maps the plan of this run. Called by Python after a fork, and on its own in a program that a run starts. */
int abuse_plan(const char *file) {
  plan = NULL;
  if (!file || !*file) return 0;
  int fd = REAL(open)(file, O_RDWR | O_CLOEXEC);
  if (fd < 0) return -1;
  void *at = mmap(NULL, sizeof(struct plan), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  REAL(close)(fd);
  if (at == MAP_FAILED) return -1;
  plan = at;
  return 0;
}

__attribute__((constructor)) static void begin(void) { abuse_plan(getenv("ABUSE_PLAN")); }

/* The wall clock of a run whose clock has jumped: `error` holds the seconds. */
int clock_gettime(clockid_t clock, struct timespec *now) {
  int done = REAL(clock_gettime)(clock, now);
  if (plan && plan->armed && plan->action == JUMP && clock == CLOCK_REALTIME && plan->at && plan->count >= plan->at)
    now->tv_sec += plan->error;
  return done;
}

int gettimeofday(struct timeval *now, void *zone) {
  int done = REAL(gettimeofday)(now, zone);
  if (plan && plan->armed && plan->action == JUMP && plan->at && plan->count >= plan->at) now->tv_sec += plan->error;
  return done;
}

static int concerns(const char *path) {
  char full[4096];
  if (!path) return 0;
  if (path[0] != '/') {
    if (!getcwd(full, sizeof full / 2)) return 0;
    size_t used = strlen(full);
    snprintf(full + used, sizeof full - used, "/%s", path);
    path = full;
  }
  return strncmp(path, plan->below, strlen(plan->below)) == 0;
}

/* Returns 1 where the operation is to fail, 2 where it is to be torn: half done, then failed. */
static int strike(int kind, const char *path) {
  if (!plan || !plan->armed || !(plan->kinds & kind) || !concerns(path)) return 0;
  int64_t n = __atomic_add_fetch(&plan->count, 1, __ATOMIC_SEQ_CST);
  if (plan->action == COUNT || plan->action == JUMP || plan->at == 0) return 0;
  if (plan->lasting ? n < plan->at : n != plan->at) return 0;
  if (n == plan->at) snprintf(plan->hit, sizeof plan->hit, "%d %s", kind, path);
  if (plan->action == KILL) {
    kill(-plan->leader, SIGKILL);
    for (;;) pause();
  }
  if (plan->action == STALL) {
    struct timespec hour = {3600, 0};
    while (plan->armed) /* as a hard mount does: a signal ends the wait only where its handler leaves for good */
      if (nanosleep(&hour, NULL) && errno == EINTR) { errno = EINTR; return 1; }
  }
  errno = plan->error;
  return plan->action == TEAR ? 2 : 1;
}

static int strike_fd(int kind, int fd) {
  char link[64], path[4096];
  if (!plan || !plan->armed || !(plan->kinds & kind)) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t n = readlink(link, path, sizeof path - 1);
  if (n <= 0) return 0;
  path[n] = 0;
  return strike(kind, path);
}

static int opening(int flags) { return (flags & O_ACCMODE) == O_RDONLY ? OPEN : CREATE; }

#define OPENS(name)                                                            \
  int name(const char *path, int flags, ...) {                                 \
    va_list rest;                                                              \
    va_start(rest, flags);                                                     \
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;    \
    va_end(rest);                                                              \
    if (strike(opening(flags), path)) return -1;                               \
    return REAL(name)(path, flags, mode);                                      \
  }
OPENS(open)
OPENS(open64)

#define OPENSAT(name)                                                          \
  int name(int dir, const char *path, int flags, ...) {                        \
    va_list rest;                                                              \
    va_start(rest, flags);                                                     \
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;    \
    va_end(rest);                                                              \
    if (strike(opening(flags), path)) return -1;                               \
    return REAL(name)(dir, path, flags, mode);                                 \
  }
OPENSAT(openat)
OPENSAT(openat64)

#define FOPENS(name)                                                           \
  FILE *name(const char *path, const char *mode) {                             \
    if (strike(mode[0] == 'r' && !strchr(mode, '+') ? OPEN : CREATE, path))    \
      return NULL;                                                             \
    return REAL(name)(path, mode);                                             \
  }
FOPENS(fopen)
FOPENS(fopen64)

ssize_t read(int fd, void *to, size_t n) {
  if (strike_fd(READ, fd)) return -1;
  return REAL(read)(fd, to, n);
}

ssize_t write(int fd, const void *from, size_t n) {
  int how = strike_fd(WRITE, fd);
  if (how == 2 && n > 1) return REAL(write)(fd, from, n / 2);
  if (how) return -1;
  return REAL(write)(fd, from, n);
}

#define PWRITES(name, offset)                                                  \
  ssize_t name(int fd, const void *from, size_t n, offset at) {                \
    int how = strike_fd(WRITE, fd);                                            \
    if (how == 2 && n > 1) return REAL(name)(fd, from, n / 2, at);             \
    if (how) return -1;                                                        \
    return REAL(name)(fd, from, n, at);                                        \
  }
PWRITES(pwrite, off_t)
PWRITES(pwrite64, off64_t)

ssize_t writev(int fd, const struct iovec *parts, int n) {
  if (strike_fd(WRITE, fd)) return -1;
  return REAL(writev)(fd, parts, n);
}

#define SYNCS(name)                                                            \
  int name(int fd) {                                                           \
    if (strike_fd(SYNC, fd)) return -1;                                        \
    return REAL(name)(fd);                                                     \
  }
SYNCS(fsync)
SYNCS(fdatasync)

#define TRUNCATES(name, offset)                                                \
  int name(int fd, offset n) {                                                 \
    if (strike_fd(WRITE, fd)) return -1;                                       \
    return REAL(name)(fd, n);                                                  \
  }
TRUNCATES(ftruncate, off_t)
TRUNCATES(ftruncate64, off64_t)

int rename(const char *from, const char *to) {
  if (strike(NAME, to)) return -1;
  return REAL(rename)(from, to);
}

int renameat(int a, const char *from, int b, const char *to) {
  if (strike(NAME, to)) return -1;
  return REAL(renameat)(a, from, b, to);
}

int unlink(const char *path) {
  if (strike(NAME, path)) return -1;
  return REAL(unlink)(path);
}

int mkdir(const char *path, mode_t mode) {
  if (strike(NAME, path)) return -1;
  return REAL(mkdir)(path, mode);
}
