/* SPDX-License-Identifier: BSD-3-Clause
 * The state hash of struct machine: its parts in order, pools only up to the last slot ever used (the rest is zero). */
#include "emu/memory/memory.h"
#include "emu/vfs/vfs.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

struct part {
    const void *data;
    size_t size;
};

/* The plain parts of struct machine; the file system hashes its own (vfs_hash). */
static u32 machine_parts(const struct machine *m, struct part *part)
{
    u32 n = 0;
    part[n++] = (struct part){m, offsetof(struct machine, vfs)};
    part[n++] = (struct part){m->tls_used, sizeof m->tls_used};
    part[n++] = (struct part){m->threads, (m->thread_pool.high + 1) * sizeof m->threads[0]};
    part[n++] = (struct part){m->objects, (m->object_pool.high + 1) * sizeof m->objects[0]};
    part[n++] = (struct part){m->handles, (m->handle_pool.high + 1) * sizeof m->handles[0]};
    part[n++] = (struct part){m->apcs, (m->apc_pool.high + 1) * sizeof m->apcs[0]};
    part[n++] = (struct part){m->sites, sizeof m->sites};
    part[n++] = (struct part){m->object_hash, sizeof m->object_hash};
    part[n++] = (struct part){m->physical, sizeof m->physical};
    part[n++] = (struct part){m->page, sizeof m->page};
    return n;
}

static u64 hash_machine(struct engine *e)
{
    struct part part[16];
    u64 digest[17];
    u32 n = machine_parts(e->m, part);
    for (u32 i = 0; i < n; i++)
        digest[i] = XXH3_64bits(part[i].data, part[i].size);
    digest[n++] = vfs_hash(e);
    return XXH3_64bits(digest, n * sizeof digest[0]);
}

u64 machine_hash(struct engine *e, u64 *memory, u64 *machine)
{
    u64 both[2] = {memory_hash(e), hash_machine(e)};
    if (memory)
        *memory = both[0];
    if (machine)
        *machine = both[1];
    return XXH3_64bits(both, sizeof both);
}
