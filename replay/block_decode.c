/* SPDX-License-Identifier: BSD-3-Clause
 * Unpacking a block (the layout stands in replay/block.h). The bytes may be anything: each number is checked before it
 * is used. */
#include "replay/block.h"
#include "replay/template.h"
#include "replay/varint.h"

#include <lz4.h>
#include <stdlib.h>

struct piece {
    u32 raw_size, packed_size;
    const u8 *packed;
};

struct head {
    u32 count;
    u64 first_time, first_seq, unit;
    u32 first_index;
    u32 site_count;
    u32 *sites;                  /* the journal's numbers */
    u32 *events;                 /* of each */
    u8 kind_fields[EVENT_KINDS]; /* as many as its sites have at most */
    struct piece pieces[PIECES];
    struct piece kinds[EVENT_KINDS];
};

/* A column being read; p is NULL for one whose numbers are all 0. */
struct column {
    const u8 *p, *end;
};

static inline bool column_next(struct column *c, u64 *value)
{
    if (!c->p) {
        *value = 0;
        return true;
    }
    c->p = varint_get(c->p, c->end, value);
    return c->p != NULL;
}

static bool column_is_used_up(const struct column *c)
{
    return !c->p || c->p == c->end;
}

static void head_free(struct head *h)
{
    free(h->sites);
    free(h->events);
}

static bool read_numbers(struct column *c, u64 *values, u32 count)
{
    for (u32 i = 0; i < count; i++)
        if (!column_next(c, &values[i]))
            return false;
    return true;
}

static bool read_sites(struct head *h, struct column *c, const struct block_bytes *b)
{
    u64 total = 0;
    u32 site = 0;
    h->sites = malloc((h->site_count + 1) * sizeof *h->sites);
    h->events = malloc((h->site_count + 1) * sizeof *h->events);
    CHECK(h->sites && h->events, "out of memory");
    for (u32 i = 0; i < h->site_count; i++) {
        u64 pair[2];
        if (!read_numbers(c, pair, 2))
            return false;
        site += (u32)unzigzag(pair[0]);
        if (site >= b->site_count || !pair[1] || pair[1] > h->count)
            return false;
        if (b->sites[site].kind >= EVENT_KINDS || b->sites[site].fields > BLOCK_FIELDS_MAX)
            return false;
        u8 *fields = &h->kind_fields[b->sites[site].kind];
        if (b->sites[site].fields > *fields)
            *fields = (u8)b->sites[site].fields;
        h->sites[i] = site;
        h->events[i] = (u32)pair[1];
        total += pair[1];
    }
    return total == h->count;
}

static bool read_piece(struct piece *piece, struct column *c, size_t *left, const u8 **data)
{
    u64 sizes[2];
    if (!read_numbers(c, sizes, 2) || sizes[0] > BLOCK_RAW_MAX || sizes[1] > *left || sizes[1] > sizes[0])
        return false;
    *piece = (struct piece){(u32)sizes[0], (u32)sizes[1], *data};
    *data = *data ? *data + sizes[1] : NULL;
    *left -= sizes[1];
    return true;
}

static bool read_pieces(struct head *h, struct column *c, size_t left, const u8 *data)
{
    for (u32 i = 0; i < PIECES; i++)
        if (!read_piece(&h->pieces[i], c, &left, &data))
            return false;
    for (u32 kind = 0; kind < EVENT_KINDS; kind++)
        if (h->kind_fields[kind] && !read_piece(&h->kinds[kind], c, &left, &data))
            return false;
    return c->p == c->end && (!left || !data);
}

/* Without data (NULL) only the head is looked at. */
static bool read_head(struct head *h, const struct block_bytes *b, struct err *err)
{
    struct column c = {b->head, b->head + b->head_size};
    u64 numbers[6];
    *h = (struct head){0};
    if (!b->count || b->count > BLOCK_EVENTS_MAX || !b->head_size)
        return err_set(err, "sizes out of range");
    if (!read_numbers(&c, numbers, countof(numbers)) || numbers[0] != b->count || numbers[3] > UINT32_MAX ||
        !numbers[4] || numbers[5] > b->count)
        return err_set(err, "its head is wrong");
    h->count = b->count;
    h->first_time = numbers[1];
    h->first_seq = numbers[2];
    h->first_index = (u32)numbers[3];
    h->unit = numbers[4];
    h->site_count = (u32)numbers[5];
    if (!read_sites(h, &c, b))
        return err_set(err, "its sites are wrong");
    return read_pieces(h, &c, b->data ? b->data_size : SIZE_MAX, b->data) || err_set(err, "its pieces are wrong");
}

/* Unpacked bytes of a piece, freed by the caller; NULL for one of raw size 0, or with err set. */
static u8 *unpack(const struct piece *piece, const char *what, struct err *err)
{
    err->text[0] = 0;
    if (!piece->raw_size)
        return NULL;
    u8 *raw = malloc(piece->raw_size);
    CHECK(raw, "out of memory");
    if (piece->packed_size == piece->raw_size) {
        memcpy(raw, piece->packed, piece->raw_size);
        return raw;
    }
    if (LZ4_decompress_safe((const char *)piece->packed, (char *)raw, (int)piece->packed_size, (int)piece->raw_size) ==
        (int)piece->raw_size)
        return raw;
    free(raw);
    err_set(err, "LZ4 cannot unpack its %s", what);
    return NULL;
}

static bool decode_sites(const struct head *h, u32 *out, struct err *err)
{
    u32 width = h->site_count > 256 ? 2 : 1;
    const struct piece *piece = &h->pieces[PIECE_SITE];
    u8 *raw = unpack(piece, "sites", err);
    if (err->text[0])
        return false;
    bool ok = !raw || piece->raw_size == h->count * width;
    for (u32 i = 0; ok && i < h->count; i++) {
        u32 place = !raw ? 0 : width == 1 ? raw[i] : (u32)raw[2 * i] | (u32)raw[2 * i + 1] << 8;
        ok = place < h->site_count;
        out[i] = ok ? place : 0;
    }
    free(raw);
    return ok || err_set(err, "its column of sites is wrong");
}

/* value = value + add + difference * unit, for each event. */
static bool decode_sums(const struct head *h, enum block_piece which, u64 value, u64 add, u64 unit, u64 *out,
                        struct err *err)
{
    static const char *const names[] = {"sites", "times", "seqs", "indexes"};
    const struct piece *piece = &h->pieces[which];
    u8 *raw = unpack(piece, names[which], err);
    if (err->text[0])
        return false;
    struct column c = {raw, raw ? raw + piece->raw_size : NULL};
    bool ok = true;
    for (u32 i = 0; ok && i < h->count; i++) {
        u64 number = 0;
        ok = column_next(&c, &number);
        value += add + unzigzag(number) * unit;
        out[i] = value;
    }
    ok = ok && column_is_used_up(&c);
    free(raw);
    return ok || err_set(err, "its column of %s is wrong", names[which]);
}

static bool decode_indexes(const struct head *h, u32 *out, struct err *err)
{
    u64 *wide = malloc(h->count * sizeof *wide);
    CHECK(wide, "out of memory");
    bool ok = decode_sums(h, PIECE_INDEX, (u64)h->first_index - 1, 1, 1, wide, err);
    for (u32 i = 0; ok && i < h->count; i++)
        out[i] = (u32)wide[i];
    free(wide);
    return ok;
}

bool block_count_sites(const struct block_bytes *bytes, u64 *counts, struct err *err)
{
    struct head h;
    struct block_bytes head_only = *bytes;
    head_only.data = NULL;
    bool ok = read_head(&h, &head_only, err);
    for (u32 i = 0; ok && i < h.site_count; i++)
        counts[h.sites[i]] += h.events[i];
    head_free(&h);
    return ok;
}

bool block_decode_columns(const struct block_bytes *bytes, u32 wanted, struct journal_columns *out, struct err *err)
{
    struct head h;
    bool ok = read_head(&h, bytes, err);
    if (ok && wanted & COLUMN_SITE) {
        ok = decode_sites(&h, out->site, err);
        for (u32 i = 0; ok && i < h.count; i++)
            out->site[i] = h.sites[out->site[i]];
    }
    ok = ok && (!(wanted & COLUMN_TIME) || decode_sums(&h, PIECE_TIME, h.first_time, 0, h.unit, out->time, err)) &&
         (!(wanted & COLUMN_SEQ) || decode_sums(&h, PIECE_SEQ, h.first_seq - 1, 1, 1, out->seq, err)) &&
         (!(wanted & COLUMN_INDEX) || decode_indexes(&h, out->index, err));
    out->count = ok ? h.count : 0;
    head_free(&h);
    return ok;
}

/* ---- Whole events. ---- */

struct kind_fields {
    u8 *raw;
    struct column columns[BLOCK_FIELDS_MAX];
    u64 last[BLOCK_FIELDS_MAX];
};

struct decoder {
    const struct block_bytes *bytes;
    struct block_events *out;
    struct head head;
    struct kind_fields *kinds[EVENT_KINDS]; /* of those that are wanted and have fields */
    u64 *last;                              /* of each site, BLOCK_FIELDS_MAX apart */
    bool *seen;
    bool has_texts; /* some event has texts of its own */
    struct buffer text;
    u64 text_place;
};

static void decoder_close(struct decoder *d)
{
    head_free(&d->head);
    for (u32 kind = 0; kind < EVENT_KINDS; kind++) {
        if (d->kinds[kind])
            free(d->kinds[kind]->raw);
        free(d->kinds[kind]);
    }
    free(d->last);
    free(d->seen);
    buffer_free(&d->text);
}

static bool open_kind(struct decoder *d, u32 kind, struct err *err)
{
    const struct piece *piece = &d->head.kinds[kind];
    struct kind_fields *fields = d->kinds[kind] = calloc(1, sizeof *fields);
    CHECK(fields, "out of memory");
    fields->raw = unpack(piece, "fields", err);
    if (err->text[0])
        return false;
    struct column all = {fields->raw, fields->raw ? fields->raw + piece->raw_size : NULL};
    for (u32 i = 0; all.p && i < d->head.kind_fields[kind]; i++) {
        u64 size;
        if (!column_next(&all, &size) || size > (u64)(all.end - all.p))
            return err_set(err, "its fields' columns are wrong");
        fields->columns[i] = (struct column){size ? all.p : NULL, all.p + size};
        all.p += size;
    }
    return column_is_used_up(&all) || err_set(err, "its fields' columns are too long");
}

static bool fields_are_used_up(const struct decoder *d)
{
    for (u32 kind = 0; kind < EVENT_KINDS; kind++)
        for (u32 i = 0; d->kinds[kind] && i < d->head.kind_fields[kind]; i++)
            if (!column_is_used_up(&d->kinds[kind]->columns[i]))
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
        if (!column_next(&kind->columns[f], &difference))
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

static bool decoder_open(struct decoder *d, struct err *err)
{
    if (!read_head(&d->head, d->bytes, err))
        return false;
    for (u32 kind = 0; kind < EVENT_KINDS; kind++)
        if (d->head.kind_fields[kind] && d->out->kinds >> kind & 1 && !open_kind(d, kind, err))
            return false;
    d->last = calloc((size_t)d->head.site_count * BLOCK_FIELDS_MAX + 1, sizeof *d->last);
    d->seen = calloc(d->head.site_count + 1, sizeof *d->seen);
    CHECK(d->last && d->seen, "out of memory");
    for (u32 i = 0; i < d->head.site_count; i++)
        d->has_texts |=
            d->out->kinds >> d->bytes->sites[d->head.sites[i]].kind & 1 && d->head.pieces[PIECE_TEXT].raw_size;
    if (!d->has_texts)
        return true;
    d->text.data = unpack(&d->head.pieces[PIECE_TEXT], "texts", err);
    d->text.size = d->text.data ? d->head.pieces[PIECE_TEXT].raw_size : 0;
    return !err->text[0];
}

/* One event of the block: taken, or passed over. */
static bool step(struct decoder *d, u32 i, u32 place, const struct event *head)
{
    struct block_events *out = d->out;
    const struct journal_site *site = &d->bytes->sites[d->head.sites[place]];
    u64 places[BLOCK_FIELDS_MAX];
    if (!(out->kinds >> site->kind & 1))
        return !d->has_texts || !site->body || next_texts(d, site->body, places);
    struct event *event = &out->events[out->count];
    *event = *head;
    if (out->offsets)
        out->offsets[out->count] = i;
    return next_event(d, place, site, event,
                      out->fields ? out->fields + (size_t)out->count++ * BLOCK_FIELDS_MAX : (out->count++, NULL));
}

static bool decode_all(struct decoder *d, struct journal_columns *c, struct err *err)
{
    if (!decode_sites(&d->head, c->site, err) ||
        !decode_sums(&d->head, PIECE_SEQ, d->head.first_seq - 1, 1, 1, c->seq, err) ||
        !decode_sums(&d->head, PIECE_TIME, d->head.first_time, 0, d->head.unit, c->time, err) ||
        !decode_indexes(&d->head, c->index, err))
        return false;
    for (u32 i = 0; i < d->head.count; i++) {
        struct event head = {.seq = c->seq[i], .time = c->time[i], .index = c->index[i]};
        if (!step(d, i, c->site[i], &head))
            return err_set(err, "event %u is wrong", i);
    }
    return fields_are_used_up(d) || err_set(err, "a column is too long");
}

bool block_decode_events(const struct block_bytes *bytes, struct block_events *out, struct err *err)
{
    struct decoder d = {.bytes = bytes, .out = out};
    struct journal_columns c = {0};
    out->count = 0;
    journal_columns_room(&c, bytes->count <= BLOCK_EVENTS_MAX ? bytes->count : 0);
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
    struct head h;
    bool ok = read_head(&h, bytes, err);
    if (ok) {
        text->data = unpack(&h.pieces[PIECE_TEXT], "texts", err);
        text->size = text->capacity = text->data ? h.pieces[PIECE_TEXT].raw_size : 0;
        ok = !err->text[0];
    }
    head_free(&h);
    return ok;
}
