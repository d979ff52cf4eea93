/* SPDX-License-Identifier: BSD-3-Clause
 * A block held open (replay/block.h): what was unpacked stays until the next one. */
#include "replay/block_head.h"

#include <stdlib.h>

static void forget(struct block_opened *o)
{
    block_head_free(&o->head);
    o->head = (struct block_head){0};
    o->has_data = o->has_letters = o->has_seqs = o->has_times = false;
}

void block_opened_free(struct block_opened *o)
{
    forget(o);
    buffer_free(&o->head_bytes);
    buffer_free(&o->data_bytes);
    free(o->letters);
    free(o->seqs);
    free(o->times);
    *o = (struct block_opened){0};
}

static void copy(struct buffer *to, const u8 *bytes, size_t size)
{
    to->size = 0;
    buffer_add(to, bytes, size);
}

bool block_open(struct block_opened *o, const struct block_bytes *bytes, struct err *err)
{
    forget(o);
    copy(&o->head_bytes, bytes->head, bytes->head_size);
    o->bytes = *bytes;
    o->bytes.head = o->head_bytes.data;
    o->bytes.data = NULL;
    if (o->capacity < bytes->count && bytes->count <= BLOCK_EVENTS_MAX) {
        o->capacity = bytes->count;
        o->letters = realloc(o->letters, o->capacity * sizeof *o->letters);
        o->seqs = realloc(o->seqs, o->capacity * sizeof *o->seqs);
        o->times = realloc(o->times, o->capacity * sizeof *o->times);
        CHECK(o->letters && o->seqs && o->times, "out of memory");
    }
    return block_head_read(&o->head, &o->bytes, err);
}

bool block_open_data(struct block_opened *o, const u8 *data, size_t size, struct err *err)
{
    copy(&o->data_bytes, data, size);
    block_head_free(&o->head);
    o->bytes.data = size ? o->data_bytes.data : (const u8 *)"";
    o->bytes.data_size = size;
    o->has_data = block_head_read(&o->head, &o->bytes, err);
    return o->has_data;
}

/* Loops without anything else in them, which compilers make wide. */
static u32 widen(u16 *letters, const u8 *raw, u32 count, u32 width)
{
    u16 most = 0;
    for (u32 i = 0; width == 1 && i < count; i++)
        letters[i] = raw[i];
    for (u32 i = 0; width == 2 && i < count; i++)
        letters[i] = (u16)(raw[2 * i] | raw[2 * i + 1] << 8);
    for (u32 i = 0; i < count; i++)
        most = letters[i] > most ? letters[i] : most;
    return most;
}

static bool read_letters(struct block_opened *o, struct err *err)
{
    const struct block_head *h = &o->head;
    u32 width = h->site_count > 256 ? 2 : 1;
    u8 *raw = block_unpack(&h->pieces[PIECE_SITE], "sites", err);
    if (err->text[0])
        return false;
    bool ok = !raw || h->pieces[PIECE_SITE].raw_size == h->count * width;
    if (!raw)
        memset(o->letters, 0, h->count * sizeof *o->letters);
    ok = ok && (raw ? widen(o->letters, raw, h->count, width) : 0) < h->site_count;
    free(raw);
    return ok || err_set(err, "its column of sites is wrong");
}

bool block_opened_read(struct block_opened *o, u32 columns, struct err *err)
{
    const struct block_head *h = &o->head;
    CHECK(o->has_data, "a block without data");
    if (columns & COLUMN_SITE && !o->has_letters && !(o->has_letters = read_letters(o, err)))
        return false;
    if (columns & COLUMN_SEQ && !o->has_seqs &&
        !(o->has_seqs = block_sums(h, PIECE_SEQ, h->first_seq - 1, 1, 1, o->seqs, err)))
        return false;
    return !(columns & COLUMN_TIME) || o->has_times ||
           (o->has_times = block_sums(h, PIECE_TIME, h->first_time, 0, h->unit, o->times, err));
}
