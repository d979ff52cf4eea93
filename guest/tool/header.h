/* SPDX-License-Identifier: BSD-3-Clause
 * C declarations of exports. */
#ifndef GUEST_TOOL_HEADER_H
#define GUEST_TOOL_HEADER_H

#include "schema/export.h"

#include <stdio.h>

/* The whole header file. */
void header_write(FILE *out, enum module module);

#endif
