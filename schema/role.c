/* SPDX-License-Identifier: BSD-3-Clause
 * Roles by op, from schema/role.def. */
#include "schema/role.h"
#include "schema/export.h"

enum { NOTHING = ROLE_BY_NOTHING, HANDLE = ROLE_BY_HANDLE, ADDRESS = ROLE_BY_ADDRESS };

static const struct {
    const char *name;
    struct role_row row;
} rows[] = {
#define ROLE(role, export, argument, how) {#export, {ROLE_##role, argument, how}},
#include "schema/role.def"
};

struct role_row role_of(u32 op)
{
    const struct export *x = export_find(op);
    for (size_t i = 0; x && i < countof(rows); i++)
        if (!strcmp(rows[i].name, x->name))
            return rows[i].row;
    return (struct role_row){ROLE_NONE, 0, ROLE_BY_NOTHING};
}

bool role_is_producer(u8 role)
{
    return role == ROLE_SET || role == ROLE_PULSE || role == ROLE_RELEASE || role == ROLE_SIGNAL_AND_WAIT;
}

bool role_is_try(u32 op)
{
    const struct export *x = export_find(op);
    return x && !strcmp(x->name, "RtlTryEnterCriticalSection");
}
