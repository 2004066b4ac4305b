#define _GNU_SOURCE
#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

static int64_t nanoseconds(struct statx_timestamp time) {
    return (int64_t)((uint64_t)time.tv_sec * 1000000000u + time.tv_nsec);
}

static int64_t nanoseconds_of(struct timespec time) {
    return (int64_t)((uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec);
}

// Sandboxes and old kernels refuse statx; stat tells all but the mount.
static int facts_of_stat(const char *path, struct cplatform_file_facts *facts) {
    struct stat found;
    if (stat(path, &found) != 0) return errno;
    facts->mode = found.st_mode;
    facts->size = found.st_size;
    facts->modified = nanoseconds_of(found.st_mtim);
    facts->changed = nanoseconds_of(found.st_ctim);
    facts->inode = found.st_ino;
    facts->device = found.st_dev;
    facts->mount = 0;
    return 0;
}

int cplatform_file_facts(const char *path, struct cplatform_file_facts *facts) {
    unsigned mask = STATX_BASIC_STATS;
#ifdef STATX_MNT_ID
    mask |= STATX_MNT_ID;
#endif
    struct statx found;
    if (statx(AT_FDCWD, path, AT_STATX_SYNC_AS_STAT, mask, &found) != 0) {
        if (errno == ENOSYS || errno == EPERM || errno == EINVAL) return facts_of_stat(path, facts);
        return errno;
    }
    facts->mode = found.stx_mode;
    facts->size = (int64_t)found.stx_size;
    facts->modified = nanoseconds(found.stx_mtime);
    facts->changed = nanoseconds(found.stx_ctime);
    facts->inode = found.stx_ino;
    facts->device = makedev(found.stx_dev_major, found.stx_dev_minor);
    facts->mount = 0;
#ifdef STATX_MNT_ID
    if (found.stx_mask & STATX_MNT_ID) facts->mount = found.stx_mnt_id;
#endif
    return 0;
}

uint64_t cplatform_file_system_magic(const char *path) {
    struct statfs found;
    return statfs(path, &found) == 0 ? (uint64_t)(uint32_t)found.f_type : 0;
}

int cplatform_open_directory_path(const char *path) { return open(path, O_PATH | O_DIRECTORY | O_CLOEXEC); }
