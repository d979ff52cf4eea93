/* SPDX-License-Identifier: BSD-3-Clause
 * Identity by origin: names of threads and objects that are the same in every run and engine. A thread is named by its
 * parent's lineage, its entry and how many-th spawn of that entry by that parent it is; an object by its creator's
 * lineage, the calling site and how many-th there. */
#include "emu/kernel/object.h"

#include <xxhash.h>

enum site_kind { SITE_OBJECT = 1, SITE_THREAD = 2 };

static u64 hash_words(u64 a, u64 b, u64 c)
{
    u8 bytes[24];
    store_be64(bytes, a);
    store_be64(bytes + 8, b);
    store_be64(bytes + 16, c);
    return XXH3_64bits(bytes, sizeof bytes);
}

/* How many came from this site before. A full table gives 0 for sites it has no room for: their identities coincide. */
static u32 site_count(struct machine *m, u64 lineage, u32 place, enum site_kind kind)
{
    u64 key = hash_words(lineage, place, kind) | 1;
    for (u32 i = 0; i < SITES_MAX; i++) {
        struct site *site = &m->sites[(key + i) % SITES_MAX];
        if (site->key == 0)
            site->key = key;
        if (site->key == key)
            return (u32)site->count++;
    }
    return 0;
}

u64 identity_object(struct engine *e, const struct thread *creator, u32 lr, u32 *ordinal)
{
    u64 lineage = creator ? creator->lineage : 0;
    *ordinal = site_count(e->m, lineage, lr, SITE_OBJECT);
    return hash_words(lineage, lr, *ordinal);
}

u64 identity_thread(struct engine *e, const struct thread *parent, u32 entry, u32 *ordinal)
{
    *ordinal = site_count(e->m, parent ? parent->lineage : 0, entry, SITE_THREAD);
    if (!parent)
        return XXH3_64bits("main", 4);
    return hash_words(parent->lineage, entry, *ordinal);
}
