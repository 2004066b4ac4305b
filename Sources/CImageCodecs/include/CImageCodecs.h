// PNG and JPEG for Swift. Both libraries report errors by longjmp, which must not cross Swift frames and which Swift cannot
// set up, so every call that can fail is made here, behind functions that return. Nothing is printed, no limits are guessed:
// callers say how much memory a call may take and are asked whether the result is still wanted.
#ifndef CIMAGECODECS_H
#define CIMAGECODECS_H

#include <stddef.h>
#include <stdint.h>

/// Asked now and then during long work; zero means that nobody waits for the result any more.
typedef int (*cimage_wanted)(void *context);

/// What the libraries said when a call on this thread failed last; empty if they said nothing. Valid until the next failure.
const char *cimage_complaint(void);

// PNG

typedef struct cimage_png cimage_png;

struct cimage_png_facts {
    uint32_t width;
    uint32_t height;
    int channels;
    /// How often each row is read before the image is complete: 1, or 7 if it is interlaced.
    int passes;
    /// Non-zero if rows come with 8 bits although 16 were asked for.
    int is_narrow;
};

/// Reads the header of a PNG file. `channels` is the number of channels that rows shall have, or 0 for those of the file;
/// `bits` is 8 or 16 (in the processor's byte order). The bytes must outlive the result. NULL if the header is not valid.
cimage_png *cimage_png_open(const uint8_t *bytes, size_t count, int channels, int bits, struct cimage_png_facts *facts);
/// Reads the next `count` rows of a pass, which lie `stride` bytes apart. Zero on failure.
int cimage_png_read(cimage_png *png, uint8_t *rows, size_t stride, uint32_t count);
/// Reads what follows the rows. Zero if it is not valid.
int cimage_png_finish(cimage_png *png);
void cimage_png_close(cimage_png *png);

/// Writes a PNG file into `target` and returns its size, or 0 if it does not fit or is not possible. `compression` is that
/// of zlib, or -1.
size_t cimage_png_encode(
    const uint8_t *pixels, uint32_t width, uint32_t height, int channels, int bits, int compression, uint8_t *target,
    size_t capacity);

// JPEG

typedef struct cimage_jpeg cimage_jpeg;

struct cimage_jpeg_options {
    /// The channels of the result: 1, 3, or 0 for those of the file, of which four become three. -1: only the size is asked
    /// for.
    int channels;
    /// The image is made smaller by this number: 1, 2, 4 or 8.
    int ratio;
    int upscales_smoothly;
    int is_accurate;
    /// Non-zero: a file that ends too early is continued with what came last.
    int recovers;
    /// Non-zero: four channels stay four inks, as they are stored, where `channels` is 0.
    int keeps_inks;
};

struct cimage_jpeg_facts {
    uint32_t width;
    uint32_t height;
    int channels;
    /// The channels of the file.
    int stored_channels;
    /// Bytes that decoding takes beside the result.
    size_t memory;
};

/// Reads the header of a JPEG file. The bytes must outlive the result. NULL if it is not valid or cannot be converted.
cimage_jpeg *cimage_jpeg_open(
    const uint8_t *bytes, size_t count, const struct cimage_jpeg_options *options, struct cimage_jpeg_facts *facts);
/// Makes ready for reading rows; a progressive file is read as a whole. Zero on failure.
int cimage_jpeg_start(cimage_jpeg *jpeg, cimage_wanted wanted, void *context);
/// Restricts what is read to a part, which must lie inside the image. Zero on failure.
int cimage_jpeg_crop(cimage_jpeg *jpeg, uint32_t x, uint32_t y, uint32_t width, uint32_t height);
/// Reads up to `count` rows, which lie `stride` bytes apart, and returns how many could be read, or -1 on failure.
int cimage_jpeg_read(cimage_jpeg *jpeg, uint8_t *rows, size_t stride, int count);
/// Reads what follows the rows. Zero if it is not valid.
int cimage_jpeg_finish(cimage_jpeg *jpeg);
void cimage_jpeg_close(cimage_jpeg *jpeg);

struct cimage_jpeg_encoding {
    int quality;
    int is_progressive;
    int optimizes_size;
    int downsamples_chroma;
    int density_unit;
    int x_density;
    int y_density;
    const uint8_t *metadata;
    size_t metadata_count;
};

/// Writes a JPEG file into `target` and returns its size, or 0 if it does not fit or is not possible. `channels` is 1 or 3.
size_t cimage_jpeg_encode(
    const uint8_t *pixels, int width, int height, int channels, const struct cimage_jpeg_encoding *encoding,
    uint8_t *target, size_t capacity);

#endif
