/* SPDX-License-Identifier: BSD-3-Clause
 * The imports of one title. */
#ifndef GUEST_TOOL_IMPORT_H
#define GUEST_TOOL_IMPORT_H

#include "schema/base.h"

#include <stdio.h>

/* Reads symbol names, one a line, and writes C source that defines those that are exports: import records, thunks, and
 * shims where the calling conventions differ. Names that are no exports are passed over: the linker names them if
 * nobody defines them. `__import_NAME` asks for the thunk alone. */
bool import_write(FILE *out, FILE *names, struct err *err);

#endif
