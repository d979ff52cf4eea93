/* SPDX-License-Identifier: BSD-3-Clause
 * A library that the title imports from: counts what its entry point is told. */
#include <xboxkrnl.h>

u32 helper_told(u32 reason);
u32 helper_add(u32 a, u32 b);

static u32 told[4];
static void *own_handle;

u32 DllMain(void *handle, u32 reason, void *reserved)
{
    (void)reserved;
    own_handle = handle;
    if (reason < 4)
        told[reason]++;
    return 1;
}

u32 helper_told(u32 reason)
{
    return reason < 4 ? told[reason] : (u32)(unsigned long)own_handle;
}

u32 helper_add(u32 a, u32 b)
{
    return a + b;
}

GUEST_EXPORT(3, helper_add);
GUEST_EXPORT(7, helper_told);
