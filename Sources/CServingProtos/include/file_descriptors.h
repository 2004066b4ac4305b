// Made by Scripts/generate-protos; change Protos/ instead.
#ifndef CSERVINGPROTOS_FILE_DESCRIPTORS_H
#define CSERVINGPROTOS_FILE_DESCRIPTORS_H

#include <stddef.h>

/// A file as a serialised google.protobuf.FileDescriptorProto.
typedef struct CServingProtosFile {
    const char *name;
    const unsigned char *bytes;
    size_t byte_count;
    /// Indices of the files that it imports.
    const unsigned short *imports;
    size_t import_count;
} CServingProtosFile;

/// A full name that a file declares.
typedef struct CServingProtosSymbol {
    const char *name;
    unsigned short file;
    /// Non-zero for a message.
    unsigned short is_message;
} CServingProtosSymbol;

/// The files that describe the services, sorted by name; NULL beyond the last one.
const CServingProtosFile *cservingprotos_file_at(size_t index);

/// What the files declare, sorted by name; NULL beyond the last one.
const CServingProtosSymbol *cservingprotos_symbol_at(size_t index);

extern const size_t cservingprotos_file_count;
extern const size_t cservingprotos_symbol_count;

#endif
