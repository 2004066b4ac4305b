// What Swift cannot say or reach: the processor's feature bits, and calls that glibc declares for GNU sources only.
#ifndef CPLATFORM_H
#define CPLATFORM_H

#include <stddef.h>
#include <stdint.h>
#include "files.h"
#include "leases.h"
#include "polling.h"

/// The SIMD level of this processor as far as the operating system lets programs use it:
/// 0 = baseline x86-64 (or another architecture), 1 = AVX2 with FMA, 2 = AVX-512 (F, DQ, BW, VL, CD).
int cplatform_simd_level(void);

/// Non-zero if the processor has the crc32 instruction (SSE 4.2).
int cplatform_has_crc32(void);

/// The number of processors that the scheduler lets this process use, or 0 if it does not tell.
int cplatform_allowed_processors(void);

/// The processor that the calling thread runs on at this moment; -1 if the system does not tell.
int cplatform_current_processor(void);

/// Moves the calling thread from `processor` to another one that it may use, if there is one; it may come back later.
void cplatform_leave_processor(int processor);

/// Runs `count` bytes through the crc32 instruction (polynomial of CRC-32C), starting from the register value `state`.
/// To be called only where `cplatform_has_crc32` says so.
uint32_t cplatform_crc32c(uint32_t state, const void *bytes, size_t count);

/// Names the calling thread; at most 15 bytes count.
void cplatform_name_thread(const char *name);

/// Writes the name of the calling thread, which ends with a zero; empty if the system does not tell.
void cplatform_thread_name(char name[16]);

/// Sets the niceness of the calling thread alone; at 19 it is also scheduled in batches, so that it interrupts nobody
/// when it wakes up.
void cplatform_set_niceness(int niceness);

/// Makes the calling thread take denormal floating-point numbers for zero, both as operands and as results. Returns what
/// `cplatform_restore_denormals` needs to undo that.
uint32_t cplatform_flush_denormals(void);

/// What `cplatform_restore_denormals` needs to make another thread treat denormal numbers as the calling one does now.
uint32_t cplatform_denormals(void);

/// Restores what `cplatform_flush_denormals` has changed.
void cplatform_restore_denormals(uint32_t state);

/// Tells the processor that the calling thread waits for another one in a loop.
static inline void cplatform_pause(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("isb");
#endif
}

/// Asks the processor for the cache line at `place`, which need not be memory, in its second cache.
static inline void cplatform_prefetch(const void *place) { __builtin_prefetch(place, 0, 2); }

/// Asks the processor for the cache line at `place`, which need not be memory, in order to write there soon.
static inline void cplatform_prefetch_written(const void *place) { __builtin_prefetch(place, 1, 3); }

/// Gives free heap memory back to the operating system.
void cplatform_release_free_memory(void);

#endif
