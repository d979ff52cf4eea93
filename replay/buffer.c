/* SPDX-License-Identifier: BSD-3-Clause
 * Growing byte buffers and the running hash over alignment keys (replay/block.h). */
#include "replay/block.h"
#include "replay/hash.h"

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

/* Keys are gathered: hashing them one by one costs three times as much. */
struct key_hash {
    XXH3_state_t *state;
    u32 size;
    u8 bytes[1024];
};

struct key_hash *key_hash_create(void)
{
    struct key_hash *hash = malloc(sizeof *hash);
    CHECK(hash, "out of memory");
    hash->state = XXH3_createState();
    CHECK(hash->state, "out of memory");
    hash->size = 0;
    XXH3_64bits_reset(hash->state);
    return hash;
}

void key_hash_destroy(struct key_hash *hash)
{
    if (!hash)
        return;
    XXH3_freeState(hash->state);
    free(hash);
}

static void flush(struct key_hash *hash)
{
    XXH3_64bits_update(hash->state, hash->bytes, hash->size);
    hash->size = 0;
}

void key_hash_add(struct key_hash *hash, const struct event *event)
{
    const struct event_type *type = event_type(event->kind);
    if (!type || type->class != EVENT_CLASS_KEY)
        return;
    store_le64(hash->bytes + hash->size, (u64)event->lr << 32 | event->op);
    hash->size += 8;
    if (hash->size == sizeof hash->bytes)
        flush(hash);
}

u64 key_hash_value(struct key_hash *hash)
{
    flush(hash);
    return XXH3_64bits_digest(hash->state);
}
