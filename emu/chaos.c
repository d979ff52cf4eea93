/* SPDX-License-Identifier: BSD-3-Clause */
#include "emu/chaos.h"

#include "emu/change.h"

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

/* The order of the draws is part of what a seed means: the length, the places, then who is favoured. */
static void draw_slice(struct engine *e, struct schedule *s)
{
    struct machine *m = e->m;
    u64 shortest = s->length / 8 ? s->length / 8 : 1;
    s->length = shortest + draw(m) % (2 * s->length);
    for (u32 i = HW_THREADS - 1; i > 0; i--) {
        u32 j = (u32)(draw(m) % (i + 1));
        u8 swap = s->order[i];
        s->order[i] = s->order[j];
        s->order[j] = swap;
    }
    for (u32 i = 0; i < HW_THREADS; i++) {
        if (draw(m) % FAVOUR_ODDS == 0)
            s->favoured[i] = nth_ready(m, &m->hw[i], draw(m) % 8);
    }
}

void chaos_slice(struct engine *e)
{
    struct machine *m = e->m;
    struct schedule s = {.length = m->config.slice_ticks, .order = {0, 1, 2, 3, 4, 5}};
    change_chaos(e);
    if (!change_schedule(e, &s) && m->config.chaos_seed)
        draw_slice(e, &s);
    m->slice_end = m->tick + s.length;
    memcpy(m->hw_order, s.order, HW_THREADS);
    for (u32 i = 0; i < HW_THREADS; i++)
        m->hw[i].favoured = s.favoured[i];
}
