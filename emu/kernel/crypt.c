/* SPDX-License-Identifier: BSD-3-Clause
 * Cryptography: SHA-1 and random bytes. XECRYPT_SHA_STATE in guest memory is {u32 bytes so far, u32 state[5], u8
 * block[64]}, as the console's. */
#include "emu/kernel/kcall.h"
#include "emu/kernel/sync.h"
#include "emu/memory/memory.h"

#include <nettle/sha1.h>

enum { CHUNK = 0x1000, STATE_SIZE = 88 };

static bool load(struct kcall *k, u32 address, struct sha1_ctx *sha)
{
    u8 bytes[STATE_SIZE];
    if (!memory_read(k->e, address, bytes, sizeof bytes))
        return false;
    sha1_init(sha);
    sha->count = load_be32(bytes) / SHA1_BLOCK_SIZE;
    sha->index = load_be32(bytes) % SHA1_BLOCK_SIZE;
    for (u32 i = 0; i < 5; i++)
        sha->state[i] = load_be32(bytes + 4 + i * 4);
    memcpy(sha->block, bytes + 24, SHA1_BLOCK_SIZE);
    return true;
}

static bool save(struct kcall *k, u32 address, const struct sha1_ctx *sha)
{
    u8 bytes[STATE_SIZE];
    store_be32(bytes, (u32)(sha->count * SHA1_BLOCK_SIZE + sha->index));
    for (u32 i = 0; i < 5; i++)
        store_be32(bytes + 4 + i * 4, sha->state[i]);
    memset(bytes + 24, 0, SHA1_BLOCK_SIZE);
    memcpy(bytes + 24, sha->block, sha->index);
    return memory_write(k->e, address, bytes, sizeof bytes);
}

/* False: the guest's bytes cannot be read; a fault is set. */
static bool update(struct kcall *k, struct sha1_ctx *sha, u32 address, u32 size)
{
    u8 bytes[CHUNK];
    for (u32 at = 0; at < size;) {
        u32 part = size - at < CHUNK ? size - at : CHUNK;
        if (!memory_read(k->e, address + at, bytes, part)) {
            sync_fault(k, FAULT_READ, address + at);
            return false;
        }
        sha1_update(sha, part, bytes);
        at += part;
    }
    return true;
}

static u64 give_digest(struct kcall *k, struct sha1_ctx *sha, u32 out, u32 size)
{
    u8 digest[SHA1_DIGEST_SIZE];
    sha1_digest(sha, sizeof digest, digest);
    u32 part = size < sizeof digest ? size : (u32)sizeof digest;
    return memory_write(k->e, out, digest, part) ? 0 : sync_fault(k, FAULT_WRITE, out);
}

u64 xboxkrnl_XeCryptShaInit(struct kcall *k)
{
    struct sha1_ctx sha;
    sha1_init(&sha);
    return save(k, kcall_u32(k, 0), &sha) ? 0 : sync_fault(k, FAULT_WRITE, kcall_u32(k, 0));
}

u64 xboxkrnl_XeCryptShaUpdate(struct kcall *k)
{
    struct sha1_ctx sha;
    if (!load(k, kcall_u32(k, 0), &sha))
        return sync_fault(k, FAULT_READ, kcall_u32(k, 0));
    if (update(k, &sha, kcall_u32(k, 1), kcall_u32(k, 2)))
        save(k, kcall_u32(k, 0), &sha);
    return 0;
}

u64 xboxkrnl_XeCryptShaFinal(struct kcall *k)
{
    struct sha1_ctx sha;
    if (!load(k, kcall_u32(k, 0), &sha))
        return sync_fault(k, FAULT_READ, kcall_u32(k, 0));
    return give_digest(k, &sha, kcall_u32(k, 1), kcall_u32(k, 2));
}

u64 xboxkrnl_XeCryptSha(struct kcall *k)
{
    struct sha1_ctx sha;
    sha1_init(&sha);
    for (u32 i = 0; i < 6; i += 2)
        if (kcall_u32(k, i) && !update(k, &sha, kcall_u32(k, i), kcall_u32(k, i + 1)))
            return 0;
    return give_digest(k, &sha, kcall_u32(k, 6), kcall_u32(k, 7));
}

/* The machine's own numbers, from the boot's seed: SplitMix64 (Steele, Lea, Flood 2014). */
static u64 next_random(struct machine *m)
{
    u64 z = m->random += 0x9E3779B97F4A7C15ull;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ z >> 27) * 0x94D049BB133111EBull;
    return z ^ z >> 31;
}

u64 xboxkrnl_XeCryptRandom(struct kcall *k)
{
    u32 out = kcall_u32(k, 0);
    u32 size = kcall_u32(k, 1);
    u8 bytes[8];
    for (u32 at = 0; at < size; at += 8) {
        store_be64(bytes, next_random(k->m));
        if (!memory_write(k->e, out + at, bytes, size - at < 8 ? size - at : 8))
            return sync_fault(k, FAULT_WRITE, out + at);
    }
    return 0;
}
