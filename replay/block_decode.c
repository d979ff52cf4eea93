/* SPDX-License-Identifier: BSD-3-Clause
 * Unpacking a block (the layout stands in replay/block.h). The bytes may be anything: each number is checked before it
 * is used. */
#include "replay/block.h"
#include "replay/varint.h"

#include <lz4.h>
#include <stdlib.h>

struct site {
    u32 op;
    u32 lr;
    u8 kind;
    u8 count;
    bool seen;
    u64 last[EVENT_FIELDS_MAX];
};

/* A column being read; p is NULL for one whose numbers are all 0. */
struct column {
    const u8 *p;
    const u8 *end;
};

enum { HEAD_SITE, HEAD_SEQ, HEAD_TIME, HEAD_INDEX, HEADS };

struct decoder {
    u8 *raw;
    const u8 *p;
    const u8 *end;
    struct site *sites;
    u32 site_count;
    struct column heads[HEADS];
    struct column fields[EVENT_KINDS][EVENT_FIELDS_MAX];
    u8 field_count[EVENT_KINDS];
    u64 kind_last[EVENT_KINDS][EVENT_FIELDS_MAX];
};

static bool number(struct decoder *d, u64 *value)
{
    return (d->p = varint_get(d->p, d->end, value)) != NULL;
}

static bool column_number(struct column *column, u64 *value)
{
    if (!column->p) {
        *value = 0;
        return true;
    }
    column->p = varint_get(column->p, column->end, value);
    return column->p != NULL;
}

static bool read_site(struct decoder *d, u32 i)
{
    u64 op, lr;
    struct site *site = &d->sites[i];
    if (d->end - d->p < 2)
        return false;
    site->kind = *d->p++;
    site->count = *d->p++;
    if (site->kind >= EVENT_KINDS || site->count > EVENT_FIELDS_MAX || !number(d, &op) || !number(d, &lr))
        return false;
    site->op = (i ? site[-1].op : 0) + (u32)unzigzag(op);
    site->lr = (i ? site[-1].lr : 0) + (u32)unzigzag(lr);
    if (site->count > d->field_count[site->kind])
        d->field_count[site->kind] = site->count;
    return true;
}

static bool read_column(struct decoder *d, struct column *column)
{
    u64 size;
    if (!number(d, &size) || size > (u64)(d->end - d->p))
        return false;
    column->p = size ? d->p : NULL;
    column->end = d->p + size;
    d->p += size;
    return true;
}

static bool read_columns(struct decoder *d)
{
    for (u32 i = 0; i < HEADS; i++)
        if (!read_column(d, &d->heads[i]))
            return false;
    for (u32 kind = 0; kind < EVENT_KINDS; kind++)
        for (u32 i = 0; i < d->field_count[kind]; i++)
            if (!read_column(d, &d->fields[kind][i]))
                return false;
    return d->p == d->end;
}

static bool columns_are_used_up(const struct decoder *d)
{
    for (u32 i = 0; i < HEADS; i++)
        if (d->heads[i].p && d->heads[i].p != d->heads[i].end)
            return false;
    for (u32 kind = 0; kind < EVENT_KINDS; kind++)
        for (u32 i = 0; i < d->field_count[kind]; i++)
            if (d->fields[kind][i].p && d->fields[kind][i].p != d->fields[kind][i].end)
                return false;
    return true;
}

/* LZ4, sites, where the columns are. */
static bool decoder_open(struct decoder *d, const u8 *packed, size_t size, u32 raw_size, u32 count, struct err *err)
{
    u64 events, sites;
    if (!count || count > BLOCK_EVENTS_MAX || !raw_size || raw_size > BLOCK_RAW_MAX || size > INT32_MAX)
        return err_set(err, "sizes out of range");
    d->raw = malloc(raw_size);
    CHECK(d->raw, "out of memory");
    if (LZ4_decompress_safe((const char *)packed, (char *)d->raw, (int)size, (int)raw_size) != (int)raw_size)
        return err_set(err, "LZ4 cannot unpack it");
    d->p = d->raw;
    d->end = d->raw + raw_size;
    if (!number(d, &events) || events != count || !number(d, &sites) || sites > count)
        return err_set(err, "its head is wrong");
    d->site_count = (u32)sites;
    d->sites = calloc(sites + 1, sizeof *d->sites);
    CHECK(d->sites, "out of memory");
    for (u32 i = 0; i < d->site_count; i++)
        if (!read_site(d, i))
            return err_set(err, "site %u is wrong", i);
    return read_columns(d) || err_set(err, "its columns are wrong");
}

static void decoder_close(struct decoder *d)
{
    free(d->raw);
    free(d->sites);
}

static bool next_site(struct decoder *d, struct site **site)
{
    u64 place;
    if (!column_number(&d->heads[HEAD_SITE], &place) || place >= d->site_count)
        return false;
    *site = &d->sites[place];
    return true;
}

static bool next_fields(struct decoder *d, struct site *site, struct event *event)
{
    u64 *kind_last = d->kind_last[site->kind];
    if (!site->seen) {
        memcpy(site->last, kind_last, sizeof site->last);
        site->seen = true;
    }
    for (u32 f = 0; f < site->count; f++) {
        u64 delta;
        if (!column_number(&d->fields[site->kind][f], &delta))
            return false;
        event->v[f] = site->last[f] = kind_last[f] = site->last[f] + unzigzag(delta);
    }
    memset(event->v + site->count, 0, (EVENT_FIELDS_MAX - site->count) * sizeof event->v[0]);
    return true;
}

static bool next_event(struct decoder *d, const struct event *before, u32 thread, struct event *event)
{
    u64 seq, time, index;
    struct site *site;
    if (!next_site(d, &site) || !column_number(&d->heads[HEAD_SEQ], &seq) ||
        !column_number(&d->heads[HEAD_TIME], &time) || !column_number(&d->heads[HEAD_INDEX], &index))
        return false;
    event->seq = before->seq + 1 + unzigzag(seq);
    event->time = before->time + unzigzag(time);
    event->index = before->index + 1 + (u32)unzigzag(index);
    event->thread = thread;
    event->op = site->op;
    event->lr = site->lr;
    event->kind = site->kind;
    event->count = site->count;
    event->missing = 0; /* this format tells all values */
    memset(event->zero, 0, sizeof event->zero);
    return next_fields(d, site, event);
}

bool block_decode(const u8 *packed, size_t size, u32 raw_size, u32 thread, u32 count, struct event *events,
                  struct err *err)
{
    struct decoder d = {0};
    struct event before = {.seq = (u64)-1, .index = (u32)-1};
    bool ok = decoder_open(&d, packed, size, raw_size, count, err);
    for (u32 i = 0; ok && i < count; i++)
        ok = next_event(&d, i ? &events[i - 1] : &before, thread, &events[i]) || err_set(err, "event %u is wrong", i);
    if (ok && !columns_are_used_up(&d))
        ok = err_set(err, "a column is too long");
    decoder_close(&d);
    return ok;
}

bool block_count_kinds(const u8 *packed, size_t size, u32 raw_size, u32 count, u64 kinds[EVENT_KINDS], struct err *err)
{
    struct decoder d = {0};
    struct site *site = NULL;
    u64 found[EVENT_KINDS] = {0};
    bool ok = decoder_open(&d, packed, size, raw_size, count, err);
    for (u32 i = 0; ok && i < count; i++) {
        ok = next_site(&d, &site) || err_set(err, "event %u is wrong", i);
        if (ok)
            found[site->kind]++;
    }
    for (u32 kind = 0; ok && kind < EVENT_KINDS; kind++)
        kinds[kind] += found[kind];
    decoder_close(&d);
    return ok;
}
