/* SPDX-License-Identifier: BSD-3-Clause
 * The block codec: extremes come back, columns agree with events, hostile bytes are refused. */
#include "replay/block_head.h"
#include "replay/template.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
// clang-format on
#include <stdlib.h>

enum { SITES = 512 };

static struct journal_site sites[SITES];

static u64 next_random(u64 *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* As many different sites as there are, all of a kind that exists. */
static void make_sites(void)
{
    for (u32 i = 0; i < SITES; i++)
        sites[i] = (struct journal_site){.kind = (u8)(i % EVENT_KINDS),
                                         .count = (u8)(i % (EVENT_FIELDS_MAX + 1)),
                                         .fields = i % (EVENT_FIELDS_MAX + 1),
                                         .missing = (u16)(i % 7 ? 0 : i & ((1u << i % (EVENT_FIELDS_MAX + 1)) - 1)),
                                         .op = i * 7,
                                         .lr = UINT32_MAX - i};
}

static struct event event_at(u32 site, u64 seq, u64 time, u32 index)
{
    const struct journal_site *s = &sites[site];
    return (struct event){.thread = 9,
                          .kind = s->kind,
                          .count = s->count,
                          .missing = s->missing,
                          .op = s->op,
                          .lr = s->lr,
                          .seq = seq,
                          .time = time,
                          .index = index};
}

static void append(struct block_encoder *encoder, u32 site, const struct event *e)
{
    block_append(encoder, site, &sites[site], e->seq, e->time, e->index, e->v);
}

static bool decode_all(const struct block_bytes *bytes, struct event *events, struct buffer *text, struct err *err)
{
    struct block_events out = {.kinds = UINT64_MAX, .events = events, .text_base = (u64)3 << 32, .text = text};
    return block_decode_events(bytes, &out, err);
}

/* Some kinds alone give the same events as all kinds at once. */
static void check_kinds(const struct block_bytes *bytes, const struct event *events)
{
    struct err err;
    struct event *some = malloc(bytes->count * sizeof *some);
    u32 *offsets = malloc(bytes->count * sizeof *offsets), total = 0;
    for (u32 kind = 0; kind < EVENT_KINDS; kind += 8) {
        struct block_events out = {.kinds = (u64)0xFF << kind, .events = some, .offsets = offsets};
        assert_true(block_decode_events(bytes, &out, &err));
        for (u32 i = 0; i < out.count; i++)
            assert_memory_equal(&some[i], &events[offsets[i]], sizeof *some);
        total += out.count;
    }
    assert_int_equal(total, bytes->count);
    free(offsets);
    free(some);
}

/* A stretch gives what stands there. */
static void check_stretch(const struct block_bytes *bytes, const struct event *events, u32 from, u32 to)
{
    struct err err;
    struct event *some = malloc((to - from) * sizeof *some);
    u32 *offsets = malloc((to - from) * sizeof *offsets);
    struct block_events out = {.kinds = UINT64_MAX, .from = from, .to = to, .events = some, .offsets = offsets};
    assert_true(block_decode_events(bytes, &out, &err));
    assert_int_equal(out.count, to - from);
    for (u32 i = 0; i < out.count; i++) {
        assert_int_equal(offsets[i], from + i);
        assert_memory_equal(&some[i], &events[from + i], sizeof *some);
    }
    free(offsets);
    free(some);
}

static void check_columns(const struct block_bytes *bytes, const u32 *used, const struct event *events)
{
    struct err err;
    u32 count = bytes->count;
    struct journal_columns c = {
        .site = malloc(count * 4), .index = malloc(count * 4), .time = malloc(count * 8), .seq = malloc(count * 8)};
    u64 found[SITES] = {0}, want[SITES] = {0};
    assert_true(block_decode_columns(bytes, COLUMNS_ALL, &c, &err));
    assert_int_equal(c.count, count);
    for (u32 i = 0; i < count; i++) {
        assert_int_equal(c.site[i], used[i]);
        assert_true(c.time[i] == events[i].time && c.seq[i] == events[i].seq && c.index[i] == events[i].index);
        want[used[i]]++;
    }
    assert_true(block_count_sites(bytes, found, &err));
    assert_memory_equal(found, want, sizeof want);
    journal_columns_free(&c);
}

static bool pick(const struct block_bytes *bytes, const struct block_picked *picked, struct err *err)
{
    static struct block_opened opened; /* nothing may be left from the block before */
    return block_open(&opened, bytes, err) && block_open_data(&opened, bytes->data, bytes->data_size, err) &&
           block_pick(&opened, picked, err);
}

/* Some values of some events, picked, are what the whole events have. */
static void check_picks(const struct block_bytes *bytes, const u32 *used, const struct event *events, u64 seed)
{
    enum { WIDTH = 3 };
    struct err err = {""};
    u32 count = 0, *offsets = malloc(bytes->count * sizeof *offsets);
    u64 *values = malloc(bytes->count * WIDTH * sizeof *values);
    u16 *missing = malloc(bytes->count * sizeof *missing);
    u64 *seqs = malloc(bytes->count * sizeof *seqs), *times = malloc(bytes->count * sizeof *times);
    u8 which[SITES * WIDTH];
    for (u32 i = 0; i < countof(which); i++)
        which[i] = next_random(&seed) % 4 ? (u8)(next_random(&seed) % EVENT_FIELDS_MAX) : JOURNAL_NO_VALUE;
    for (u32 i = 0; i < bytes->count; i++)
        if (next_random(&seed) % 3)
            offsets[count++] = i;
    struct journal_picks picks = {WIDTH, which};
    struct block_picked picked = {&picks, offsets, count, {seqs, times, values, missing}};
    assert_true(pick(bytes, &picked, &err));
    for (u32 n = 0; n < count; n++)
        assert_true(seqs[n] == events[offsets[n]].seq && times[n] == events[offsets[n]].time);
    for (u32 n = 0; n < count; n++)
        for (u32 slot = 0; slot < WIDTH; slot++) {
            const struct event *e = &events[offsets[n]];
            u8 value = which[used[offsets[n]] * WIDTH + slot];
            bool is_there = value != JOURNAL_NO_VALUE;
            assert_true(values[n * WIDTH + slot] == (is_there ? e->v[value] : 0));
            assert_int_equal(missing[n] >> slot & 1, is_there && !event_tells(e, value));
        }
    offsets[0] = bytes->count;
    picked.count = 1;
    assert_false(pick(bytes, &picked, &err));
    free(seqs);
    free(times);
    free(offsets);
    free(values);
    free(missing);
}

/* Twice with one encoder: nothing may be left from the block before. */
static void check_round_trip(struct block_encoder *encoder, u64 quantum, const u32 *used, const struct event *events,
                             u32 count)
{
    struct event *back = malloc(count * sizeof *back);
    for (u32 round = 0; round < 2; round++) {
        const struct buffer *head, *data;
        struct err err = {""};
        for (u32 i = 0; i < count; i++)
            append(encoder, used[i], &events[i]);
        block_encode(encoder, quantum, &head, &data);
        struct block_bytes bytes = {head->data, head->size, data->data, data->size, 9, count, sites, SITES};
        bool ok = decode_all(&bytes, back, NULL, &err);
        assert_string_equal(err.text, "");
        assert_true(ok);
        assert_memory_equal(back, events, count * sizeof *back);
        check_columns(&bytes, used, events);
        check_kinds(&bytes, events);
        check_stretch(&bytes, events, 0, 1);
        check_stretch(&bytes, events, count / 3, (count + 1) / 2);
        check_stretch(&bytes, events, count - 1, count);
        check_picks(&bytes, used, events, 9 + round);
        bytes.count++;
        assert_false(decode_all(&bytes, back, NULL, &err));
        bytes.count--;
        bytes.data_size--;
        assert_false(decode_all(&bytes, back, NULL, &err));
    }
    free(back);
}

static void test_extremes_come_back(void **state)
{
    (void)state;
    static const u32 used[] = {11, 11, 12, 511, 11, 0};
    struct block_encoder *encoder = block_encoder_create();
    struct event events[] = {
        event_at(11, 0, UINT64_MAX, 0), event_at(11, UINT64_MAX, 0, UINT32_MAX),
        event_at(12, 5, 7, 1),          event_at(511, 6, (u64)1 << 63, 5),
        event_at(11, 7, 0, 0),          event_at(0, 8, 0, 0),
    };
    for (u32 i = 0; i < 11; i++) {
        events[0].v[i] = UINT64_MAX;
        events[2].v[i] = (u64)1 << 63;
    }
    check_round_trip(encoder, 1, used, events, 1);
    check_round_trip(encoder, 1, used, events, countof(events));
    check_round_trip(encoder, 100, used, events, countof(events));
    block_encoder_destroy(encoder);
}

static void fill_random(struct event *events, u32 *used, u32 count, u64 unit)
{
    u64 seed = 77;
    for (u32 i = 0; i < count; i++) {
        used[i] = (u32)next_random(&seed) % SITES;
        events[i] = event_at(used[i], i * 3, i ? events[i - 1].time + unit * (next_random(&seed) % 9) : unit * 5, i);
        for (u32 f = 0; f < events[i].count; f++)
            events[i].v[f] = next_random(&seed);
    }
}

static void test_full_block_of_many_sites_comes_back(void **state)
{
    (void)state;
    struct event *events = calloc(BLOCK_EVENTS_MAX, sizeof *events);
    u32 *used = calloc(BLOCK_EVENTS_MAX, sizeof *used);
    struct block_encoder *encoder = block_encoder_create();
    fill_random(events, used, BLOCK_EVENTS_MAX, 100);
    check_round_trip(encoder, 100, used, events, BLOCK_EVENTS_MAX);
    fill_random(events, used, 1000, 7);
    check_round_trip(encoder, 100, used, events, 1000);
    block_encoder_destroy(encoder);
    free(used);
    free(events);
}

/* A quantum that all times keep to makes the block smaller. */
static void test_quantum_makes_times_small(void **state)
{
    (void)state;
    struct block_encoder *encoder = block_encoder_create();
    const struct buffer *head, *data;
    size_t size[2];
    for (u32 round = 0; round < 2; round++) {
        u64 seed = 3, time = 0;
        for (u32 i = 0; i < 10000; i++) {
            time += 100 * (next_random(&seed) % 60);
            struct event e = event_at(0, i, time, i);
            append(encoder, 0, &e);
        }
        block_encode(encoder, round ? 100 : 1, &head, &data);
        size[round] = data->size;
    }
    assert_true(size[1] * 10 < size[0] * 7);
    block_encoder_destroy(encoder);
}

static void pick_hostile(const struct block_bytes *bytes)
{
    static u8 which[SITES];
    static const u32 offsets[] = {0, 1, 7, 40, 63};
    u64 values[countof(offsets)], seqs[countof(offsets)], times[countof(offsets)];
    u16 missing[countof(offsets)];
    struct err err;
    struct journal_picks picks = {1, which};
    struct block_picked picked = {&picks, offsets, countof(offsets), {seqs, times, values, missing}};
    pick(bytes, &picked, &err);
}

/* Numbers of the pieces that are not compressed, and the head, changed at random. */
static void test_hostile_bytes_do_no_harm(void **state)
{
    (void)state;
    u64 seed = 5;
    struct event events[64], back[64];
    u32 used[64], refused = 0;
    const struct buffer *head, *data;
    struct err err;
    struct block_encoder *encoder = block_encoder_create();
    fill_random(events, used, 64, 1);
    for (u32 i = 0; i < 64; i++)
        append(encoder, used[i], &events[i]);
    block_encode(encoder, 1, &head, &data);
    u8 *bad_head = malloc(head->size), *bad_data = malloc(data->size);
    for (u32 round = 0; round < 5000; round++) {
        memcpy(bad_head, head->data, head->size);
        memcpy(bad_data, data->data, data->size);
        for (u32 n = 0; n <= round % 4; n++)
            if (round & 4)
                bad_head[next_random(&seed) % head->size] = (u8)next_random(&seed);
            else
                bad_data[next_random(&seed) % data->size] = (u8)next_random(&seed);
        struct block_bytes bytes = {bad_head, head->size, bad_data, data->size, 9, 64, sites, SITES};
        refused += !decode_all(&bytes, back, NULL, &err);
        pick_hostile(&bytes);
    }
    assert_in_range(refused, 1000, 4999);
    free(bad_head);
    free(bad_data);
    block_encoder_destroy(encoder);
}

/* A line's template gives back the event's values, and its texts are found again. */
static void test_templates_fill_events(void **state)
{
    (void)state;
    struct err err;
    struct template made = {.hole_count = 3, .tail = (const u8 *)"}", .tail_size = 1, .constant_count = 1}, t;
    made.holes[0] =
        (struct template_hole){.text = (const u8 *)"{t:", .text_size = 3, .form = FORM_DEC, .target = TARGET_TIME};
    made.holes[1] = (struct template_hole){.text = (const u8 *)",d:",
                                           .text_size = 3,
                                           .form = FORM_DEC,
                                           .target = TARGET_VALUE,
                                           .value = F_wait_begin_deadline,
                                           .transform = TRANSFORM_DEADLINE};
    made.holes[2] = (struct template_hole){
        .text = (const u8 *)",x:", .text_size = 3, .form = FORM_TEXT, .target = TARGET_VALUE, .value = 5};
    made.constant_value[0] = F_wait_begin_all;
    made.constant[0] = 1;
    struct buffer body = {0}, text = {0};
    template_write(&made, &body);
    assert_true(template_read(&t, body.data, body.size, &err));
    assert_int_equal(t.field_count, 1);
    struct journal_site site = {.kind = EVENT_wait_begin, .count = 6, .fields = 1, .template = 1, .body = &t};
    struct block_encoder *encoder = block_encoder_create();
    const u64 never = UINT64_MAX, soon = 40;
    block_append(encoder, 0, &site, 0, 1000, 0, &never);
    block_append_text(encoder, "one", 3);
    block_append(encoder, 0, &site, 1, 2000, 1, &soon);
    block_append_text(encoder, "", 0);
    const struct buffer *head, *data;
    block_encode(encoder, 1, &head, &data);
    struct block_bytes bytes = {head->data, head->size, data->data, data->size, 1, 2, &site, 1};
    struct event back[2];
    assert_true(decode_all(&bytes, back, &text, &err));
    assert_true(back[0].v[F_wait_begin_deadline] == UINT64_MAX && back[1].v[F_wait_begin_deadline] == 2040);
    assert_int_equal(back[1].v[F_wait_begin_all], 1);
    u64 values[2], seqs[2], times[2];
    u16 missing[2];
    u8 which[2] = {F_wait_begin_deadline, F_wait_begin_all};
    const u32 second = 1;
    struct journal_picks picks = {2, which};
    struct block_picked picked = {&picks, &second, 1, {seqs, times, values, missing}};
    assert_true(pick(&bytes, &picked, &err));
    assert_true(values[0] == 2040 && values[1] == 1 && missing[0] == 0);
    const char *found;
    size_t size;
    assert_int_equal(back[0].v[5] >> 32, 3);
    assert_true(block_text_at(&text, (u32)back[0].v[5], &found, &size));
    assert_int_equal(size, 3);
    assert_memory_equal(found, "one", 3);
    assert_true(block_text_at(&text, (u32)back[1].v[5], &found, &size) && size == 0);
    block_encoder_destroy(encoder);
    buffer_free(&text);
    buffer_free(&body);
    template_free(&t);
}

/* What a template works out is worked out of a column of nothing, too. */
static void test_a_deadline_of_now_is_picked(void **state)
{
    (void)state;
    struct err err;
    struct template t = {.hole_count = 1, .field_count = 1, .tail = (const u8 *)"", .tail_size = 0};
    t.holes[0] = (struct template_hole){.text = (const u8 *)"d:",
                                        .text_size = 2,
                                        .form = FORM_DEC,
                                        .target = TARGET_VALUE,
                                        .value = F_wait_begin_deadline,
                                        .transform = TRANSFORM_DEADLINE,
                                        .is_field = true};
    struct journal_site site = {.kind = EVENT_wait_begin, .count = 6, .fields = 1, .template = 1, .body = &t};
    struct block_encoder *encoder = block_encoder_create();
    const u64 now = 0;
    block_append(encoder, 0, &site, 0, 1000, 0, &now);
    block_append(encoder, 0, &site, 1, 2000, 1, &now);
    const struct buffer *head, *data;
    block_encode(encoder, 1, &head, &data);
    struct block_bytes bytes = {head->data, head->size, data->data, data->size, 1, 2, &site, 1};
    u64 values[2], seqs[2], times[2];
    u16 missing[2];
    u8 which[] = {F_wait_begin_deadline};
    const u32 both[] = {0, 1};
    struct journal_picks picks = {1, which};
    struct block_picked picked = {&picks, both, 2, {seqs, times, values, missing}};
    assert_true(pick(&bytes, &picked, &err));
    assert_true(values[0] == 1000 && values[1] == 2000);
    block_encoder_destroy(encoder);
}

/* Queries count events by the head alone: it must not say what the events do not. */
static void test_counts_must_be_those_of_the_events(void **state)
{
    (void)state;
    enum { COUNTS = 7 }; /* behind six numbers of a byte each: a site, its count, a site, its count */
    static const u32 used[] = {0, 0, 0, EVENT_FIELDS_MAX + 1};
    const struct buffer *head, *data;
    struct event back[4];
    struct err err;
    struct block_encoder *encoder = block_encoder_create();
    for (u32 i = 0; i < countof(used); i++) {
        struct event e = event_at(used[i], i, i, i);
        append(encoder, used[i], &e);
    }
    block_encode(encoder, 1, &head, &data);
    u8 *bytes = malloc(head->size);
    memcpy(bytes, head->data, head->size);
    struct block_bytes block = {bytes, head->size, data->data, data->size, 9, countof(used), sites, SITES};
    assert_true(decode_all(&block, back, NULL, &err));
    assert_true(bytes[COUNTS] == 3 && bytes[COUNTS + 2] == 1);
    bytes[COUNTS] = bytes[COUNTS + 2] = 2;
    assert_false(decode_all(&block, back, NULL, &err));
    assert_non_null(strstr(err.text, "other counts than its head"));
    free(bytes);
    block_encoder_destroy(encoder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_deadline_of_now_is_picked), cmocka_unit_test(test_counts_must_be_those_of_the_events),
        cmocka_unit_test(test_extremes_come_back),          cmocka_unit_test(test_full_block_of_many_sites_comes_back),
        cmocka_unit_test(test_quantum_makes_times_small),   cmocka_unit_test(test_hostile_bytes_do_no_harm),
        cmocka_unit_test(test_templates_fill_events),
    };
    make_sites();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
