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

/* A column that is read, and its last number. */
struct reading {
    struct block_column column;
    u64 last;
    u8 kind, field;
};

/* One field of one site. */
struct track {
    u64 last;
    const u64 *base; /* what the next number is added to: the column's last one at first, then the track's own */
    struct reading *reading;
    u8 slots; /* a bit for each value that comes from this field */
};

struct picker {
    const struct block_opened *block;
    const struct block_picked *out;
    u32 width;
    struct source *sources;   /* by letter, width each */
    u64 *constants;           /* the same, as they come out */
    u16 *missing;             /* by letter: as it comes out */
    u8 *is_used;              /* by letter: a wanted event is of it */
    u8 *has_tracks;           /* by letter */
    u64 fields[EVENT_KINDS];  /* a bit for each that is wanted, */
    u64 counted[EVENT_KINDS]; /* and for each of which a value is worked out that is not 0 for 0 */
    struct block_fields kinds[EVENT_KINDS];
    struct reading *columns;
    u32 column_count;
    struct track *tracks;       /* by letter */
    struct track **first_track; /* by letter; one more is the end */
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
    const u8 *values = values_of(p, letter);
    p->is_used[letter] = 1;
    for (u32 slot = 0; slot < p->width; slot++) {
        u32 place = letter * p->width + slot;
        struct source *source = &p->sources[place];
        *source = values[slot] == JOURNAL_NO_VALUE ? (struct source){.field = NONE} : find_source(site, values[slot]);
        p->constants[place] = source->constant;
        bool is_untold = values[slot] >= site->count || site->missing >> values[slot] & 1;
        p->missing[letter] |= (u16)((values[slot] < EVENT_FIELDS_MAX && is_untold) << slot);
        if (source->field == NONE)
            continue;
        p->fields[site->kind] |= 1ULL << source->field;
        p->counted[site->kind] |= (u64)(source->transform == TRANSFORM_DEADLINE) << source->field;
    }
}

/* What is known before any column: which sites are wanted, what they do not tell, constants. */
static void prepare(struct picker *p)
{
    const struct block_picked *out = p->out;
    for (u32 n = 0; n < out->count; n++) {
        u32 letter = p->block->letters[out->offsets[n]];
        if (!p->is_used[letter])
            use_letter(p, letter);
        memcpy(out->out.values + (size_t)n * p->width, p->constants + (size_t)letter * p->width,
               p->width * sizeof *out->out.values);
        out->out.missing[n] = p->missing[letter];
    }
}

/* The columns that hold wanted fields; one that is all 0 needs no reading. */
static bool open_columns(struct picker *p, struct err *err)
{
    for (u32 kind = 0; kind < EVENT_KINDS; kind++) {
        if (!p->fields[kind])
            continue;
        if (!block_fields_open(&p->kinds[kind], &p->block->head, kind, err))
            return false;
        for (u8 field = 0; field < BLOCK_FIELDS_MAX; field++)
            if (p->fields[kind] >> field & 1 && (p->kinds[kind].columns[field].p || p->counted[kind] >> field & 1))
                p->columns[p->column_count++] = (struct reading){p->kinds[kind].columns[field], 0, (u8)kind, field};
    }
    return true;
}

static u8 slots_of(const struct picker *p, u32 letter, u8 field)
{
    u8 slots = 0;
    for (u32 slot = 0; p->is_used[letter] && slot < p->width; slot++)
        if (p->sources[(size_t)letter * p->width + slot].field == field)
            slots |= (u8)(1u << slot);
    return slots;
}

/* What each site has in these columns. */
static void make_tracks(struct picker *p)
{
    u32 sites = p->block->head.site_count;
    p->tracks = malloc(((size_t)sites * p->column_count + 1) * sizeof *p->tracks);
    CHECK(p->tracks, "out of memory");
    struct track *next = p->tracks;
    for (u32 letter = 0; letter < sites; letter++) {
        const struct journal_site *site = site_at(p, letter);
        p->first_track[letter] = next;
        for (u32 i = 0; i < p->column_count; i++) {
            struct reading *r = &p->columns[i];
            if (r->kind == site->kind && r->field < site->fields)
                *next++ = (struct track){.base = &r->last, .reading = r, .slots = slots_of(p, letter, r->field)};
        }
        p->has_tracks[letter] = next > p->first_track[letter];
    }
    p->first_track[sites] = next;
}

static inline bool read_next(struct track *track)
{
    struct reading *r = track->reading;
    const u8 *p = r->column.p;
    u64 difference;
    if (likely(p && p < r->column.end && *p < 0x80)) { /* most are a byte */
        difference = *p;
        r->column.p = p + 1;
    } else if (!block_column_next(&r->column, &difference)) {
        return false;
    }
    r->last = track->last = *track->base + unzigzag(difference);
    track->base = &track->last;
    return true;
}

static void put(const struct picker *p, u32 letter, u32 n)
{
    const struct source *sources = &p->sources[(size_t)letter * p->width];
    for (const struct track *t = p->first_track[letter]; t < p->first_track[letter + 1]; t++)
        for (u32 slots = t->slots; slots; slots &= slots - 1) {
            u32 slot = (u32)__builtin_ctz(slots);
            u64 *value = &p->out->out.values[(size_t)n * p->width + slot];
            enum template_transform how = (enum template_transform)sources[slot].transform;
            const u64 *times = p->out->out.times;
            *value = how == TRANSFORM_AS_IS ? t->last : template_transform(how, t->last, times ? times[n] : 0);
        }
}

/* All columns side by side, event by event, as far as the last one that is wanted; most have none of them. */
static bool pick_all(struct picker *p, struct err *err)
{
    const struct block_picked *out = p->out;
    const u16 *letters = p->block->letters;
    u32 *at = p->block->places, last = out->count ? out->offsets[out->count - 1] : 0;
    at[journal_letters_find(letters, last + 1, p->has_tracks, at)] = UINT32_MAX;
    for (u32 n = 0; n < out->count; n++) {
        for (; *at <= out->offsets[n]; at++) {
            struct track *const *tracks = &p->first_track[letters[*at]];
            for (struct track *t = tracks[0]; t < tracks[1]; t++)
                if (unlikely(!read_next(t)))
                    return err_set(err, "its column of field %u is wrong", t->reading->field);
        }
        put(p, letters[out->offsets[n]], n);
    }
    return true;
}

static void make_room(struct picker *p)
{
    u32 sites = p->block->head.site_count;
    p->sources = malloc(((size_t)sites * p->width + 1) * sizeof *p->sources);
    p->constants = malloc(((size_t)sites * p->width + 1) * sizeof *p->constants);
    p->missing = calloc(sites + 1, sizeof *p->missing);
    p->is_used = calloc(sites + 1, 1);
    p->has_tracks = calloc(sites + 1, 1);
    p->columns = malloc(EVENT_KINDS * BLOCK_FIELDS_MAX * sizeof *p->columns);
    p->first_track = malloc((sites + 1) * sizeof *p->first_track);
    CHECK(p->sources && p->constants && p->missing && p->is_used && p->has_tracks && p->columns && p->first_track,
          "out of memory");
}

static void free_all(struct picker *p)
{
    for (u32 kind = 0; kind < EVENT_KINDS; kind++)
        free(p->kinds[kind].raw);
    free(p->sources);
    free(p->constants);
    free(p->missing);
    free(p->is_used);
    free(p->has_tracks);
    free(p->columns);
    free(p->first_track);
    free(p->tracks);
}

static bool check_offsets(const struct block_picked *picked, u32 count, struct err *err)
{
    for (u32 n = 0; n < picked->count; n++)
        if (picked->offsets[n] >= count || (n && picked->offsets[n] <= picked->offsets[n - 1]))
            return err_set(err, "it has no event %u", picked->offsets[n]);
    return true;
}

bool block_pick(struct block_opened *o, const struct block_picked *picked, struct err *err)
{
    struct picker p = {.block = o, .out = picked, .width = picked->picks->width};
    CHECK(p.width <= JOURNAL_PICKS_MAX, "%u values an event", p.width);
    const struct block_head *h = &o->head;
    if (!block_opened_read(o, err) || !check_offsets(picked, h->count, err) ||
        !block_sums_at(h, PIECE_SEQ, h->first_seq - 1, 1, 1, picked->offsets, picked->count, picked->out.seqs, err) ||
        (picked->out.times && !block_sums_at(h, PIECE_TIME, h->first_time, 0, h->unit, picked->offsets, picked->count,
                                             picked->out.times, err)))
        return false;
    make_room(&p);
    prepare(&p);
    bool ok = open_columns(&p, err);
    if (ok) {
        make_tracks(&p);
        ok = pick_all(&p, err);
    }
    free_all(&p);
    return ok;
}
