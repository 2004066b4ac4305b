#define _GNU_SOURCE
#include "leases.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/vfs.h>
#include <unistd.h>

#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#endif

// A real-time signal carries the descriptor and is queued; SIGIO comes in its place when the queue is full.
static int lease_signal(void) { return SIGRTMIN + 7; }

static sigset_t lease_signals(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, lease_signal());
    sigaddset(&set, SIGIO);
    return set;
}

uint32_t cplatform_file_system(int descriptor) {
    struct statfs facts;
    return fstatfs(descriptor, &facts) == 0 ? (uint32_t)facts.f_type : 0;
}

int cplatform_thread_id(void) { return (int)gettid(); }

void cplatform_keep_lease_signals(void) {
    sigset_t set = lease_signals();
    pthread_sigmask(SIG_BLOCK, &set, NULL);
}

int cplatform_take_read_lease(int descriptor, int thread) {
    struct f_owner_ex owner = {.type = F_OWNER_TID, .pid = thread};
    if (fcntl(descriptor, F_SETOWN_EX, &owner) != 0) return -1;
    if (fcntl(descriptor, F_SETSIG, lease_signal()) != 0) return -1;
    return fcntl(descriptor, F_SETLEASE, F_RDLCK) == 0 ? 0 : -1;
}

void cplatform_give_lease_back(int descriptor) { fcntl(descriptor, F_SETLEASE, F_UNLCK); }

int cplatform_has_unbroken_lease(int descriptor) { return fcntl(descriptor, F_GETLEASE) == F_RDLCK; }

int cplatform_wait_for_broken_lease(void) {
    sigset_t set = lease_signals();
    siginfo_t information;
    while (1) {
        int received = sigwaitinfo(&set, &information);
        if (received == lease_signal() && information.si_code > 0) return information.si_fd;
        if (received == SIGIO) return -1;
    }
}

int cplatform_move_pages(void *source, void *target, size_t count) {
    void *moved = mremap(source, count, count, MREMAP_MAYMOVE | MREMAP_FIXED, target);
    return moved == MAP_FAILED ? -1 : 0;
}

int cplatform_populate(void *start, size_t count) { return madvise(start, count, MADV_POPULATE_READ); }
