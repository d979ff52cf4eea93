/* SPDX-License-Identifier: BSD-3-Clause
 * The block codec: extremes come back, hostile bytes are refused. */
#include "replay/block.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
// clang-format on
#include <lz4.h>
#include <stdlib.h>

static u64 next_random(u64 *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static void check_round_trip(const struct event *events, u32 count)
{
    const struct event **list = malloc(count * sizeof *list);
    struct event *back = malloc(count * sizeof *back);
    struct block_encoder *encoder = block_encoder_create();
    const struct buffer *packed;
    struct err err = {""};
    u64 kinds[EVENT_KINDS] = {0}, want[EVENT_KINDS] = {0};
    for (u32 i = 0; i < count; i++) {
        list[i] = &events[i];
        want[events[i].kind]++;
    }
    u32 raw = block_encode(encoder, list, count, &packed);
    bool ok = block_decode(packed->data, packed->size, raw, events[0].thread, count, back, &err);
    assert_string_equal(err.text, "");
    assert_true(ok);
    assert_memory_equal(back, events, count * sizeof *back);
    assert_true(block_count_kinds(packed->data, packed->size, raw, count, kinds, &err));
    assert_memory_equal(kinds, want, sizeof want);
    assert_false(block_decode(packed->data, packed->size, raw, 0, count + 1, back, &err));
    assert_false(block_decode(packed->data, packed->size, raw - 1, 0, count, back, &err));
    block_encoder_destroy(encoder);
    free(list);
    free(back);
}

static void test_extremes_come_back(void **state)
{
    (void)state;
    struct event events[6] = {
        {.kind = EVENT_call, .count = 11, .seq = 0, .time = UINT64_MAX, .index = 0},
        {.kind = EVENT_call, .count = 11, .seq = UINT64_MAX, .time = 0, .index = UINT32_MAX, .op = UINT32_MAX},
        {.kind = EVENT_hash, .count = 12, .seq = 5, .lr = UINT32_MAX},
        {.kind = 31, .count = 0, .seq = 6},
        {.kind = EVENT_call, .count = 1, .seq = 7, .op = 5},
        {.kind = EVENT_call, .count = 11, .seq = 8, .op = UINT32_MAX},
    };
    for (u32 i = 0; i < EVENT_FIELDS_MAX; i++) {
        events[0].v[i] = i < 11 ? UINT64_MAX : 0;
        events[2].v[i] = (u64)1 << 63;
    }
    for (u32 i = 0; i < countof(events); i++)
        events[i].thread = 9;
    check_round_trip(events, 1);
    check_round_trip(events, countof(events));
}

static void test_full_block_of_distinct_sites_comes_back(void **state)
{
    (void)state;
    u64 seed = 77;
    struct event *events = calloc(BLOCK_EVENTS_MAX, sizeof *events);
    for (u32 i = 0; i < BLOCK_EVENTS_MAX; i++) {
        events[i] = (struct event){.kind = (u8)(i % EVENT_KINDS), .count = 12, .seq = i, .lr = i, .thread = 1};
        events[i].op = (u32)next_random(&seed);
        for (u32 f = 0; f < 12; f++)
            events[i].v[f] = next_random(&seed);
    }
    check_round_trip(events, BLOCK_EVENTS_MAX);
    free(events);
}

/* Changed before compression, so that the damage gets past LZ4 to the columns. */
static void test_hostile_bytes_do_no_harm(void **state)
{
    (void)state;
    u64 seed = 5;
    struct event events[64] = {0}, back[64];
    const struct event *list[64];
    const struct buffer *packed;
    struct err err;
    u32 refused = 0;
    for (u32 i = 0; i < 64; i++) {
        events[i] =
            (struct event){.kind = (u8)(1 + i % 17), .count = 3, .seq = i * 2, .lr = i * 4, .v = {i, i * i, 77}};
        list[i] = &events[i];
    }
    struct block_encoder *encoder = block_encoder_create();
    u32 raw_size = block_encode(encoder, list, 64, &packed);
    char *raw = malloc(raw_size);
    int bound = LZ4_compressBound((int)raw_size);
    char *again = malloc((size_t)bound);
    for (u32 round = 0; round < 3000; round++) {
        assert_int_equal(LZ4_decompress_safe((const char *)packed->data, raw, (int)packed->size, (int)raw_size),
                         raw_size);
        for (u32 n = 0; n <= round % 4; n++)
            raw[next_random(&seed) % raw_size] = (char)next_random(&seed);
        int size = LZ4_compress_default(raw, again, (int)raw_size, bound);
        refused += !block_decode((const u8 *)again, (size_t)size, raw_size, 0, 64, back, &err);
    }
    assert_in_range(refused, 500, 2999);
    free(raw);
    free(again);
    block_encoder_destroy(encoder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_extremes_come_back),
        cmocka_unit_test(test_full_block_of_distinct_sites_comes_back),
        cmocka_unit_test(test_hostile_bytes_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
