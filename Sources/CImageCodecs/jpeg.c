#include "CImageCodecs.h"
#include "complaint.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jerror.h>
#include <jpeglib.h>

/// More scans than any encoder makes; each costs a walk over the whole image, whatever it holds.
enum { maximum_scans = 500 };

struct cimage_jpeg {
    struct jpeg_decompress_struct decoder;
    struct jpeg_error_mgr errors;
    struct jpeg_source_mgr source;
    struct jpeg_progress_mgr progress;
    jmp_buf jump;
    const uint8_t *bytes;
    size_t count;
    int recovers;
    int keeps_inks;
    cimage_wanted wanted;
    void *context;
    uint32_t width;
    uint32_t last_line;
    int is_cropped;
    uint8_t *line;
};

static void fail(j_common_ptr codec) {
    char text[JMSG_LENGTH_MAX];
    codec->err->format_message(codec, text);
    cimage_complain(text);
    longjmp(*(jmp_buf *)codec->client_data, 1);
}

static void ignore(j_common_ptr codec) { (void)codec; }

static cimage_jpeg *owner(j_decompress_ptr decoder) { return (cimage_jpeg *)(void *)decoder; }

static void begin_source(j_decompress_ptr decoder) {
    decoder->src->next_input_byte = owner(decoder)->bytes;
    decoder->src->bytes_in_buffer = owner(decoder)->count;
}

static const JOCTET end_of_image[2] = {0xff, JPEG_EOI};

/// All bytes were there from the beginning, so this is called when they end too early.
static boolean fill_source(j_decompress_ptr decoder) {
    struct jpeg_source_mgr *source = decoder->src;
    if (source->bytes_in_buffer > 0) return owner(decoder)->recovers ? TRUE : FALSE;
    if (!owner(decoder)->recovers || source->next_input_byte == end_of_image
        || source->next_input_byte == owner(decoder)->bytes)
        ERREXIT(decoder, JERR_FILE_READ);
    source->next_input_byte = end_of_image;
    source->bytes_in_buffer = 2;
    return TRUE;
}

static void skip_source(j_decompress_ptr decoder, long count) {
    struct jpeg_source_mgr *source = decoder->src;
    if (count < 0) return;
    if ((size_t)count > source->bytes_in_buffer) {
        source->bytes_in_buffer = 0;
        (void)fill_source(decoder);
    } else {
        source->bytes_in_buffer -= (size_t)count;
        source->next_input_byte += count;
    }
}

static void end_source(j_decompress_ptr decoder) { (void)decoder; }

static void check_progress(j_common_ptr codec) {
    cimage_jpeg *self = owner((j_decompress_ptr)codec);
    if (self->decoder.input_scan_number > maximum_scans) ERREXIT(codec, JERR_BAD_PROGRESSION);
    if (self->wanted != NULL && !self->wanted(self->context)) ERREXIT(codec, JERR_BAD_STATE);
}

/// The bytes of all coefficients, which are held at once if the file has more than one scan, and of some rows.
static size_t required_memory(j_decompress_ptr decoder) {
    size_t bytes = (size_t)decoder->image_width * 4 * 256 + (1 << 20);
    if (!jpeg_has_multiple_scans(decoder)) return bytes;
    for (int index = 0; index < decoder->num_components; index++) {
        const jpeg_component_info *component = &decoder->comp_info[index];
        size_t width = component->width_in_blocks + (size_t)component->h_samp_factor;
        size_t height = component->height_in_blocks + (size_t)component->v_samp_factor;
        bytes += width * height * sizeof(JBLOCK);
    }
    return bytes;
}

static int configure(cimage_jpeg *self, const struct cimage_jpeg_options *options) {
    j_decompress_ptr decoder = &self->decoder;
    int channels = options->channels;
    if (channels < 0) return decoder->num_components;
    self->keeps_inks = channels == 0 && options->keeps_inks && decoder->num_components == 4;
    if (channels == 0) channels = decoder->num_components < 3 ? decoder->num_components : 3;
    if (channels == 1) {
        decoder->out_color_space = JCS_GRAYSCALE;
    } else if (channels == 3) {
        int is_cmyk = decoder->jpeg_color_space == JCS_CMYK || decoder->jpeg_color_space == JCS_YCCK;
        decoder->out_color_space = is_cmyk ? JCS_CMYK : JCS_RGB;
    } else {
        return 0;
    }
    decoder->do_fancy_upsampling = options->upscales_smoothly ? TRUE : FALSE;
    decoder->scale_num = 1;
    decoder->scale_denom = (unsigned)options->ratio;
    decoder->dct_method = options->is_accurate ? JDCT_ISLOW : JDCT_IFAST;
    if (self->keeps_inks) {
        decoder->out_color_space = JCS_CMYK;
        return 4;
    }
    return channels;
}

cimage_jpeg *cimage_jpeg_open(
    const uint8_t *bytes, size_t count, const struct cimage_jpeg_options *options, struct cimage_jpeg_facts *facts) {
    if (count == 0) return NULL;
    cimage_jpeg *self = calloc(1, sizeof(cimage_jpeg));
    if (self == NULL) return NULL;
    self->bytes = bytes;
    self->count = count;
    self->recovers = options->recovers;
    j_decompress_ptr decoder = &self->decoder;
    decoder->err = jpeg_std_error(&self->errors);
    decoder->client_data = &self->jump;
    self->errors.error_exit = fail;
    self->errors.output_message = ignore;
    if (setjmp(self->jump)) {
        cimage_jpeg_close(self);
        return NULL;
    }
    jpeg_create_decompress(decoder);
    decoder->src = &self->source;
    self->source.init_source = begin_source;
    self->source.fill_input_buffer = fill_source;
    self->source.skip_input_data = skip_source;
    self->source.resync_to_restart = jpeg_resync_to_restart;
    self->source.term_source = end_source;
    if (jpeg_read_header(decoder, TRUE) != JPEG_HEADER_OK) ERREXIT(decoder, JERR_NO_IMAGE);
    facts->stored_channels = decoder->num_components;
    facts->channels = configure(self, options);
    if (facts->channels == 0) ERREXIT(decoder, JERR_CONVERSION_NOTIMPL);
    jpeg_calc_output_dimensions(decoder);
    facts->width = decoder->output_width;
    facts->height = decoder->output_height;
    facts->memory = required_memory(decoder);
    decoder->mem->max_memory_to_use = (long)facts->memory;
    return self;
}

int cimage_jpeg_start(cimage_jpeg *self, cimage_wanted wanted, void *context) {
    j_decompress_ptr decoder = &self->decoder;
    if (setjmp(self->jump)) return 0;
    self->wanted = wanted;
    self->context = context;
    self->progress.progress_monitor = check_progress;
    decoder->progress = &self->progress;
    // False means that the bytes end in the middle; TensorFlow then finds no rows to read.
    (void)jpeg_start_decompress(decoder);
    if (decoder->output_width == 0 || decoder->output_height == 0) return 0;
    self->width = decoder->output_width;
    self->last_line = decoder->output_height;
    size_t channels = decoder->out_color_space == JCS_CMYK ? 4 : (size_t)decoder->output_components;
    self->line = decoder->mem->alloc_small(
        (j_common_ptr)decoder, JPOOL_IMAGE, (size_t)decoder->output_width * channels);
    return 1;
}

int cimage_jpeg_crop(cimage_jpeg *self, uint32_t x, uint32_t y, uint32_t width, uint32_t height) {
    j_decompress_ptr decoder = &self->decoder;
    if (setjmp(self->jump)) return 0;
    JDIMENSION first = x;
    JDIMENSION count = width;
    jpeg_crop_scanline(decoder, &first, &count);
    if (jpeg_skip_scanlines(decoder, y) != y) return 0;
    self->width = width;
    self->last_line = y + height;
    self->is_cropped = 1;
    return 1;
}

static void convert_cmyk(const cimage_jpeg *self, const uint8_t *source, uint8_t *target) {
    for (uint32_t index = 0; index < self->width; index++, source += 4, target += 3) {
        int k = source[3];
        for (int channel = 0; channel < 3; channel++) {
            int ink = source[channel];
            target[channel] = (uint8_t)(self->decoder.saw_Adobe_marker ? k * ink / 255 : (255 - k) * (255 - ink) / 255);
        }
    }
}

int cimage_jpeg_read(cimage_jpeg *self, uint8_t *rows, size_t stride, int count) {
    j_decompress_ptr decoder = &self->decoder;
    if (setjmp(self->jump)) return -1;
    int is_cmyk = decoder->out_color_space == JCS_CMYK && !self->keeps_inks;
    size_t channels = decoder->out_color_space == JCS_CMYK ? 4 : (size_t)decoder->output_components;
    size_t surplus = (decoder->output_width - self->width) * channels;
    for (int row = 0; row < count; row++) {
        uint8_t *target = rows + (size_t)row * stride;
        uint8_t *line = is_cmyk || surplus > 0 ? self->line : target;
        if (jpeg_read_scanlines(decoder, &line, 1) == 0) return row;
        if (is_cmyk)
            convert_cmyk(self, line + surplus, target);
        else if (surplus > 0)
            memcpy(target, line + surplus, self->width * channels);
    }
    return count;
}

int cimage_jpeg_finish(cimage_jpeg *self) {
    j_decompress_ptr decoder = &self->decoder;
    if (setjmp(self->jump)) return 0;
    if (self->is_cropped && decoder->output_scanline < decoder->output_height)
        jpeg_skip_scanlines(decoder, decoder->output_height - self->last_line);
    (void)jpeg_finish_decompress(decoder);
    return 1;
}

void cimage_jpeg_close(cimage_jpeg *self) {
    jpeg_destroy_decompress(&self->decoder);
    free(self);
}

struct encoder {
    struct jpeg_compress_struct codec;
    struct jpeg_error_mgr errors;
    struct jpeg_destination_mgr target;
    jmp_buf jump;
    uint8_t *bytes;
    size_t capacity;
};

static void begin_target(j_compress_ptr codec) {
    struct encoder *self = (struct encoder *)(void *)codec;
    self->target.next_output_byte = self->bytes;
    self->target.free_in_buffer = self->capacity;
}

static boolean empty_target(j_compress_ptr codec) {
    ERREXIT(codec, JERR_BUFFER_SIZE);
    return FALSE;
}

static void end_target(j_compress_ptr codec) { (void)codec; }

static void write_metadata(j_compress_ptr codec, const struct cimage_jpeg_encoding *encoding) {
    static const char space[] = "http://ns.adobe.com/xap/1.0/";
    jpeg_write_m_header(codec, JPEG_APP0 + 1, (unsigned)(sizeof(space) + encoding->metadata_count));
    for (size_t index = 0; index < sizeof(space); index++) jpeg_write_m_byte(codec, space[index]);
    for (size_t index = 0; index < encoding->metadata_count; index++) jpeg_write_m_byte(codec, encoding->metadata[index]);
}

size_t cimage_jpeg_encode(
    const uint8_t *pixels, int width, int height, int channels, const struct cimage_jpeg_encoding *encoding,
    uint8_t *target, size_t capacity) {
    struct encoder *self = calloc(1, sizeof(struct encoder));
    if (self == NULL) return 0;
    self->bytes = target;
    self->capacity = capacity;
    j_compress_ptr codec = &self->codec;
    codec->err = jpeg_std_error(&self->errors);
    codec->client_data = &self->jump;
    self->errors.error_exit = fail;
    self->errors.output_message = ignore;
    if (setjmp(self->jump)) {
        jpeg_destroy_compress(codec);
        free(self);
        return 0;
    }
    jpeg_create_compress(codec);
    codec->dest = &self->target;
    self->target.init_destination = begin_target;
    self->target.empty_output_buffer = empty_target;
    self->target.term_destination = end_target;
    codec->image_width = (JDIMENSION)width;
    codec->image_height = (JDIMENSION)height;
    codec->input_components = channels;
    codec->in_color_space = channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_set_defaults(codec);
    if (encoding->optimizes_size) codec->optimize_coding = TRUE;
    codec->density_unit = (UINT8)encoding->density_unit;
    codec->X_density = (UINT16)encoding->x_density;
    codec->Y_density = (UINT16)encoding->y_density;
    jpeg_set_quality(codec, encoding->quality, TRUE);
    if (encoding->is_progressive) jpeg_simple_progression(codec);
    for (int index = 0; !encoding->downsamples_chroma && index < codec->num_components; index++) {
        codec->comp_info[index].h_samp_factor = 1;
        codec->comp_info[index].v_samp_factor = 1;
    }
    jpeg_start_compress(codec, TRUE);
    if (encoding->metadata_count > 0) write_metadata(codec, encoding);
    while (codec->next_scanline < codec->image_height) {
        JSAMPROW row = (JSAMPROW)pixels + (size_t)codec->next_scanline * (size_t)width * (size_t)channels;
        jpeg_write_scanlines(codec, &row, 1);
    }
    jpeg_finish_compress(codec);
    size_t count = capacity - self->target.free_in_buffer;
    jpeg_destroy_compress(codec);
    free(self);
    return count;
}
