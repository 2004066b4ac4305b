// Facts about files that glibc declares for GNU sources only.
#ifndef CPLATFORM_FILES_H
#define CPLATFORM_FILES_H

#include <stdint.h>

struct cplatform_file_facts {
    uint32_t mode;
    int64_t size;
    /// Nanoseconds since 1970.
    int64_t modified;
    int64_t changed;
    uint64_t inode;
    uint64_t device;
    /// The number of the mount that the path leads into, or 0 if the kernel does not tell.
    uint64_t mount;
};

/// Fills `facts` with what `path` leads to, after symbolic links. Returns 0, or errno.
int cplatform_file_facts(const char *path, struct cplatform_file_facts *facts);

/// The magic number of the file system that `path` lies on, or 0 if it can't be told.
uint64_t cplatform_file_system_magic(const char *path);

/// Opens a directory only to name it, which needs no right to read it; -1 with errno on failure.
int cplatform_open_directory_path(const char *path);

#endif
