/* SPDX-License-Identifier: BSD-3-Clause
 * The rows of schema/status.def as a table. */
#include "schema/status.h"

struct status_row {
    u32 status;
    u32 dos_error;
    const char *name;
};

static const struct status_row rows[] = {
#define STATUS(name, value, dos_error) {value, dos_error, "STATUS_" #name},
#include "schema/status.def"
};

/* ERROR_MR_MID_NOT_FOUND: what the console's table gives for statuses it does not know. */
enum { DOS_ERROR_UNKNOWN = 0x13D };

static const struct status_row *find(u32 status)
{
    for (size_t i = 0; i < countof(rows); i++)
        if (rows[i].status == status)
            return &rows[i];
    return NULL;
}

const char *status_name(u32 status)
{
    const struct status_row *row = find(status);
    return row ? row->name : NULL;
}

u32 status_dos_error(u32 status)
{
    const struct status_row *row = find(status);
    return row ? row->dos_error : DOS_ERROR_UNKNOWN;
}
