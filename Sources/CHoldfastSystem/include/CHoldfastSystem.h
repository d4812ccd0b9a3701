/* System calls and constants that Swift's Glibc module does not show. */
#ifndef HOLDFAST_SYSTEM_H
#define HOLDFAST_SYSTEM_H

#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/types.h>

/* accept4 with close-on-exec and non-blocking set: one call less per connection. */
int hf_accept(int listener, struct sockaddr_storage *peer, socklen_t *peer_bytes);

/* Names the calling thread in ps and perf. */
void hf_name_thread(const char *name);

/* Binds the calling thread to one processor; 0, or an errno. */
int hf_pin_thread(int processor);

/* Makes the calling thread nicer than the others; a refusal is of no matter. */
void hf_lower_thread(int nice);

/* Has the calling thread run sooner after it is woken, in turns of that length (Linux 6.12; earlier
 * ones take no notice). Its share of the processor stays the same. */
void hf_hasten_thread(uint64_t slice_nanoseconds);

/* A pointer of the calling thread's own, NULL until it is set. */
void *hf_thread_value(void);
void hf_set_thread_value(void *value);

/* Blocks SIGPIPE in the calling thread: a write to a gone peer is then only EPIPE. */
void hf_block_sigpipe(void);

/* Returns freed memory to the system. */
void hf_trim_heap(void);

/* Bytes in use in the C heap. */
uint64_t hf_heap_bytes(void);

/* Starts a program in a process group of its own; its process id, or a negative errno.
 *
 * A fork, because posix_spawn can neither hand over the terminal before the program runs (glibc 2.35
 * can, musl cannot) nor tie the program to the life of the thread that starts it.
 *
 * terminal      where not negative, the group is brought to the foreground of that terminal
 * death_signal  where not 0, what the program gets when the calling thread ends */
pid_t hf_start_group(char *const *arguments, char *const *environment, int terminal,
                     int death_signal);

/* Whether the process ignores a signal, as nohup has it ignore SIGHUP. A signal that is blocked is
 * queued all the same. */
int hf_is_ignored(int signal);

/* What became of a child, without waiting for it. */
enum hf_child_change { HF_CHILD_NONE, HF_CHILD_EXITED, HF_CHILD_KILLED, HF_CHILD_STOPPED };

/* Reads the next change of a child; value gets the exit code or the signal. */
enum hf_child_change hf_poll_child(pid_t child, int *value);

/* Whether anything is left of a group whose first process has been reaped; reaps what has ended. */
int hf_group_is_alive(pid_t group);

#endif
