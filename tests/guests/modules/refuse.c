/* SPDX-License-Identifier: BSD-3-Clause
 * A library whose entry point refuses. */
#include <guest.h>

u32 DllMain(void *handle, u32 reason, void *reserved)
{
    (void)handle, (void)reserved;
    return reason != 1;
}
