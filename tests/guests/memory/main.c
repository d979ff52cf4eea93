/* SPDX-License-Identifier: BSD-3-Clause
 * Checks from inside that virtual and physical memory, pools and stacks behave as the console's. Prints a line a check;
 * the exit code is the number of failures. */
#include "memory.h"

static u32 failures;

void check(const char *name, int good)
{
    DbgPrint("%s %s\n", good ? "ok" : "FAIL", name);
    failures += !good;
}

u32 allocate(u32 *base, u32 *size, u32 type, u32 protect)
{
    return NtAllocateVirtualMemory((void *)base, size, type, protect, 0);
}

u32 free_range(u32 *base, u32 *size, u32 type)
{
    return NtFreeVirtualMemory((void *)base, size, type, 0);
}

int main(void)
{
    check_virtual();
    check_physical();
    check_pools();
    DbgPrint("memory: %u failures\n", failures);
    return (int)failures;
}
