/* SPDX-License-Identifier: BSD-3-Clause
 * guest_gather_wide: the same for formats of 16-bit characters. */
#include <guest.h>
#include <stdbool.h>

#define CHAR   u16
#define GATHER guest_gather_wide
#include "gather.h"
