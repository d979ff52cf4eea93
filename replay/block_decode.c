/* SPDX-License-Identifier: BSD-3-Clause
 * Unpacking a block's events (the layout stands in replay/block.h). The bytes may be anything: each number is checked
 * before it is used. */
#include "replay/block_head.h"
#include "replay/template.h"

#include <stdlib.h>

/* ---- Whole events. ---- */

struct kind_fields {
    struct block_fields fields;
    u64 last[BLOCK_FIELDS_MAX];
};

struct decoder {
    const struct block_bytes *bytes;
    struct block_events *out;
    struct block_head head;
    struct kind_fields *kinds[EVENT_KINDS]; /* of those that are wanted and have fields */
    u64 *last;                              /* of each site, BLOCK_FIELDS_MAX apart */
    bool *seen;
    bool has_texts; /* some event has texts of its own */
    struct buffer text;
    u64 text_place;
};

static void decoder_close(struct decoder *d)
{
    block_head_free(&d->head);
    for (u32 kind = 0; kind < EVENT_KINDS; kind++) {
        if (d->kinds[kind])
            free(d->kinds[kind]->fields.raw);
        free(d->kinds[kind]);
    }
    free(d->last);
    free(d->seen);
    buffer_free(&d->text);
}

static bool fields_are_used_up(const struct decoder *d)
{
    for (u32 kind = 0; kind < EVENT_KINDS; kind++)
        for (u32 i = 0; d->kinds[kind] && i < d->head.kind_fields[kind]; i++)
            if (!block_column_is_used_up(&d->kinds[kind]->fields.columns[i]))
                return false;
    return !d->has_texts || d->text_place == d->text.size;
}

static bool next_fields(struct decoder *d, u32 place, const struct journal_site *site, u64 *out)
{
    struct kind_fields *kind = d->kinds[site->kind];
    u64 *last = d->last + (size_t)place * BLOCK_FIELDS_MAX;
    if (site->fields && !d->seen[place]) {
        memcpy(last, kind->last, sizeof kind->last);
        d->seen[place] = true;
    }
    for (u32 f = 0; f < site->fields; f++) {
        u64 difference;
        if (!block_column_next(&kind->fields.columns[f], &difference))
            return false;
        out[f] = last[f] = kind->last[f] = last[f] + unzigzag(difference);
    }
    return true;
}

bool block_text_at(const struct buffer *text, u64 place, const char **data, size_t *size)
{
    u64 length;
    if (place >= text->size)
        return false;
    const u8 *end = text->data + text->size, *p = varint_get(text->data + place, end, &length);
    if (!p || length > (u64)(end - p))
        return false;
    *data = (const char *)p;
    *size = length;
    return true;
}

/* Where the event's texts stand, and the place behind them. */
static bool next_texts(struct decoder *d, const struct template *t, u64 *places)
{
    u32 found = 0;
    for (u32 i = 0; i < t->hole_count; i++) {
        const char *text;
        size_t size;
        if (t->holes[i].form != FORM_TEXT)
            continue;
        if (!block_text_at(&d->text, d->text_place, &text, &size))
            return false;
        places[found++] = d->out->text_base + d->text_place;
        d->text_place = (u64)((const u8 *)text - d->text.data) + size;
    }
    return true;
}

static void fill_head(const struct decoder *d, const struct journal_site *site, struct event *event)
{
    event->thread = d->bytes->thread;
    event->op = site->op;
    event->lr = site->lr;
    event->kind = site->kind;
    event->count = site->count;
    event->missing = site->missing;
    memset(event->zero, 0, sizeof event->zero);
    memset(event->v, 0, sizeof event->v);
}

/* seq, time and index stand in *event. */
static bool next_event(struct decoder *d, u32 place, const struct journal_site *site, struct event *event, u64 *fields)
{
    u64 own[BLOCK_FIELDS_MAX], places[BLOCK_FIELDS_MAX] = {0};
    const struct template *t = site->body;
    fill_head(d, site, event);
    if (!next_fields(d, place, site, own) || (t && !next_texts(d, t, places)))
        return false;
    if (fields)
        memcpy(fields, own, site->fields * sizeof *own);
    if (!t) {
        memcpy(event->v, own, (site->fields < EVENT_FIELDS_MAX ? site->fields : EVENT_FIELDS_MAX) * sizeof *own);
        return true;
    }
    for (u32 i = site->fields; fields && i < t->hole_count; i++)
        fields[i] = places[i - site->fields];
    template_fill(t, own, places, event);
    return true;
}

/* Only kinds of which a site is wanted. */
static void narrow_kinds(struct decoder *d)
{
    u64 kinds = 0;
    for (u32 i = 0; d->out->sites && i < d->head.site_count; i++)
        if (d->out->sites[d->head.sites[i]])
            kinds |= 1ULL << d->bytes->sites[d->head.sites[i]].kind;
    if (d->out->sites)
        d->out->kinds &= kinds;
}

static bool decoder_open(struct decoder *d, struct err *err)
{
    if (!block_head_read(&d->head, d->bytes, err))
        return false;
    narrow_kinds(d);
    for (u32 kind = 0; kind < EVENT_KINDS; kind++)
        if (d->head.kind_fields[kind] && d->out->kinds >> kind & 1) {
            d->kinds[kind] = calloc(1, sizeof *d->kinds[kind]);
            CHECK(d->kinds[kind], "out of memory");
            if (!block_fields_open(&d->kinds[kind]->fields, &d->head, kind, err))
                return false;
        }
    d->last = calloc((size_t)d->head.site_count * BLOCK_FIELDS_MAX + 1, sizeof *d->last);
    d->seen = calloc(d->head.site_count + 1, sizeof *d->seen);
    CHECK(d->last && d->seen, "out of memory");
    for (u32 i = 0; i < d->head.site_count; i++)
        d->has_texts |=
            d->out->kinds >> d->bytes->sites[d->head.sites[i]].kind & 1 && d->head.pieces[PIECE_TEXT].raw_size;
    if (!d->has_texts)
        return true;
    d->text.data = block_unpack(&d->head.pieces[PIECE_TEXT], "texts", err);
    d->text.size = d->text.data ? d->head.pieces[PIECE_TEXT].raw_size : 0;
    return !err->text[0];
}

/* One event of the block: taken, or passed over. */
static bool step(struct decoder *d, u32 i, u32 place, const struct event *head)
{
    struct block_events *out = d->out;
    const struct journal_site *site = &d->bytes->sites[d->head.sites[place]];
    u64 places[BLOCK_FIELDS_MAX], fields[BLOCK_FIELDS_MAX];
    bool has_kind = out->kinds >> site->kind & 1;
    if (!has_kind || i < out->from || (out->sites && !out->sites[d->head.sites[place]]))
        return (!has_kind || next_fields(d, place, site, fields)) &&
               (!d->has_texts || !site->body || next_texts(d, site->body, places));
    struct event *event = &out->events[out->count];
    *event = *head;
    if (out->offsets)
        out->offsets[out->count] = i;
    return next_event(d, place, site, event,
                      out->fields ? out->fields + (size_t)out->count++ * BLOCK_FIELDS_MAX : (out->count++, NULL));
}

static bool decode_all(struct decoder *d, struct journal_columns *c, struct err *err)
{
    u32 count = d->out->to && d->out->to < d->head.count ? d->out->to : d->head.count;
    if (!block_sites(&d->head, false, c->site, err) || !block_seqs(&d->head, c->seq, count, err) ||
        !block_times(&d->head, c->time, count, err) || !block_indexes(&d->head, c->index, count, err))
        return false;
    for (u32 i = 0; i < count; i++) {
        struct event head = {.seq = c->seq[i], .time = c->time[i], .index = c->index[i]};
        if (!step(d, i, c->site[i], &head))
            return err_set(err, "event %u is wrong", i);
    }
    return count < d->head.count || fields_are_used_up(d) || err_set(err, "a column is too long");
}

bool block_decode_events(const struct block_bytes *bytes, struct block_events *out, struct err *err)
{
    struct decoder d = {.bytes = bytes, .out = out};
    struct journal_columns c = {0};
    out->count = 0;
    journal_columns_room(&c, COLUMNS_ALL, bytes->count <= BLOCK_EVENTS_MAX ? bytes->count : 0);
    bool ok = decoder_open(&d, err) && decode_all(&d, &c, err);
    if (ok && out->text) {
        *out->text = d.text;
        d.text = (struct buffer){0};
    }
    journal_columns_free(&c);
    decoder_close(&d);
    return ok;
}

bool block_decode_text(const struct block_bytes *bytes, struct buffer *text, struct err *err)
{
    struct block_head h;
    bool ok = block_head_read(&h, bytes, err);
    if (ok) {
        text->data = block_unpack(&h.pieces[PIECE_TEXT], "texts", err);
        text->size = text->capacity = text->data ? h.pieces[PIECE_TEXT].raw_size : 0;
        ok = !err->text[0];
    }
    block_head_free(&h);
    return ok;
}
