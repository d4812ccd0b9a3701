#define _GNU_SOURCE
#include "CHoldfastSystem.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
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

/* In the child, between fork and exec: only what is safe there. */
static _Noreturn void become(char *const *arguments, char *const *environment, int terminal,
                             int death_signal, pid_t parent, int report) {
    setpgid(0, 0);
    /* All signals are blocked, SIGTTOU with them: a group behind may then take the terminal. */
    if (terminal >= 0) tcsetpgrp(terminal, getpid());
    if (death_signal) {
        prctl(PR_SET_PDEATHSIG, death_signal);
        if (getppid() != parent) _exit(127);
    }
    sigset_t none;
    sigemptyset(&none);
    pthread_sigmask(SIG_SETMASK, &none, NULL);
    execvpe(arguments[0], arguments, environment);
    int code = errno;
    while (write(report, &code, sizeof code) < 0 && errno == EINTR) {}
    _exit(127);
}

pid_t hf_start_group(char *const *arguments, char *const *environment, int terminal,
                     int death_signal) {
    int report[2];
    if (pipe2(report, O_CLOEXEC) != 0) return -errno;
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid_t parent = getpid();
    /* Orphans of the group come to us, to be reaped: not every first process of a container does. */
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    pid_t child = fork();
    if (child == 0) {
        become(arguments, environment, terminal, death_signal, parent, report[1]);
    }
    int code = child < 0 ? errno : 0;
    close(report[1]);
    if (child > 0) {
        /* Here too, so that the group is there before the program is signalled. */
        setpgid(child, child);
        ssize_t size;
        while ((size = read(report[0], &code, sizeof code)) < 0 && errno == EINTR) {}
        if (size != sizeof code) code = 0;
        if (code != 0) {
            while (waitpid(child, NULL, 0) < 0 && errno == EINTR) {}
        }
    }
    close(report[0]);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return code != 0 ? -code : child;
}

int hf_is_ignored(int signal) {
    struct sigaction action;
    return sigaction(signal, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

enum hf_child_change hf_poll_child(pid_t child, int *value) {
    int status = 0;
    if (waitpid(child, &status, WNOHANG | WUNTRACED) != child) return HF_CHILD_NONE;
    if (WIFSTOPPED(status)) {
        *value = WSTOPSIG(status);
        return HF_CHILD_STOPPED;
    }
    if (WIFSIGNALED(status)) {
        *value = WTERMSIG(status);
        return HF_CHILD_KILLED;
    }
    *value = WEXITSTATUS(status);
    return HF_CHILD_EXITED;
}

int hf_group_is_alive(pid_t group) {
    while (waitpid(-group, NULL, WNOHANG) > 0) {}
    return kill(-group, 0) == 0 || errno == EPERM;
}
