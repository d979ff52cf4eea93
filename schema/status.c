/* SPDX-License-Identifier: BSD-3-Clause
 * The rows of schema/status.def and schema/dos_error.def as tables. */
#include "schema/status.h"

static const struct {
    u32 status;
    const char *name;
} names[] = {
#define STATUS(name, value) {value, "STATUS_" #name},
#include "schema/status.def"
};

static const struct {
    u32 status;
    u32 error;
} errors[] = {
#define DOS_ERROR(status, error) {status, error},
#include "schema/dos_error.def"
};

/* ERROR_MR_MID_NOT_FOUND. */
enum { DOS_ERROR_UNKNOWN = 0x13D };

const char *status_name(u32 status)
{
    for (size_t i = 0; i < countof(names); i++)
        if (names[i].status == status)
            return names[i].name;
    return NULL;
}

static u32 find_error(u32 status)
{
    size_t first = 0, end = countof(errors);
    while (first < end) {
        size_t middle = first + (end - first) / 2;
        if (errors[middle].status == status)
            return errors[middle].error;
        if (errors[middle].status < status)
            first = middle + 1;
        else
            end = middle;
    }
    return DOS_ERROR_UNKNOWN;
}

/* Statuses that are none, and those that carry an error (of two facilities), stand for themselves. */
u32 status_dos_error(u32 status)
{
    if (status == 0 || status & 0x20000000)
        return status;
    if (status >> 28 == 0xD)
        status &= ~0x10000000u;
    return status >> 16 == 0x8007 || status >> 16 == 0xC001 ? status & 0xFFFF : find_error(status);
}
