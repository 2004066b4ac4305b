"""Writes what protoc-c leaves out, from the headers that it made.

usage: generate-proto-tables.py HEADERS C_TARGET SWIFT_FILE

* C_TARGET/include/CServingProtos.h: includes every generated header and gives each message descriptor a function that
  returns its address (Swift copies an imported C constant instead of taking its address);
* C_TARGET/include/module.modulemap;
* C_TARGET/descriptors.c: all message descriptors in one array;
* SWIFT_FILE: the conformance of each message struct to ProtoMessage.
"""

import os
import re
import sys

headers_root, target, swift_file = sys.argv[1:]

headers = sorted(
    os.path.relpath(os.path.join(folder, name), headers_root)
    for folder, _, names in os.walk(headers_root)
    for name in names
    if name.endswith(".h")
)
messages = []  # (C struct, descriptor symbol)
for header in headers:
    text = open(os.path.join(headers_root, header), encoding="utf-8").read()
    structs = re.findall(r"^typedef struct (?:_)?\w+ (\w+);$", text, re.M)
    descriptors = re.findall(r"^extern const ProtobufCMessageDescriptor (\w+)__descriptor;$", text, re.M)
    by_key = {struct.replace("_", "").lower(): struct for struct in structs}
    for descriptor in descriptors:
        messages.append((by_key[descriptor.replace("_", "").lower()], descriptor))
messages.sort()

NOTICE = "Made by Scripts/generate-protos; change Protos/ instead."


def write(path, lines):
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")


lines = [f"// {NOTICE}", "#ifndef CSERVINGPROTOS_H", "#define CSERVINGPROTOS_H", ""]
lines += ["// Through the module CProtobufC, so that its types are the same ones in both modules."]
lines += ['#include "../../CProtobufC/shim.h"', ""]
lines += [f'#include "{header}"' for header in headers]
lines += ["", "// Every message descriptor, and how many there are."]
lines += ["extern const ProtobufCMessageDescriptor *const cservingprotos_descriptors[];", "extern const size_t cservingprotos_descriptor_count;", ""]
lines += ["static inline const ProtobufCMessageDescriptor *cservingprotos_descriptor_at(size_t index) {"]
lines += ["    return index < cservingprotos_descriptor_count ? cservingprotos_descriptors[index] : NULL;", "}", ""]
lines += ["// The address of each descriptor: Swift copies an imported constant instead of taking its address."]
for _, descriptor in messages:
    lines.append(f"static inline const ProtobufCMessageDescriptor *{descriptor}__descriptor_address(void) {{")
    lines += [f"    return &{descriptor}__descriptor;", "}"]
lines += ["", "#endif"]
write(os.path.join(target, "include", "CServingProtos.h"), lines)

write(
    os.path.join(target, "include", "module.modulemap"),
    [f"// {NOTICE}", "module CServingProtos {", '    header "CServingProtos.h"', "    export *", "}"],
)

lines = [f"// {NOTICE}", '#include "CServingProtos.h"', "", "const ProtobufCMessageDescriptor *const cservingprotos_descriptors[] = {"]
lines += [f"    &{descriptor}__descriptor," for _, descriptor in messages]
lines += ["};", f"const size_t cservingprotos_descriptor_count = {len(messages)};"]
write(os.path.join(target, "descriptors.c"), lines)

lines = ["// swift-format-ignore-file", f"// {NOTICE}", "", "import CProtobufC", "import CServingProtos", ""]
for struct, descriptor in messages:
    lines.append(f"extension {struct}: ProtoMessage {{")
    lines.append("    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {")
    lines.append(f"        {descriptor}__descriptor_address()")
    lines += ["    }", "}"]
write(swift_file, lines)
