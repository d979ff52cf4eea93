/* SPDX-License-Identifier: BSD-3-Clause
 * Some values of some of a block's events: only the columns that hold them are unpacked (replay/block.h). A column must
 * be read from its begin to its end all the same, since its numbers are differences. */
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
    const struct block_bytes *bytes;
    struct block_picked *out;
    struct block_head head;
    u32 *places;                 /* by event: which of the head's sites */
    struct source *sources;      /* by these, width each */
    u8 *is_used;                 /* by these: a wanted event is of it */
    u32 *rows, *outputs;         /* of the kind at hand: its events, and their places among the wanted ones */
    u64 kinds;                   /* of wanted events with fields */
    u64 fields[EVENT_KINDS];     /* a bit for each that is wanted */
    struct block_fields columns; /* of the kind at hand */
};

static const struct journal_site *site_at(const struct picker *p, u32 place)
{
    return &p->bytes->sites[p->head.sites[place]];
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

static void use_place(struct picker *p, u32 place)
{
    const struct journal_site *site = site_at(p, place);
    const struct journal_picks *picks = p->out->picks;
    if (p->is_used[place])
        return;
    p->is_used[place] = 1;
    for (u32 slot = 0; slot < picks->width; slot++) {
        u8 value = picks->values[(size_t)p->head.sites[place] * picks->width + slot];
        struct source *source = &p->sources[(size_t)place * picks->width + slot];
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
    u32 width = out->picks->width;
    for (u32 n = 0; n < out->count; n++) {
        if (out->offsets[n] >= p->head.count || (n && out->offsets[n] <= out->offsets[n - 1]))
            return err_set(err, "it has no event %u", out->offsets[n]);
        u32 place = p->places[out->offsets[n]];
        use_place(p, place);
        const u8 *values = &out->picks->values[(size_t)p->head.sites[place] * width];
        u16 missing = site_at(p, place)->missing, bits = 0;
        for (u32 slot = 0; slot < width; slot++) {
            out->values[(size_t)n * width + slot] = p->sources[(size_t)place * width + slot].constant;
            bits |= (u16)((values[slot] < EVENT_FIELDS_MAX && missing >> values[slot] & 1) << slot);
        }
        out->missing[n] = bits;
    }
    return true;
}

/* The events of a kind, and which of them are wanted. */
static u32 list_rows(struct picker *p, u32 kind)
{
    const struct block_picked *out = p->out;
    u8 *is_kind = calloc(p->head.site_count, 1);
    u32 count = 0, next = 0;
    CHECK(is_kind, "out of memory");
    for (u32 place = 0; place < p->head.site_count; place++)
        is_kind[place] = site_at(p, place)->kind == kind;
    for (u32 i = 0; i < p->head.count; i++) {
        bool is_wanted = next < out->count && out->offsets[next] == i;
        p->rows[count] = i;
        p->outputs[count] = is_wanted ? next : UINT32_MAX;
        next += is_wanted;
        count += is_kind[p->places[i]];
    }
    free(is_kind);
    return count;
}

/* Of one site, one field. */
struct track {
    u64 last;
    bool has_field, is_seen;
    u8 slots; /* a bit for each value that comes from this field */
};

static struct track *tracks_make(const struct picker *p, u32 kind, u32 field)
{
    struct track *tracks = calloc(p->head.site_count, sizeof *tracks);
    CHECK(tracks, "out of memory");
    for (u32 place = 0; place < p->head.site_count; place++) {
        const struct journal_site *site = site_at(p, place);
        tracks[place].has_field = site->kind == kind && field < site->fields;
        for (u32 slot = 0; p->is_used[place] && tracks[place].has_field && slot < p->out->picks->width; slot++)
            if (p->sources[(size_t)place * p->out->picks->width + slot].field == field)
                tracks[place].slots |= (u8)(1u << slot);
    }
    return tracks;
}

static void put(const struct picker *p, const struct track *track, u32 row, u64 value)
{
    const struct block_picked *out = p->out;
    u32 n = p->outputs[row], offset = p->rows[row], width = out->picks->width;
    const struct source *sources = &p->sources[(size_t)p->places[offset] * width];
    for (u32 slots = track->slots; slots; slots &= slots - 1) {
        u32 slot = (u32)__builtin_ctz(slots);
        out->values[(size_t)n * width + slot] =
            template_transform((enum template_transform)sources[slot].transform, value, out->times[offset]);
    }
}

static bool pick_field(struct picker *p, u32 kind, u32 field, u32 rows)
{
    struct block_column column = p->columns.columns[field];
    struct track *tracks = tracks_make(p, kind, field);
    u64 last = 0; /* of the kind */
    bool ok = true;
    for (u32 row = 0; ok && row < rows; row++) {
        struct track *track = &tracks[p->places[p->rows[row]]];
        u64 difference = 0;
        if (!track->has_field)
            continue;
        ok = block_column_next(&column, &difference);
        last = track->last = (track->is_seen ? track->last : last) + unzigzag(difference);
        track->is_seen = true;
        if (ok && track->slots && p->outputs[row] != UINT32_MAX)
            put(p, track, row, last);
    }
    free(tracks);
    return ok && block_column_is_used_up(&column);
}

static bool pick_kind(struct picker *p, u32 kind, struct err *err)
{
    if (!block_fields_open(&p->columns, &p->head, kind, err))
        return false;
    u32 rows = list_rows(p, kind);
    for (u32 field = 0; field < BLOCK_FIELDS_MAX; field++)
        if (p->fields[kind] >> field & 1 && !pick_field(p, kind, field, rows))
            return err_set(err, "its column of field %u is wrong", field);
    return true;
}

static bool pick_all(struct picker *p, struct err *err)
{
    if (!block_head_read(&p->head, p->bytes, err))
        return false;
    p->places = malloc(p->head.count * sizeof *p->places);
    p->rows = malloc((p->head.count + 1) * sizeof *p->rows);
    p->outputs = malloc((p->head.count + 1) * sizeof *p->outputs);
    p->sources = calloc((size_t)p->head.site_count * p->out->picks->width + 1, sizeof *p->sources);
    p->is_used = calloc(p->head.site_count + 1, 1);
    CHECK(p->places && p->rows && p->outputs && p->sources && p->is_used, "out of memory");
    if (!block_sites(&p->head, false, p->places, err) || !prepare(p, err))
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

bool block_pick(const struct block_bytes *bytes, struct block_picked *picked, struct err *err)
{
    struct picker p = {.bytes = bytes, .out = picked};
    CHECK(picked->picks->width <= JOURNAL_PICKS_MAX, "%u values an event", picked->picks->width);
    bool ok = pick_all(&p, err);
    block_head_free(&p.head);
    free(p.places);
    free(p.rows);
    free(p.outputs);
    free(p.sources);
    free(p.is_used);
    return ok;
}
