/* SPDX-License-Identifier: BSD-3-Clause
 * Reserving, committing, protecting, asking, giving back. */
#include "memory.h"

struct information {
    u32 base, allocation_base, allocation_protect, size, state, protect, type;
};

static struct information ask(u32 address)
{
    struct information information = {0};
    NtQueryVirtualMemory((void *)address, &information, 0);
    return information;
}

static u32 sum_of(const volatile u8 *bytes, u32 size)
{
    u32 sum = 0;
    for (u32 i = 0; i < size; i += 64)
        sum += bytes[i];
    return sum;
}

static void check_anywhere(void)
{
    u32 base = 0, size = 100;
    check("memory anywhere", allocate(&base, &size, COMMIT | RESERVE, READ_WRITE) == OK);
    check("in units of 64 KiB, low", size == UNIT && !(base & 0xFFFF) && base >= UNIT && base < 0x40000000);
    check("is zero", sum_of((u8 *)base, size) == 0);
    memset((void *)base, 1, size);
    u32 other = 0, large = 0, negative = (u32)-100;
    check("more of it", allocate(&other, &size, COMMIT, READ_WRITE) == OK && other != base);
    size = 100;
    check("in large pages", allocate(&large, &size, COMMIT | LARGE, READ_WRITE) == OK);
    check("from where those are", large >= 0x40000000 && large < 0x7F000000 && size == UNIT);
    u32 top = 0;
    check("from the end", allocate(&top, &negative, COMMIT | TOP_DOWN, READ_WRITE) == OK && top > other);
    check("a negative size counts as one", negative == UNIT);
    size = 0;
    check("is given back", free_range(&base, &size, RELEASE) == OK && size == UNIT && !MmIsAddressValid((void *)base));
    check("once", free_range(&base, &size, RELEASE) == 0xC00000A0);
    u32 again = 0;
    size = UNIT;
    check("and comes back as zeros",
          allocate(&again, &size, COMMIT, READ_WRITE) == OK && again == base && sum_of((u8 *)again, size) == 0);
    u32 bases[] = {other, large, top, again};
    for (u32 i = 0; i < 4; i++, size = 0)
        free_range(&bases[i], &size, RELEASE);
}

/* Four 64 KiB units are reserved; a page in them is committed, and so on. */
static void check_steps(void)
{
    u32 base = 0x20000000, size = 4 * UNIT, page = base + UNIT + 2 * PAGE + 5, one = 10;
    check("a range is reserved where it is asked for", allocate(&base, &size, RESERVE, READ_WRITE) == OK);
    check("of that place and size", base == 0x20000000 && size == 4 * UNIT);
    struct information i = ask(base + 5);
    check("it is reserved", i.base == base && i.allocation_base == base && i.size == size && i.state == RESERVE);
    check("not twice", allocate(&base, &size, RESERVE, READ_WRITE) == 0xC0000018);
    check("and has no memory yet", !MmIsAddressValid((void *)page));
    check("a page of it is committed", allocate(&page, &one, COMMIT, READ_WRITE) == OK);
    check("the whole page", page == base + UNIT + 2 * PAGE && one == PAGE && MmIsAddressValid((void *)page));
    *(volatile u32 *)page = 7;
    i = ask(page);
    check("it is committed", i.state == COMMIT && i.size == PAGE && i.protect == READ_WRITE && i.type == PRIVATE);
    check("as a part of the range", i.allocation_base == base && i.base == page);
    check("those around are not", ask(page - 1).state == RESERVE && ask(page + PAGE).state == RESERVE);
    one = 1;
    check("it is taken back", free_range(&page, &one, DECOMMIT) == OK && one == PAGE && ask(page).state == RESERVE);
    check("and committed anew", allocate(&page, &one, COMMIT, READ_WRITE) == OK && *(volatile u32 *)page == 0);
    u32 middle = base + UNIT, all = 0;
    check("a part is not released", free_range(&middle, &all, RELEASE) == 0xC000009F);
    check("the range is", free_range(&base, &all, RELEASE) == OK && all == 4 * UNIT);
    i = ask(base);
    check("it is free", i.state == FREE && i.allocation_base == 0 && i.protect == NO_ACCESS);
    check("nothing is committed there", allocate(&page, &one, COMMIT, READ_WRITE) == 0xC0000018);
}

static u32 protect(u32 base, u32 size, u32 protection)
{
    u32 old;
    return NtProtectVirtualMemory((void *)&base, &size, protection, &old, 0);
}

/* Two ranges side by side are two, and pages that are only reserved are no memory. */
static void check_neighbours(void)
{
    u32 first = 0x20000000, second = 0x20010000, size = UNIT, across = first + UNIT - PAGE, two = 2 * PAGE;
    check("two ranges", allocate(&first, &size, RESERVE | COMMIT, READ_WRITE) == OK &&
                            allocate(&second, &size, RESERVE | COMMIT, READ_WRITE) == OK);
    check("are not committed", allocate(&across, &two, COMMIT, READ_WRITE) == 0xC0000018);
    check("nor protected", protect(across, two, READ_ONLY) == 0xC0000018);
    check("nor decommitted as one", free_range(&across, &two, DECOMMIT) == 0xC000001A);
    *(volatile u32 *)(across + PAGE) = 3;
    check("each is", protect(across, PAGE, READ_ONLY) == OK && ask(across).protect == READ_ONLY);
    check("by itself", ask(second).protect == READ_WRITE && ask(second).allocation_base == second);
    u32 middle = first + PAGE, none = 0;
    check("all of a range is named by its base", free_range(&middle, &none, DECOMMIT) == 0xC000009F);
    check("and taken back", free_range(&first, &none, DECOMMIT) == OK && none == UNIT);
    check("what is reserved only is not protected", protect(first, PAGE, READ_ONLY) == 0xC000002D);
    check("nor what is free", protect(0x20020000, PAGE, READ_ONLY) == 0xC0000018);
    struct information i = ask(first + 5 * PAGE);
    check("all of it is reserved", i.state == RESERVE && i.size == UNIT - 5 * PAGE && i.protect == 0);
    u32 part = first + 3 * PAGE, one = 2 * PAGE;
    check("a part is committed anew", allocate(&part, &one, COMMIT, READ_ONLY) == OK);
    check("and the pages around it stay", ask(first).size == 3 * PAGE && ask(part).size == 2 * PAGE);
    one = 4 * PAGE, part -= PAGE;
    check("more of it, over what is there", allocate(&part, &one, COMMIT, READ_WRITE) == OK);
    check("which takes the new protection", ask(part).size == 4 * PAGE && ask(part).protect == READ_WRITE);
    none = 0;
    check("the other was not touched", *(volatile u32 *)second == 3 && free_range(&second, &none, RELEASE) == OK);
    none = 0;
    free_range(&first, &none, RELEASE);
}

static void check_protection(void)
{
    u32 base = 0, size = UNIT, old = 0;
    allocate(&base, &size, COMMIT, READ_WRITE);
    u32 page = base + PAGE, one = 1;
    check("a page is protected", NtProtectVirtualMemory((void *)&page, &one, READ_ONLY, &old, 0) == OK);
    check("one page, once writable", page == base + PAGE && one == PAGE && old == READ_WRITE);
    check("it may be read", *(volatile u32 *)page == 0 && MmQueryAddressProtect((void *)page) == READ_ONLY);
    struct information i = ask(page);
    check("and says so", i.protect == READ_ONLY && i.size == PAGE && i.allocation_protect == READ_WRITE);
    check("its neighbours do not", ask(page - 1).protect == READ_WRITE && ask(page + PAGE).protect == READ_WRITE);
    u32 event = 0;
    NtCreateEvent(&event, NULL, 0, 1);
    check("the kernel does not write there", NtQueryEvent(event, (void *)page) == 0xC0000005);
    NtClose(event);
    MmSetAddressProtect((void *)page, PAGE, READ_WRITE);
    *(volatile u32 *)page = 1;
    check("it is writable again", MmQueryAddressProtect((void *)page) == READ_WRITE);
    check("a protection that is none", NtProtectVirtualMemory((void *)&page, &one, 6, &old, 0) == 0xC0000045);
    check("code may run", NtProtectVirtualMemory((void *)&page, &one, 0x40, &old, 0) == OK);
    ((volatile u32 *)page)[0] = 0x38600029; /* li r3,41 */
    ((volatile u32 *)page)[1] = 0x4E800020; /* blr */
    check("where it was written", ((u32(*)(void))page)() == 41);
    free_range(&base, &size, RELEASE);
    u32 nowhere = 0x7F000000;
    one = 1;
    check("registers of devices are no memory", allocate(&nowhere, &one, COMMIT | RESERVE, READ_WRITE) != OK);
    u32 none = 0, zero = 0;
    check("nor is nothing", allocate(&none, &zero, COMMIT, READ_WRITE) == 0xC000000D);
    check("the first 64 KiB are never valid", !MmIsAddressValid(NULL) && !MmIsAddressValid((void *)0xFFFF));
}

/* All of the low addresses, in four pieces of 256 MiB less what is taken. */
static void check_exhaustion(void)
{
    u32 bases[64], count = 0, size = 0;
    for (; count < 64; count++) {
        bases[count] = 0, size = 0x4000000;
        u32 status = allocate(&bases[count], &size, RESERVE, READ_WRITE);
        if (status != OK) {
            check("when there is no room that is said", status == 0xC0000017);
            break;
        }
    }
    check("after nearly all of 1 GiB", count >= 14 && count <= 16);
    for (u32 i = 0; i < count; i++, size = 0)
        free_range(&bases[i], &size, RELEASE);
    u32 base = 0;
    size = 0x10000000;
    check("then there is room again", allocate(&base, &size, RESERVE, READ_WRITE) == OK);
    size = 0;
    free_range(&base, &size, RELEASE);
}

void check_virtual(void)
{
    check_anywhere();
    check_steps();
    check_protection();
    check_neighbours();
    check_exhaustion();
}
