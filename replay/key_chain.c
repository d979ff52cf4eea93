/* SPDX-License-Identifier: BSD-3-Clause
 * Running hashes over keys (replay/key_chain.h). */
#include "replay/key_chain.h"
#include "replay/hash.h"

#include <stdlib.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "keys are hashed as they lie in memory");

void key_chain_add(struct key_chain *chain, u64 key)
{
    if (unlikely(chain->pending == chain->capacity)) {
        chain->capacity = chain->capacity ? chain->capacity * 2 : 64;
        chain->keys = realloc(chain->keys, chain->capacity * sizeof *chain->keys);
        CHECK(chain->keys, "out of memory");
    }
    chain->keys[chain->pending++] = key;
    if (chain->pending < JOURNAL_MARK)
        return;
    chain->hash = key_chain_value(chain);
    chain->pending = 0;
    u8 mark[8];
    store_le64(mark, chain->hash);
    buffer_add(&chain->marks, mark, sizeof mark);
}

void key_chain_restore(struct key_chain *chain, u64 hash, const u64 *keys, u32 count)
{
    CHECK(count < JOURNAL_MARK && !chain->pending, "%u keys behind a mark", count);
    chain->hash = hash;
    for (u32 i = 0; i < count; i++)
        key_chain_add(chain, keys[i]);
}

u64 key_chain_value(const struct key_chain *chain)
{
    return chain->pending ? hash_bytes_seeded(chain->keys, chain->pending * sizeof *chain->keys, chain->hash)
                          : chain->hash;
}

void key_chain_free(struct key_chain *chain)
{
    free(chain->keys);
    buffer_free(&chain->marks);
    *chain = (struct key_chain){0};
}
