/* SPDX-License-Identifier: BSD-3-Clause
 * Trails of two runs are aligned by control flow: arms of a branch, rounds of a loop, early returns, calls between. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "diff/trail.h"

enum {
    LI = 0x38600001,    /* li r3,1 */
    CMPWI = 0x2C030000, /* cmpwi r3,0 */
    BEQ = 0x41820008,
    BL = 0x48000001,
    BLR = 0x4E800020,
    B = 0x48000000,
};

/* Instructions by name: a title of 26 places, of which some are branches. */
static u32 word_at(char name)
{
    switch (name) {
    case 'c':
        return CMPWI;
    case '?':
    case '!':
        return BEQ;
    case 'L':
        return BL;
    case 'R':
    case 'S':
        return BLR;
    case 'b':
        return B;
    default:
        return LI;
    }
}

/* Each letter is an instruction, at the address that it always has. */
static struct trail make(const char *text)
{
    struct trail t = {.count = (u32)strlen(text)};
    t.steps = calloc(t.count, sizeof *t.steps);
    assert_non_null(t.steps);
    for (u32 i = 0; i < t.count; i++)
        t.steps[i] = (struct trail_step){.pc = 0x82000000u + 64 * (u8)text[i],
                                         .word = word_at(text[i]),
                                         .number = i,
                                         .partner = TRAIL_NONE,
                                         .control = TRAIL_NONE};
    return t;
}

/* What of B each step of A meets: '.' for its own letter, '-' for none. And where they part for good. */
static void check(const char *a, const char *b, const char *want_a, const char *want_b, u32 want_parted)
{
    struct trail t[2] = {make(a), make(b)};
    const char *text[2] = {a, b}, *want[2] = {want_a, want_b};
    u32 parted[2];
    trail_align(t, parted);
    for (u32 k = 0; k < 2; k++)
        for (u32 i = 0; i < t[k].count; i++) {
            u32 partner = t[k].steps[i].partner;
            if (want[k][i] == '-') {
                assert_int_equal(partner, TRAIL_NONE);
                assert_int_not_equal(t[k].steps[i].control, TRAIL_NONE);
            } else {
                assert_int_not_equal(partner, TRAIL_NONE);
                assert_int_equal(text[!k][partner], text[k][i]);
                assert_int_equal(t[!k].steps[partner].partner, i);
            }
        }
    assert_int_equal(parted[0], want_parted);
    trail_free(&t[0]);
    trail_free(&t[1]);
}

static void test_align_equal(void **state)
{
    (void)state;
    check("ac?dez", "ac?dez", "......", "......", TRAIL_NONE);
}

static void test_align_arms_meet_behind_them(void **state)
{
    (void)state;
    check("ac?dez", "ac?fgez", "...-..", "...--..", TRAIL_NONE);
}

/* One round in A, three in B: the first goes with the first, and what follows the loop with itself. */
static void test_align_loop_of_other_length(void **state)
{
    (void)state;
    check("ahc?xyz", "ahc?hc?hc?xyz", ".......", "....------...", TRAIL_NONE);
}

/* A loop in a loop: a round more inside does not shift the rounds outside. */
static void test_align_loops_within_loops(void **state)
{
    (void)state;
    check("ohc?e!ohc?e!z", "ohc?hc?e!ohc?e!z", ".............", "....---.........", TRAIL_NONE);
}

static void test_align_early_return(void **state)
{
    (void)state;
    check("aLmc?Sz", "aLmc?noRz", ".....-.", ".....---.", TRAIL_NONE);
}

static void test_align_parts_for_good(void **state)
{
    (void)state;
    check("ac?def", "ac?ghi", "...---", "...---", 2);
}

/* The control of what only one run did is the branch before it. */
static void test_align_tells_control(void **state)
{
    (void)state;
    struct trail t[2] = {make("ac?dez"), make("ac?fgez")};
    u32 parted[2];
    trail_align(t, parted);
    assert_int_equal(t[0].steps[3].control, 2);
    assert_int_equal(t[1].steps[3].control, 2);
    assert_int_equal(t[1].steps[4].control, 2);
    trail_free(&t[0]);
    trail_free(&t[1]);
}

static void test_definition_is_the_last_write(void **state)
{
    (void)state;
    struct trail t = make("aac?");
    assert_int_equal(trail_definition(&t, 2, PLACE_R0 + 3), 1);
    assert_int_equal(trail_definition(&t, 3, PLACE_CR0), 2);
    assert_int_equal(trail_definition(&t, 2, PLACE_R0 + 4), TRAIL_NONE);
    trail_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_align_equal),
        cmocka_unit_test(test_align_arms_meet_behind_them),
        cmocka_unit_test(test_align_loop_of_other_length),
        cmocka_unit_test(test_align_loops_within_loops),
        cmocka_unit_test(test_align_early_return),
        cmocka_unit_test(test_align_parts_for_good),
        cmocka_unit_test(test_align_tells_control),
        cmocka_unit_test(test_definition_is_the_last_write),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
