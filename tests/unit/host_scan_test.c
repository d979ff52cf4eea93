/* SPDX-License-Identifier: BSD-3-Clause
 * Static analysis on code made by hand: functions, jump tables of three compilers, wrappers, branches, data. */
#include "emu/host/scan.h"
#include "schema/export.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
// clang-format on
#include <stdlib.h>

enum {
    SIZE = 0x5000,
    BLR = 0x4E800020,
    BCTR = 0x4E800420,
    BCTRL = 0x4E800421,
    NOP = 0x60000000,
    MFLR_R0 = 0x7C0802A6,
    MFLR_R12 = 0x7D8802A6,
    MTLR_R0 = 0x7C0803A6,
    MTCTR_R9 = 0x7D2903A6,
    MTCTR_R11 = 0x7D6903A6,
    MTCTR_R12 = 0x7D8903A6,
    LI_R3_1 = 0x38600001,
    ADDI_R1_16 = 0x38210010,
    CMPWI_R3_0 = 0x2C030000,
    TRAP = 0x7FE00008,
};
#define BASE         0x82000000u
#define CODE         (BASE + 0x1000)
#define DATA         (BASE + 0x3000)
#define STWU         0x9421FFF0u /* stwu r1,-16(r1) */
#define STW_R0_20    0x90010014u
#define LWZ_R0_20_R1 0x80010014u

static u8 image[SIZE];
static struct scan scan;
static u32 at; /* where the next word goes */

static u32 op_of(const char *name)
{
    return export_by_name(name)->op;
}

static void word(u32 value)
{
    store_be32(image + (at - BASE), value);
    at += 4;
}
#define WORDS(...)                                                                                                     \
    do {                                                                                                               \
        const u32 list[] = {__VA_ARGS__};                                                                              \
        for (size_t word_i = 0; word_i < countof(list); word_i++)                                                      \
            word(list[word_i]);                                                                                        \
    } while (0)

static void bl(u32 target)
{
    word(0x48000001 | ((target - at) & 0x3FFFFFC));
}

static void b(u32 target)
{
    word(0x48000000 | ((target - at) & 0x3FFFFFC));
}

static void blt(u32 target)
{
    word(0x41800000 | ((target - at) & 0xFFFC));
}

static void bgt_cr6(u32 target)
{
    word(0x41990000 | ((target - at) & 0xFFFC));
}

static void frame(void)
{
    WORDS(MFLR_R0, STWU, STW_R0_20);
}

static void epilogue(void)
{
    WORDS(LWZ_R0_20_R1, ADDI_R1_16, MTLR_R0, BLR);
}

/* lis rD,hi; addi rD,rD,lo */
static void address(u32 reg, u32 value)
{
    WORDS(0x3C000000 | reg << 21 | ((value + 0x8000) >> 16 & 0xFFFF),
          0x38000000 | reg << 21 | reg << 16 | (value & 0xFFFF));
}

static void thunk(u32 place, const char *name)
{
    at = place;
    WORDS(0x01000000, 0x01000000, MTCTR_R11, BCTR);
    *SCAN_ADD(&scan.imports) = (struct scan_import){place, op_of(name), SCAN_THUNK};
}

static int setup(void **state)
{
    (void)state;
    memset(image, 0, sizeof image);
    memset(&scan, 0, sizeof scan);
    scan.base = BASE;
    scan.size = SIZE;
    scan.data = image;
    scan.entry = CODE;
    *SCAN_ADD(&scan.sections) = (struct scan_section){".text", CODE, DATA, true, false};
    *SCAN_ADD(&scan.sections) = (struct scan_section){".data", DATA, BASE + SIZE, false, true};
    at = CODE;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    scan_finish(&scan);
    return 0;
}

static void expect(u32 i, u32 start, u32 end, u8 how)
{
    assert_in_range(i + 1, 1, scan.functions.count);
    const struct scan_function *f = &scan.functions.list[i];
    if (f->start != start || f->end != end || f->how != how)
        fail_msg("function %u is %08x..%08x by %s, not %08x..%08x by %s", i, f->start, f->end, scan_how_name(f->how),
                 start, end, scan_how_name(how));
}

static void test_functions(void **state)
{
    (void)state;
    frame();
    bl(CODE + 0x100);
    epilogue();
    at = CODE + 0x40; /* reached by nothing */
    WORDS(LI_R3_1, BLR, NOP, NOP);
    frame();
    epilogue();
    at = CODE + 0x100;
    WORDS(LI_R3_1);
    b(CODE + 0x180);
    at = CODE + 0x180;
    WORDS(CMPWI_R3_0);
    blt(CODE + 0x190);
    WORDS(BLR, 0x12345678, LI_R3_1, BLR);
    at = CODE + 0x200; /* from data */
    WORDS(LI_R3_1, BLR);
    at = DATA;
    WORDS(CODE + 0x200);
    scan_run(&scan);
    assert_int_equal(scan.functions.count, 6);
    expect(0, CODE, CODE + 0x20, SCAN_BY_ENTRY);
    expect(1, CODE + 0x40, CODE + 0x48, SCAN_BY_LEAF);
    expect(2, CODE + 0x50, CODE + 0x6C, SCAN_BY_PROLOGUE);
    expect(3, CODE + 0x100, CODE + 0x108, SCAN_BY_CALL);
    expect(4, CODE + 0x180, CODE + 0x198, SCAN_BY_TAIL);
    expect(5, CODE + 0x200, CODE + 0x208, SCAN_BY_POINTER);
    assert_ptr_equal(scan_function_at(&scan, CODE + 0x44), &scan.functions.list[1]);
    assert_null(scan_function_at(&scan, CODE + 0x48));
}

static void test_exception_table(void **state)
{
    (void)state;
    WORDS(BLR);
    at = CODE + 0x10;
    WORDS(MFLR_R12, LI_R3_1, BLR, NOP, LI_R3_1, BLR);
    WORDS(LI_R3_1, BLR);
    scan.pdata = DATA;
    scan.pdata_size = 8;
    at = DATA;
    WORDS(CODE + 0x10, 0x40000000 | 6 << 8 | 1);
    scan_run(&scan);
    assert_int_equal(scan.functions.count, 3);
    expect(1, CODE + 0x10, CODE + 0x28, SCAN_BY_PDATA);
    expect(2, CODE + 0x28, CODE + 0x30, SCAN_BY_LEAF);
}

/* What stands behind a call that never returns: a dead epilogue stays, another function begins. */
static void test_calls_that_never_return(void **state)
{
    (void)state;
    frame();
    bl(CODE + 0x40);
    epilogue();
    at = CODE + 0x40;
    frame();
    bl(CODE + 0x80);
    epilogue();
    frame(); /* called by nobody, behind the dead epilogue */
    bl(CODE + 0x80);
    WORDS(LI_R3_1, BLR); /* a leaf behind a call that never returns */
    at = CODE + 0x80;
    frame();
    bl(CODE + 0x100);
    word(TRAP);
    thunk(CODE + 0x100, "ExTerminateThread");
    scan_run(&scan);
    assert_int_equal(scan.functions.count, 6);
    expect(0, CODE, CODE + 0x20, SCAN_BY_ENTRY);
    expect(1, CODE + 0x40, CODE + 0x60, SCAN_BY_CALL);
    expect(2, CODE + 0x60, CODE + 0x70, SCAN_BY_PROLOGUE);
    expect(3, CODE + 0x70, CODE + 0x78, SCAN_BY_LEAF);
    expect(4, CODE + 0x80, CODE + 0x94, SCAN_BY_CALL);
    expect(5, CODE + 0x100, CODE + 0x110, SCAN_BY_IMPORT);
    assert_false(scan.functions.list[4].returns);
    assert_false(scan.functions.list[2].returns);
}

static void cases(u32 count)
{
    for (u32 i = 0; i < count; i++)
        WORDS(LI_R3_1, BLR);
}

static void expect_table(u32 i, u32 start, u32 count, u32 width, bool is_bounded, u32 first)
{
    assert_in_range(i + 1, 1, scan.tables.count);
    const struct scan_table *t = &scan.tables.list[i];
    assert_int_equal(t->kind, SCAN_JUMP_TABLE);
    assert_int_equal(t->start, start);
    assert_int_equal(t->count, count);
    assert_int_equal(t->width, width);
    assert_int_equal(t->is_bounded, is_bounded);
    assert_int_equal(scan_table_target(&scan, t, 1), first + 8);
}

/* The vendor's: bytes times 4, halfwords, each added to the first case; words. gcc's: words added to the table. */
static void test_jump_tables(void **state)
{
    (void)state;
    WORDS(0x2B0A0003); /* cmplwi cr6,r10,3 */
    bgt_cr6(CODE + 0x70);
    address(12, DATA);
    WORDS(0x7C0C50AE, 0x5400103A); /* lbzx r0,r12,r10; slwi r0,r0,2 */
    address(12, CODE + 0x40);
    WORDS(0x7D8C0214, MTCTR_R12, BCTR); /* add r12,r12,r0 */
    at = CODE + 0x40;
    cases(4);
    at = CODE + 0x70;
    WORDS(BLR, 0);
    WORDS(0x7D4A5378, 0x2B0A0003); /* mr r10,r10 */
    bgt_cr6(at - 0x10);
    address(12, DATA + 0x10);
    WORDS(0x5540083C, 0x7C0C022E); /* slwi r0,r10,1; lhzx r0,r12,r0 */
    u32 second = at + 20;
    address(12, second);
    WORDS(0x7D8C0214, MTCTR_R12, BCTR);
    cases(4);
    WORDS(0x2B0A0002);
    bgt_cr6(at - 12);
    address(9, DATA + 0x20);
    WORDS(0x554A103A, 0x7D49502E, 0x7D2A4A14, MTCTR_R9, BCTR); /* slwi r10,r10,2; lwzx r10,r9,r10; add r9,r10,r9 */
    u32 third = at;
    cases(3);
    at = DATA;
    WORDS(0x00020406);
    at = DATA + 0x10;
    WORDS(0x00000008, 0x00100018);
    at = DATA + 0x20;
    for (u32 i = 0; i < 3; i++)
        word(third + 8 * i - (DATA + 0x20));
    scan_run(&scan);
    expect_table(0, DATA, 4, 1, true, CODE + 0x40);
    expect_table(1, DATA + 0x10, 4, 2, true, second);
    expect_table(2, DATA + 0x20, 3, 4, true, third);
    assert_int_equal(scan.functions.count, 3);
    expect(0, CODE, CODE + 0x74, SCAN_BY_ENTRY);
    expect(2, second + 32, third + 24, SCAN_BY_LEAF);
}

/* Without a comparison, as many entries as lead into the function; its address is made outside the loop. */
static void test_jump_table_without_bound(void **state)
{
    (void)state;
    frame();
    address(29, DATA);
    b(CODE + 0x1C);
    WORDS(BLR);
    WORDS(0x5549103A, 0x7D3D482E, MTCTR_R9, BCTR); /* slwi r9,r10,2; lwzx r9,r29,r9 */
    u32 first = at;
    cases(3);
    at = DATA;
    WORDS(first, first + 8, first + 16, 0x12345678);
    scan_run(&scan);
    expect_table(0, DATA, 3, 4, false, first);
    assert_int_equal(scan.functions.count, 1);
    expect(0, CODE, first + 24, SCAN_BY_ENTRY);
}

static void test_helpers(void **state)
{
    (void)state;
    WORDS(MFLR_R12);
    bl(CODE + 0x100 + 4 * 15);
    WORDS(STWU, ADDI_R1_16);
    b(CODE + 0x150 + 4 * 15);
    at = CODE + 0x100;
    for (u32 r = 14; r < 32; r++)
        word(0xF8010000 | r << 21 | ((8 * r - 0x98 - 8 * 14) & 0xFFFC)); /* std */
    WORDS(0x9181FFF8, BLR);
    assert_int_equal(at, CODE + 0x150);
    for (u32 r = 14; r < 32; r++)
        word(0xE8010000 | r << 21 | ((8 * r - 0x98 - 8 * 14) & 0xFFFC)); /* ld */
    WORDS(0x8181FFF8, 0x7D8803A6, BLR);
    scan_run(&scan);
    assert_int_equal(scan.functions.count, 37);
    assert_string_equal(scan.functions.list[1].name, "__savegprlr_14");
    assert_string_equal(scan.functions.list[36].name, "__restgprlr_31");
    expect(18, CODE + 0x144, CODE + 0x150, SCAN_BY_HELPER);
    assert_int_equal(scan.calls.count, 2);
    assert_int_equal(scan.calls.list[0].kind, SCAN_SAVE);
    assert_int_equal(scan.calls.list[1].kind, SCAN_RESTORE);
}

/* NtSetEvent inside a wrapper that turns a bad status into an error; a wrapper around that; what is none. */
static void test_wrappers(void **state)
{
    (void)state;
    thunk(CODE + 0x800, "NtSetEvent");
    thunk(CODE + 0x810, "RtlNtStatusToDosError");
    thunk(CODE + 0x820, "NtClose");
    u32 set_error = CODE + 0x100, wrapper = CODE + 0x140, outer = CODE + 0x180, shim = CODE + 0x1C0,
        other = CODE + 0x200;
    at = CODE;
    frame();
    bl(outer);
    bl(shim);
    bl(other);
    epilogue();
    at = set_error;
    frame();
    bl(CODE + 0x810);
    epilogue();
    at = wrapper;
    frame();
    bl(CODE + 0x800);
    WORDS(CMPWI_R3_0);
    blt(at + 8);
    b(at + 8);
    bl(set_error);
    epilogue();
    at = outer;
    frame();
    bl(wrapper);
    epilogue();
    at = shim;
    WORDS(0x7C832378); /* mr r3,r4 */
    b(CODE + 0x820);
    at = other; /* two imports: no wrapper */
    frame();
    bl(CODE + 0x800);
    bl(CODE + 0x820);
    epilogue();
    scan_run(&scan);
    assert_int_equal(scan.wrappers.count, 2);
    assert_int_equal(scan.wrappers.list[0].site, wrapper + 12);
    assert_int_equal(scan.wrappers.list[0].function, wrapper);
    assert_int_equal(scan.wrappers.list[0].op, op_of("NtSetEvent"));
    assert_int_equal(scan.wrappers.list[0].depth, 1);
    assert_int_equal(scan.wrappers.list[1].function, outer);
    assert_int_equal(scan.wrappers.list[1].site, outer + 12);
    assert_int_equal(scan.wrappers.list[1].depth, 2);
    const struct scan_import *import = scan_import_at(&scan, shim);
    assert_non_null(import);
    assert_int_equal(import->kind, SCAN_JUMP);
    assert_int_equal(import->op, op_of("NtClose"));
}

/* lis r11,slot; lwz r11,slot(r11); mtctr r11; bctrl */
static void test_call_through_an_imports_pointer(void **state)
{
    (void)state;
    *SCAN_ADD(&scan.imports) = (struct scan_import){DATA + 0x40, op_of("NtClose"), SCAN_POINTER_SLOT};
    thunk(CODE + 0x800, "NtClose");
    at = CODE;
    frame();
    WORDS(0x3D608200, 0x816B3040, MTCTR_R11, BCTRL);
    epilogue();
    scan_run(&scan);
    assert_int_equal(scan.calls.count, 1);
    assert_int_equal(scan.calls.list[0].kind, SCAN_INDIRECT);
    assert_int_equal(scan.calls.list[0].target, CODE + 0x800);
    assert_int_equal(scan.references.count, 1);
    assert_int_equal(scan.references.list[0].target, DATA + 0x40);
}

static void expect_branch(u32 i, u32 pc, u32 target, u32 compare, const char *condition, const char *registers)
{
    assert_in_range(i + 1, 1, scan.branches.count);
    const struct scan_branch *branch = &scan.branches.list[i];
    assert_int_equal(branch->pc, pc);
    assert_int_equal(branch->target, target);
    assert_int_equal(branch->compare, compare);
    assert_string_equal(branch->condition, condition);
    assert_string_equal(branch->registers, registers);
}

static void test_branches(void **state)
{
    (void)state;
    WORDS(CMPWI_R3_0, 0x7F0B4840);      /* cmplw cr6,r11,r9 */
    WORDS(0x41800010, 0x409A000C, NOP); /* blt +16; bne cr6,+12 */
    WORDS(0x4D820020);                  /* beqlr */
    WORDS(0x4200FFF8, BLR);             /* bdnz -8 */
    scan_run(&scan);
    assert_int_equal(scan.branches.count, 4);
    expect_branch(0, CODE + 8, CODE + 0x18, CODE, "cr0.lt", "r3");
    expect_branch(1, CODE + 12, CODE + 0x18, CODE + 4, "!cr6.eq", "r11 r9");
    expect_branch(2, CODE + 20, 0, 0, "cr0.eq", ""); /* the loop may have come here */
    expect_branch(3, CODE + 24, CODE + 16, 0, "--ctr", "");
}

static void test_data(void **state)
{
    (void)state;
    WORDS(BLR, 0, LI_R3_1, BLR);
    at = DATA;
    WORDS(CODE, CODE + 8, 0);
    memcpy(image + (DATA - BASE) + 0x40, "a text", 7);
    memcpy(image + (DATA - BASE) + 0x60, "\0W\0i\0d\0e\0\0", 10);
    memcpy(image + (DATA - BASE) + 0x80, "no", 3);
    memcpy(image + (DATA - BASE) + 0x90, "cut\x01", 5);
    scan_run(&scan);
    assert_int_equal(scan.tables.count, 1);
    assert_int_equal(scan.tables.list[0].kind, SCAN_POINTERS);
    assert_int_equal(scan.tables.list[0].start, DATA);
    assert_int_equal(scan.tables.list[0].count, 2);
    assert_int_equal(scan.strings.count, 2);
    assert_int_equal(scan.strings.list[0].start, DATA + 0x40);
    assert_int_equal(scan.strings.list[0].end, DATA + 0x47);
    assert_int_equal(scan.strings.list[1].start, DATA + 0x60);
    assert_true(scan.strings.list[1].is_wide);
}

/* Whatever stands there, the analysis ends, and its functions do not overlap. */
static void test_random_code(void **state)
{
    static const u32 common[] = {BLR,        BCTR,       BCTRL,      NOP,        STWU,       MFLR_R0,
                                 MTCTR_R12,  0x48000008, 0x4BFFFFF1, 0x419A0010, 0x3D808200, 0x398C3000,
                                 0x7C0C50AE, 0x7C0C002E, 0x7D8C0214, 0x2B0A0003};
    u32 seed = 12345;
    for (u32 round = 0; round < 40; round++) {
        scan_finish(&scan);
        setup(state);
        for (at = BASE; at < BASE + SIZE;) {
            seed = seed * 1664525 + 1013904223;
            word(seed >> 30 ? common[seed >> 8 & 15] : seed ^ seed << 13);
        }
        scan.pdata = DATA + 4 * (round & 7);
        scan.pdata_size = 64;
        scan_run(&scan);
        for (u32 i = 1; i < scan.functions.count; i++)
            assert_true(scan.functions.list[i - 1].start < scan.functions.list[i].start &&
                        scan.functions.list[i - 1].end <= scan.functions.list[i].start);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        TEST(test_functions),
        TEST(test_exception_table),
        TEST(test_calls_that_never_return),
        TEST(test_jump_tables),
        TEST(test_jump_table_without_bound),
        TEST(test_helpers),
        TEST(test_wrappers),
        TEST(test_call_through_an_imports_pointer),
        TEST(test_branches),
        TEST(test_data),
        TEST(test_random_code),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
