/* SPDX-License-Identifier: BSD-3-Clause
 * Telling a filter from what a run does not do (diff/unlogged.h). */
#include "diff/unlogged.h"
#include "cli/cli.h"
#include "diff/coverage.h"
#include "diff/keys.h"
#include "diff/map.h"
#include "schema/export.h"

#include <stdio.h>
#include <stdlib.h>
#include <xxhash.h>

enum {
    OPS_MOST = 64,       /* a bit each; those that are called most */
    KEYS_MOST = 1 << 18, /* that are looked at in each run, all threads together ... */
    KEYS_LEAST = 4096,   /* ... and of each thread at least */
    CHUNK = 4096,
    GAP_SITES = 32,
    /* One op: */
    PLACES = 4,
    SITES = 3,
    /* An op of a class that the log has nothing of: */
    CLASS_OPS = 2,
    CLASS_PLACES = 3,
    CLASS_SITES = 2,
    /* A log of chosen ops: so many likely ones, so many that are passed, at so many places in all, and so many times
     * more places than are left. */
    LIST_LIKELY = 3,
    LIST_OPS = 8,
    LIST_PLACES = 8,
    LIST_TIMES = 3,
};

/* ---- Classes. ---- */

enum { CLASS_KINDS = NOISE_CLASSES, CLASSES = CLASS_KINDS + KEYS_FILES + 1 };

static u8 class_of(u32 op)
{
    const struct export *export = export_find(op);
    u8 noise = noise_class(op);
    if (export && strstr(export->name, "CriticalSection"))
        return NOISE_CRITICAL_SECTION; /* making them, too */
    for (u8 kind = KEYS_PRODUCERS; !noise && kind <= KEYS_FILES; kind++)
        if (keys_has_kind(op, kind))
            return (u8)(CLASS_KINDS + kind);
    return noise;
}

static const char *class_name(u8 class)
{
    static const char *const kinds[] = {"", "producer", "wait", "spawn", "file"};
    return class < CLASS_KINDS ? noise_class_name(class) : kinds[class - CLASS_KINDS];
}

/* ---- Which ops one run has and the other never. ---- */

static bool is_call(const struct run_site *site)
{
    return site->kind == EVENT_call && site->is_key;
}

struct counted {
    u32 op;
    u64 count[2];
};

static u32 count_ops(struct run *const run[2], struct counted **ops)
{
    struct map places = {0};
    u32 count = 0;
    *ops = calloc(run_site_count(run[0]) + run_site_count(run[1]) + 1u, sizeof **ops);
    CHECK(*ops, "out of memory");
    for (u32 side = 0; side < 2; side++)
        for (u32 i = 0; i < run_site_count(run[side]); i++) {
            const struct run_site *site = run_site(run[side], i);
            if (!is_call(site))
                continue;
            u32 at = map_get(&places, site->op);
            if (at == MAP_NONE) {
                map_set(&places, site->op, at = count++);
                (*ops)[at].op = site->op;
            }
            (*ops)[at].count[side] += site->count;
        }
    map_free(&places);
    return count;
}

static int by_calls(const void *a, const void *b)
{
    const struct unlogged_op *x = a, *y = b;
    if (x->calls != y->calls)
        return x->calls > y->calls ? -1 : 1;
    return x->op < y->op ? -1 : x->op > y->op;
}

/* Those that `lacks` never has; their place is their bit. */
static u32 find_absent(struct run *const run[2], u32 lacks, struct unlogged_op absent[OPS_MOST])
{
    struct counted *ops;
    u32 all = count_ops(run, &ops), count = 0;
    bool has_class[CLASSES] = {false};
    struct coverage *coverage = coverage_read(run_journal(run[lacks]));
    struct unlogged_op *found = calloc(all + 1u, sizeof *found);
    CHECK(found, "out of memory");
    for (u32 i = 0; i < all; i++) {
        u8 class = class_of(ops[i].op);
        has_class[class] |= ops[i].count[lacks] > 0;
        if (!ops[i].count[lacks] && ops[i].count[!lacks] && coverage_has_op(coverage, ops[i].op))
            found[count++] = (struct unlogged_op){
                .op = ops[i].op, .lacks = (u8)lacks, .class = class, .calls = ops[i].count[!lacks]};
    }
    for (u32 i = 0; i < count; i++)
        for (u32 k = 0; found[i].class && !has_class[found[i].class] && k < count; k++)
            found[i].class_ops += found[k].class == found[i].class;
    if (count)
        qsort(found, count, sizeof *found, by_calls);
    count = count < OPS_MOST ? count : OPS_MOST;
    memcpy(absent, found, count * sizeof *found);
    coverage_destroy(coverage);
    free(found);
    free(ops);
    return count;
}

/* ---- A run's calls without those of one run alone. ---- */

enum { KEPT = -1, DROPPED = -2 };

struct gap {
    const struct run_site *before, *behind;
    u32 numbers[2];       /* the same as sites */
    u64 ops;              /* bits of absent ops between them */
    u32 sites[GAP_SITES]; /* of these ops */
    u32 site_count;
};

/* The first keys of a run's threads, one thread behind the other: several walks are gone along them. */
struct stretch {
    u32 *sites;
    u64 *ends; /* by thread */
    u64 count, capacity;
};

struct walk {
    struct run *run;
    const struct stretch *stretch;
    s32 *mark; /* by site: KEPT, DROPPED, or the absent op's place */
    void (*take)(void *context, const struct gap *gap);
    void *context;
};

static void step(struct walk *w, struct gap *gap, u32 number)
{
    s32 mark = w->mark[number];
    if (mark == DROPPED)
        return;
    if (mark != KEPT) {
        gap->ops |= 1ULL << mark;
        if (gap->site_count < GAP_SITES)
            gap->sites[gap->site_count++] = number;
        return;
    }
    gap->behind = run_site(w->run, number);
    gap->numbers[1] = number;
    if (gap->before && (gap->before->lr || gap->behind->lr))
        w->take(w->context, gap);
    gap->before = gap->behind; /* all of it would be much to clear at each call */
    gap->numbers[0] = number;
    gap->ops = 0;
    gap->site_count = 0;
}

static void walk(struct walk *w)
{
    u64 at = 0;
    for (u32 place = 0; place < run_thread_count(w->run); place++) {
        struct gap gap = {0};
        for (; at < w->stretch->ends[place]; at++)
            step(w, &gap, w->stretch->sites[at]);
    }
}

static void take_keys(struct stretch *s, struct run *run, u32 place, u64 most)
{
    u64 positions[CHUNK], got = CHUNK;
    struct err err;
    for (u64 at = 0; at < most && got == CHUNK; at += got) {
        if (s->capacity < s->count + CHUNK) {
            s->capacity = 2 * s->capacity + CHUNK;
            s->sites = realloc(s->sites, s->capacity * sizeof *s->sites);
            CHECK(s->sites, "out of memory");
        }
        got = run_keys(run, place, at, false, s->sites + s->count, positions, CHUNK, &err);
        s->count += got;
    }
}

static struct stretch stretch_of(struct run *run)
{
    u32 threads = run_thread_count(run);
    u64 most = KEYS_MOST / (threads ? threads : 1);
    struct stretch s = {.ends = malloc((threads + 1u) * sizeof *s.ends)};
    CHECK(s.ends, "out of memory");
    most = most > KEYS_LEAST ? most : KEYS_LEAST;
    for (u32 place = 0; place < threads; place++) {
        take_keys(&s, run, place, most);
        s.ends[place] = s.count;
    }
    return s;
}

static u64 hash_of(const struct gap *gap)
{
    const u64 keys[2] = {gap->before->key, gap->behind->key};
    return XXH3_64bits(keys, sizeof keys);
}

/* ---- Places. ---- */

enum { KNOWN_BITS = 12 };

/* A pair of calls that was come by lately: loops come by few, often. */
struct known {
    u64 pair;
    u32 place; /* and 1; 0: the entry is empty */
};

struct place {
    u64 hash, before;
    u64 ops; /* that are always in between */
};

struct search {
    struct run *run[2]; /* 0 has them, 1 lacks them */
    const struct stretch *stretch[2];
    s32 *mark[2];
    struct unlogged_op *ops;
    u32 count;
    struct map follows, comes_by; /* of the run that lacks them: pairs of calls, and first calls of pairs */
    struct map numbers;           /* of the places, by hash */
    struct place *places;
    u32 place_count, capacity;
    bool *is_passed;     /* by site of the run that has them */
    struct known *known; /* of the run at hand */
};

static u64 pair_of(const struct gap *gap)
{
    return (u64)gap->numbers[0] << 32 | gap->numbers[1];
}

static struct known *known_at(const struct search *s, const struct gap *gap)
{
    return &s->known[pair_of(gap) * 0x9E3779B97F4A7C15u >> (64 - KNOWN_BITS)];
}

static bool is_known(const struct known *known, const struct gap *gap)
{
    return known->place && known->pair == pair_of(gap);
}

static void take_lacking(void *context, const struct gap *gap)
{
    struct search *s = context;
    struct known *known = known_at(s, gap);
    if (is_known(known, gap))
        return;
    map_set(&s->follows, hash_of(gap), 0);
    map_set(&s->comes_by, gap->before->key, 0);
    *known = (struct known){pair_of(gap), 1};
}

static struct place *place_of(struct search *s, const struct gap *gap)
{
    struct known *known = known_at(s, gap);
    if (!is_known(known, gap)) {
        u32 at = map_get(&s->numbers, hash_of(gap));
        if (at == MAP_NONE)
            return NULL;
        *known = (struct known){pair_of(gap), at + 1};
    }
    return &s->places[known->place - 1];
}

static void take_having(void *context, const struct gap *gap)
{
    struct search *s = context;
    struct place *place = place_of(s, gap);
    if (place) {
        place->ops &= gap->ops;
        return;
    }
    if (s->place_count == s->capacity) {
        s->capacity = s->capacity ? s->capacity * 2 : 1024;
        s->places = realloc(s->places, s->capacity * sizeof *s->places);
        CHECK(s->places, "out of memory");
    }
    u64 hash = hash_of(gap);
    map_set(&s->numbers, hash, s->place_count);
    s->places[s->place_count++] = (struct place){hash, gap->before->key, gap->ops};
}

static bool passes(const struct search *s, const struct place *place)
{
    return map_get(&s->follows, place->hash) != MAP_NONE;
}

/* The second look: which of the ops' call sites lie at places that are passed. */
static void take_sites(void *context, const struct gap *gap)
{
    struct search *s = context;
    if (!gap->ops)
        return;
    const struct place *place = place_of(s, gap);
    for (u32 i = 0; i < gap->site_count && passes(s, place); i++)
        if (place->ops >> s->mark[0][gap->sites[i]] & 1)
            s->is_passed[gap->sites[i]] = true;
}

static void judge(struct search *s)
{
    u64 of_class[CLASSES] = {0};
    for (u32 i = 0; i < s->count; i++)
        of_class[s->ops[i].class] |= 1ULL << i;
    for (u32 i = 0; i < s->count; i++) {
        struct unlogged_op *op = &s->ops[i];
        u64 class = op->class_ops ? of_class[op->class] : 0;
        for (u32 k = 0; k < s->place_count; k++) {
            const struct place *p = &s->places[k];
            bool is_passed = passes(s, p), is_left = !is_passed && map_get(&s->comes_by, p->before) != MAP_NONE;
            op->passed += (p->ops >> i & 1) && is_passed;
            op->left += (p->ops >> i & 1) && is_left;
            op->class_passed += (p->ops & class) && is_passed;
            op->class_left += (p->ops & class) && is_left;
        }
        for (u32 k = 0; k < run_site_count(s->run[0]); k++) {
            op->sites += s->is_passed[k] && s->mark[0][k] == (s32)i;
            op->class_sites += s->is_passed[k] && (class >> s->mark[0][k] & 1);
        }
        op->is_likely = (op->passed >= PLACES && op->sites >= SITES && op->passed > op->left) ||
                        (op->class_ops >= CLASS_OPS && op->class_passed >= CLASS_PLACES &&
                         op->class_sites >= CLASS_SITES && op->class_passed > op->class_left);
    }
}

/* A log of chosen ops: what else it lacks may be left out too, but for what the run goes another way at. */
static void judge_list(struct search *s)
{
    u32 likely = 0, absent = 0, passed = 0, left = 0;
    for (u32 i = 0; i < s->count; i++) {
        likely += s->ops[i].is_likely;
        absent += s->ops[i].passed > s->ops[i].left;
    }
    for (u32 k = 0; k < s->place_count; k++) {
        const struct place *p = &s->places[k];
        passed += p->ops && passes(s, p);
        left += p->ops && !passes(s, p) && map_get(&s->comes_by, p->before) != MAP_NONE;
    }
    if (likely < LIST_LIKELY || absent < LIST_OPS || passed < LIST_PLACES || passed < LIST_TIMES * left)
        return;
    for (u32 i = 0; i < s->count; i++) {
        s->ops[i].is_listed = !s->ops[i].is_likely && s->ops[i].left <= s->ops[i].passed;
        s->ops[i].is_likely |= s->ops[i].is_listed;
    }
}

/* What only one run has is no place's end. But a call that one run has at the very LR of the other's op is that op, by
 * another name: so it stays, and between these two nothing is left out. */
static void mark_sites(struct search *s)
{
    struct map ops[2] = {{0}, {0}}, lrs = {0};
    for (u32 side = 0; side < 2; side++)
        for (u32 i = 0; i < run_site_count(s->run[side]); i++)
            if (is_call(run_site(s->run[side], i)))
                map_set(&ops[side], run_site(s->run[side], i)->op, 0);
    for (u32 i = 0; i < s->count; i++)
        map_set(&ops[0], s->ops[i].op, i + 1);
    for (u32 side = 0; side < 2; side++) {
        s->mark[side] = calloc(run_site_count(s->run[side]) + 1u, sizeof *s->mark[side]);
        CHECK(s->mark[side], "out of memory");
        for (u32 i = 0; i < run_site_count(s->run[side]); i++) {
            const struct run_site *site = run_site(s->run[side], i);
            u32 number = map_get(&ops[0], site->op);
            bool is_common = map_get(&ops[!side], site->op) != MAP_NONE;
            if (!side && number != MAP_NONE && number)
                map_set(&lrs, site->lr, 0);
            bool is_other_name = side && site->lr && map_get(&lrs, site->lr) != MAP_NONE;
            s->mark[side][i] = !side && number != MAP_NONE && number           ? (s32)number - 1
                               : is_call(site) && (is_common || is_other_name) ? KEPT
                                                                               : DROPPED;
        }
    }
    map_free(&ops[0]);
    map_free(&ops[1]);
    map_free(&lrs);
}

static void look(struct search *s)
{
    mark_sites(s);
    struct walk lacking = {s->run[1], s->stretch[1], s->mark[1], take_lacking, s};
    struct walk having = {s->run[0], s->stretch[0], s->mark[0], take_having, s};
    s->is_passed = calloc(run_site_count(s->run[0]) + 1u, sizeof *s->is_passed);
    s->known = calloc(1 << KNOWN_BITS, sizeof *s->known);
    CHECK(s->is_passed && s->known, "out of memory");
    walk(&lacking);
    memset(s->known, 0, sizeof *s->known << KNOWN_BITS);
    walk(&having);
    having.take = take_sites;
    walk(&having);
    judge(s);
    judge_list(s);
    map_free(&s->follows);
    map_free(&s->comes_by);
    map_free(&s->numbers);
    free(s->places);
    free(s->is_passed);
    free(s->known);
    free(s->mark[0]);
    free(s->mark[1]);
}

void unlogged_find(struct unlogged *u, struct run *a, struct run *b)
{
    struct stretch stretch[2] = {{0}, {0}};
    *u = (struct unlogged){.run = {a, b}};
    u->ops = calloc(2 * OPS_MOST, sizeof *u->ops);
    CHECK(u->ops, "out of memory");
    for (u32 lacks = 0; lacks < 2; lacks++) {
        struct search s = {.run = {u->run[!lacks], u->run[lacks]},
                           .stretch = {&stretch[!lacks], &stretch[lacks]},
                           .ops = u->ops + u->count};
        if (coverage_is_recording(run_journal(u->run[lacks])))
            continue;
        s.count = find_absent(u->run, lacks, s.ops);
        for (u32 side = 0; s.count && side < 2; side++)
            if (!stretch[side].ends)
                stretch[side] = stretch_of(u->run[side]);
        if (s.count)
            look(&s);
        u->count += s.count;
    }
    for (u32 side = 0; side < 2; side++) {
        free(stretch[side].sites);
        free(stretch[side].ends);
    }
}

void unlogged_free(struct unlogged *u)
{
    free(u->ops);
    *u = (struct unlogged){0};
}

const struct unlogged_op *unlogged_of(const struct unlogged *u, u32 lacks, u32 op)
{
    for (u32 i = 0; i < u->count; i++)
        if (u->ops[i].op == op && u->ops[i].lacks == lacks)
            return &u->ops[i];
    return NULL;
}

bool unlogged_tell(const struct unlogged_op *op, char text[UNLOGGED_REASON])
{
    char class[64] = "", against[48] = "";
    bool by_class = op->class_ops >= CLASS_OPS;
    u32 passed = by_class ? op->class_passed : op->passed, left = by_class ? op->class_left : op->left;
    *text = 0;
    if (op->is_listed)
        snprintf(text, UNLOGGED_REASON, "%s lacks many ops that it must call, so its log is of chosen ones",
                 op->lacks ? "B" : "A");
    if (!passed || op->is_listed)
        return *text != 0;
    if (by_class)
        snprintf(class, sizeof class, ", nor any %s op", class_name(op->class));
    if (left)
        snprintf(against, sizeof against, "; at %u it goes elsewhere", left);
    snprintf(text, UNLOGGED_REASON, "%s never has it%s, and goes on alike without at %u place%s%s%s",
             op->lacks ? "B" : "A", class, passed, cli_plural(passed), against,
             op->is_likely ? ": not called or not logged?" : "");
    return true;
}
