/* SPDX-License-Identifier: BSD-3-Clause
 * The rows of schema/inputs.def as a table. */
#include "schema/input.h"

static const struct input_type types[] = {
#define INPUT(input_name, id, input_kept, input_text)                                                                  \
    [id] = {.name = #input_name, .kind = INPUT_##input_name, .kept = INPUT_##input_kept, .text = input_text},
#include "schema/inputs.def"
};

const struct input_type *input_type(u32 kind)
{
    return kind < countof(types) && types[kind].name ? &types[kind] : NULL;
}
