/* SPDX-License-Identifier: BSD-3-Clause
 * Ops by the names that foreign logs give them. */
#ifndef DIFF_OPS_H
#define DIFF_OPS_H

#include "schema/event.h"
#include "schema/export.h"

#include <xxhash.h>

/* An export's op, or the foreign one of that name. */
static inline u32 ops_by_name(const char *name)
{
    const struct export *export = export_by_name(name);
    return export ? export->op : (u32)OP_FOREIGN | (u32)XXH3_64bits(name, strlen(name)) >> 1;
}

#endif
