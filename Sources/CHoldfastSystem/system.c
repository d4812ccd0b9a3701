#define _GNU_SOURCE
#include "CHoldfastSystem.h"

#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

int hf_accept(int listener, struct sockaddr_storage *peer, socklen_t *peer_bytes) {
    *peer_bytes = sizeof *peer;
    return accept4(listener, (struct sockaddr *)peer, peer_bytes, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

void hf_name_thread(const char *name) { pthread_setname_np(pthread_self(), name); }

int hf_pin_thread(int processor) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(processor, &set);
    return pthread_setaffinity_np(pthread_self(), sizeof set, &set);
}

void hf_lower_thread(int nice) {
    id_t thread = (id_t)gettid();
    setpriority(PRIO_PROCESS, thread, getpriority(PRIO_PROCESS, thread) + nice);
}

void hf_hasten_thread(uint64_t slice_nanoseconds) {
    /* As in <linux/sched/types.h>, which cannot be included beside <sched.h>. */
    struct {
        uint32_t size;
        uint32_t policy;
        uint64_t flags;
        int32_t nice;
        uint32_t priority;
        uint64_t runtime;
        uint64_t deadline;
        uint64_t period;
    } wanted = {
        .size = sizeof wanted,
        .policy = SCHED_OTHER,
        .nice = getpriority(PRIO_PROCESS, (id_t)gettid()),
        .runtime = slice_nanoseconds,
    };
    syscall(SYS_sched_setattr, 0, &wanted, 0);
}

static _Thread_local void *thread_value;

void *hf_thread_value(void) { return thread_value; }

void hf_set_thread_value(void *value) { thread_value = value; }

void hf_block_sigpipe(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
}

void hf_trim_heap(void) { malloc_trim(0); }

uint64_t hf_heap_bytes(void) {
    struct mallinfo2 info = mallinfo2();
    return (uint64_t)info.uordblks + (uint64_t)info.hblkhd;
}
