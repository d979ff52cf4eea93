/* SPDX-License-Identifier: BSD-3-Clause
 * A library that imports what its other does not export. */
#include <xboxkrnl.h>

u32 helper_none(u32 n);

GUEST_IMPORT("helper.dll", 99, helper_none);

u32 DllMain(void *handle, u32 reason, void *reserved)
{
    (void)handle, (void)reserved;
    return helper_none(reason) | 1;
}
