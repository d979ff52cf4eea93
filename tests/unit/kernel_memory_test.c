/* SPDX-License-Identifier: BSD-3-Clause
 * Calls on memory: rounding, statuses, what is reported, wild arguments. */
#include "tests/unit/rig.h"

enum { BASE = RIG_DATA, SIZE = RIG_DATA + 4, OLD = RIG_DATA + 8, INFO = RIG_DATA + 0x100 };
enum {
    COMMIT = 0x1000,
    RESERVE = 0x2000,
    DECOMMIT = 0x4000,
    RELEASE = 0x8000,
    TOP_DOWN = 0x100000,
    LARGE = 0x20000000
};
enum { READONLY = 2, READWRITE = 4 };

static u32 allocate(struct rig *rig, u32 base, u32 size, u32 type, u32 protect)
{
    memory_set32(rig->e, BASE, base);
    memory_set32(rig->e, SIZE, size);
    return (u32)rig_call(rig, xboxkrnl_NtAllocateVirtualMemory, BASE, SIZE, type, protect, 0);
}

static u32 release(struct rig *rig, u32 base, u32 size, u32 type)
{
    memory_set32(rig->e, BASE, base);
    memory_set32(rig->e, SIZE, size);
    return (u32)rig_call(rig, xboxkrnl_NtFreeVirtualMemory, BASE, SIZE, type, 0);
}

static u32 base(struct rig *rig)
{
    return memory_get32(rig->e, BASE);
}

static u32 size(struct rig *rig)
{
    return memory_get32(rig->e, SIZE);
}

static void test_allocations_round_as_the_console(void **state)
{
    (void)state;
    struct rig *rig = rig_create();
    assert_int_equal(allocate(rig, 0, 1, COMMIT | RESERVE, READWRITE), STATUS_SUCCESS);
    assert_int_equal(base(rig), 0x10000);
    assert_int_equal(size(rig), 0x10000);
    assert_true(memory_is_writable(rig->e, 0x10000, 0x10000));
    assert_int_equal(allocate(rig, 0, (u32)-0x12345, COMMIT, READWRITE), STATUS_SUCCESS);
    assert_int_equal(size(rig), 0x20000);
    assert_int_equal(allocate(rig, 0, 0x10001, COMMIT | LARGE, READWRITE), STATUS_SUCCESS);
    assert_int_equal(base(rig), 0x40000000);
    assert_int_equal(allocate(rig, 0, 0x1000, RESERVE | TOP_DOWN, READWRITE), STATUS_SUCCESS);
    assert_int_equal(base(rig), 0x3FFF0000);
    assert_false(memory_is_readable(rig->e, 0x3FFF0000, 1));
    assert_int_equal(allocate(rig, 0x3FFF1234, 0x1000, COMMIT, READONLY), STATUS_SUCCESS);
    assert_int_equal(base(rig), 0x3FFF1000);
    assert_int_equal(size(rig), 0x2000);
    assert_true(memory_is_readable(rig->e, 0x3FFF1000, 0x2000));
    assert_false(memory_is_writable(rig->e, 0x3FFF1000, 1));
    rig_destroy(rig);
}

static void test_allocation_statuses(void **state)
{
    (void)state;
    struct rig *rig = rig_create();
    assert_int_equal(allocate(rig, 0, 0, COMMIT, READWRITE), STATUS_INVALID_PARAMETER);
    assert_int_equal(allocate(rig, 0, 1, 0, READWRITE), STATUS_INVALID_PARAMETER);
    assert_int_equal(allocate(rig, 0, 1, COMMIT, 0), STATUS_INVALID_PAGE_PROTECTION);
    assert_int_equal(allocate(rig, 0, 1, COMMIT, 6), STATUS_INVALID_PAGE_PROTECTION);
    assert_int_equal(allocate(rig, 0, 0x7FFFFFFF, COMMIT, READWRITE), STATUS_NO_MEMORY);
    assert_int_equal(allocate(rig, 0x20000000, 0x1000, COMMIT, READWRITE), STATUS_CONFLICTING_ADDRESSES);
    assert_int_equal(allocate(rig, 0x20000000, 0x1000, COMMIT | RESERVE, READWRITE), STATUS_SUCCESS);
    assert_int_equal(allocate(rig, 0x20000000, 0x1000, COMMIT | RESERVE, READWRITE), STATUS_CONFLICTING_ADDRESSES);
    assert_int_equal(allocate(rig, 0x1FFFF000, 0x3000, COMMIT | RESERVE, READWRITE), STATUS_CONFLICTING_ADDRESSES);
    assert_int_equal(allocate(rig, 0x82000000, 0x1000, COMMIT | RESERVE, READWRITE), STATUS_INVALID_PARAMETER);
    assert_int_equal(allocate(rig, 0xFFFFF000, 0x7FFFFFFF, COMMIT | RESERVE, READWRITE), STATUS_INVALID_PARAMETER);
    assert_int_equal(rig_call(rig, xboxkrnl_NtAllocateVirtualMemory, 0, SIZE, COMMIT, READWRITE),
                     STATUS_ACCESS_VIOLATION);
    assert_int_equal(rig_call(rig, xboxkrnl_NtAllocateVirtualMemory, BASE, 0xFFFFFFFE, COMMIT, READWRITE),
                     STATUS_ACCESS_VIOLATION);
    rig_destroy(rig);
}

static void test_free_and_decommit(void **state)
{
    (void)state;
    struct rig *rig = rig_create();
    assert_int_equal(allocate(rig, 0, 0x20000, COMMIT | RESERVE, READWRITE), STATUS_SUCCESS);
    u32 at = base(rig);
    memory_set32(rig->e, at + 0x5000, 77);
    assert_int_equal(release(rig, at + 0x5000, 0x1000, DECOMMIT), STATUS_SUCCESS);
    assert_false(memory_is_readable(rig->e, at + 0x5000, 1));
    assert_true(memory_is_readable(rig->e, at + 0x6000, 1));
    assert_int_equal(allocate(rig, at + 0x5000, 0x1000, COMMIT, READWRITE), STATUS_SUCCESS);
    assert_int_equal(memory_get32(rig->e, at + 0x5000), 0);
    assert_int_equal(release(rig, at + 0x1000, 0, RELEASE), STATUS_FREE_VM_NOT_AT_BASE);
    assert_int_equal(release(rig, at, 0, RELEASE), STATUS_SUCCESS);
    assert_int_equal(size(rig), 0x20000);
    assert_int_equal(release(rig, at, 0, RELEASE), STATUS_MEMORY_NOT_ALLOCATED);
    assert_int_equal(release(rig, at, 0x1000, DECOMMIT), STATUS_MEMORY_NOT_ALLOCATED);
    assert_int_equal(release(rig, 0, 0, RELEASE), STATUS_MEMORY_NOT_ALLOCATED);
    assert_int_equal(release(rig, 0xFFFFFFFF, 0x7FFFFFFF, DECOMMIT), STATUS_MEMORY_NOT_ALLOCATED);
    assert_int_equal(release(rig, RIG_DATA, 0, 0), STATUS_INVALID_PARAMETER);
    rig_destroy(rig);
}

static void test_query_and_protect(void **state)
{
    (void)state;
    struct rig *rig = rig_create();
    assert_int_equal(allocate(rig, 0x20000000, 0x4000, COMMIT | RESERVE, READWRITE), STATUS_SUCCESS);
    memory_set32(rig->e, BASE, 0x20001000);
    memory_set32(rig->e, SIZE, 0x1000);
    assert_int_equal(rig_call(rig, xboxkrnl_NtProtectVirtualMemory, BASE, SIZE, READONLY, OLD, 0), STATUS_SUCCESS);
    assert_int_equal(memory_get32(rig->e, OLD), READWRITE);
    assert_false(memory_is_writable(rig->e, 0x20001000, 1));
    assert_int_equal(rig_call(rig, xboxkrnl_NtQueryVirtualMemory, 0x20001004, INFO, 0), STATUS_SUCCESS);
    const u32 want[] = {0x20001000, 0x20000000, READWRITE, 0x1000, COMMIT, READONLY, 0x20000};
    for (u32 i = 0; i < countof(want); i++)
        assert_int_equal(memory_get32(rig->e, INFO + i * 4), want[i]);
    assert_int_equal(rig_call(rig, xboxkrnl_NtQueryVirtualMemory, 0x20004000, INFO, 0), STATUS_SUCCESS);
    assert_int_equal(memory_get32(rig->e, INFO + 16), 0x10000); /* free */
    assert_int_equal(memory_get32(rig->e, INFO + 4), 0);
    assert_int_equal(rig_call(rig, xboxkrnl_NtQueryVirtualMemory, 0xFFFFFFFF, INFO, 0), STATUS_SUCCESS);
    assert_int_equal(rig_call(rig, xboxkrnl_NtQueryVirtualMemory, 0x20001004, 1, 0), STATUS_ACCESS_VIOLATION);
    memory_set32(rig->e, BASE, 0x20003000);
    memory_set32(rig->e, SIZE, 0x2000);
    assert_int_equal(rig_call(rig, xboxkrnl_NtProtectVirtualMemory, BASE, SIZE, READONLY, OLD, 0),
                     STATUS_CONFLICTING_ADDRESSES);
    assert_int_equal(rig_call(rig, xboxkrnl_MmQueryAddressProtect, 0x20001000), READONLY);
    rig_call(rig, xboxkrnl_MmSetAddressProtect, 0x20001000, 0x1000, READWRITE);
    assert_true(memory_is_writable(rig->e, 0x20001000, 0x1000));
    rig_call(rig, xboxkrnl_MmSetAddressProtect, 0xFFFFF000, 0xFFFFFFFF, READWRITE);
    assert_int_equal(rig_call(rig, xboxkrnl_MmQueryAllocationSize, 0x20000000), 0x4000);
    rig_destroy(rig);
}

static void test_physical_memory(void **state)
{
    (void)state;
    struct rig *rig = rig_create();
    u32 a = (u32)rig_call(rig, xboxkrnl_MmAllocatePhysicalMemoryEx, 0, 0x1234, READWRITE, 0, 0xFFFFFFFF, 0);
    assert_true(a >= 0xE0000000);
    assert_int_equal(rig_call(rig, xboxkrnl_MmQueryAllocationSize, a), 0x2000);
    assert_int_equal(rig_call(rig, xboxkrnl_MmGetPhysicalAddress, a + 4), a - 0xE0000000 + 0x1004);
    u32 b =
        (u32)rig_call(rig, xboxkrnl_MmAllocatePhysicalMemoryEx, 0, 0x1234, READWRITE | LARGE, 0, 0xFFFFFFFF, 0x100000);
    assert_int_equal(b & 0xFFFFF, 0);
    assert_true(b >= 0xA0000000 && b < 0xC0000000);
    u32 c = (u32)rig_call(rig, xboxkrnl_MmAllocatePhysicalMemory, 0, 0x1000, READWRITE);
    memory_set32(rig->e, c, 5);
    rig_call(rig, xboxkrnl_MmFreePhysicalMemory, 0, c);
    assert_false(memory_is_readable(rig->e, c, 1));
    rig_call(rig, xboxkrnl_MmFreePhysicalMemory, 0, c);
    rig_call(rig, xboxkrnl_MmFreePhysicalMemory, 0, 0x1000);
    assert_int_equal(rig_call(rig, xboxkrnl_MmAllocatePhysicalMemory, 0, 0xFFFFFFFF, READWRITE), 0);
    assert_int_equal(rig_call(rig, xboxkrnl_MmAllocatePhysicalMemory, 0, 0, READWRITE), 0);
    assert_int_equal(rig_call(rig, xboxkrnl_MmAllocatePhysicalMemory, 0, 0x1000, 1), 0);
    assert_int_equal(rig_call(rig, xboxkrnl_MmIsAddressValid, a), 1);
    assert_int_equal(rig_call(rig, xboxkrnl_MmIsAddressValid, 0), 0);
    rig_destroy(rig);
}

static void test_statistics_count_what_is_taken(void **state)
{
    (void)state;
    struct rig *rig = rig_create();
    memory_set32(rig->e, INFO, 100);
    assert_int_equal(rig_call(rig, xboxkrnl_MmQueryStatistics, INFO), STATUS_BUFFER_TOO_SMALL);
    memory_set32(rig->e, INFO, 104);
    assert_int_equal(rig_call(rig, xboxkrnl_MmQueryStatistics, INFO), STATUS_SUCCESS);
    u32 before = memory_get32(rig->e, INFO + 12);
    rig_call(rig, xboxkrnl_MmAllocatePhysicalMemory, 0, 0x100000, READWRITE);
    assert_int_equal(rig_call(rig, xboxkrnl_MmQueryStatistics, INFO), STATUS_SUCCESS);
    assert_int_equal(before - memory_get32(rig->e, INFO + 12), 0x100);
    assert_int_equal(memory_get32(rig->e, INFO + 4), 0x20000);
    assert_int_equal(rig_call(rig, xboxkrnl_MmQueryStatistics, 0xFFFFFFF0), STATUS_ACCESS_VIOLATION);
    rig_destroy(rig);
}

static void test_pool_and_stacks(void **state)
{
    (void)state;
    struct rig *rig = rig_create();
    u32 a = (u32)rig_call(rig, xboxkrnl_ExAllocatePoolWithTag, 200, 0x54455354);
    assert_int_equal(rig_call(rig, xboxkrnl_ExQueryPoolBlockSize, a), 200);
    rig_call(rig, xboxkrnl_ExFreePool, a);
    assert_int_equal(rig_call(rig, xboxkrnl_ExAllocatePool, 200), a);
    assert_int_equal(rig_call(rig, xboxkrnl_ExAllocatePoolTypeWithTag, 0x1000, 0, 0) & 0xFFF, 0);
    assert_int_equal(rig_call(rig, xboxkrnl_ExAllocatePool, 0xFFFFFFFF), 0);
    rig_call(rig, xboxkrnl_ExFreePool, 0xFFFFFFFF);
    rig_call(rig, xboxkrnl_ExFreePool, RIG_DATA);
    u32 stack = (u32)rig_call(rig, xboxkrnl_MmCreateKernelStack, 0x4000, 1);
    assert_true(memory_is_writable(rig->e, stack - 0x4000, 0x4000));
    rig_call(rig, xboxkrnl_MmDeleteKernelStack, stack, stack - 0x4000);
    assert_false(memory_is_writable(rig->e, stack - 4, 4));
    rig_destroy(rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_allocations_round_as_the_console),
        cmocka_unit_test(test_allocation_statuses),
        cmocka_unit_test(test_free_and_decommit),
        cmocka_unit_test(test_query_and_protect),
        cmocka_unit_test(test_physical_memory),
        cmocka_unit_test(test_statistics_count_what_is_taken),
        cmocka_unit_test(test_pool_and_stacks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
