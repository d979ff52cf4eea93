/* SPDX-License-Identifier: BSD-3-Clause
 * A block held open (replay/block.h): what was unpacked stays until the next one. */
#include "replay/block_head.h"

#include <stdlib.h>

static void forget(struct block_opened *o)
{
    block_head_free(&o->head);
    o->head = (struct block_head){0};
    o->has_data = o->has_letters = false;
}

void block_opened_free(struct block_opened *o)
{
    forget(o);
    buffer_free(&o->head_bytes);
    buffer_free(&o->data_bytes);
    free(o->letters);
    free(o->places);
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
        o->places = realloc(o->places, (o->capacity + 1) * sizeof *o->places);
        CHECK(o->letters && o->places, "out of memory");
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

bool block_opened_read(struct block_opened *o, struct err *err)
{
    CHECK(o->has_data, "a block without data");
    return o->has_letters || (o->has_letters = block_letters(&o->head, o->letters, err));
}
