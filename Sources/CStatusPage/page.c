#include "CStatusPage.h"

static const unsigned char html[] = {
#embed "page.html"
};
const size_t status_page_html_size = sizeof html;
const unsigned char *status_page_html_bytes(void) { return html; }

static const unsigned char style[] = {
#embed "page.css"
};
const size_t status_page_style_size = sizeof style;
const unsigned char *status_page_style_bytes(void) { return style; }

static const unsigned char script[] = {
#embed "page.js"
};
const size_t status_page_script_size = sizeof script;
const unsigned char *status_page_script_bytes(void) { return script; }
