/* SPDX-License-Identifier: BSD-3-Clause
 * The XMA decoder's registers and contexts. Nothing is decoded yet: a context that is kicked stays as it is, and the
 * user is told once. Its registers are little-endian. */
#include "emu/apu/apu.h"

#include "emu/kernel/heap.h"
#include "emu/memory/memory.h"

/* The contexts lie in physical memory from the first time that somebody asks. */
static u32 contexts(struct engine *e)
{
    struct apu *apu = &e->m->apu;
    if (!apu->xma_contexts)
        apu->xma_contexts = physical_alloc(e, 0, 0x1FFFFFFF, XMA_CONTEXTS * XMA_CONTEXT_SIZE, 256, PAGE_SIZE,
                                           PAGE_COMMITTED | PAGE_READ | PAGE_WRITE);
    return apu->xma_contexts;
}

u32 xma_create(struct engine *e)
{
    struct apu *apu = &e->m->apu;
    u32 base = contexts(e);
    for (u32 i = 0; base && i < XMA_CONTEXTS; i++) {
        if (apu->xma_used[i / 32] & 1u << i % 32)
            continue;
        apu->xma_used[i / 32] |= 1u << i % 32;
        memory_zero(e, base + i * XMA_CONTEXT_SIZE, XMA_CONTEXT_SIZE);
        return base + i * XMA_CONTEXT_SIZE;
    }
    return 0;
}

u32 xma_find(const struct engine *e, u32 address)
{
    const struct apu *apu = &e->m->apu;
    u32 offset = address - apu->xma_contexts;
    u32 i = offset / XMA_CONTEXT_SIZE;
    if (!apu->xma_contexts || i >= XMA_CONTEXTS || offset % XMA_CONTEXT_SIZE)
        return XMA_CONTEXTS;
    return apu->xma_used[i / 32] & 1u << i % 32 ? i : XMA_CONTEXTS;
}

static void clear_context(struct engine *e, u32 i)
{
    struct apu *apu = &e->m->apu;
    apu->xma_kicked[i / 32] &= ~(1u << i % 32);
    apu->xma_locked[i / 32] &= ~(1u << i % 32);
}

void xma_release(struct engine *e, u32 context)
{
    clear_context(e, context);
    e->m->apu.xma_used[context / 32] &= ~(1u << context % 32);
    memory_zero(e, e->m->apu.xma_contexts + context * XMA_CONTEXT_SIZE, XMA_CONTEXT_SIZE);
}

static u32 load(struct engine *e, u32 reg)
{
    struct apu *apu = &e->m->apu;
    u32 physical = 0;
    switch (reg) {
    case XMA_ARRAY:
        memory_physical(contexts(e), &physical);
        return physical;
    case XMA_CURRENT: /* turns, so that who waits for another context to come by goes on */
        apu->xma_current = (apu->xma_current + 1) % XMA_CONTEXTS;
        return apu->xma_current;
    default:
        return 0;
    }
}

u32 xma_load(struct engine *e, u32 reg)
{
    return __builtin_bswap32(load(e, reg));
}

static void kick(struct engine *e, u32 group, u32 bits)
{
    struct apu *apu = &e->m->apu;
    bool first = true;
    for (u32 i = 0; i < XMA_WORDS; i++)
        first = first && !apu->xma_kicked[i];
    if (first && bits)
        engine_note(e,
                    "the title wants XMA sound to be decoded, which is not implemented: its buffers stay as they are");
    apu->xma_kicked[group] |= bits;
    apu->xma_locked[group] &= ~bits;
}

/* Registers come in groups of ten: a bit a context. */
void xma_store(struct engine *e, u32 reg, u32 value)
{
    struct apu *apu = &e->m->apu;
    u32 bits = __builtin_bswap32(value);
    if (reg - XMA_KICK < XMA_WORDS) {
        kick(e, reg - XMA_KICK, bits);
    } else if (reg - XMA_LOCK < XMA_WORDS) {
        apu->xma_locked[reg - XMA_LOCK] |= bits;
        apu->xma_kicked[reg - XMA_LOCK] &= ~bits;
    } else if (reg - XMA_CLEAR < XMA_WORDS) {
        for (u32 i = 0; i < 32; i++) {
            if (bits & 1u << i)
                clear_context(e, (reg - XMA_CLEAR) * 32 + i);
        }
    }
}
