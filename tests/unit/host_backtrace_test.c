/* SPDX-License-Identifier: BSD-3-Clause
 * Back traces through frames of both ABIs, and of functions that have not saved LR. */
#include "tests/unit/rig.h"

#include "emu/host/report.h"

enum { MFLR_12 = 0x7D8802A6, BCTRL = 0x4E800421 };

#define CODE  0x82000000u
#define STACK RIG_DATA

static struct rig *make(void)
{
    struct rig *rig = rig_create();
    memory_protect(rig->e, CODE, 0x10000, PAGE_READ | PAGE_EXECUTE | PAGE_COMMITTED);
    rig->e->m->return_pc = 0x8FFF0000;
    memory_protect(rig->e, 0x8FFF0000, 0x10000, PAGE_READ | PAGE_EXECUTE | PAGE_COMMITTED);
    return rig;
}

static void put(struct rig *rig, u32 address, u32 word)
{
    u8 bytes[4];
    store_be32(bytes, word);
    memory_poke(rig->e, address, bytes, sizeof bytes);
}

/* A call at `at` of `target`; returns the return address. */
static u32 call(struct rig *rig, u32 at, u32 target)
{
    put(rig, at, 0x48000001 | ((target - at) & 0x03FFFFFC));
    return at + 4;
}

/* Frames at STACK and above: the console's, System V's, the console's as a doubleword, and the thread's start. */
static void make_frames(struct rig *rig)
{
    static const u32 frames[] = {STACK, STACK + 0x60, STACK + 0xA0, STACK + 0x100, STACK + 0x200};
    for (u32 i = 0; i + 1 < countof(frames); i++)
        memory_set32(rig->e, frames[i], frames[i + 1]);
    memory_set32(rig->e, frames[1] - 8, call(rig, CODE + 0x1000, CODE + 0x100));
    memory_set32(rig->e, frames[1] + 4, CODE + 0x20); /* code, but behind no call */
    memory_set32(rig->e, frames[2] + 4, call(rig, CODE + 0x2000, CODE + 0x1000));
    memory_set64(rig->e, frames[3] - 8, call(rig, CODE + 0x3000, CODE + 0x2000));
    memory_set32(rig->e, frames[4] - 8, 0x8FFF0000);
}

static void check(struct rig *rig, u32 pc, u32 lr, u32 ctr, const u32 *want, u32 count)
{
    u32 got[16];
    struct ppc c = {.pc = pc, .lr = lr, .ctr = ctr};
    c.r[1] = STACK;
    u32 n = report_backtrace(rig->e, &c, got, countof(got));
    assert_int_equal(n, count);
    for (u32 i = 0; i < count; i++)
        assert_int_equal(got[i], want[i]);
}

static void test_frames_of_both_abis(void **state)
{
    (void)state;
    struct rig *rig = make();
    make_frames(rig);
    const u32 want[] = {CODE + 0x204, CODE + 0x1004, CODE + 0x2004, CODE + 0x3004, 0x8FFF0000};
    /* The function at 100 saved LR and called the leaf at 40 from 200. */
    put(rig, CODE + 0x100, MFLR_12);
    u32 lr = call(rig, CODE + 0x200, CODE + 0x40);
    check(rig, CODE + 0x48, lr, 0, want, 5);
    /* Back in it, LR is stale. */
    check(rig, CODE + 0x204, lr, 0, want + 1, 4);
    /* The callee saved LR too: what it says is in its frame. */
    put(rig, CODE + 0x40, MFLR_12);
    check(rig, CODE + 0x48, lr, 0, want + 1, 4);
    rig_destroy(rig);
}

static void test_a_call_to_nowhere(void **state)
{
    (void)state;
    struct rig *rig = make();
    make_frames(rig);
    const u32 want[] = {CODE + 0x304, CODE + 0x1004, CODE + 0x2004, CODE + 0x3004, 0x8FFF0000};
    put(rig, CODE + 0x300, BCTRL);
    check(rig, 0, CODE + 0x304, 0, want, 5);
    check(rig, 0x10, CODE + 0x300, 0, want + 1, 4); /* LR is behind no call */
    rig_destroy(rig);
}

/* Chains that loop, go down or lead out of memory end. */
static void test_broken_chains_end(void **state)
{
    (void)state;
    struct rig *rig = make();
    const u32 nexts[] = {STACK, STACK - 16, STACK + 2, 0, 0xFFFFFFF0};
    for (u32 i = 0; i < countof(nexts); i++) {
        memory_set32(rig->e, STACK, nexts[i]);
        check(rig, CODE + 0x100, 0, 0, NULL, 0);
    }
    rig_destroy(rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frames_of_both_abis),
        cmocka_unit_test(test_a_call_to_nowhere),
        cmocka_unit_test(test_broken_chains_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
