#include "complaint.h"

#include <stdio.h>

#include "CImageCodecs.h"

static _Thread_local char complaint[256];

void cimage_complain(const char *text) { snprintf(complaint, sizeof(complaint), "%s", text == NULL ? "" : text); }

const char *cimage_complaint(void) { return complaint; }
