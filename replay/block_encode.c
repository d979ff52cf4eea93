/* SPDX-License-Identifier: BSD-3-Clause
 * Packing a block (the layout stands in replay/block.h). */
#include "replay/block.h"
#include "replay/varint.h"

#include <lz4.h>
#include <stdlib.h>

struct column {
    u8 *end; /* of what is written, in bytes.data */
    u64 any; /* all numbers or-ed: 0 means the column is left out */
    struct buffer bytes;
};

struct site {
    u32 op;
    u32 lr;
    u8 kind;
    u8 count;
    u64 last[EVENT_FIELDS_MAX];
};

enum { HEAD_SITE, HEAD_SEQ, HEAD_TIME, HEAD_INDEX, HEADS };

struct block_encoder {
    struct column heads[HEADS];
    struct column fields[EVENT_KINDS][EVENT_FIELDS_MAX];
    u8 field_count[EVENT_KINDS];
    u32 event_count;
    u64 kind_last[EVENT_KINDS][EVENT_FIELDS_MAX];
    struct site *sites;
    u32 site_count;
    u32 site_capacity;
    u32 *slots; /* open addressing: place of a site + 1 */
    u32 slot_capacity;
    u32 slot_mask;
    struct buffer raw;
    struct buffer packed;
};

struct block_encoder *block_encoder_create(void)
{
    struct block_encoder *encoder = calloc(1, sizeof *encoder);
    CHECK(encoder, "out of memory");
    return encoder;
}

void block_encoder_destroy(struct block_encoder *encoder)
{
    if (!encoder)
        return;
    for (u32 i = 0; i < HEADS; i++)
        buffer_free(&encoder->heads[i].bytes);
    for (u32 kind = 0; kind < EVENT_KINDS; kind++)
        for (u32 i = 0; i < EVENT_FIELDS_MAX; i++)
            buffer_free(&encoder->fields[kind][i].bytes);
    buffer_free(&encoder->raw);
    buffer_free(&encoder->packed);
    free(encoder->sites);
    free(encoder->slots);
    free(encoder);
}

/* Makes room for a number of each event, so that column_put need not look. */
static void column_reset(struct column *column, u32 count)
{
    buffer_reserve(&column->bytes, (size_t)count * VARINT_MAX);
    column->end = column->bytes.data;
    column->any = 0;
}

static inline void column_put(struct column *column, u64 value)
{
    column->any |= value;
    if (likely(value < 0x80))
        *column->end++ = (u8)value;
    else
        column->end = varint_put(column->end, value);
}

static void encoder_reset(struct block_encoder *encoder, u32 count)
{
    for (u32 i = 0; i < HEADS; i++)
        column_reset(&encoder->heads[i], count);
    memset(encoder->field_count, 0, sizeof encoder->field_count);
    encoder->event_count = count;
    memset(encoder->kind_last, 0, sizeof encoder->kind_last);
    encoder->site_count = 0;
    u32 slots = 64;
    while (slots < 2 * count)
        slots *= 2;
    if (slots > encoder->slot_capacity) {
        free(encoder->slots);
        encoder->slots = malloc(slots * sizeof *encoder->slots);
        CHECK(encoder->slots, "out of memory");
        encoder->slot_capacity = slots;
    }
    memset(encoder->slots, 0, slots * sizeof *encoder->slots);
    encoder->slot_mask = slots - 1;
}

static u32 site_add(struct block_encoder *encoder, const struct event *event)
{
    if (encoder->site_count == encoder->site_capacity) {
        encoder->site_capacity = encoder->site_capacity ? encoder->site_capacity * 2 : 256;
        encoder->sites = realloc(encoder->sites, encoder->site_capacity * sizeof *encoder->sites);
        CHECK(encoder->sites, "out of memory");
    }
    struct site *site = &encoder->sites[encoder->site_count];
    *site = (struct site){.op = event->op, .lr = event->lr, .kind = event->kind, .count = event->count};
    memcpy(site->last, encoder->kind_last[event->kind], sizeof site->last);
    u8 *field_count = &encoder->field_count[event->kind];
    for (; *field_count < event->count; ++*field_count)
        column_reset(&encoder->fields[event->kind][*field_count], encoder->event_count);
    return encoder->site_count++;
}

static u32 site_find(struct block_encoder *encoder, const struct event *event)
{
    u64 key = ((u64)event->lr << 32 | event->op) ^ (u64)event->kind << 24 ^ (u64)event->count << 28;
    u32 slot = (u32)(key * 0x9E3779B97F4A7C15u >> 32) & encoder->slot_mask;
    for (;; slot = (slot + 1) & encoder->slot_mask) {
        u32 place = encoder->slots[slot];
        if (!place) {
            u32 added = site_add(encoder, event);
            encoder->slots[slot] = added + 1;
            return added;
        }
        const struct site *site = &encoder->sites[place - 1];
        if (site->lr == event->lr && site->op == event->op && site->kind == event->kind && site->count == event->count)
            return place - 1;
    }
}

static void events_put(struct block_encoder *encoder, const struct event *const *events, u32 count)
{
    u64 seq = (u64)-1, time = 0;
    u32 index = (u32)-1;
    for (u32 i = 0; i < count; i++) {
        const struct event *event = events[i];
        u32 place = site_find(encoder, event);
        struct site *site = &encoder->sites[place];
        column_put(&encoder->heads[HEAD_SITE], place);
        column_put(&encoder->heads[HEAD_SEQ], zigzag(event->seq - (seq + 1)));
        column_put(&encoder->heads[HEAD_TIME], zigzag(event->time - time));
        column_put(&encoder->heads[HEAD_INDEX], zigzag((u64)(s64)(s32)(event->index - (index + 1))));
        seq = event->seq;
        time = event->time;
        index = event->index;
        u64 *last = site->last, *kind_last = encoder->kind_last[event->kind];
        struct column *column = encoder->fields[event->kind];
        for (u32 f = 0, n = event->count; f < n; f++) {
            u64 value = event->v[f];
            kind_last[f] = value;
            if (value == last[f]) {
                *column[f].end++ = 0;
                continue;
            }
            column_put(&column[f], zigzag(value - last[f]));
            last[f] = value;
        }
    }
}

static void raw_put(struct block_encoder *encoder, u64 value)
{
    buffer_reserve(&encoder->raw, VARINT_MAX);
    encoder->raw.size = (size_t)(varint_put(encoder->raw.data + encoder->raw.size, value) - encoder->raw.data);
}

static void raw_put_column(struct block_encoder *encoder, const struct column *column)
{
    size_t size = column->any ? (size_t)(column->end - column->bytes.data) : 0;
    raw_put(encoder, size);
    buffer_add(&encoder->raw, column->bytes.data, size);
}

static void raw_put_all(struct block_encoder *encoder, u32 count)
{
    encoder->raw.size = 0;
    raw_put(encoder, count);
    raw_put(encoder, encoder->site_count);
    u32 op = 0, lr = 0;
    for (u32 i = 0; i < encoder->site_count; i++) {
        const struct site *site = &encoder->sites[i];
        buffer_add(&encoder->raw, (u8[]){site->kind, site->count}, 2);
        raw_put(encoder, zigzag((u64)(s64)(s32)(site->op - op)));
        raw_put(encoder, zigzag((u64)(s64)(s32)(site->lr - lr)));
        op = site->op;
        lr = site->lr;
    }
    for (u32 i = 0; i < HEADS; i++)
        raw_put_column(encoder, &encoder->heads[i]);
    for (u32 kind = 0; kind < EVENT_KINDS; kind++)
        for (u32 i = 0; i < encoder->field_count[kind]; i++)
            raw_put_column(encoder, &encoder->fields[kind][i]);
}

u32 block_encode(struct block_encoder *encoder, const struct event *const *events, u32 count,
                 const struct buffer **packed)
{
    CHECK(count && count <= BLOCK_EVENTS_MAX, "a block of %u events", count);
    encoder_reset(encoder, count);
    events_put(encoder, events, count);
    raw_put_all(encoder, count);
    CHECK(encoder->raw.size <= BLOCK_RAW_MAX, "a block of %zu bytes", encoder->raw.size);
    int bound = LZ4_compressBound((int)encoder->raw.size);
    encoder->packed.size = 0;
    buffer_reserve(&encoder->packed, (size_t)bound);
    int size = LZ4_compress_default((const char *)encoder->raw.data, (char *)encoder->packed.data,
                                    (int)encoder->raw.size, bound);
    CHECK(size > 0, "LZ4 refused %zu bytes", encoder->raw.size);
    encoder->packed.size = (size_t)size;
    *packed = &encoder->packed;
    return (u32)encoder->raw.size;
}
