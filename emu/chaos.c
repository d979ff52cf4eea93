/* SPDX-License-Identifier: BSD-3-Clause */
#include "emu/chaos.h"

enum { FAVOUR_ODDS = 8 };

/* SplitMix64: a counter through a mixing function; the state is one word of the machine. */
static u64 draw(struct machine *m)
{
    u64 z = m->chaos += 0x9E3779B97F4A7C15ull;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
    return z ^ (z >> 31);
}

void chaos_init(struct engine *e)
{
    e->m->chaos = e->m->config.chaos_seed;
}

u64 chaos_slice(struct engine *e)
{
    u64 length = e->m->config.slice_ticks;
    if (e->m->config.chaos_seed == 0)
        return length;
    u64 shortest = length / 8 ? length / 8 : 1;
    return shortest + draw(e->m) % (2 * length);
}

static u32 nth_ready(const struct machine *m, const struct hw *hw, u64 n)
{
    for (;;) {
        for (u32 priority = 0; priority < PRIORITIES; priority++) {
            for (u32 slot = hw->first[priority]; slot; slot = m->threads[slot].next_ready) {
                if (n-- == 0)
                    return slot;
            }
        }
        if (!hw->ready_mask)
            return 0;
    }
}

void chaos_order(struct engine *e)
{
    struct machine *m = e->m;
    for (u32 i = 0; i < HW_THREADS; i++) {
        m->hw_order[i] = (u8)i;
        m->hw[i].favoured = 0;
    }
    if (m->config.chaos_seed == 0)
        return;
    for (u32 i = HW_THREADS - 1; i > 0; i--) {
        u32 j = (u32)(draw(m) % (i + 1));
        u8 swap = m->hw_order[i];
        m->hw_order[i] = m->hw_order[j];
        m->hw_order[j] = swap;
    }
    for (u32 i = 0; i < HW_THREADS; i++) {
        if (draw(m) % FAVOUR_ODDS == 0)
            m->hw[i].favoured = nth_ready(m, &m->hw[i], draw(m) % 8);
    }
}
