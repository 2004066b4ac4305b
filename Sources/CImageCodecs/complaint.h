#ifndef CIMAGECODECS_COMPLAINT_H
#define CIMAGECODECS_COMPLAINT_H

/// Keeps `text`, which may be NULL, for `cimage_complaint`.
void cimage_complain(const char *text);

#endif
