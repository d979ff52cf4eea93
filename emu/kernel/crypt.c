/* SPDX-License-Identifier: BSD-3-Clause
 * The guest's bytes for the kernel's cryptography, and its random bytes. */
#include "emu/kernel/crypt.h"
#include "emu/kernel/sync.h"
#include "emu/memory/memory.h"

bool crypt_get(struct kcall *k, u32 address, void *bytes, u32 size)
{
    if (memory_read(k->e, address, bytes, size))
        return true;
    sync_fault(k, FAULT_READ, address);
    return false;
}

bool crypt_put(struct kcall *k, u32 address, const void *bytes, u32 size)
{
    if (memory_write(k->e, address, bytes, size))
        return true;
    sync_fault(k, FAULT_WRITE, address);
    return false;
}

bool crypt_feed(struct kcall *k, u32 address, u32 size, void *context,
                void (*take)(void *context, size_t size, const u8 *bytes))
{
    u8 bytes[CRYPT_CHUNK];
    for (u32 at = 0; at < size;) {
        u32 part = size - at < CRYPT_CHUNK ? size - at : CRYPT_CHUNK;
        if (!crypt_get(k, address + at, bytes, part))
            return false;
        take(context, part, bytes);
        at += part;
    }
    return true;
}

bool crypt_change(struct kcall *k, u32 input, u32 size, u32 output, void *context,
                  void (*change)(void *context, size_t size, u8 *bytes))
{
    u8 bytes[CRYPT_CHUNK];
    for (u32 at = 0; at < size;) {
        u32 part = size - at < CRYPT_CHUNK ? size - at : CRYPT_CHUNK;
        if (!crypt_get(k, input + at, bytes, part))
            return false;
        change(context, part, bytes);
        if (!crypt_put(k, output + at, bytes, part))
            return false;
        at += part;
    }
    return true;
}

/* The machine's own numbers, from the boot's seed: SplitMix64 (Steele, Lea, Flood 2014). */
static u64 next_random(struct machine *m)
{
    u64 z = m->random += 0x9E3779B97F4A7C15ull;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ z >> 27) * 0x94D049BB133111EBull;
    return z ^ z >> 31;
}

bool crypt_random(struct kcall *k, u32 out, u32 size)
{
    u8 bytes[8];
    for (u32 at = 0; at < size; at += 8) {
        store_be64(bytes, next_random(k->m));
        if (!crypt_put(k, out + at, bytes, size - at < 8 ? size - at : 8))
            return false;
    }
    return true;
}

u64 xboxkrnl_XeCryptRandom(struct kcall *k)
{
    crypt_random(k, kcall_u32(k, 0), kcall_u32(k, 1));
    return 0;
}
