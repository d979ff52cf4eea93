/* SPDX-License-Identifier: BSD-3-Clause
 * Learning from reference runs (diff/jitter.h). */
#include "diff/jitter.h"
#include "diff/align.h"
#include "diff/pair.h"
#include "diff/values.h"

#include <stdlib.h>

enum { PARTINGS_MOST = 65536, VALUES_MOST = 256 };

/* A set of letters, kept in order. */
static bool add_letter(u64 **letters, u32 *count, u64 letter)
{
    u32 at = 0, high = *count;
    while (at < high) {
        u32 middle = at + (high - at) / 2;
        if ((*letters)[middle] < letter)
            at = middle + 1;
        else
            high = middle;
    }
    if (at < *count && (*letters)[at] == letter)
        return false;
    if (!(*count & (*count - 1))) {
        *letters = realloc(*letters, (*count ? *count * 2 : 1) * sizeof **letters);
        CHECK(*letters, "out of memory");
    }
    memmove(*letters + at + 1, *letters + at, (*count - at) * sizeof **letters);
    (*letters)[at] = letter;
    (*count)++;
    return true;
}

/* What one thread still does when the other has ended varies too. */
static void learn_rest(struct jitter *j, const struct keys *keys, u32 side, u32 thread, u64 place)
{
    struct keys_reader r;
    u64 letters[KEYS_CHUNK], positions[KEYS_CHUNK];
    u32 got;
    keys_reader_init(&r, keys, side, thread, place, UINT64_MAX);
    while ((got = keys_read(&r, letters, positions, NULL)))
        for (u32 i = 0; i < got; i++)
            add_letter(&j->letters, &j->letter_count, letters[i]);
}

static void learn_keys(struct jitter *j, const struct keys *keys, u32 a, u32 b)
{
    struct align_window window = ALIGN_ALL;
    struct align_prefix prefix;
    u64 *left_out = malloc(ALIGN_LEFT_OUT * sizeof *left_out);
    CHECK(left_out, "out of memory");
    for (u32 i = 0; i < PARTINGS_MOST; i++) {
        struct align_meeting m = {.left_out = left_out};
        align_prefix(keys, a, b, &window, &prefix);
        if (prefix.is_equal)
            break;
        align_meet(keys, a, b, &prefix, &window, &m);
        for (u32 k = 0; k < m.left_out_count; k++)
            add_letter(&j->letters, &j->letter_count, left_out[k]);
        j->lost += m.shape == ALIGN_UNKNOWN;
        for (u32 side = 0; side < 2 && m.shape == ALIGN_ENDED; side++)
            learn_rest(j, keys, side, side ? b : a, prefix.side[side].place);
        if (m.position[0] == UINT64_MAX || m.position[1] == UINT64_MAX)
            break;
        memcpy(window.from, m.place, sizeof window.from);
    }
    free(left_out);
}

static void learn_values(struct jitter *j, const struct keys *keys, u32 a, u32 b)
{
    struct align_window window = ALIGN_ALL;
    struct align_prefix prefix;
    align_prefix(keys, a, b, &window, &prefix);
    for (u32 i = 0; i < VALUES_MOST; i++) {
        struct values_search search = {.to = prefix.matched, .varying = j->varying, .varying_count = j->varying_count};
        values_find(keys, a, b, &search);
        if (!search.difference || !add_letter(&j->varying, &j->varying_count, search.call[0].letter))
            break;
    }
}

/* ---- How much. ---- */

/* In order of letter. */
static const struct jitter_site *site_of(const struct jitter_site *sites, u32 count, u64 letter)
{
    u32 low = 0, high = count;
    while (low < high) {
        u32 middle = low + (high - low) / 2;
        if (sites[middle].letter < letter)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && sites[low].letter == letter ? &sites[low] : NULL;
}

static void learn_counts(struct jitter *j, const struct keys *keys, u32 known)
{
    struct jitter_site *sites = calloc(j->letter_count + 1, sizeof *sites);
    CHECK(sites, "out of memory");
    for (u32 i = 0; i < j->letter_count; i++) {
        u64 letter = j->letters[i], count = keys_count(&keys->side[1], letter);
        const struct jitter_site *old = site_of(j->sites, known, letter);
        struct jitter_site *s = &sites[i];
        *s = old ? *old : (struct jitter_site){.letter = letter, .op = (u32)letter, .lr = (u32)(letter >> 32)};
        s->count = keys_count(&keys->side[0], letter);
        s->least = old ? old->least : s->count;
        s->most = old ? old->most : s->count;
        s->least = count < s->least ? count : s->least;
        s->most = count > s->most ? count : s->most;
    }
    free(j->sites);
    j->sites = sites;
}

static void learn_pairs(struct jitter *j, const struct pairing *pairing, const struct keys_choice *choice,
                        void (*learn)(struct jitter *j, const struct keys *keys, u32 a, u32 b))
{
    struct keys keys;
    keys_init(&keys, pairing->a, pairing->b, choice, 0);
    for (u32 i = 0; i < pairing->count; i++)
        if (pairing->pairs[i].a != PAIR_NOBODY && pairing->pairs[i].b != PAIR_NOBODY)
            learn(j, &keys, pairing->pairs[i].a, pairing->pairs[i].b);
    keys_finish(&keys);
}

bool jitter_next_name(const struct cli *cli, struct jitter_names *names)
{
    if (!names->next && !(names->next = names->list = cli_next(cli, "jitter", &names->place)))
        return false;
    size_t size = strcspn(names->next, ",");
    snprintf(names->path, sizeof names->path, "%.*s", size < JITTER_PATH ? (int)size : 0, names->next);
    names->next = names->next[size] ? names->next + size + 1 : NULL;
    return true;
}

bool jitter_check_lists(const struct cli *cli, struct err *err)
{
    struct jitter_names names = {0};
    while (jitter_next_name(cli, &names))
        if (!names.path[0])
            return err_set(err, "--jitter %.200s: expected journals with commas between", names.list);
    return true;
}

bool jitter_is_reference(struct run *a, struct run *reference, struct err *err)
{
    static const char *const keys[][2] = {{"engine", "engine"}, {"engine.build", "build"}, {"title.hash", "title"}};
    for (u32 i = 0; i < countof(keys); i++) {
        const char *x = journal_get(run_journal(a), keys[i][0]);
        const char *y = journal_get(run_journal(reference), keys[i][0]);
        bool is_told = x && y && strcmp(x, "unknown") != 0 && strcmp(y, "unknown") != 0;
        if (is_told && strcmp(x, y) != 0)
            return err_set(err, "--jitter %.400s is of another %s than A (%.100s, A has %.100s): that is no jitter",
                           run_path(reference), keys[i][1], y, x);
    }
    return true;
}

bool jitter_learn(struct jitter *j, struct run *a, const char *path, u32 parts, struct err *err)
{
    struct pairing pairing;
    struct keys keys;
    struct run *reference = run_open(path, err);
    u32 known = j->letter_count;
    if (!reference)
        return false;
    bool ok = jitter_is_reference(a, reference, err) && pair_threads(&pairing, a, reference, NULL, err);
    if (ok) {
        learn_pairs(j, &pairing, &(struct keys_choice){.parts = parts}, learn_keys);
        keys_init(&keys, a, reference, &(struct keys_choice){.parts = parts}, 0);
        learn_counts(j, &keys, known);
        keys_finish(&keys);
        struct keys_choice steady = {.parts = parts, .learnt = j->letters, .learnt_count = j->letter_count};
        learn_pairs(j, &pairing, &steady, learn_values);
        j->runs++;
        pair_finish(&pairing);
    }
    run_close(reference);
    return ok;
}

void jitter_free(struct jitter *j)
{
    free(j->letters);
    free(j->varying);
    free(j->sites);
    *j = (struct jitter){0};
}
