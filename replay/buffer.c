/* SPDX-License-Identifier: BSD-3-Clause
 * Growing byte buffers (replay/block.h). */
#include "replay/block.h"

#include <stdlib.h>

void buffer_grow(struct buffer *b, size_t more)
{
    size_t capacity = b->capacity * 2 > b->size + more ? b->capacity * 2 : b->size + more + 256;
    b->data = realloc(b->data, capacity);
    CHECK(b->data, "out of memory");
    b->capacity = capacity;
}

void buffer_add(struct buffer *b, const void *data, size_t size)
{
    if (!size)
        return;
    buffer_reserve(b, size);
    memcpy(b->data + b->size, data, size);
    b->size += size;
}

void buffer_free(struct buffer *b)
{
    free(b->data);
    *b = (struct buffer){0};
}
