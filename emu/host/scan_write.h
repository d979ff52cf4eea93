/* SPDX-License-Identifier: BSD-3-Clause
 * A title's static database as a file (schema/symbols.h). */
#ifndef EMU_HOST_SCAN_WRITE_H
#define EMU_HOST_SCAN_WRITE_H

#include "emu/host/scan.h"

/* What the database is of. */
struct scan_title {
    const char *path;
    const char *hash;  /* XXH3-128 of the title's file, as journals have it */
    const char *build; /* of this program */
};

/* Writes the file whole or not at all; one that is there is replaced. */
bool scan_write(const struct scan *scan, const struct scan_title *title, const char *path, struct err *err);

#endif
