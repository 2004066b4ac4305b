// What Swift cannot say or reach: the processor's feature bits, and calls that glibc declares for GNU sources only.
#ifndef CPLATFORM_H
#define CPLATFORM_H

#include "polling.h"

/// The SIMD level of this processor as far as the operating system lets programs use it:
/// 0 = baseline x86-64 (or another architecture), 1 = AVX2 with FMA, 2 = AVX-512 (F, DQ, BW, VL, CD).
int cplatform_simd_level(void);

/// Non-zero if the processor has the crc32 instruction (SSE 4.2).
int cplatform_has_crc32(void);

/// Names the calling thread; at most 15 bytes count.
void cplatform_name_thread(const char *name);

/// Sets the niceness of the calling thread alone.
void cplatform_set_niceness(int niceness);

#endif
