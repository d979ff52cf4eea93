/* SPDX-License-Identifier: BSD-3-Clause
 * The block codec: up to 65,536 events of one thread as columns of small numbers, then LZ4.
 *
 * Unpacked, a block is a sequence of variable-length numbers (7 bits a byte, low first; "signed": zigzag):
 *
 *   events, sites
 *   sites * { kind (1 byte), count (1 byte), signed op - previous op, signed LR - previous LR }
 *   columns, each { bytes that follow, one number per event it covers }; no bytes at all: every number is 0
 *     site        which of the sites above
 *     seq         signed difference from the previous event's + 1 (before the first: -1)
 *     time        signed difference from the previous event's (before the first: 0)
 *     index       signed difference from the previous event's + 1 (before the first: -1)
 *     one for each field of each kind, in order of kind and field, as many fields as the kind's sites have at most:
 *                 signed difference from this field at the last event of the same site; at a site's first event, from
 * the kind's last one; at the kind's first, from 0
 *
 * A site is a (kind, count, op, LR) that occurs; sites stand in order of first use. The thread stands in the block's
 * row. */
#ifndef REPLAY_BLOCK_H
#define REPLAY_BLOCK_H

#include "schema/base.h"
#include "schema/event.h"

enum { BLOCK_EVENTS_MAX = 65536, BLOCK_RAW_MAX = 16 << 20 };

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

struct block_encoder;

struct block_encoder *block_encoder_create(void);
void block_encoder_destroy(struct block_encoder *encoder);
/* Packs; returns the unpacked size. *packed belongs to the encoder until its next call. */
u32 block_encode(struct block_encoder *encoder, const struct event *const *events, u32 count,
                 const struct buffer **packed);

/* Unpacks any bytes whatever, safely. False: they are no block of `count` events; err says what is wrong. */
bool block_decode(const u8 *packed, size_t size, u32 raw_size, u32 thread, u32 count, struct event *events,
                  struct err *err);
/* The same, but counts events by kind only. */
bool block_count_kinds(const u8 *packed, size_t size, u32 raw_size, u32 count, u64 kinds[EVENT_KINDS], struct err *err);

/* The running hash over alignment keys: each KEY-class event adds its op and LR, little-endian. */
struct key_hash;
struct key_hash *key_hash_create(void);
void key_hash_destroy(struct key_hash *hash);
void key_hash_add(struct key_hash *hash, const struct event *event);
u64 key_hash_value(struct key_hash *hash);

#endif
