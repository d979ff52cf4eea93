/* SPDX-License-Identifier: BSD-3-Clause
 * Holes read exactly what a template would write again, and the tree finds each template by its lines. */
#include "diff/import_tree.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
// clang-format on
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static u64 next_random(u64 *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* The whole text is one number of that form; `room` bytes more may be looked at. */
static bool reads(u8 form, u8 width, const char *text, size_t room, u64 *number)
{
    char buffer[80];
    struct import_part part;
    size_t size = strlen(text);
    memcpy(buffer, text, size);
    memset(buffer + size, ',', sizeof buffer - size);
    const char *end = import_hole_read(form, width, buffer, buffer + size + room, &part);
    *number = part.number;
    const char *quick = import_hole_quick(form, width, buffer, buffer + size + room, &part);
    assert_ptr_equal(quick, end);
    assert_true(!end || part.number == *number);
    return end == buffer + size;
}

static void check_number(u64 value, size_t room)
{
    char text[32];
    u64 number;
    snprintf(text, sizeof text, "%" PRIu64, value);
    assert_true(reads(value > INT64_MAX ? FORM_UDEC : FORM_DEC, 0, text, room, &number));
    assert_true(number == value);
    assert_false(reads(value > INT64_MAX ? FORM_DEC : FORM_UDEC, 0, text, room, &number));
    snprintf(text, sizeof text, "%" PRId64, (s64)value);
    assert_true(reads(FORM_DEC, 0, text, room, &number) && number == value);
    snprintf(text, sizeof text, "%016" PRIx64, value);
    assert_true(reads(FORM_LOWER, 16, text, room, &number) && number == value);
    snprintf(text, sizeof text, "%016" PRIX64, value);
    bool letters = strpbrk(text, "ABCDEF") != NULL;
    assert_int_equal(reads(FORM_UPPER, 16, text, room, &number), letters);
    assert_int_equal(reads(FORM_LOWER, 16, text, room, &number), !letters);
}

static void test_numbers_are_read(void **state)
{
    (void)state;
    u64 seed = 9;
    for (u32 i = 0; i < 200000; i++)
        check_number(next_random(&seed) >> next_random(&seed) % 64, i % 12);
    static const u64 edges[] = {0, 9, 10, 99999999, 100000000, INT64_MAX, (u64)INT64_MAX + 1, UINT64_MAX};
    for (u32 i = 0; i < countof(edges); i++)
        for (size_t room = 0; room < 12; room++)
            check_number(edges[i], room);
}

static void test_what_is_not_canonical_is_refused(void **state)
{
    (void)state;
    u64 number;
    static const char *const bad[] = {"",
                                      "-",
                                      "00",
                                      "01",
                                      "-0",
                                      "-01",
                                      "18446744073709551616",
                                      "99999999999999999999",
                                      "123456789012345678901",
                                      "-9223372036854775809",
                                      "x"};
    for (u32 i = 0; i < countof(bad); i++)
        for (size_t room = 0; room < 10; room += 3) {
            assert_false(reads(FORM_DEC, 0, bad[i], room, &number));
            assert_false(reads(FORM_UDEC, 0, bad[i], room, &number));
        }
    assert_false(reads(FORM_LOWER, 4, "12", 0, &number));
    assert_false(reads(FORM_LOWER, 2, "123", 0, &number));
    assert_false(reads(FORM_LOWER, 4, "12aB", 0, &number));
    assert_false(reads(FORM_UPPER, 4, "12aB", 0, &number));
}

enum { SHAPES = 400 };

static struct template templates[SHAPES];
static char texts[SHAPES][64];

/* One template with two holes: literals that begin like others', some the same. */
static void make_template(u32 i, u64 *seed)
{
    struct template *t = &templates[i];
    snprintf(texts[i], sizeof texts[i], "{\"k\":\"%s%u\",\"n\":", i % 3 ? "call" : "return",
             (u32)(next_random(seed) % SHAPES));
    char tail[32];
    snprintf(tail, sizeof tail, ",\"t\":%u}", i);
    strcat(texts[i], tail);
    t->hole_count = 1;
    t->holes[0] = (struct template_hole){.text = (const u8 *)texts[i],
                                         .text_size = (u32)(strstr(texts[i], "\"n\":") + 4 - texts[i]),
                                         .form = i % 5 ? FORM_DEC : FORM_LOWER,
                                         .width = i % 5 ? 0 : 4};
    t->tail = (const u8 *)texts[i] + t->holes[0].text_size;
    t->tail_size = (u32)strlen((const char *)t->tail);
}

static void test_lines_find_their_template(void **state)
{
    (void)state;
    u64 seed = 4;
    struct import_tree *tree = import_tree_create();
    struct import_part parts[BLOCK_FIELDS_MAX];
    for (u32 i = 0; i < SHAPES; i++) {
        make_template(i, &seed);
        import_tree_add(tree, &templates[i], i);
    }
    for (u32 i = 0; i < SHAPES; i++) {
        char line[128];
        const struct template_hole *h = &templates[i].holes[0];
        int size = snprintf(line, sizeof line, h->form == FORM_DEC ? "%.*s%u%s" : "%.*s%04x%s", (int)h->text_size,
                            texts[i], 1000 + i, (const char *)templates[i].tail);
        assert_int_equal(import_tree_find(tree, line, (size_t)size, parts), i);
        assert_int_equal(parts[0].number, 1000 + i);
        assert_int_equal(import_tree_find(tree, line, (size_t)size - 1, parts), UINT32_MAX);
        line[size - 2] ^= 1; /* of the tail's number */
        u32 other = import_tree_find(tree, line, (size_t)size, parts);
        assert_true(other != i);
    }
    import_tree_destroy(tree);
}

/* In a buffer with room behind the line. */
static u32 find(const struct import_tree *tree, const char *line, struct import_part *parts)
{
    char buffer[256];
    size_t size = strlen(line);
    assert_in_range(size, 0, sizeof buffer - IMPORT_HOLE_BEHIND);
    memset(buffer, '7', sizeof buffer);
    memcpy(buffer, line, size);
    return import_tree_find(tree, buffer, size, parts);
}

/* One literal that another one begins with. */
static void test_prefixes_are_told_apart(void **state)
{
    (void)state;
    struct import_tree *tree = import_tree_create();
    struct import_part parts[BLOCK_FIELDS_MAX];
    struct template a = {.hole_count = 1, .tail = (const u8 *)"}", .tail_size = 1},
                    b = {.tail = (const u8 *)"{\"n\":null}", .tail_size = 10};
    a.holes[0] = (struct template_hole){.text = (const u8 *)"{\"n\":", .text_size = 5, .form = FORM_DEC};
    import_tree_add(tree, &a, 1);
    import_tree_add(tree, &b, 2);
    assert_int_equal(find(tree, "{\"n\":17}", parts), 1);
    assert_int_equal(find(tree, "{\"n\":null}", parts), 2);
    assert_int_equal(find(tree, "{\"n\":nul1}", parts), UINT32_MAX);
    import_tree_destroy(tree);
}

enum { LITERALS = 6, WAYS = 60 };

/* Templates of few pieces, so that many share them, begin like others, or fit the same lines. */
static void random_template(struct template *t, u64 *seed)
{
    static const char *const literals[LITERALS] = {"{",         "{\"a\":", "{\"a\":1",
                                                   "{\"a\":\"", "}",       "\"long enough for two words: 0123456\","};
    static const u8 forms[] = {FORM_DEC, FORM_DEC, FORM_LOWER, FORM_JSON};
    *t = (struct template){.hole_count = (u32)(next_random(seed) % 4)};
    for (u32 i = 0; i < t->hole_count; i++) {
        const char *text = literals[next_random(seed) % LITERALS];
        u8 form = forms[next_random(seed) % countof(forms)];
        t->holes[i] = (struct template_hole){.text = (const u8 *)text, .text_size = (u32)strlen(text), .form = form};
        t->holes[i].width = form == FORM_LOWER ? 2 : 0;
    }
    t->tail = (const u8 *)literals[next_random(seed) % LITERALS];
    t->tail_size = (u32)strlen((const char *)t->tail);
}

static size_t random_line(const struct template *t, u64 *seed, char *line)
{
    static const char *const values[] = {"1", "17", "af", "-3", "x", "\\\"", "12345678901234"};
    size_t size = 0;
    for (u32 i = 0; i < t->hole_count; i++) {
        memcpy(line + size, t->holes[i].text, t->holes[i].text_size);
        size += t->holes[i].text_size;
        size += (size_t)sprintf(line + size, "%s", values[next_random(seed) % countof(values)]);
    }
    memcpy(line + size, t->tail, t->tail_size);
    return size + t->tail_size;
}

/* Whatever shape is guessed, a line is found as it is without a guess. */
static void test_guesses_change_nothing(void **state)
{
    (void)state;
    u64 seed = 77;
    u32 found = 0;
    static struct template ways[WAYS];
    struct import_part parts[BLOCK_FIELDS_MAX], guessed[BLOCK_FIELDS_MAX];
    struct import_tree *tree = import_tree_create();
    for (u32 round = 0; round < 3000; round++) {
        char line[512] = {0};
        const char *line_end;
        if (round % 50 == 0) {
            random_template(&ways[round / 50], &seed);
            import_tree_add(tree, &ways[round / 50], round / 50);
        }
        const struct template *t = &ways[next_random(&seed) % (round / 50 + 1)];
        size_t size = random_line(t, &seed, line);
        line[size] = '\n';
        memset(line + size + 1, (int)('0' + round % 20), 64);
        u32 shape = import_tree_find(tree, line, size, parts);
        found += shape != UINT32_MAX;
        for (u32 guess = 0; guess < WAYS + 2; guess++) {
            assert_int_equal(import_tree_guess(tree, guess, line, line + size + 1 + round % 9, &line_end, guessed),
                             shape);
            assert_true(shape == UINT32_MAX || line_end == line + size);
            for (u32 i = 0; shape != UINT32_MAX && i < ways[shape].hole_count; i++)
                assert_true(ways[shape].holes[i].form == FORM_JSON ? guessed[i].size == parts[i].size
                                                                   : guessed[i].number == parts[i].number);
            assert_int_equal(import_tree_guess(tree, guess, line, line + size, &line_end, guessed), UINT32_MAX);
        }
    }
    assert_in_range(found, 500, 2900);
    import_tree_destroy(tree);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers_are_read),          cmocka_unit_test(test_what_is_not_canonical_is_refused),
        cmocka_unit_test(test_lines_find_their_template), cmocka_unit_test(test_prefixes_are_told_apart),
        cmocka_unit_test(test_guesses_change_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
