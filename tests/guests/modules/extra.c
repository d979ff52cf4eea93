/* SPDX-License-Identifier: BSD-3-Clause
 * A library that is loaded by hand, and imports from another. */
#include <xboxkrnl.h>

u32 helper_add(u32 a, u32 b);
u32 extra_answer(u32 n);

GUEST_IMPORT("helper.dll", 3, helper_add);

static u32 attached;

u32 DllMain(void *handle, u32 reason, void *reserved)
{
    (void)handle, (void)reserved;
    attached += reason == 1;
    DbgPrint("extra.dll: reason %u\n", reason);
    return 1;
}

u32 extra_answer(u32 n)
{
    return helper_add(n, EXTRA_ANSWER) + attached;
}

GUEST_EXPORT(1, extra_answer);
