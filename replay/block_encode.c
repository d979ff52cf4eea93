/* SPDX-License-Identifier: BSD-3-Clause
 * Packing a block (the layout stands in replay/block.h). Events go into their columns as they come; block_encode puts
 * the columns together. */
#include "replay/block_encoder.h"

#include <lz4.h>
#include <stdlib.h>

static void *allocate(void *old, size_t count, size_t size)
{
    void *data = realloc(old, count * size);
    CHECK(data, "out of memory");
    return data;
}

struct block_encoder *block_encoder_create(void)
{
    struct block_encoder *e = calloc(1, sizeof *e);
    CHECK(e, "out of memory");
    e->stamp = 1;
    return e;
}

void block_encoder_destroy(struct block_encoder *e)
{
    if (!e)
        return;
    for (u32 kind = 0; kind < EVENT_KINDS; kind++) {
        for (u32 i = 0; e->kinds[kind] && i < BLOCK_FIELDS_MAX; i++)
            free(e->kinds[kind]->columns[i].begin);
        free(e->kinds[kind]);
    }
    free(e->seqs.begin);
    free(e->indexes.begin);
    free(e->sites);
    free(e->times);
    free(e->locals);
    free(e->local_of);
    free(e->stamps);
    free(e->last);
    buffer_free(&e->text);
    buffer_free(&e->raw);
    buffer_free(&e->sizes);
    buffer_free(&e->head);
    buffer_free(&e->data);
    free(e);
}

u32 block_encoder_count(const struct block_encoder *e)
{
    return e->count;
}
size_t block_encoder_text_size(const struct block_encoder *e)
{
    return e->text.size;
}

void block_column_grow(struct column *c)
{
    size_t size = (size_t)(c->end - c->begin), capacity = size * 2 + 256;
    c->begin = allocate(c->begin, capacity, 1);
    c->end = c->begin + size;
    c->limit = c->begin + capacity - VARINT_MAX;
}

static void grow_sites(struct block_encoder *e, u32 site)
{
    u32 capacity = e->site_capacity ? e->site_capacity : 256;
    while (capacity <= site)
        capacity *= 2;
    e->local_of = allocate(e->local_of, capacity, sizeof *e->local_of);
    e->stamps = allocate(e->stamps, capacity, sizeof *e->stamps);
    memset(e->stamps + e->site_capacity, 0, (capacity - e->site_capacity) * sizeof *e->stamps);
    e->site_capacity = capacity;
}

static struct kind_columns *kind_columns(struct block_encoder *e, u32 kind)
{
    if (!e->kinds[kind]) {
        e->kinds[kind] = calloc(1, sizeof *e->kinds[kind]);
        CHECK(e->kinds[kind], "out of memory");
    }
    return e->kinds[kind];
}

/* The site's first event in this block: its fields go on from the kind's last ones. */
static u32 local_add(struct block_encoder *e, u32 site, const struct journal_site *what)
{
    if (e->local_count == e->local_capacity) {
        e->local_capacity = e->local_capacity ? e->local_capacity * 2 : 64;
        e->locals = allocate(e->locals, e->local_capacity, sizeof *e->locals);
    }
    if (e->last_count + what->fields > e->last_capacity) {
        e->last_capacity = e->last_capacity * 2 + BLOCK_FIELDS_MAX;
        e->last = allocate(e->last, e->last_capacity, sizeof *e->last);
    }
    struct kind_columns *kind = kind_columns(e, what->kind);
    if (what->fields > kind->count)
        kind->count = what->fields;
    e->locals[e->local_count] =
        (struct local){.site = site, .last = e->last_count, .fields = what->fields, .kind = kind};
    if (what->fields)
        memcpy(e->last + e->last_count, kind->last, what->fields * sizeof *e->last);
    e->last_count += what->fields;
    e->stamps[site] = e->stamp;
    e->local_of[site] = e->local_count;
    return e->local_count++;
}

void block_encoder_begin(struct block_encoder *e, u64 seq, u64 time, u32 index)
{
    e->first_time = e->time = time;
    e->first_seq = seq;
    e->first_index = index;
    e->seq = seq - 1;
    e->index = index - 1;
}

void block_encoder_grow(struct block_encoder *e)
{
    CHECK(e->count < BLOCK_EVENTS_MAX, "a block of more than %u events", e->count);
    e->capacity = e->capacity ? e->capacity * 2 : 1024;
    e->sites = allocate(e->sites, e->capacity, sizeof *e->sites);
    e->times = allocate(e->times, e->capacity, sizeof *e->times);
}

u32 block_encoder_place(struct block_encoder *e, u32 site, const struct journal_site *what)
{
    if (site >= e->site_capacity)
        grow_sites(e, site);
    return e->stamps[site] == e->stamp ? e->local_of[site] : local_add(e, site, what);
}

void block_append(struct block_encoder *e, u32 site, const struct journal_site *what, u64 seq, u64 time, u32 index,
                  const u64 *fields)
{
    block_encoder_append(e, site, what, seq, time, index, fields);
}

void block_append_text(struct block_encoder *e, const void *text, size_t size)
{
    buffer_reserve(&e->text, VARINT_MAX);
    e->text.size = (size_t)(varint_put(e->text.data + e->text.size, size) - e->text.data);
    buffer_add(&e->text, text, size);
}

static void put(struct buffer *b, u64 value)
{
    buffer_reserve(b, VARINT_MAX);
    b->size = (size_t)(varint_put(b->data + b->size, value) - b->data);
}

/* One piece behind the others, its sizes for the head. */
static void put_piece(struct block_encoder *e, const void *raw, size_t size)
{
    CHECK(size <= BLOCK_RAW_MAX, "a piece of %zu bytes", size);
    int packed = 0;
    if (size) {
        int bound = LZ4_compressBound((int)size);
        buffer_reserve(&e->data, (size_t)bound);
        char *out = (char *)e->data.data + e->data.size;
        packed = LZ4_compress_default(raw, out, (int)size, bound);
        CHECK(packed > 0, "LZ4 refused %zu bytes", size);
        if ((size_t)packed >= size) {
            memcpy(out, raw, size);
            packed = (int)size;
        }
        e->data.size += (size_t)packed;
    }
    put(&e->sizes, size);
    put(&e->sizes, (u64)packed);
}

static void put_sites(struct block_encoder *e)
{
    bool narrow = e->local_count <= 256;
    u32 any = 0;
    e->raw.size = 0;
    buffer_reserve(&e->raw, e->count * 2);
    u8 *out = e->raw.data;
    for (u32 i = 0; i < e->count; i++) {
        u32 place = e->sites[i];
        any |= place;
        *out++ = (u8)place;
        if (!narrow)
            *out++ = (u8)(place >> 8);
    }
    put_piece(e, e->raw.data, any ? (size_t)(out - e->raw.data) : 0);
}

/* The unit is the quantum if all differences are whole ones of it. */
static u64 put_times(struct block_encoder *e, u64 quantum)
{
    u64 unit = quantum ? quantum : 1, any = 0;
    for (u32 i = 0; i < e->count && unit > 1; i++)
        if ((s64)e->times[i] % (s64)unit)
            unit = 1;
    e->raw.size = 0;
    buffer_reserve(&e->raw, (size_t)e->count * VARINT_MAX);
    u8 *out = e->raw.data;
    for (u32 i = 0; i < e->count; i++) {
        u64 number = zigzag(unit > 1 ? (u64)((s64)e->times[i] / (s64)unit) : e->times[i]);
        any |= number;
        out = varint_put(out, number);
    }
    put_piece(e, e->raw.data, any ? (size_t)(out - e->raw.data) : 0);
    return unit;
}

static void put_column(struct block_encoder *e, struct column *c)
{
    put_piece(e, c->begin, c->any ? (size_t)(c->end - c->begin) : 0);
    c->end = c->begin;
    c->any = 0;
}

static void put_kind(struct block_encoder *e, struct kind_columns *kind)
{
    u64 any = 0;
    e->raw.size = 0;
    for (u32 i = 0; i < kind->count; i++) {
        struct column *c = &kind->columns[i];
        size_t size = c->any ? (size_t)(c->end - c->begin) : 0;
        put(&e->raw, size);
        buffer_add(&e->raw, c->begin, size);
        any |= c->any;
        c->end = c->begin;
        c->any = 0;
    }
    memset(kind->last, 0, sizeof kind->last);
    kind->count = 0;
    put_piece(e, e->raw.data, any ? e->raw.size : 0);
}

static void put_head(struct block_encoder *e, u64 unit)
{
    struct buffer *head = &e->head;
    u32 site = 0;
    head->size = 0;
    put(head, e->count);
    put(head, e->first_time);
    put(head, e->first_seq);
    put(head, e->first_index);
    put(head, unit);
    put(head, e->local_count);
    for (u32 i = 0; i < e->local_count; i++) {
        put(head, zigzag((u64)(s64)(s32)(e->locals[i].site - site)));
        put(head, e->locals[i].events);
        site = e->locals[i].site;
    }
    buffer_add(head, e->sizes.data, e->sizes.size);
}

void block_encode(struct block_encoder *e, u64 quantum, const struct buffer **head, const struct buffer **data)
{
    CHECK(e->count, "a block of no events");
    e->data.size = e->sizes.size = 0;
    put_sites(e);
    u64 unit = put_times(e, quantum);
    put_column(e, &e->seqs);
    put_column(e, &e->indexes);
    put_piece(e, e->text.data, e->text.size);
    for (u32 kind = 0; kind < EVENT_KINDS; kind++)
        if (e->kinds[kind] && e->kinds[kind]->count)
            put_kind(e, e->kinds[kind]);
    put_head(e, unit);
    e->text.size = 0;
    e->count = e->local_count = e->last_count = 0;
    e->stamp++;
    *head = &e->head;
    *data = &e->data;
}
