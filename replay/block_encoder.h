/* SPDX-License-Identifier: BSD-3-Clause
 * The inside of a block's encoder, shared by block_encode.c and journal_streams.c alone: what is done for each event is
 * done inline. */
#ifndef REPLAY_BLOCK_ENCODER_H
#define REPLAY_BLOCK_ENCODER_H

#include "replay/block.h"
#include "replay/varint.h"

struct column {
    u8 *begin, *end, *limit;
    u64 any; /* all numbers or-ed: 0 means the column is left out */
};

struct kind_columns {
    struct column columns[BLOCK_FIELDS_MAX];
    u64 last[BLOCK_FIELDS_MAX];
    u32 count; /* fields that the block's sites of this kind have at most */
};

/* A site in this block. */
struct local {
    u32 site;
    u32 events;
    u32 last; /* place of its last fields in `last` */
    u32 fields;
    struct kind_columns *kind;
};

struct block_encoder {
    u32 count;
    u64 first_time, first_seq;
    u32 first_index;
    u64 seq, time; /* of the last event */
    u32 index;
    u32 capacity; /* of the next two */
    u16 *sites;   /* per event: place in locals */
    u64 *times;   /* per event: difference from the one before */
    struct column seqs, indexes;
    struct kind_columns *kinds[EVENT_KINDS];
    struct local *locals;
    u32 local_count, local_capacity;
    u32 *local_of; /* by site: place in locals, if stamps say so */
    u32 *stamps;
    u32 site_capacity;
    u32 stamp; /* of the block at hand */
    u64 *last;
    u32 last_count, last_capacity;
    struct buffer text;
    struct buffer raw, sizes, head, data;
};

void block_column_grow(struct column *c);
void block_encoder_begin(struct block_encoder *e, u64 seq, u64 time, u32 index);
void block_encoder_grow(struct block_encoder *e);
/* The site's place among the block's, which it may be new to. */
u32 block_encoder_place(struct block_encoder *e, u32 site, const struct journal_site *what);

static inline void column_put(struct column *c, u64 value)
{
    if (unlikely(c->end >= c->limit))
        block_column_grow(c);
    c->any |= value;
    if (likely(value < 0x80))
        *c->end++ = (u8)value;
    else
        c->end = varint_put(c->end, value);
}

/* As block_append. */
static inline void block_encoder_append(struct block_encoder *e, u32 site, const struct journal_site *what, u64 seq,
                                        u64 time, u32 index, const u64 *fields)
{
    if (unlikely(!e->count))
        block_encoder_begin(e, seq, time, index);
    if (unlikely(e->count == e->capacity))
        block_encoder_grow(e);
    u32 place = likely(site < e->site_capacity && e->stamps[site] == e->stamp) ? e->local_of[site]
                                                                               : block_encoder_place(e, site, what);
    struct local *local = &e->locals[place];
    local->events++;
    e->sites[e->count] = (u16)place;
    e->times[e->count++] = time - e->time;
    column_put(&e->seqs, zigzag(seq - (e->seq + 1)));
    column_put(&e->indexes, zigzag((u64)(s64)(s32)(index - (e->index + 1))));
    e->seq = seq;
    e->time = time;
    e->index = index;
    struct kind_columns *kind = local->kind;
    u64 *last = e->last + local->last;
    for (u32 f = 0, n = local->fields; f < n; f++) {
        u64 value = fields[f];
        column_put(&kind->columns[f], zigzag(value - last[f]));
        last[f] = kind->last[f] = value;
    }
}

#endif
