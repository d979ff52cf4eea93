/* SPDX-License-Identifier: BSD-3-Clause
 * Which noise does not vary (diff/steady.h). */
#include "diff/steady.h"

enum {
    DIFFERING_MOST = 2, /* one call too many makes one stretch differ, two that changed places make two */
    GAPS_EACH = 8,      /* so many alike for each that differs, or nothing can be said */
};

struct walker {
    struct run *run;
    const struct keys_side *keys;
    u32 thread;
    u64 position, last_position;
    struct run_span span;
    u64 hash[NOISE_CLASSES]; /* of the noise since the last key; 0: none */
};

/* Goes on to the next key that is no noise. False: there is none. */
static bool next_key(struct walker *w, u64 *letter)
{
    struct err err;
    memset(w->hash, 0, sizeof w->hash);
    while (w->position <= w->last_position) {
        if (w->position - w->span.position >= w->span.count)
            if (!run_read(w->run, w->thread, w->position, &w->span, &err) || !w->span.count)
                return false;
        u32 site = w->span.site[w->position++ - w->span.position];
        const struct run_site *s = run_site(w->run, site);
        *letter = w->keys->letter[site];
        if (w->keys->skip[site] == KEY_TAKEN)
            return true;
        if (w->keys->skip[site] == KEY_NOISE)
            w->hash[s->noise] = (w->hash[s->noise] + *letter + 1) * 0x9E3779B97F4A7C15u;
    }
    return false;
}

static void compare(const struct walker *a, const struct walker *b, struct steady *steady)
{
    for (u32 i = NOISE_NONE + 1; i < NOISE_CLASSES; i++) {
        steady->gaps[i] += a->hash[i] || b->hash[i];
        steady->differing[i] += a->hash[i] != b->hash[i];
    }
}

void steady_measure(const struct keys *keys, u32 thread_a, u32 thread_b, const u64 from[2], const u64 last_position[2],
                    bool is_end, struct steady *steady)
{
    struct walker a = {keys->side[0].run, &keys->side[0], thread_a, from[0], last_position[0], {0}, {0}};
    struct walker b = {keys->side[1].run, &keys->side[1], thread_b, from[1], last_position[1], {0}, {0}};
    u64 x, y;
    for (;;) {
        bool more_a = next_key(&a, &x), more_b = next_key(&b, &y);
        if (more_a != more_b || (!more_a && !is_end))
            return;
        compare(&a, &b, steady);
        if (!more_a || x != y)
            return;
    }
}

u32 steady_classes(const struct steady *steady)
{
    u32 classes = 0;
    for (u32 i = NOISE_NONE + 1; i < NOISE_CLASSES; i++)
        if (i != NOISE_CRITICAL_SECTION && steady->differing[i] && steady->differing[i] <= DIFFERING_MOST &&
            steady->gaps[i] >= GAPS_EACH * steady->differing[i])
            classes |= 1u << i;
    return classes;
}
