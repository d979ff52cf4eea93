/* SPDX-License-Identifier: BSD-3-Clause
 * The block codec: up to 65,536 events of one thread as columns of small numbers.
 *
 * A block has a head and data. The head is a sequence of variable-length numbers (7 bits a byte, low first; "signed":
 * zigzag):
 *
 *   events, time of the first, seq of the first, index of the first, unit of time, sites
 *   sites * { signed site - previous site, events of it }        in order of first use; their numbers are the journal's
 *   pieces, and one more for each kind whose sites have fields, in order of kind, * { raw size, packed size }
 *
 * The data are the pieces, one behind the other, each LZ4, or as it is where that is no smaller. A piece of raw size 0
 * says that every number in it is 0. So who asks for one column, or for one kind, unpacks one piece:
 *
 *   SITE    which of the head's sites: a byte each, or two (low first) if there are more than 256
 *   TIME    signed difference from the previous event's, in units
 *   SEQ     signed difference from the previous event's + 1
 *   INDEX   signed difference from the previous event's + 1
 *   TEXT    { bytes, text } for each text of an event's own, in order of event and field
 *   kinds   a column for each field, in order, as many as the kind's sites have at most: { bytes that follow, numbers
 * }, no bytes: all are 0. A number is the signed difference from this field at the last event of the same site; at a
 * site's first event, from the kind's last one; at the kind's first, from 0
 *
 * An event's fields are its values v[], or, where its site has a template (replay/template.h), what the template's
 * holes held. */
#ifndef REPLAY_BLOCK_H
#define REPLAY_BLOCK_H

#include "replay/journal.h"

enum {
    BLOCK_EVENTS_MAX = 65536,
    BLOCK_RAW_MAX = 64 << 20, /* of a piece */
    BLOCK_TEXT_MAX = 16 << 20,
    BLOCK_FIELDS_MAX = 24,
};

enum block_piece { PIECE_SITE, PIECE_TIME, PIECE_SEQ, PIECE_INDEX, PIECE_TEXT, PIECES };

/* Grows as needed; starts as zeros; buffer_free leaves zeros. */
struct buffer {
    u8 *data;
    size_t size;
    size_t capacity;
};

void buffer_grow(struct buffer *b, size_t more);
static inline void buffer_reserve(struct buffer *b, size_t more)
{
    if (unlikely(b->capacity - b->size < more))
        buffer_grow(b, more);
}
void buffer_add(struct buffer *b, const void *data, size_t size);
void buffer_free(struct buffer *b);

/* ---- Packing: one encoder for each thread's stream, holding the block at hand. ---- */

struct block_encoder;

struct block_encoder *block_encoder_create(void);
void block_encoder_destroy(struct block_encoder *encoder);
u32 block_encoder_count(const struct block_encoder *encoder);
size_t block_encoder_text_size(const struct block_encoder *encoder);
/* `fields` has site->fields values. At most BLOCK_EVENTS_MAX until the next block_encode. */
void block_append(struct block_encoder *encoder, u32 site, const struct journal_site *what, u64 seq, u64 time,
                  u32 index, const u64 *fields);
/* A text of the event that was appended last. */
void block_append_text(struct block_encoder *encoder, const void *text, size_t size);
/* Packs what was appended and begins anew. `quantum` is a guess at the unit of time. *head and *data belong to the
 * encoder until its next call. */
void block_encode(struct block_encoder *encoder, u64 quantum, const struct buffer **head, const struct buffer **data);

/* ---- Unpacking any bytes whatever, safely. False: err says what is wrong with them. ---- */

struct block_bytes {
    const u8 *head;
    size_t head_size;
    const u8 *data;
    size_t data_size;
    u32 thread, count; /* as the block's row says */
    const struct journal_site *sites;
    u32 site_count;
};

/* Adds the events of each site to counts[] (site_count of them); needs the head alone. */
bool block_count_sites(const struct block_bytes *bytes, u64 *counts, struct err *err);
/* The columns named in `wanted` (enum journal_column); those of `columns` have room for count numbers. */
bool block_decode_columns(const struct block_bytes *bytes, u32 wanted, struct journal_columns *columns,
                          struct err *err);
/* What of a block's events is wanted, and where it goes. */
struct block_events {
    u64 kinds;            /* a bit for each enum event_kind */
    const u8 *sites;      /* a flag by site, or NULL: all sites of these kinds */
    u32 from, to;         /* their places in the block; to 0: as far as it goes. What is behind is not unpacked */
    struct event *events; /* room for all of them */
    u32 *offsets;         /* their places in the block, or NULL */
    u64 *fields;          /* or NULL: as they are stored and then the places of the texts, BLOCK_FIELDS_MAX each */
    u64 text_base;        /* values that mean TEXT become this + their place in the text piece */
    struct buffer *text;  /* or NULL: that piece, which the caller frees */
    u32 count;            /* of events written */
};
bool block_decode_events(const struct block_bytes *bytes, struct block_events *out, struct err *err);
/* The text that begins at a place of a text piece. False: there is none. */
bool block_text_at(const struct buffer *text, u64 place, const char **data, size_t *size);
/* Only the text piece. */
bool block_decode_text(const struct block_bytes *bytes, struct buffer *text, struct err *err);

#endif
