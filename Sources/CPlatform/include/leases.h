// Leases on files, and memory that changes its place; the Glibc module does not show these.
#ifndef CPLATFORM_LEASES_H
#define CPLATFORM_LEASES_H

#include <stddef.h>
#include <stdint.h>

/// The magic number of the file system on which the open file lies, or 0 if the system does not tell.
uint32_t cplatform_file_system(int descriptor);

/// The system's number of the calling thread.
int cplatform_thread_id(void);

/// Keeps the signals of broken leases, sent to the calling thread, for `cplatform_wait_for_broken_lease`.
void cplatform_keep_lease_signals(void);

/// Takes a read lease on the open file `descriptor`: whoever opens the file for writing or cuts it off is held back by
/// the system until the lease is given back, and thread `thread` is told. 0, or -1 with errno.
int cplatform_take_read_lease(int descriptor, int thread);

/// Gives the lease of `descriptor` back; whoever waits for it goes on.
void cplatform_give_lease_back(int descriptor);

/// Non-zero if `descriptor` has a read lease that nobody wants to break.
int cplatform_has_unbroken_lease(int descriptor);

/// Waits until somebody wants to break a lease whose signals go to this thread; returns the descriptor, or -1 if more
/// leases are wanted back than the system can tell.
int cplatform_wait_for_broken_lease(void);

/// Moves `count` bytes of pages from `source` to `target`, in place of what is mapped there: at every moment other threads
/// see either all of the old or all of the new pages. 0, or -1 with errno.
int cplatform_move_pages(void *source, void *target, size_t count);

/// Fills the page tables for `count` bytes from `start`, both multiples of the page size, reading from the file what is
/// not in memory. 0, or -1 with errno, which is EINVAL on systems that cannot do it.
int cplatform_populate(void *start, size_t count);

#endif
