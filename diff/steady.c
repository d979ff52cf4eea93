/* SPDX-License-Identifier: BSD-3-Clause
 * Which noise does not vary (diff/steady.h). */
#include "diff/steady.h"

enum {
    DIFFERING_MOST = 2, /* one call too many makes one stretch differ, two that changed places make two */
    GAPS_EACH = 4,      /* stretches for each that differs, or nothing can be said */
};

struct walker {
    struct run *run;
    const struct keys_side *keys;
    u32 thread;
    u64 position, last_position;
    struct run_span span;
    u64 hash[NOISE_CLASSES]; /* of the noise since the last key, by class; 0: none. [NOISE_NONE]: of all but sections */
    u64 sum[NOISE_CLASSES];  /* the same whatever its order */
};

static u64 mix(u64 hash, u64 letter)
{
    return ((hash ^ letter) + 1) * 0x9E3779B97F4A7C15u ^ hash >> 29;
}

static void add(struct walker *w, u32 noise, u64 letter)
{
    w->hash[noise] = mix(w->hash[noise], letter);
    w->sum[noise] += mix(0, letter);
}

/* Goes on to the next key that is no noise. False: there is none. */
static bool next_key(struct walker *w, u64 *letter)
{
    struct err err;
    memset(w->hash, 0, sizeof w->hash);
    memset(w->sum, 0, sizeof w->sum);
    while (w->position <= w->last_position) {
        if (w->position - w->span.position >= w->span.count)
            if (!run_read_some(w->run, w->thread, w->position, COLUMN_SITE, &w->span, &err) || !w->span.count)
                return false;
        u32 site = w->span.site[w->position++ - w->span.position];
        const struct run_site *s = run_site(w->run, site);
        *letter = w->keys->letter[site];
        if (w->keys->skip[site] == KEY_TAKEN)
            return true;
        if (w->keys->skip[site] != KEY_NOISE)
            continue;
        add(w, s->noise, *letter);
        if (s->noise != NOISE_CRITICAL_SECTION)
            add(w, NOISE_NONE, *letter);
    }
    return false;
}

/* before: by class, how much more of it A had in the stretch before. */
static void compare(const struct walker *a, const struct walker *b, bool is_last, u64 before[NOISE_CLASSES],
                    struct steady *steady)
{
    for (u32 i = 0; i < NOISE_CLASSES; i++) {
        u64 more = a->sum[i] - b->sum[i];
        steady->moved[i] += more && more + before[i] == 0;
        before[i] = more;
        steady->gaps[i] += a->hash[i] || b->hash[i];
        steady->differing[i] += a->hash[i] != b->hash[i];
        steady->last[i] += is_last && a->hash[i] != b->hash[i];
    }
}

void steady_measure(const struct keys *keys, u32 thread_a, u32 thread_b, const u64 from[2], const u64 last_position[2],
                    const bool is_end[2], struct steady *steady)
{
    struct walker a = {keys->side[0].run, &keys->side[0], thread_a, from[0], last_position[0], {0}, {0}, {0}};
    struct walker b = {keys->side[1].run, &keys->side[1], thread_b, from[1], last_position[1], {0}, {0}, {0}};
    u64 x, y, before[NOISE_CLASSES] = {0};
    for (;;) {
        bool more_a = next_key(&a, &x), more_b = next_key(&b, &y);
        if ((!more_a && !is_end[0]) || (!more_b && !is_end[1]))
            return;
        bool part = more_a != more_b || (more_a && x != y);
        compare(&a, &b, part, before, steady);
        if (part || !more_a)
            return;
    }
}

static bool has_site(const struct keys_side *side, u64 letter, u32 noise)
{
    for (u32 i = 0; i < run_site_count(side->run); i++)
        if (side->letter[i] == letter && side->skip[i] == KEY_NOISE && run_site(side->run, i)->noise == noise)
            return true;
    return false;
}

/* One run calls from a place from which the other never does: no schedule brings that about. */
static bool has_lonely_site(const struct keys *keys, u32 noise)
{
    for (u32 side = 0; side < 2; side++) {
        const struct keys_side *s = &keys->side[side];
        for (u32 i = 0; i < run_site_count(s->run); i++)
            if (s->skip[i] == KEY_NOISE && run_site(s->run, i)->noise == noise &&
                !has_site(&keys->side[!side], s->letter[i], noise))
                return true;
    }
    return false;
}

static bool is_steady(const struct keys *keys, const struct steady *steady, u32 class)
{
    u64 differing = steady->differing[class] - steady->last[class];
    if (differing > DIFFERING_MOST)
        return false;
    if (differing == 2 && steady->moved[class])
        return true;
    return steady->gaps[class] >= GAPS_EACH * differing || (class && has_lonely_site(keys, class));
}

u32 steady_classes(const struct keys *keys, const struct steady *steady)
{
    u32 classes = 0, differing = 0;
    for (u32 i = NOISE_NONE + 1; i < NOISE_CLASSES; i++) {
        if (i == NOISE_CRITICAL_SECTION || !is_steady(keys, steady, i))
            continue;
        classes |= 1u << i;
        differing |= (u32)(steady->differing[i] > 0) << i;
    }
    /* Their order among each other is evidence only where that does not vary either. */
    if (!is_steady(keys, steady, NOISE_NONE))
        return differing;
    return differing || steady->differing[NOISE_NONE] ? classes : 0;
}
