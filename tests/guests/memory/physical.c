/* SPDX-License-Identifier: BSD-3-Clause
 * Physical memory: its three views, alignments, ranges, and when there is none left. */
#include "memory.h"

enum { LOW = 0, HIGH = 0xFFFFFFFF };

static u32 get(u32 size, u32 protect, u32 low, u32 high, u32 alignment)
{
    return (u32)MmAllocatePhysicalMemoryEx(0, size, protect, low, high, alignment);
}

static u32 place(u32 address)
{
    return MmGetPhysicalAddress((void *)address);
}

static void check_views(void)
{
    u32 small = get(3 * PAGE, READ_WRITE, LOW, HIGH, 0);
    u32 large = get(PAGE, READ_WRITE | LARGE, LOW, HIGH, 0);
    u32 huge = get(PAGE, READ_WRITE | HUGE_PAGES, LOW, HIGH, 0);
    check("small pages lie high", small >= 0xE0000000 && !(small & 0xFFF));
    check("large ones at A0000000", large >= 0xA0000000 && large < 0xC0000000 && !(large & 0xFFFF));
    check("huge ones at C0000000", huge >= 0xC0000000 && huge < 0xE0000000 && !(huge & 0xFFFFFF));
    check("the high view begins a page later", place(small) == small - 0xE0000000 + 0x1000);
    check("the others at nothing", place(large) == large - 0xA0000000 && place(huge) == huge - 0xC0000000);
    check("virtual memory has no place to tell", place((u32)&small) == 0);
    check("sizes are known", MmQueryAllocationSize((void *)small) == 3 * PAGE &&
                                 MmQueryAllocationSize((void *)large) == UNIT &&
                                 MmQueryAllocationSize((void *)huge) == 0x1000000);
    *(volatile u32 *)large = 0x12345678;
    *(volatile u32 *)(small + PAGE) = 0x9ABCDEF0;
    check("the view of huge pages shows large ones", *(volatile u32 *)(0xC0000000 + place(large)) == 0x12345678);
    check("and small ones", *(volatile u32 *)(0xC0000000 + place(small) + PAGE) == 0x9ABCDEF0);
    *(volatile u32 *)(0xC0000000 + place(small)) = 0x11223344;
    check("for writing too", *(volatile u32 *)small == 0x11223344);
    check("as no allocation", MmQueryAllocationSize((void *)(0xC0000000 + place(small))) == 0);
    check("protection", MmQueryAddressProtect((void *)large) == READ_WRITE);
    MmSetAddressProtect((void *)large, UNIT, READ_ONLY);
    check("may change", MmQueryAddressProtect((void *)large) == READ_ONLY && *(volatile u32 *)large == 0x12345678);
    *(volatile u32 *)huge = 0x55667788;
    MmFreePhysicalMemory(0, (void *)small);
    MmFreePhysicalMemory(0, (void *)large);
    MmFreePhysicalMemory(0, (void *)huge);
    check("it goes", !MmIsAddressValid((void *)small) && MmQueryAllocationSize((void *)large) == 0);
    check("from that view", !MmIsAddressValid((void *)(0xC0000000 + place(small))));
    u32 again = get(UNIT, READ_WRITE | LARGE, LOW, HIGH, 0);
    check("and comes back as zeros", again == large && *(volatile u32 *)again == 0);
    MmFreePhysicalMemory(0, (void *)again);
    again = get(0x1000000, READ_WRITE | HUGE_PAGES, LOW, HIGH, 0);
    check("huge ones, too", again == huge && *(volatile u32 *)again == 0);
    MmFreePhysicalMemory(0, (void *)again);
}

static void check_ranges(void)
{
    u32 low = get(PAGE, READ_WRITE, 0x100000, 0x1FFFFF, 0);
    check("in a range", place(low) >= 0x100000 && place(low) + PAGE <= 0x200000);
    check("from its end", place(low) == 0x1FF000);
    u32 aligned = get(PAGE, READ_WRITE, LOW, HIGH, 0x40000);
    check("aligned", aligned && !(place(aligned) & 0x3FFFF));
    check("not outside what there is", get(PAGE, READ_WRITE, 0x20000000, 0x2FFFFFFF, 0) == 0);
    check("nor of no size", get(0, READ_WRITE, LOW, HIGH, 0) == 0);
    check("nor that nobody may touch", get(PAGE, NO_ACCESS, LOW, HIGH, 0) == 0);
    u32 plain = (u32)MmAllocatePhysicalMemory(0, PAGE, READ_WRITE);
    check("without a range", plain && place(plain) != place(low));
    MmFreePhysicalMemory(0, (void *)low);
    MmFreePhysicalMemory(0, (void *)aligned);
    MmFreePhysicalMemory(0, (void *)plain);
}

struct statistics {
    u32 size, total, kernel, available, title[11], system[11];
};

static struct statistics statistics(void)
{
    struct statistics s = {.size = 104};
    check("statistics", MmQueryStatistics(&s) == OK);
    return s;
}

/* Blocks of 16 MiB until there are no more. */
static void check_exhaustion(void)
{
    u32 blocks[40], count = 0;
    struct statistics before = statistics();
    check("of 512 MiB, some free", before.total == 0x20000 && before.available > 0 && before.available < 0x20000);
    for (; count < 40; count++) {
        blocks[count] = get(0x1000000, READ_WRITE | LARGE, LOW, HIGH, 0);
        if (!blocks[count])
            break;
    }
    check("nearly all can be had", count >= 29 && count <= 32);
    check("and is counted", count && statistics().available + count * 0x1000 == before.available);
    for (u32 i = 0; i < count; i++)
        MmFreePhysicalMemory(0, (void *)blocks[i]);
    check("and back", statistics().available == before.available);
    struct statistics wrong = {.size = 100};
    check("of another size they are not told", MmQueryStatistics(&wrong) == 0xC0000023);
}

void check_physical(void)
{
    check_views();
    check_ranges();
    check_exhaustion();
}
