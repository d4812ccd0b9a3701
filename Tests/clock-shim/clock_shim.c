// Steps the wall clock of one process, for tests: a library for LD_PRELOAD.
//
// The offset is an int64_t of nanoseconds in the first 8 bytes of the file that HOLDFAST_CLOCK_FILE
// names, mapped when the process starts: writing the file steps the clock of every process that has
// it. Only CLOCK_REALTIME moves; the monotonic clocks do not, nor does the kernel's own wall clock
// (timerfd, file times). The real time comes from the system call, never from libc, whose functions
// these are. Nothing here allocates: an allocator may ask for the time.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t none = 0;
static const volatile int64_t *offset = &none;

__attribute__((constructor)) static void map_offset(void) {
    const char *path = getenv("HOLDFAST_CLOCK_FILE");
    if (path == NULL) return;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    void *mapped = file < 0 ? MAP_FAILED : mmap(NULL, sizeof *offset, PROT_READ, MAP_SHARED, file, 0);
    if (file >= 0) close(file);
    if (mapped == MAP_FAILED) {
        static const char text[] = "clock_shim: HOLDFAST_CLOCK_FILE cannot be mapped\n";
        if (write(2, text, sizeof text - 1) < 0) {}
        _exit(127);  // a test whose clock does not step must not pass
    }
    offset = mapped;
}

int clock_gettime(clockid_t clock, struct timespec *time) {
    if (syscall(SYS_clock_gettime, clock, time) != 0) return -1;
    if (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE) return 0;
    int64_t now = (int64_t)time->tv_sec * 1000000000 + time->tv_nsec + *offset;
    time->tv_sec = now / 1000000000;
    time->tv_nsec = now % 1000000000;
    return 0;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone) {
    (void)zone;
    struct timespec now;
    if (clock_gettime(CLOCK_REALTIME, &now) != 0) return -1;
    *time = (struct timeval){now.tv_sec, now.tv_nsec / 1000};
    return 0;
}

time_t time(time_t *result) {
    struct timespec now = {0, 0};
    clock_gettime(CLOCK_REALTIME, &now);
    if (result != NULL) *result = now.tv_sec;
    return now.tv_sec;
}
