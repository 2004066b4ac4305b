"""Writes the descriptors that server reflection hands out as a table in C.

usage: generate-file-descriptors.py DESCRIPTOR_SET TARGET

DESCRIPTOR_SET is what protoc --include_imports --descriptor_set_out makes. Written are TARGET/file_descriptors.h and .c:
each file as a serialised FileDescriptorProto with the indices of the files that it imports, and all full names that the
files declare, sorted, each with its file. Needs nothing but Python.
"""

import sys

source, target = sys.argv[1:]
NOTICE = "Made by Scripts/generate-protos; change Protos/ instead."


def fields(data):
    """(number, value) of each field of a message; values are numbers or bytes."""
    position = 0

    def varint():
        nonlocal position
        value = shift = 0
        while True:
            byte = data[position]
            position += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while position < len(data):
        tag = varint()
        if tag & 7 == 0:
            yield tag >> 3, varint()
        elif tag & 7 == 2:
            count = varint()
            yield tag >> 3, data[position : position + count]
            position += count
        else:
            raise SystemExit(f"{source}: unexpected wire type {tag & 7}")


def texts(data, number):
    return [value.decode() for of, value in fields(data) if of == number]


def parts(data, number):
    return [value for of, value in fields(data) if of == number]


def name(data):
    return texts(data, 1)[0]


def enum_symbols(scope, data):
    yield scope + name(data), "enum"
    for value in parts(data, 2):
        yield scope + name(value), "value"


def message_symbols(scope, data):
    full = scope + name(data)
    yield full, "message"
    for number in (2, 6, 8):  # fields, extensions, oneofs
        for member in parts(data, number):
            yield f"{full}.{name(member)}", "member"
    for nested in parts(data, 3):
        yield from message_symbols(full + ".", nested)
    for nested in parts(data, 4):
        yield from enum_symbols(full + ".", nested)


def file_symbols(data):
    scope = "".join(f"{package}." for package in texts(data, 2))
    for message in parts(data, 4):
        yield from message_symbols(scope, message)
    for enum in parts(data, 5):
        yield from enum_symbols(scope, enum)
    for service in parts(data, 6):
        yield scope + name(service), "service"
        for method in parts(service, 2):
            yield f"{scope}{name(service)}.{name(method)}", "method"
    for extension in parts(data, 7):
        yield scope + name(extension), "member"


files = parts(open(source, "rb").read(), 1)
files.sort(key=name)
indices = {name(data): index for index, data in enumerate(files)}
symbols = sorted((symbol.encode(), kind, index) for index, data in enumerate(files) for symbol, kind in file_symbols(data))
if any(parts(message, 6) for data in files for message in parts(data, 4)) or any(parts(data, 7) for data in files):
    raise SystemExit("an extension is declared, but reflection answers that there are none")


def quoted(text):
    return '"' + (text if isinstance(text, str) else text.decode()) + '"'


header = f"""// {NOTICE}
#ifndef CSERVINGPROTOS_FILE_DESCRIPTORS_H
#define CSERVINGPROTOS_FILE_DESCRIPTORS_H

#include <stddef.h>

/// A file as a serialised google.protobuf.FileDescriptorProto.
typedef struct CServingProtosFile {{
    const char *name;
    const unsigned char *bytes;
    size_t byte_count;
    /// Indices of the files that it imports.
    const unsigned short *imports;
    size_t import_count;
}} CServingProtosFile;

/// A full name that a file declares.
typedef struct CServingProtosSymbol {{
    const char *name;
    unsigned short file;
    /// Non-zero for a message.
    unsigned short is_message;
}} CServingProtosSymbol;

/// The files that describe the services, sorted by name; NULL beyond the last one.
const CServingProtosFile *cservingprotos_file_at(size_t index);

/// What the files declare, sorted by name; NULL beyond the last one.
const CServingProtosSymbol *cservingprotos_symbol_at(size_t index);

extern const size_t cservingprotos_file_count;
extern const size_t cservingprotos_symbol_count;

#endif
"""

lines = [f"// {NOTICE}", '#include "file_descriptors.h"', ""]
for index, data in enumerate(files):
    lines.append(f"static const unsigned char bytes_{index}[] = {{")
    for start in range(0, len(data), 32):
        lines.append("    " + "".join(f"{byte}," for byte in data[start : start + 32]))
    lines.append("};")
    imports = [indices[path] for path in texts(data, 3)]
    if imports:
        lines.append(f"static const unsigned short imports_{index}[] = {{{', '.join(map(str, imports))}}};")
lines += ["", "static const CServingProtosFile files[] = {"]
for index, data in enumerate(files):
    count = len(texts(data, 3))
    imports = f"imports_{index}" if count else "NULL"
    lines.append(f"    {{{quoted(name(data))}, bytes_{index}, sizeof bytes_{index}, {imports}, {count}}},")
lines += ["};", f"const size_t cservingprotos_file_count = {len(files)};", ""]
lines.append("static const CServingProtosSymbol symbols[] = {")
lines += [f"    {{{quoted(symbol)}, {index}, {int(kind == 'message')}}}," for symbol, kind, index in symbols]
lines += ["};", f"const size_t cservingprotos_symbol_count = {len(symbols)};", ""]
for kind, struct in (("file", "CServingProtosFile"), ("symbol", "CServingProtosSymbol")):
    lines.append(f"const {struct} *cservingprotos_{kind}_at(size_t index) {{")
    lines += [f"    return index < cservingprotos_{kind}_count ? &{kind}s[index] : NULL;", "}"]
for path, text in (("file_descriptors.h", header), ("file_descriptors.c", "\n".join(lines) + "\n")):
    with open(f"{target}/{path}", "w", encoding="utf-8") as file:
        file.write(text)
