/* SPDX-License-Identifier: BSD-3-Clause
 * Which ops are noise when two runs are aligned (schema/noise.def). */
#ifndef SCHEMA_NOISE_H
#define SCHEMA_NOISE_H

#include "schema/base.h"

enum noise_class { NOISE_NONE, NOISE_CRITICAL_SECTION, NOISE_SPIN_LOCK, NOISE_IRQL, NOISE_POLLING, NOISE_CLASSES };

/* By op (schema/export.h); NOISE_NONE for all that has no row. */
enum noise_class noise_class(u32 op);
/* "critical-section" and so on; "none". */
const char *noise_class_name(enum noise_class class);

#endif
