/* SPDX-License-Identifier: BSD-3-Clause
 * guest_gather: from a C va_list to the console's slots. */
#include <guest.h>
#include <stdbool.h>

#define CHAR   char
#define GATHER guest_gather
#include "gather.h"
