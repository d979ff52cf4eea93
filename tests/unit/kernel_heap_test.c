/* SPDX-License-Identifier: BSD-3-Clause
 * Pages, stacks, physical memory and the kernel's small blocks, with titles that scribble over them. */
#include "tests/unit/rig.h"

enum { RW = PAGE_READ | PAGE_WRITE | PAGE_COMMITTED };

static void test_small_blocks_are_zero_aligned_and_come_back(void **state)
{
    (void)state;
    struct rig *rig = rig_create();
    u32 a = heap_alloc(rig->e, 100);
    u32 b = heap_alloc(rig->e, 100);
    assert_true(a && b && a != b && a % 16 == 0);
    assert_int_equal(heap_size(rig->e, a), 100);
    memory_set32(rig->e, a + 50, 0x12345678);
    heap_free(rig->e, a);
    assert_int_equal(heap_size(rig->e, a), 0);
    assert_int_equal(heap_alloc(rig->e, 90), a); /* of the same class */
    assert_int_equal(memory_get32(rig->e, a + 50), 0);
    rig_destroy(rig);
}

static void test_blocks_do_not_overlap(void **state)
{
    (void)state;
    struct rig *rig = rig_create();
    u32 block[400];
    for (u32 i = 0; i < countof(block); i++) {
        block[i] = heap_alloc(rig->e, 1 + i * 13);
        assert_int_not_equal(block[i], 0);
        u8 fill[5300];
        memset(fill, (int)i, sizeof fill);
        assert_true(memory_write(rig->e, block[i], fill, 1 + i * 13));
    }
    for (u32 i = 0; i < countof(block); i++) {
        assert_int_equal(memory_get8(rig->e, block[i]), (u8)i);
        assert_int_equal(memory_get8(rig->e, block[i] + i * 13), (u8)i);
    }
    rig_destroy(rig);
}

static void test_scribbled_free_lists_hurt_nobody(void **state)
{
    (void)state;
    struct rig *rig = rig_create();
    u32 a = heap_alloc(rig->e, 64);
    u32 b = heap_alloc(rig->e, 64);
    heap_free(rig->e, a);
    heap_free(rig->e, a); /* twice */
    heap_free(rig->e, b);
    memory_set32(rig->e, b, 0xDEADBEEF); /* its link */
    for (u32 i = 0; i < 8; i++)
        assert_int_not_equal(heap_alloc(rig->e, 64), 0);
    u32 wild[] = {0,     1, 0xFFFFFFFF, 0xFFFFFFF0, HEAP_SMALL_LOW, HEAP_SMALL_LOW + 8, HEAP_SMALL_HIGH, HEAP_BIG_LOW,
                  0x1000};
    for (u32 i = 0; i < countof(wild); i++) {
        heap_free(rig->e, wild[i]);
        assert_int_equal(heap_size(rig->e, wild[i]), 0);
    }
    u32 c = heap_alloc(rig->e, 64);
    memory_set32(rig->e, c - 8, 0xFFFFFFFF); /* its class */
    heap_free(rig->e, c);
    assert_int_equal(heap_size(rig->e, c), 0);
    rig_destroy(rig);
}

static void test_big_blocks_are_pages_and_end_somewhere(void **state)
{
    (void)state;
    struct rig *rig = rig_create();
    u32 a = heap_alloc(rig->e, 5000);
    assert_int_equal(a % PAGE_SIZE, 0);
    assert_int_equal(heap_size(rig->e, a), 8192);
    assert_int_equal(heap_alloc(rig->e, 0xFFFFFFFF), 0);
    assert_int_equal(heap_alloc(rig->e, 0x80000000), 0);
    u32 count = 0;
    while (heap_alloc(rig->e, 0x100000))
        count++;
    assert_int_equal(count, (HEAP_SMALL_LOW - HEAP_BIG_LOW) / 0x100000 - 1);
    heap_free(rig->e, a);
    assert_int_equal(heap_alloc(rig->e, 8192), a);
    while (heap_alloc(rig->e, 3000))
        count++;
    assert_true(count > 1000);
    rig_destroy(rig);
}

static void test_ranges_find_room_from_both_ends(void **state)
{
    (void)state;
    struct rig *rig = rig_create();
    struct engine *e = rig->e;
    u32 a = range_alloc(e, 0x40000000, 0x40100000, 0, 0x20000, 0x10000, RW, false);
    u32 b = range_alloc(e, 0x40000000, 0x40100000, 0, 1, 0x10000, RW, false);
    u32 c = range_alloc(e, 0x40000000, 0x40100000, 0, 0x10000, 0x10000, RW, true);
    assert_int_equal(a, 0x40000000);
    assert_int_equal(b, 0x40020000);
    assert_int_equal(c, 0x400F0000);
    assert_int_equal(range_size(e, a), 0x20000);
    assert_int_equal(range_size(e, a + 0x10000), 0);
    assert_int_equal(range_alloc(e, 0x40000000, 0x40100000, 0x40010000, 0x10000, 0x10000, RW, false), 0);
    assert_int_equal(range_alloc(e, 0x40000000, 0x40100000, 0, 0xE0000, 0x10000, RW, false), 0);
    assert_int_equal(range_alloc(e, 0x40000000, 0x40100000, 0x400E0000, 0x40000, 0x10000, RW, false), 0);
    assert_int_equal(range_alloc(e, 0x10000, 0xFFFF0000, 0, 0xFFFFFFFF, 0x10000, RW, false), 0);
    assert_int_equal(range_alloc(e, 0x10000, 0x40000000, 0, 0, 0x1000, RW, true), 0);
    memory_set32(e, a, 5);
    assert_false(range_free(e, a + 0x1000));
    assert_true(range_free(e, a));
    assert_false(range_free(e, a));
    assert_int_equal(range_alloc(e, 0x40000000, 0x40100000, 0x40010000, 0x10000, 0x10000, RW, false), 0x40010000);
    assert_int_equal(range_alloc(e, 0x40000000, 0x40100000, 0, 0x10000, 0x10000, RW, false), a);
    assert_int_equal(memory_get32(e, a), 0);
    rig_destroy(rig);
}

static void test_stacks_have_guards(void **state)
{
    (void)state;
    struct rig *rig = rig_create();
    u32 base = stack_alloc(rig->e, 0x4000);
    assert_true(memory_is_writable(rig->e, base - 0x10000, 0x10000));
    assert_false(memory_is_readable(rig->e, base, 1));
    assert_false(memory_is_readable(rig->e, base - 0x10001, 1));
    u32 second = stack_alloc(rig->e, 0);
    assert_int_equal(second - base, 0x30000);
    stack_free(rig->e, base);
    stack_free(rig->e, base);
    stack_free(rig->e, 0);
    stack_free(rig->e, 0xFFFFFFFF);
    assert_int_equal(stack_alloc(rig->e, 0x10000), base);
    assert_int_equal(stack_alloc(rig->e, 0xFFFFFFFF), 0);
    assert_int_equal(stack_alloc(rig->e, 0x0EFF0000), 0);
    rig_destroy(rig);
}

static void test_physical_memory_shows_in_its_mirror(void **state)
{
    (void)state;
    struct rig *rig = rig_create();
    struct engine *e = rig->e;
    u32 pa;
    u32 a = physical_alloc(e, 0, 0xFFFFFFFF, 100, 0, 0x10000, RW);
    u32 b = physical_alloc(e, 0, 0xFFFFFFFF, 100, 0, 0x1000, RW);
    u32 c = physical_alloc(e, 0, 0xFFFFFFFF, 100, 0, 0x1000000, RW);
    assert_int_equal(a >> 28, 0xB); /* top down */
    assert_true(b >= 0xE0000000 && b < 0xFFD00000);
    assert_true(c >= 0xC0000000 && c < 0xE0000000);
    assert_true(memory_physical(b, &pa));
    assert_int_equal(pa, b - 0xE0000000 + 0x1000);
    memory_set32(e, a, 0xCAFE);
    assert_int_equal(range_size(e, a), 0x10000);
    assert_true(physical_free(e, a));
    memory_set32(e, c, 0xCAFE);
    assert_true(physical_free(e, c));
    assert_int_equal(physical_alloc(e, 0, 0xFFFFFFFF, 100, 0, 0x1000000, RW), c);
    assert_int_equal(memory_get32(e, c), 0);
    assert_false(physical_free(e, a));
    assert_false(physical_free(e, 0));
    assert_false(physical_free(e, 0xFFFFFFFF));
    u32 low = physical_alloc(e, 0x100000, 0x1FFFFF, 0x100000, 0, 0x10000, RW);
    assert_int_equal(low, 0xA0100000);
    assert_int_equal(physical_alloc(e, 0x100000, 0x1FFFFF, 0x1000, 0, 0x1000, RW), 0);
    assert_int_equal(physical_alloc(e, 0, 0xFFFFFFFF, 0xFFFFFFFF, 0, 0x1000, RW), 0);
    assert_int_equal(physical_alloc(e, 0, 0xFFFFFFFF, 0x1000, 0x3000, 0x1000, RW), 0);
    assert_int_equal(physical_alloc(e, 0, 0xFFFFFFFF, 0x30000000, 0, 0x1000, RW), 0);
    assert_int_equal(physical_alloc(e, 0xFFFFFFFF, 0, 0x1000, 0, 0x1000, RW), 0);
    assert_int_equal(physical_alloc(e, 0, 0xFFFFFFFF, 0x1000, 0x80000000, 0x1000, RW), 0);
    rig_destroy(rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_small_blocks_are_zero_aligned_and_come_back),
        cmocka_unit_test(test_blocks_do_not_overlap),
        cmocka_unit_test(test_scribbled_free_lists_hurt_nobody),
        cmocka_unit_test(test_big_blocks_are_pages_and_end_somewhere),
        cmocka_unit_test(test_ranges_find_room_from_both_ends),
        cmocka_unit_test(test_stacks_have_guards),
        cmocka_unit_test(test_physical_memory_shows_in_its_mirror),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
