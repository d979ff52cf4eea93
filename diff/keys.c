/* SPDX-License-Identifier: BSD-3-Clause
 * Letters of two runs (diff/keys.h). */
#include "diff/keys.h"
#include "diff/symbols.h"
#include "schema/role.h"

#include <stdlib.h>

static u32 part_by_name(const char *text, size_t size)
{
    static const struct {
        const char *name;
        u32 part;
    } parts[] = {{"op", KEY_OP},          {"lr", KEY_LR},         {"fn", KEY_FUNCTION},
                 {"args", KEY_ARGUMENTS}, {"result", KEY_RESULT}, {"rv", KEY_RESULT}};
    for (size_t i = 0; i < countof(parts); i++)
        if (strlen(parts[i].name) == size && !memcmp(parts[i].name, text, size))
            return parts[i].part;
    return 0;
}

bool keys_read_parts(const char *text, u32 *parts, struct err *err)
{
    u32 all = 0;
    for (const char *p = text; *p; p += *p == ',') {
        size_t size = strcspn(p, ",");
        u32 part = part_by_name(p, size);
        if (!part)
            return err_set(err, "--key %s: expected op, lr, fn, args, result, with commas between", text);
        all |= part;
        p += size;
    }
    if (!(all & KEY_OP))
        return err_set(err, "--key %s: op must be among them", text);
    *parts = all;
    return true;
}

bool keys_read_kind(const char *text, u8 *kind, struct err *err)
{
    static const char *const names[] = {"call", "producer", "wait", "spawn", "file"};
    for (u8 i = 0; i < countof(names); i++)
        if (!strcmp(text, names[i])) {
            *kind = i;
            return true;
        }
    return err_set(err, "%s: expected call, producer, wait, spawn or file", text);
}

bool keys_has_kind(u32 op, u8 kind)
{
    u8 role = role_of(op).role;
    switch (kind) {
    case KEYS_PRODUCERS:
        return role_is_producer(role);
    case KEYS_WAITS:
        return role == ROLE_WAIT || role == ROLE_SIGNAL_AND_WAIT || role == ROLE_DELAY;
    case KEYS_SPAWNS:
        return role == ROLE_SPAWN || role == ROLE_RESUME || role == ROLE_EXIT;
    case KEYS_FILES:
        return role >= ROLE_OPEN && role <= ROLE_INFORM;
    default:
        return true;
    }
}

/* ---- Letters. ---- */

static u64 letter_of(struct run *run, const struct run_site *site, u32 parts)
{
    struct symbols_function function = {.start = site->lr};
    if (parts & KEY_FUNCTION && site->lr)
        symbols_function(symbols_open(run_journal(run)), site->lr - 4, &function);
    return (u64)(parts & (KEY_LR | KEY_FUNCTION) ? function.start : 0) << 32 | site->op;
}

bool keys_contains(const u64 *letters, u32 count, u64 letter)
{
    u32 low = 0, high = count;
    while (low < high) {
        u32 middle = low + (high - low) / 2;
        if (letters[middle] < letter)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && letters[low] == letter;
}

u64 keys_count(const struct keys_side *side, u64 letter)
{
    u64 count = 0;
    for (u32 i = 0; i < run_site_count(side->run); i++)
        if (side->skip[i] != KEY_NO_KEY && side->letter[i] == letter)
            count += run_site(side->run, i)->count;
    return count;
}

static u8 skip_of(const struct run_site *site, u64 letter, const struct keys_choice *choice, u32 steady)
{
    if (!site->is_key)
        return KEY_NO_KEY;
    if (site->noise && !(steady >> site->noise & 1))
        return KEY_NOISE;
    if (site->declared)
        return KEY_DECLARED;
    if (!keys_has_kind(site->op, choice->kind))
        return KEY_UNWANTED;
    return keys_contains(choice->learnt, choice->learnt_count, letter) ? KEY_LEARNT : KEY_TAKEN;
}

static void init_side(struct keys *keys, u32 side, struct run *run, const struct keys_choice *choice)
{
    u32 count = run_site_count(run);
    struct keys_side *s = &keys->side[side];
    *s = (struct keys_side){run, calloc(count + 1, sizeof *s->letter), calloc(count + 1, 1)};
    CHECK(s->letter && s->skip, "out of memory");
    for (u32 i = 0; i < count; i++) {
        s->letter[i] = letter_of(run, run_site(run, i), choice->parts);
        s->skip[i] = skip_of(run_site(run, i), s->letter[i], choice, keys->steady);
    }
}

void keys_init(struct keys *keys, struct run *a, struct run *b, const struct keys_choice *choice, u32 steady)
{
    *keys = (struct keys){.parts = choice->parts, .steady = steady};
    keys->is_plain =
        choice->parts & KEY_LR && !(choice->parts & KEY_FUNCTION) && !choice->kind && !choice->learnt_count && !steady;
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
    r->ended = !run_read_some(s->run, r->thread, r->next, COLUMN_SITE, &span, &r->damage) || !span.count;
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
