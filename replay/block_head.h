/* SPDX-License-Identifier: BSD-3-Clause
 * The parts of a block, shared by replay/block_*.c and the reader (the layout stands in replay/block.h). */
#ifndef REPLAY_BLOCK_HEAD_H
#define REPLAY_BLOCK_HEAD_H

#include "replay/block.h"
#include "replay/varint.h"

struct block_packed {
    u32 raw_size, packed_size;
    const u8 *packed;
};

struct block_head {
    u32 count;
    u64 first_time, first_seq, unit;
    u32 first_index;
    u32 site_count;
    u32 *sites;                  /* the journal's numbers */
    u32 *events;                 /* of each */
    u8 kind_fields[EVENT_KINDS]; /* as many as its sites have at most */
    struct block_packed pieces[PIECES];
    struct block_packed kinds[EVENT_KINDS];
};

/* Without data (NULL) only the head is looked at. Free it, also after a failure. */
bool block_head_read(struct block_head *head, const struct block_bytes *bytes, struct err *err);
void block_head_free(struct block_head *head);

/* Unpacked bytes of a piece, freed by the caller; NULL for one of raw size 0, or with err set (else it is empty). */
u8 *block_unpack(const struct block_packed *piece, const char *what, struct err *err);

/* A column being read; p is NULL for one whose numbers are all 0. */
struct block_column {
    const u8 *p, *end;
};

static inline bool block_column_next(struct block_column *c, u64 *value)
{
    if (!c->p) {
        *value = 0;
        return true;
    }
    c->p = varint_get(c->p, c->end, value);
    return c->p != NULL;
}

static inline bool block_column_is_used_up(const struct block_column *c)
{
    return !c->p || c->p == c->end;
}

/* A kind's columns; free raw, also after a failure. */
struct block_fields {
    u8 *raw;
    struct block_column columns[BLOCK_FIELDS_MAX];
};
bool block_fields_open(struct block_fields *fields, const struct block_head *head, u32 kind, struct err *err);

/* Which of the head's sites each event is of. */
bool block_letters(const struct block_head *head, u16 *letters, struct err *err);
/* The same, and whether there are as many of each as the head says; with `names`, the journal's numbers of the sites.
 */
bool block_sites(const struct block_head *head, bool names, u32 *out, struct err *err);
/* value = value + add + difference * unit, for each of the first `count` events. */
bool block_sums(const struct block_head *head, enum block_piece which, u64 value, u64 add, u64 unit, u64 *out,
                u32 count, struct err *err);
/* The same of some events alone, in order. */
bool block_sums_at(const struct block_head *head, enum block_piece which, u64 value, u64 add, u64 unit,
                   const u32 *offsets, u32 count, u64 *out, struct err *err);
bool block_seqs(const struct block_head *head, u64 *out, u32 count, struct err *err);
bool block_times(const struct block_head *head, u64 *out, u32 count, struct err *err);
bool block_indexes(const struct block_head *head, u32 *out, u32 count, struct err *err);

/* ---- A block held open, for several questions at the price of one. Starts as zeros. ---- */

struct block_opened {
    struct block_bytes bytes; /* copies */
    struct block_head head;
    u16 *letters; /* of each event: which of the head's sites */
    u32 *places;  /* room for one more than that */
    bool has_data, has_letters;
    u32 capacity;
    struct buffer head_bytes, data_bytes;
};
/* The head alone, whatever bytes->data is. */
bool block_open(struct block_opened *o, const struct block_bytes *bytes, struct err *err);
bool block_open_data(struct block_opened *o, const u8 *data, size_t size, struct err *err);
void block_opened_free(struct block_opened *o);
/* Makes the letters; needs the data. */
bool block_opened_read(struct block_opened *o, struct err *err);

/* Some values of some events. */
struct block_picked {
    const struct journal_picks *picks;
    const u32 *offsets; /* the events, in order */
    u32 count;
    struct journal_picked out;
};
bool block_pick(struct block_opened *o, const struct block_picked *picked, struct err *err);

#endif
