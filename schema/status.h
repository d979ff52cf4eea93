/* SPDX-License-Identifier: BSD-3-Clause
 * NTSTATUS names (schema/status.def) and DOS errors (schema/dos_error.def). */
#ifndef SCHEMA_STATUS_H
#define SCHEMA_STATUS_H

#include "schema/base.h"

/* As 32-bit unsigned values: an enum of ints would make the errors negative. */
#define STATUS(name, value) static const u32 STATUS_##name __attribute__((unused)) = value;
#include "schema/status.def"

/* "STATUS_TIMEOUT"; NULL if it has no row. */
const char *status_name(u32 status);
/* What RtlNtStatusToDosError answers; 0x13D (no message for it) if the console knows none. */
u32 status_dos_error(u32 status);

#endif
