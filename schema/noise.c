/* SPDX-License-Identifier: BSD-3-Clause
 * Noise by op, from the rows of schema/noise.def. */
#include "schema/noise.h"
#include "schema/export.h"

static const struct {
    const char *name;
    enum noise_class class;
} rows[] = {
/* clang-format off */
#define NOISE(class, export) {#export, NOISE_##class},
#include "schema/noise.def"
    /* clang-format on */
};

enum noise_class noise_class(u32 op)
{
    const struct export *x = export_find(op);
    for (size_t i = 0; x && i < countof(rows); i++)
        if (!strcmp(rows[i].name, x->name))
            return rows[i].class;
    return NOISE_NONE;
}

const char *noise_class_name(enum noise_class class)
{
    static const char *const names[NOISE_CLASSES] = {"none", "critical-section", "spin-lock", "irql", "polling"};
    return class < NOISE_CLASSES ? names[class] : "unknown";
}
