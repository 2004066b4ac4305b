#include "cjson.h"

#include <new>
#include <simdjson.h>
#include <sys/mman.h>

struct cjson_reader {
    simdjson::dom::parser parser;
};

// Long texts fill their buffers once, page by page: large pages save a third of the time of a picture written as numbers.
static void advise_large_pages(void *start, size_t size) {
    const uintptr_t large = uintptr_t(2) << 20;
    const uintptr_t first = (reinterpret_cast<uintptr_t>(start) + large - 1) & ~(large - 1);
    const uintptr_t end = (reinterpret_cast<uintptr_t>(start) + size) & ~(large - 1);
    if (first < end) madvise(reinterpret_cast<void *>(first), end - first, MADV_HUGEPAGE);
}

static simdjson::error_code make_room(simdjson::dom::parser &parser, size_t size, size_t max_depth) {
    simdjson::error_code error = parser.allocate(size, max_depth);
    if (error == simdjson::SUCCESS) error = parser.doc.allocate(size);
    if (error != simdjson::SUCCESS) return error;
    advise_large_pages(parser.doc.tape.get(), size * sizeof(uint64_t));
    advise_large_pages(parser.implementation->structural_indexes.get(), size * sizeof(uint32_t));
    return error;
}

const size_t cjson_padding = simdjson::SIMDJSON_PADDING;

extern "C" cjson_reader *cjson_reader_create(void) { return new (std::nothrow) cjson_reader; }

extern "C" void cjson_reader_destroy(cjson_reader *reader) { delete reader; }

extern "C" int cjson_read(cjson_reader *reader, const uint8_t *text, size_t size, bool is_padded, size_t max_depth) {
    if (size == 0) return simdjson::EMPTY;
    if (size >= simdjson::SIMDJSON_MAXSIZE_BYTES) return simdjson::CAPACITY;
    simdjson::error_code error = simdjson::SUCCESS;
    if (reader->parser.capacity() < size || reader->parser.max_depth() != max_depth) {
        error = make_room(reader->parser, size, max_depth);
    }
    if (error == simdjson::SUCCESS) error = reader->parser.parse(text, size, !is_padded).error();
    return error;
}

extern "C" const char *cjson_error_text(int error) {
    switch (error) {
        case simdjson::CAPACITY: return "the text is too long";
        case simdjson::MEMALLOC: return "there is not enough memory for it";
        case simdjson::TAPE_ERROR: return "a bracket, comma, colon or value is missing or misplaced";
        case simdjson::DEPTH_ERROR: return "it is nested too deeply";
        case simdjson::STRING_ERROR: return "a string has an invalid escape";
        case simdjson::T_ATOM_ERROR: return "something begins like true, but is not";
        case simdjson::F_ATOM_ERROR: return "something begins like false, but is not";
        case simdjson::N_ATOM_ERROR: return "something begins like null, but is not";
        case simdjson::NUMBER_ERROR: return "a number is malformed or out of range";
        case simdjson::UTF8_ERROR: return "it is not valid UTF-8";
        case simdjson::EMPTY: return "it is empty";
        case simdjson::UNESCAPED_CHARS: return "a string has a control character that is not escaped";
        case simdjson::UNCLOSED_STRING: return "a string does not end";
        default: return "it is malformed";
    }
}

extern "C" bool cjson_is_memory_error(int error) {
    return error == simdjson::MEMALLOC || error == simdjson::CAPACITY;
}

extern "C" const uint64_t *cjson_tape(const cjson_reader *reader) { return reader->parser.doc.tape.get(); }

extern "C" const uint8_t *cjson_strings(const cjson_reader *reader) { return reader->parser.doc.string_buf.get(); }
