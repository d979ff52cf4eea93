/* SPDX-License-Identifier: BSD-3-Clause
 * What a library does that has no DllMain of its own: it agrees. */
#include "guest.h"

u32 DllMain(void *handle, u32 reason, void *reserved)
{
    (void)handle, (void)reason, (void)reserved;
    return 1;
}
