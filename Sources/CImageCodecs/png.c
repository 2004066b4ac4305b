#include "CImageCodecs.h"
#include "complaint.h"

#include <png.h>
#include <stdlib.h>
#include <string.h>

struct cimage_png {
    png_structp png;
    png_infop info;
    const uint8_t *next;
    size_t left;
};

static void fail(png_structp png, png_const_charp message) {
    cimage_complain(message);
    png_longjmp(png, 1);
}

static void ignore(png_structp png, png_const_charp message) {
    (void)png;
    (void)message;
}

static void read_bytes(png_structp png, png_bytep target, size_t count) {
    cimage_png *self = png_get_io_ptr(png);
    if (self->left < count) png_error(png, "end of data");
    memcpy(target, self->next, count);
    self->next += count;
    self->left -= count;
}

/// Asks for rows with `channels` channels of `bits` bits, as TensorFlow does.
static void convert(cimage_png *self, int channels, int bits, struct cimage_png_facts *facts) {
    png_structp png = self->png;
    int color = png_get_color_type(png, self->info);
    int depth = png_get_bit_depth(png, self->info);
    int is_gray = (color & PNG_COLOR_MASK_COLOR) == 0;
    int has_alpha = (color & PNG_COLOR_MASK_ALPHA) != 0;
    int has_transparency = png_get_valid(png, self->info, PNG_INFO_tRNS) != 0;
    if (channels == 0 && color == PNG_COLOR_TYPE_PALETTE) channels = has_transparency ? 4 : 3;
    if (channels == 0) channels = png_get_channels(png, self->info);
    if (channels % 2 != 0) {
        if (has_alpha || has_transparency) png_set_strip_alpha(png);
    } else if (!has_alpha) {
        if (has_transparency)
            png_set_tRNS_to_alpha(png);
        else
            png_set_add_alpha(png, (1u << depth) - 1, PNG_FILLER_AFTER);
    }
    if (depth > 8 && bits <= 8) png_set_strip_16(png);
    facts->is_narrow = depth <= 8 && bits > 8;
    png_set_packing(png);
    facts->passes = png_set_interlace_handling(png);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    if (bits > 8) png_set_swap(png);
#endif
    if (color == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(png);
    if (is_gray && depth < 8) png_set_expand_gray_1_2_4_to_8(png);
    if (channels < 3 && !is_gray) png_set_rgb_to_gray(png, PNG_ERROR_ACTION_NONE, 0.299, 0.587);
    if (channels >= 3 && is_gray) png_set_gray_to_rgb(png);
    png_read_update_info(png, self->info);
    facts->channels = channels;
}

cimage_png *cimage_png_open(const uint8_t *bytes, size_t count, int channels, int bits, struct cimage_png_facts *facts) {
    // Texts are of no use here, and a small file may hold gigabytes of them.
    static const png_byte texts[] = "tEXt\0zTXt\0iTXt";
    cimage_png *self = calloc(1, sizeof(cimage_png));
    if (self == NULL) return NULL;
    self->next = bytes;
    self->left = count;
    self->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, NULL, fail, ignore);
    if (self->png == NULL || setjmp(png_jmpbuf(self->png))) {
        cimage_png_close(self);
        return NULL;
    }
    self->info = png_create_info_struct(self->png);
    if (self->info == NULL) png_error(self->png, "no memory");
    png_set_read_fn(self->png, self, read_bytes);
    png_set_keep_unknown_chunks(self->png, PNG_HANDLE_CHUNK_NEVER, texts, 3);
    png_read_info(self->png, self->info);
    facts->width = png_get_image_width(self->png, self->info);
    facts->height = png_get_image_height(self->png, self->info);
    convert(self, channels, bits, facts);
    return self;
}

int cimage_png_read(cimage_png *self, uint8_t *rows, size_t stride, uint32_t count) {
    if (setjmp(png_jmpbuf(self->png))) return 0;
    for (uint32_t row = 0; row < count; row++) png_read_row(self->png, rows + row * stride, NULL);
    return 1;
}

int cimage_png_finish(cimage_png *self) {
    if (setjmp(png_jmpbuf(self->png))) return 0;
    png_read_end(self->png, self->info);
    return 1;
}

void cimage_png_close(cimage_png *self) {
    if (self->png != NULL) png_destroy_read_struct(&self->png, &self->info, NULL);
    free(self);
}

struct sink {
    uint8_t *next;
    size_t left;
};

static void write_bytes(png_structp png, png_bytep bytes, size_t count) {
    struct sink *sink = png_get_io_ptr(png);
    if (sink->left < count) png_error(png, "no room");
    memcpy(sink->next, bytes, count);
    sink->next += count;
    sink->left -= count;
}

static void flush(png_structp png) { (void)png; }

size_t cimage_png_encode(
    const uint8_t *pixels, uint32_t width, uint32_t height, int channels, int bits, int compression, uint8_t *target,
    size_t capacity) {
    static const int colors[] = {
        PNG_COLOR_TYPE_GRAY, PNG_COLOR_TYPE_GRAY_ALPHA, PNG_COLOR_TYPE_RGB, PNG_COLOR_TYPE_RGB_ALPHA};
    struct sink sink = {target, capacity};
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, fail, ignore);
    if (png == NULL) return 0;
    png_infop info = png_create_info_struct(png);
    if (info == NULL || setjmp(png_jmpbuf(png))) {
        png_destroy_write_struct(&png, &info);
        return 0;
    }
    png_set_write_fn(png, &sink, write_bytes, flush);
    png_set_compression_level(png, compression);
    png_set_compression_mem_level(png, 9);
    png_set_IHDR(
        png, info, width, height, bits, colors[channels - 1], PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
        PNG_FILTER_TYPE_DEFAULT);
    png_write_info(png, info);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    if (bits > 8) png_set_swap(png);
#endif
    size_t stride = (size_t)width * (size_t)channels * (size_t)(bits / 8);
    for (uint32_t row = 0; row < height; row++) png_write_row(png, pixels + row * stride);
    png_write_end(png, NULL);
    png_destroy_write_struct(&png, &info);
    return capacity - sink.left;
}
