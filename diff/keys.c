/* SPDX-License-Identifier: BSD-3-Clause
 * Letters of two runs (diff/keys.h). */
#include "diff/keys.h"
#include "schema/role.h"

#include <stdlib.h>

bool keys_read_parts(const char *text, u32 *parts, struct err *err)
{
    if (!strcmp(text, "op,lr"))
        *parts = KEY_OP | KEY_LR;
    else if (!strcmp(text, "op"))
        *parts = KEY_OP;
    else
        return err_set(err, "--key %s: expected op,lr or op", text);
    return true;
}

/* ---- Letters. ---- */

static u64 letter_of(const struct run_site *site, u32 parts)
{
    return (u64)(parts & KEY_LR ? site->lr : 0) << 32 | site->op;
}

static bool is_learnt(const struct keys_choice *choice, u64 key)
{
    u32 low = 0, high = choice->learnt_count;
    while (low < high) {
        u32 middle = low + (high - low) / 2;
        if (choice->learnt[middle] < key)
            low = middle + 1;
        else
            high = middle;
    }
    return low < choice->learnt_count && choice->learnt[low] == key;
}

static u8 skip_of(const struct run_site *site, const struct keys_choice *choice, u32 steady)
{
    if (!site->is_key)
        return KEY_NO_KEY;
    if (site->noise && !(steady >> site->noise & 1))
        return KEY_NOISE;
    if (site->declared)
        return KEY_DECLARED;
    if (choice->only_producers && !role_is_producer(role_of(site->op).role))
        return KEY_UNWANTED;
    return is_learnt(choice, site->key) ? KEY_LEARNT : KEY_TAKEN;
}

static void init_side(struct keys *keys, u32 side, struct run *run, const struct keys_choice *choice)
{
    u32 count = run_site_count(run);
    struct keys_side *s = &keys->side[side];
    *s = (struct keys_side){run, calloc(count + 1, sizeof *s->letter), calloc(count + 1, 1)};
    CHECK(s->letter && s->skip, "out of memory");
    for (u32 i = 0; i < count; i++) {
        s->letter[i] = letter_of(run_site(run, i), choice->parts);
        s->skip[i] = skip_of(run_site(run, i), choice, keys->steady);
    }
}

void keys_init(struct keys *keys, struct run *a, struct run *b, const struct keys_choice *choice, u32 steady)
{
    *keys = (struct keys){.parts = choice->parts, .steady = steady};
    keys->is_plain = choice->parts == (KEY_OP | KEY_LR) && !choice->only_producers && !choice->learnt_count && !steady;
    init_side(keys, 0, a, choice);
    init_side(keys, 1, b, choice);
}

void keys_finish(struct keys *keys)
{
    for (u32 i = 0; i < 2; i++) {
        free(keys->side[i].letter);
        free(keys->side[i].skip);
    }
    *keys = (struct keys){0};
}

/* ---- Reading. ---- */

void keys_reader_init(struct keys_reader *r, const struct keys *keys, u32 side, u32 thread, u64 place,
                      u64 last_position)
{
    *r = (struct keys_reader){
        .keys = keys, .side = side, .thread = thread, .next = place, .last_position = last_position};
}

/* A place is an ordinal among the keys without noise. */
static u32 read_quiet(struct keys_reader *r, u64 *letters, u64 *positions, u64 *places)
{
    const struct keys_side *s = &r->keys->side[r->side];
    u32 sites[KEYS_CHUNK], taken = 0;
    u64 at[KEYS_CHUNK];
    u64 found = run_keys(s->run, r->thread, r->next, true, sites, at, KEYS_CHUNK, &r->damage);
    r->ended = found < KEYS_CHUNK;
    for (u64 i = 0; i < found; i++) {
        if (at[i] > r->last_position) {
            r->ended = true;
            break;
        }
        if (s->skip[sites[i]] != KEY_TAKEN)
            continue;
        letters[taken] = s->letter[sites[i]];
        positions[taken] = at[i];
        if (places)
            places[taken] = r->next + i;
        taken++;
    }
    r->next += found;
    return taken;
}

/* A place is a position: some noise takes part. */
static u32 read_all(struct keys_reader *r, u64 *letters, u64 *positions, u64 *places)
{
    const struct keys_side *s = &r->keys->side[r->side];
    struct run_span span = {0};
    u32 taken = 0, i = 0;
    r->ended = !run_read(s->run, r->thread, r->next, &span, &r->damage) || !span.count;
    for (; i < span.count && taken < KEYS_CHUNK; i++) {
        if (span.position + i > r->last_position) {
            r->ended = true;
            break;
        }
        if (s->skip[span.site[i]] != KEY_TAKEN)
            continue;
        letters[taken] = s->letter[span.site[i]];
        positions[taken] = span.position + i;
        if (places)
            places[taken] = span.position + i;
        taken++;
    }
    r->next = span.position + i;
    return taken;
}

u32 keys_read(struct keys_reader *r, u64 *letters, u64 *positions, u64 *places)
{
    u32 taken = 0;
    while (!taken && !r->ended)
        taken = r->keys->steady ? read_all(r, letters, positions, places) : read_quiet(r, letters, positions, places);
    return taken;
}
