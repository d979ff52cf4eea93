/* SPDX-License-Identifier: BSD-3-Clause
 * Text within HTML and SVG, between tags and in attributes. */
#ifndef DIFF_ESCAPE_H
#define DIFF_ESCAPE_H

#include "schema/base.h"

#include <stdio.h>

/* Control characters but for the line's end become blanks: XML has no way to write them. */
void escape_markup(const char *text, size_t size, FILE *out);

#endif
