/* SPDX-License-Identifier: BSD-3-Clause
 * Kinds of input, from schema/inputs.def. */
#ifndef SCHEMA_INPUT_H
#define SCHEMA_INPUT_H

#include "schema/base.h"

enum input_kind {
    INPUT_NONE,
#define INPUT(name, id, kept, text) INPUT_##name = id,
#include "schema/inputs.def"
};

enum input_kept { INPUT_STORED, INPUT_HASHED, INPUT_CHANGE };

struct input_type {
    const char *name; /* NULL: no such kind */
    enum input_kind kind;
    enum input_kept kept;
    const char *text;
};

const struct input_type *input_type(u32 kind);

#endif
