/* SPDX-License-Identifier: BSD-3-Clause
 * Some values of some of a block's events: only the columns that hold them are unpacked (replay/block.h). A column must
 * be read from its begin all the same, since its numbers are differences. */
#include "replay/block_head.h"
#include "replay/template.h"

#include <stdlib.h>

enum { NONE = 0xFF };

/* Where a site's events have one of the wanted values. */
struct source {
    u8 field;     /* NONE: it is `constant` */
    u8 transform; /* enum template_transform */
    u64 constant;
};

struct picker {
    const struct block_opened *block;
    const struct block_picked *out;
    u32 width;
    struct source *sources;     /* by letter, width each */
    u8 *is_used;                /* by letter: a wanted event is of it */
    u64 kinds;                  /* of wanted events with fields */
    u64 fields[EVENT_KINDS];    /* a bit for each that is wanted */
    u16 *letters;               /* of all events, by kind */
    u32 first[EVENT_KINDS + 1]; /* in letters */
    u32 *rows;                  /* by wanted event: its place among its kind's */
    u32 *order;                 /* the wanted ones by kind */
    u32 first_wanted[EVENT_KINDS + 1];
    struct block_fields columns; /* of the kind at hand */
};

static const struct journal_site *site_at(const struct picker *p, u32 letter)
{
    return &p->block->bytes.sites[p->block->head.sites[letter]];
}

static struct source find_source(const struct journal_site *site, u8 value)
{
    struct source found = {.field = NONE};
    const struct template *t = site->body;
    if (!t && value < site->fields && value < EVENT_FIELDS_MAX)
        found.field = value;
    for (u32 i = 0; t && i < t->constant_count; i++)
        if (t->constant_value[i] == value)
            found.constant = t->constant[i];
    for (u32 i = 0, field = 0; t && i < t->hole_count; i++) {
        const struct template_hole *hole = &t->holes[i];
        if (hole->is_field && hole->target == TARGET_VALUE && hole->value == value)
            found = (struct source){.field = (u8)field, .transform = hole->transform};
        field += hole->is_field;
    }
    return found;
}

static const u8 *values_of(const struct picker *p, u32 letter)
{
    return &p->out->picks->values[(size_t)p->block->head.sites[letter] * p->width];
}

static void use_letter(struct picker *p, u32 letter)
{
    const struct journal_site *site = site_at(p, letter);
    p->is_used[letter] = 1;
    for (u32 slot = 0; slot < p->width; slot++) {
        u8 value = values_of(p, letter)[slot];
        struct source *source = &p->sources[(size_t)letter * p->width + slot];
        *source = value == JOURNAL_NO_VALUE ? (struct source){.field = NONE} : find_source(site, value);
        if (source->field == NONE)
            continue;
        p->kinds |= 1ULL << site->kind;
        p->fields[site->kind] |= 1ULL << source->field;
    }
}

/* What is known before any column: which sites are wanted, what they do not tell, constants. */
static bool prepare(struct picker *p, struct err *err)
{
    const struct block_picked *out = p->out;
    for (u32 n = 0; n < out->count; n++) {
        if (out->offsets[n] >= p->block->head.count || (n && out->offsets[n] <= out->offsets[n - 1]))
            return err_set(err, "it has no event %u", out->offsets[n]);
        u32 letter = p->block->letters[out->offsets[n]];
        if (!p->is_used[letter])
            use_letter(p, letter);
        const u8 *values = values_of(p, letter);
        const struct journal_site *site = site_at(p, letter);
        u16 bits = 0;
        for (u32 slot = 0; slot < p->width; slot++) {
            out->values[(size_t)n * p->width + slot] = p->sources[(size_t)letter * p->width + slot].constant;
            bool is_untold = values[slot] >= site->count || site->missing >> values[slot] & 1;
            bits |= (u16)((values[slot] < EVENT_FIELDS_MAX && is_untold) << slot);
        }
        out->missing[n] = bits;
    }
    return true;
}

/* Where each kind begins: in letters, and among the wanted events. */
static void find_firsts(struct picker *p, u32 *wanted)
{
    const struct block_head *h = &p->block->head;
    u32 events[EVENT_KINDS] = {0};
    for (u32 letter = 0; letter < h->site_count; letter++)
        events[site_at(p, letter)->kind] += h->events[letter];
    for (u32 kind = 0; kind < EVENT_KINDS; kind++) {
        p->first[kind + 1] = p->first[kind] + events[kind];
        p->first_wanted[kind + 1] = p->first_wanted[kind] + wanted[kind];
    }
}

/* Puts the events in order of their kinds, as far as the last one that is wanted. False: the head counts otherwise. */
static bool sort_by_kind(struct picker *p, struct err *err)
{
    const struct block_picked *out = p->out;
    const u16 *letters = p->block->letters;
    u16 *sorted = p->letters;
    u8 *kinds = malloc(p->block->head.site_count + 1);
    u32 wanted[EVENT_KINDS] = {0}, next[EVENT_KINDS], at = 0;
    CHECK(kinds, "out of memory");
    for (u32 letter = 0; letter < p->block->head.site_count; letter++)
        kinds[letter] = site_at(p, letter)->kind;
    for (u32 n = 0; n < out->count; n++)
        wanted[kinds[letters[out->offsets[n]]]]++;
    find_firsts(p, wanted);
    memcpy(next, p->first, sizeof next);
    memcpy(wanted, p->first_wanted, sizeof wanted);
    for (u32 n = 0; n < out->count; n++) {
        for (u32 end = out->offsets[n] + 1; at < end; at++) {
            u32 place = next[kinds[letters[at]]]++;
            sorted[place < p->block->head.count ? place : 0] = letters[at];
        }
        u8 kind = kinds[letters[at - 1]];
        p->rows[n] = next[kind] - 1 - p->first[kind];
        p->order[wanted[kind]++] = n;
    }
    bool ok = true;
    for (u32 kind = 0; kind < EVENT_KINDS; kind++)
        ok = ok && next[kind] <= p->first[kind + 1];
    free(kinds);
    return ok || err_set(err, "its head counts other sites than its column");
}

/* Of one site, one field. */
struct track {
    u64 last;
    bool has_field, is_seen;
    u8 slots; /* a bit for each value that comes from this field */
};

static struct track *tracks_make(const struct picker *p, u32 kind, u32 field)
{
    u32 sites = p->block->head.site_count;
    struct track *tracks = calloc(sites, sizeof *tracks);
    CHECK(tracks, "out of memory");
    for (u32 letter = 0; letter < sites; letter++) {
        const struct journal_site *site = site_at(p, letter);
        tracks[letter].has_field = site->kind == kind && field < site->fields;
        for (u32 slot = 0; p->is_used[letter] && tracks[letter].has_field && slot < p->width; slot++)
            if (p->sources[(size_t)letter * p->width + slot].field == field)
                tracks[letter].slots |= (u8)(1u << slot);
    }
    return tracks;
}

static void put(const struct picker *p, u32 slots, u32 n, u64 value)
{
    u32 offset = p->out->offsets[n];
    const struct source *sources = &p->sources[(size_t)p->block->letters[offset] * p->width];
    for (; slots; slots &= slots - 1) {
        u32 slot = (u32)__builtin_ctz(slots);
        p->out->values[(size_t)n * p->width + slot] =
            template_transform((enum template_transform)sources[slot].transform, value, p->block->times[offset]);
    }
}

static bool pick_field(const struct picker *p, u32 kind, u32 field)
{
    struct block_column column = p->columns.columns[field];
    struct track *tracks = tracks_make(p, kind, field);
    const u16 *letters = p->letters + p->first[kind];
    u64 last = 0; /* of the kind */
    bool ok = true;
    u32 row = 0;
    for (u32 n = p->first_wanted[kind]; ok && n < p->first_wanted[kind + 1]; n++) {
        u32 output = p->order[n];
        for (u32 end = p->rows[output]; ok && row <= end; row++) {
            struct track *track = &tracks[letters[row]];
            u64 difference = 0;
            if (!track->has_field)
                continue;
            ok = block_column_next(&column, &difference);
            last = track->last = (track->is_seen ? track->last : last) + unzigzag(difference);
            track->is_seen = true;
        }
        const struct track *track = &tracks[letters[row - 1]];
        if (ok && track->slots)
            put(p, track->slots, output, track->last);
    }
    free(tracks);
    return ok;
}

static bool pick_kind(struct picker *p, u32 kind, struct err *err)
{
    if (!block_fields_open(&p->columns, &p->block->head, kind, err))
        return false;
    for (u32 field = 0; field < BLOCK_FIELDS_MAX; field++)
        if (p->fields[kind] >> field & 1 && p->columns.columns[field].p && !pick_field(p, kind, field))
            return err_set(err, "its column of field %u is wrong", field);
    return true;
}

static bool pick_all(struct picker *p, struct err *err)
{
    if (!prepare(p, err) || !sort_by_kind(p, err))
        return false;
    for (u32 kind = 0; kind < EVENT_KINDS; kind++) {
        bool ok = !(p->kinds >> kind & 1) || pick_kind(p, kind, err);
        free(p->columns.raw);
        p->columns.raw = NULL;
        if (!ok)
            return false;
    }
    return true;
}

bool block_pick(struct block_opened *o, const struct block_picked *picked, struct err *err)
{
    struct picker p = {.block = o, .out = picked, .width = picked->picks->width};
    CHECK(p.width <= JOURNAL_PICKS_MAX, "%u values an event", p.width);
    if (!block_opened_read(o, COLUMN_SITE | COLUMN_TIME, err))
        return false;
    p.sources = calloc((size_t)o->head.site_count * p.width + 1, sizeof *p.sources);
    p.is_used = calloc(o->head.site_count + 1, 1);
    p.letters = malloc((o->head.count + 1) * sizeof *p.letters);
    p.rows = malloc((picked->count + 1) * sizeof *p.rows);
    p.order = malloc((picked->count + 1) * sizeof *p.order);
    CHECK(p.sources && p.is_used && p.letters && p.rows && p.order, "out of memory");
    bool ok = pick_all(&p, err);
    free(p.sources);
    free(p.is_used);
    free(p.letters);
    free(p.rows);
    free(p.order);
    return ok;
}
