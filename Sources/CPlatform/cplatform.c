#define _GNU_SOURCE
#include "CPlatform.h"

#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

int cplatform_simd_level(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma") || !__builtin_cpu_supports("f16c") ||
        !__builtin_cpu_supports("bmi") || !__builtin_cpu_supports("bmi2") || !__builtin_cpu_supports("lzcnt") ||
        !__builtin_cpu_supports("movbe"))
        return 0;
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("adx"))
        return 2;
    return 1;
#else
    return 0;
#endif
}

int cplatform_has_crc32(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    return __builtin_cpu_supports("sse4.2");
#else
    return 0;
#endif
}

uint32_t cplatform_flush_denormals(void) {
#if defined(__x86_64__)
    uint32_t state = __builtin_ia32_stmxcsr();
    __builtin_ia32_ldmxcsr(state | 0x8040);  // flush to zero, denormals are zero
    return state;
#else
    return 0;
#endif
}

uint32_t cplatform_denormals(void) {
#if defined(__x86_64__)
    return __builtin_ia32_stmxcsr();
#else
    return 0;
#endif
}

void cplatform_restore_denormals(uint32_t state) {
#if defined(__x86_64__)
    __builtin_ia32_ldmxcsr(state);
#endif
}

int cplatform_allowed_processors(void) {
    cpu_set_t set;
    return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 0;
}

int cplatform_current_processor(void) { return sched_getcpu(); }

void cplatform_leave_processor(int processor) {
    cpu_set_t allowed;
    if (processor < 0 || processor >= CPU_SETSIZE || sched_getaffinity(0, sizeof allowed, &allowed) != 0) return;
    cpu_set_t others = allowed;
    CPU_CLR(processor, &others);
    if (CPU_COUNT(&others) == 0 || sched_setaffinity(0, sizeof others, &others) != 0) return;
    sched_setaffinity(0, sizeof allowed, &allowed);
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) uint32_t cplatform_crc32c(uint32_t state, const void *bytes, size_t count) {
    const unsigned char *next = bytes;
    uint64_t wide = state;
    for (; count >= 8; count -= 8, next += 8) {
        uint64_t word;
        memcpy(&word, next, 8);
        wide = __builtin_ia32_crc32di(wide, word);
    }
    uint32_t narrow = (uint32_t)wide;
    for (; count > 0; count--, next++) narrow = __builtin_ia32_crc32qi(narrow, *next);
    return narrow;
}
#else
uint32_t cplatform_crc32c(uint32_t state, const void *bytes, size_t count) {
    (void)bytes;
    (void)count;
    return state;
}
#endif

void cplatform_name_thread(const char *name) { pthread_setname_np(pthread_self(), name); }

void cplatform_thread_name(char name[16]) {
    if (pthread_getname_np(pthread_self(), name, 16) != 0) name[0] = 0;
}

void cplatform_set_niceness(int niceness) {
    setpriority(PRIO_PROCESS, (id_t)gettid(), niceness);
    struct sched_param none = {0};
    if (niceness >= 19) sched_setscheduler(0, SCHED_BATCH, &none);
}

void cplatform_release_free_memory(void) { malloc_trim(0); }
