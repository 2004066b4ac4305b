#ifndef CSTATUSPAGE_H
#define CSTATUSPAGE_H

#include <stddef.h>

// The files of the status page as they stand beside page.c; C because Swift cannot embed a file.

extern const size_t status_page_html_size;
extern const size_t status_page_style_size;
extern const size_t status_page_script_size;

const unsigned char *status_page_html_bytes(void);
const unsigned char *status_page_style_bytes(void);
const unsigned char *status_page_script_bytes(void);

#endif
