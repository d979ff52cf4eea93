/* SPDX-License-Identifier: BSD-3-Clause
 * Pairing threads (diff/pair.h): rule after rule, each for what the ones before left. */
#include "diff/pair.h"
#include "diff/spawn.h"
#include "schema/event.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    PROFILE_KEYS = 4096, /* first keys that tell who a thread is */
    LIKENESS_LEAST = 35, /* per cent below which calls are no evidence */
    RIVAL_WITHIN = 2,    /* per cent by which another may be less like, and still be as good */
    CANDIDATES_MOST = 512,
    HINT_KEYS = 8,   /* a thread that calls less does what any other does */
    ROOT_SURE = 85,  /* per cent: the one thread that nothing made, in both runs */
    ROOT_MAKER = 96, /* the same, where both made others and do much the same */
    ROOT_LIKENESS = 50,
    SHARE_LEAST = 50, /* per cent of common calls from which on a hint is given */
    HINT_SURE = 80,   /* per cent: calls alone, against what pairs the threads otherwise */
    SHARE_ODD = 75,   /* a pair with fewer in common may have changed roles with others */
};

const char *pair_how_name(u8 how)
{
    static const char *const names[] = {"none", "map", "machine", "lineage", "spawn", "entry", "calls"};
    return how < countof(names) ? names[how] : "unknown";
}

/* ---- Making pairs. ---- */

static void add(struct pairing *p, u32 a, u32 b, u8 how, u32 confidence)
{
    struct pair *pair = &p->pairs[p->count];
    *pair = (struct pair){.a = a, .b = b, .how = how, .confidence = (u8)confidence};
    if (a != PAIR_NOBODY)
        p->of_a[a] = p->count;
    if (b != PAIR_NOBODY)
        p->of_b[b] = p->count;
    p->count++;
}

static bool is_free(const u32 *of, u32 place)
{
    return of[place] == PAIR_NOBODY;
}

/* "12", or "-" for nobody. */
static bool read_id(const char *text, struct run *run, u32 *place, const char *file, u32 line, struct err *err)
{
    char *end;
    *place = PAIR_NOBODY;
    if (!strcmp(text, "-"))
        return true;
    unsigned long id = strtoul(text, &end, 10);
    *place = *end || id > UINT32_MAX ? PAIR_NOBODY : run_thread_place(run, (u32)id);
    return *place != PAIR_NOBODY || err_set(err, "%s: line %u: %s has no thread %s", file, line, run_path(run), text);
}

static bool read_map_line(struct pairing *p, char *text, const char *file, u32 line, struct err *err)
{
    char a[32], b[32], rest;
    u32 x, y;
    text[strcspn(text, "#\r\n")] = 0;
    int count = sscanf(text, "%31s %31s %c", a, b, &rest);
    if (count < 1)
        return true;
    if (count != 2)
        return err_set(err, "%s: line %u: expected two thread ids, of A and of B (or - for none)", file, line);
    if (!read_id(a, p->a, &x, file, line, err) || !read_id(b, p->b, &y, file, line, err))
        return false;
    if ((x != PAIR_NOBODY && !is_free(p->of_a, x)) || (y != PAIR_NOBODY && !is_free(p->of_b, y)))
        return err_set(err, "%s: line %u: a thread that an earlier line has already", file, line);
    add(p, x, y, PAIR_MAP, 100);
    return true;
}

static bool read_map(struct pairing *p, const char *name, struct err *err)
{
    char text[256];
    FILE *file = name ? fopen(name, "r") : NULL;
    bool ok = file || !name || err_set(err, "%s: cannot be read", name);
    for (u32 line = 1; ok && file && fgets(text, sizeof text, file); line++)
        ok = read_map_line(p, text, name, line, err);
    if (file)
        fclose(file);
    return ok;
}

/* ---- By lineage. ---- */

struct candidate {
    u64 group[3];
    u64 order;
    u32 place;
};

static int by_group(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;
    for (u32 i = 0; i < countof(x->group); i++)
        if (x->group[i] != y->group[i])
            return x->group[i] < y->group[i] ? -1 : 1;
    if (x->order != y->order)
        return x->order < y->order ? -1 : 1;
    return x->place < y->place ? -1 : x->place > y->place;
}

typedef bool describe_fn(struct run *run, const struct run_thread *t, const u32 *of, struct candidate *c);

/* The group of a thread; false: this rule has nothing to say about it. */
static bool describe_lineage(struct run *run, const struct run_thread *t, const u32 *of, struct candidate *c)
{
    (void)run;
    (void)of;
    c->group[0] = t->lineage;
    return t->lineage != 0;
}

static bool describe_child(struct run *run, const struct run_thread *t, const u32 *of, struct candidate *c)
{
    (void)run;
    if (!t->created || t->parent == UINT32_MAX || of[t->parent] == PAIR_NOBODY || !t->entry)
        return false;
    c->group[0] = of[t->parent];
    c->group[1] = t->entry;
    return true;
}

static bool describe_spawn(struct run *run, const struct run_thread *t, const u32 *of, struct candidate *c)
{
    if (!t->created || t->parent == UINT32_MAX || of[t->parent] == PAIR_NOBODY)
        return false;
    struct spawn_site site = spawn_site(run, c->place);
    c->group[0] = of[t->parent];
    c->group[1] = t->entry;
    c->group[2] = (u64)site.lr << 32 | site.op;
    return site.lr != 0;
}

static bool describe_entry(struct run *run, const struct run_thread *t, const u32 *of, struct candidate *c)
{
    (void)run;
    (void)of;
    c->group[0] = t->entry;
    return t->entry != 0;
}

static struct candidate *candidates(struct run *run, const u32 *of, describe_fn *describe, u32 *count)
{
    u32 threads = run_thread_count(run);
    struct candidate *list = malloc((threads + 1) * sizeof *list);
    CHECK(list, "out of memory");
    *count = 0;
    for (u32 i = 0; i < threads; i++) {
        const struct run_thread *t = run_thread(run, i);
        struct candidate c = {.place = i, .order = t->created ? t->created_seq : t->first_seq};
        if (is_free(of, i) && describe(run, t, of, &c))
            list[(*count)++] = c;
    }
    qsort(list, *count, sizeof *list, by_group);
    return list;
}

static int compare_groups(const struct candidate *x, const struct candidate *y)
{
    return memcmp(x->group, y->group, sizeof x->group) ? by_group(x, y) : 0;
}

static u32 group_size(const struct candidate *list, u32 count)
{
    u32 n = 1;
    while (n < count && !memcmp(list[0].group, list[n].group, sizeof list->group))
        n++;
    return n;
}

/* k-th with k-th in each group. Returns how many pairs were made. */
static u32 pair_groups(struct pairing *p, describe_fn *describe, u8 how, u32 sure, u32 unsure)
{
    u32 count_a, count_b, made = 0, i = 0, k = 0;
    struct candidate *a = candidates(p->a, p->of_a, describe, &count_a);
    struct candidate *b = candidates(p->b, p->of_b, describe, &count_b);
    while (i < count_a && k < count_b) {
        int order = compare_groups(&a[i], &b[k]);
        u32 n = order <= 0 ? group_size(a + i, count_a - i) : 0, m = order >= 0 ? group_size(b + k, count_b - k) : 0;
        u32 first = p->count;
        for (u32 at = 0; at < n && at < m; at++, made++) {
            add(p, a[i + at].place, b[k + at].place, how, n == m ? sure : unsure);
            p->pairs[p->count - 1].siblings_a = n;
            p->pairs[p->count - 1].siblings_b = m;
        }
        if (how != PAIR_LINEAGE && n == m)
            pair_cross(p, first);
        i += n;
        k += m;
    }
    free(a);
    free(b);
    return made;
}

static void pair_spawned(struct pairing *p)
{
    u32 made;
    do {
        made = pair_groups(p, describe_spawn, PAIR_SPAWN, 97, 80);
        made += made ? 0 : pair_groups(p, describe_child, PAIR_SPAWN, 93, 75); /* where a run does not tell the site */
    } while (made);
}

/* ---- By calls. ---- */

struct likeness {
    u32 a, b, value;
};

static int most_alike(const void *a, const void *b)
{
    const struct likeness *x = a, *y = b;
    if (x->value != y->value)
        return x->value > y->value ? -1 : 1;
    if (x->a != y->a)
        return x->a < y->a ? -1 : 1;
    return x->b < y->b ? -1 : x->b > y->b;
}

struct crowd {
    u32 place[CANDIDATES_MOST];
    struct pair_profile *profile[CANDIDATES_MOST];
    u32 count;
};

static struct crowd *crowd_create(struct run *run, const u32 *of, bool only_roots)
{
    struct crowd *crowd = calloc(1, sizeof *crowd);
    CHECK(crowd, "out of memory");
    for (u32 i = 0; i < run_thread_count(run) && crowd->count < CANDIDATES_MOST; i++) {
        if (!is_free(of, i) || (only_roots && run_thread(run, i)->created) || !run_thread(run, i)->quiet_keys)
            continue;
        crowd->profile[crowd->count] = pair_profile_create(run, i, PROFILE_KEYS);
        crowd->place[crowd->count++] = i;
    }
    return crowd;
}

static void crowd_destroy(struct crowd *crowd)
{
    for (u32 i = 0; i < crowd->count; i++)
        pair_profile_destroy(crowd->profile[i]);
    free(crowd);
}

/* The pair that a thread has been given is so much more alike that it is no choice for others. */
static bool is_settled(const struct pairing *p, const u32 *of, u32 place, u32 value)
{
    const struct pair *pair = is_free(of, place) ? NULL : &p->pairs[of[place]];
    return pair && (pair->how != PAIR_CALLS || pair->likeness > value + RIVAL_WITHIN);
}

/* Threads that would fit as well: of A for that one of B, and of B for that one of A. */
static void count_rivals(const struct pairing *p, const struct likeness *all, u32 count, u32 at, u32 rivals[2])
{
    rivals[0] = rivals[1] = 0;
    for (u32 i = 0; i < count; i++) {
        if (i == at || all[i].value + RIVAL_WITHIN < all[at].value)
            continue;
        rivals[0] += all[i].b == all[at].b && !is_settled(p, p->of_a, all[i].a, all[at].value);
        rivals[1] += all[i].a == all[at].a && !is_settled(p, p->of_b, all[i].b, all[at].value);
    }
}

static bool is_maker(struct run *run, u32 place)
{
    for (u32 i = 0; i < run_thread_count(run); i++)
        if (run_thread(run, i)->created && run_thread(run, i)->parent == place)
            return true;
    return false;
}

/* Of the one thread in each run that nothing made. */
static u32 root_confidence(const struct pairing *p, const struct likeness *l)
{
    bool is_sure = l->value >= ROOT_LIKENESS && is_maker(p->a, l->a) && is_maker(p->b, l->b);
    return is_sure ? ROOT_MAKER : ROOT_SURE;
}

/* The most alike first. */
static void pair_by_calls(struct pairing *p, bool only_roots)
{
    struct crowd *a = crowd_create(p->a, p->of_a, only_roots), *b = crowd_create(p->b, p->of_b, only_roots);
    struct likeness *all = malloc(((size_t)a->count * b->count + 1) * sizeof *all);
    u32 count = 0;
    CHECK(all, "out of memory");
    for (u32 i = 0; i < a->count; i++)
        for (u32 k = 0; k < b->count; k++) {
            u32 value = pair_profile_likeness(a->profile[i], b->profile[k]);
            if (value >= LIKENESS_LEAST)
                all[count++] = (struct likeness){a->place[i], b->place[k], value};
        }
    qsort(all, count, sizeof *all, most_alike);
    for (u32 i = 0; i < count; i++)
        if (is_free(p->of_a, all[i].a) && is_free(p->of_b, all[i].b)) {
            u32 rivals[2];
            count_rivals(p, all, count, i, rivals);
            add(p, all[i].a, all[i].b, PAIR_CALLS,
                (all[i].value < 95 ? all[i].value : 95) / (1 + (rivals[0] || rivals[1])));
            p->pairs[p->count - 1].siblings_a = 1 + rivals[0];
            p->pairs[p->count - 1].siblings_b = 1 + rivals[1];
            p->pairs[p->count - 1].likeness = (u8)all[i].value;
            u32 least = only_roots && a->count == 1 && b->count == 1 ? root_confidence(p, &all[i]) : 0;
            if (p->pairs[p->count - 1].confidence < least)
                p->pairs[p->count - 1].confidence = (u8)least;
        }
    free(all);
    crowd_destroy(a);
    crowd_destroy(b);
}

/* ---- All rules. ---- */

static void pair_machine(struct pairing *p)
{
    u32 a = run_thread_place(p->a, 0), b = run_thread_place(p->b, 0);
    if (a == UINT32_MAX || b == UINT32_MAX || !is_free(p->of_a, a) || !is_free(p->of_b, b))
        return;
    /* In a foreign log thread 0 may be a thread like others: then its calls decide. */
    if (!run_thread(p->a, a)->keys || !run_thread(p->b, b)->keys)
        add(p, a, b, PAIR_MACHINE, 100);
}

static int in_order(const void *a, const void *b)
{
    const struct pair *x = a, *y = b;
    if (x->a != y->a)
        return x->a < y->a ? -1 : 1;
    return x->b < y->b ? -1 : x->b > y->b;
}

static void finish_pairs(struct pairing *p)
{
    for (u32 i = 0; i < run_thread_count(p->a); i++)
        if (is_free(p->of_a, i))
            add(p, i, PAIR_NOBODY, PAIR_NONE, 0);
    for (u32 i = 0; i < run_thread_count(p->b); i++)
        if (is_free(p->of_b, i))
            add(p, PAIR_NOBODY, i, PAIR_NONE, 0);
    qsort(p->pairs, p->count, sizeof *p->pairs, in_order);
    for (u32 i = 0; i < p->count; i++) {
        if (p->pairs[i].a != PAIR_NOBODY)
            p->of_a[p->pairs[i].a] = i;
        if (p->pairs[i].b != PAIR_NOBODY)
            p->of_b[p->pairs[i].b] = i;
    }
}

static u32 *nobody(u32 count)
{
    u32 *of = malloc((count + 1) * sizeof *of);
    CHECK(of, "out of memory");
    memset(of, 0xFF, (count + 1) * sizeof *of);
    return of;
}

bool pair_threads(struct pairing *p, struct run *a, struct run *b, const char *map, struct err *err)
{
    u32 count_a = run_thread_count(a), count_b = run_thread_count(b);
    *p = (struct pairing){.a = a, .b = b, .of_a = nobody(count_a), .of_b = nobody(count_b)};
    p->pairs = calloc(count_a + count_b + 1, sizeof *p->pairs);
    CHECK(p->pairs, "out of memory");
    if (!read_map(p, map, err)) {
        pair_finish(p);
        return false;
    }
    pair_machine(p);
    pair_groups(p, describe_lineage, PAIR_LINEAGE, 99, 90);
    pair_by_calls(p, true);
    pair_spawned(p);
    pair_groups(p, describe_entry, PAIR_ENTRY, 80, 60);
    pair_spawned(p);
    pair_by_calls(p, false);
    pair_spawned(p);
    finish_pairs(p);
    return true;
}

void pair_finish(struct pairing *p)
{
    free(p->pairs);
    free(p->of_a);
    free(p->of_b);
    *p = (struct pairing){0};
}

u32 pair_entry(const struct pairing *p, const struct pair *pair)
{
    u32 entry = pair->a != PAIR_NOBODY ? run_thread(p->a, pair->a)->entry : 0;
    return entry || pair->b == PAIR_NOBODY ? entry : run_thread(p->b, pair->b)->entry;
}

static void tell_spawn(const struct pairing *p, const struct pair *pair, char *text, size_t capacity)
{
    struct spawn_site a = spawn_site(p->a, pair->a), b = spawn_site(p->b, pair->b);
    char site[64] = "";
    if (a.lr && a.lr == b.lr)
        snprintf(site, sizeof site, " and spawn site 0x%08X", a.lr);
    else
        snprintf(site, sizeof site, " (the spawn site is not told by both)");
    snprintf(text, capacity, "same entry%s, by paired threads, %s of %u and %u spawned there", site,
             pair->is_crossed                       ? "crosswise by their first calls,"
             : pair->siblings_a == pair->siblings_b ? "same place"
                                                    : "same place in order",
             pair->siblings_a, pair->siblings_b);
}

void pair_evidence(const struct pairing *p, const struct pair *pair, char *text, size_t capacity)
{
    const struct run_thread *t = pair->a != PAIR_NOBODY ? run_thread(p->a, pair->a) : NULL;
    switch (pair->how) {
    case PAIR_MAP:
        snprintf(text, capacity, "--map says so");
        break;
    case PAIR_MACHINE:
        snprintf(text, capacity, "thread 0 is no thread of the title");
        break;
    case PAIR_LINEAGE:
        snprintf(text, capacity, "same lineage 0x%016llX", (unsigned long long)t->lineage);
        break;
    case PAIR_SPAWN:
        tell_spawn(p, pair, text, capacity);
        break;
    case PAIR_ENTRY:
        snprintf(text, capacity, "same entry, %s, of %u and %u that were left",
                 pair->is_crossed ? "crosswise by their first calls" : "in order of creation", pair->siblings_a,
                 pair->siblings_b);
        break;
    case PAIR_CALLS:
        if (pair->siblings_a > 1 || pair->siblings_b > 1)
            snprintf(text, capacity, "its first calls are alike by %u %%, but no more than those of %u other threads",
                     pair->likeness, pair->siblings_a + pair->siblings_b - 2);
        else
            snprintf(text, capacity, "its first calls are the most alike, by %u %%", pair->likeness);
        break;
    default:
        snprintf(text, capacity, "nothing in the other run is like it");
    }
}

/* ---- Roles that moved. ---- */

/* Does the pair leave open where the work of one of the two went? */
static bool is_lopsided(const struct pairing *p, const struct pair *pair)
{
    if (pair->a == PAIR_NOBODY || pair->b == PAIR_NOBODY)
        return true;
    u64 a = run_thread(p->a, pair->a)->quiet_keys, b = run_thread(p->b, pair->b)->quiet_keys;
    return pair->how != PAIR_MACHINE && (a > 4 * b + 64 || b > 4 * a + 64);
}

static struct crowd *everybody(struct run *run)
{
    u32 *of = nobody(run_thread_count(run));
    struct crowd *crowd = crowd_create(run, of, false);
    free(of);
    return crowd;
}

static bool is_pair(const struct pairing *p, u32 a, u32 b)
{
    return p->pairs[p->of_a[a]].b == b;
}

/* By thread: which of the crowd it is; CANDIDATES_MOST: none. */
static u32 *places_in(const struct crowd *crowd, u32 threads)
{
    u32 *at = malloc((threads + 1u) * sizeof *at);
    CHECK(at, "out of memory");
    for (u32 i = 0; i < threads; i++)
        at[i] = CANDIDATES_MOST;
    for (u32 i = 0; i < crowd->count; i++)
        at[crowd->place[i]] = i;
    return at;
}

/* By pair. */
struct closeness {
    bool *odd;  /* where the work of one of the two went is open, or they do not do the same at all */
    u8 *shares; /* per cent that the two share; 0: one of them is not there */
};

static struct closeness find_closeness(const struct pairing *p, const struct crowd *a, const struct crowd *b)
{
    struct closeness c = {calloc(p->count + 1u, sizeof *c.odd), calloc(p->count + 1u, 1)};
    u32 *in_a = places_in(a, run_thread_count(p->a)), *in_b = places_in(b, run_thread_count(p->b));
    CHECK(c.odd && c.shares, "out of memory");
    for (u32 i = 0; i < p->count; i++) {
        const struct pair *pair = &p->pairs[i];
        u32 x = pair->a == PAIR_NOBODY ? CANDIDATES_MOST : in_a[pair->a];
        u32 y = pair->b == PAIR_NOBODY ? CANDIDATES_MOST : in_b[pair->b];
        bool are_there = x != CANDIDATES_MOST && y != CANDIDATES_MOST;
        c.shares[i] = are_there ? (u8)pair_profile_share(a->profile[x], b->profile[y]) : 0;
        c.odd[i] = is_lopsided(p, pair) || (are_there && c.shares[i] < SHARE_ODD);
    }
    free(in_a);
    free(in_b);
    return c;
}

/* By thread and share: how many of its hints share as much or more. */
static u32 (*count_shares(const struct pair_hint *hints, u32 count, u32 threads, bool of_a))[101]
{
    u32(*most)[101] = calloc(threads + 1u, sizeof *most);
    CHECK(most, "out of memory");
    for (u32 i = 0; i < count; i++)
        most[of_a ? hints[i].a : hints[i].b][hints[i].share]++;
    for (u32 i = 0; i < threads; i++)
        for (u32 share = 100; share > 0; share--)
            most[i][share - 1] += most[i][share];
    return most;
}

/* No two hints have both threads in common, so each of the others counts once. */
static void weigh_hints(const struct pairing *p, struct pair_hint *hints, u32 count)
{
    u32(*as)[101] = count_shares(hints, count, run_thread_count(p->a), true);
    u32(*bs)[101] = count_shares(hints, count, run_thread_count(p->b), false);
    for (u32 i = 0; i < count; i++) {
        struct pair_hint *h = &hints[i];
        u32 least = h->share > RIVAL_WITHIN ? h->share - RIVAL_WITHIN : 0;
        h->rivals = as[h->a][least] + bs[h->b][least] - 2;
        h->confidence = (u8)(h->share * HINT_SURE / 100 / (1 + h->rivals));
    }
    free(as);
    free(bs);
}

/* What a hint is made of. */
struct hinting {
    const struct pairing *pairing;
    const struct crowd *a, *b;
    struct closeness close;
};

static bool is_hint(const struct hinting *h, u32 i, u32 k)
{
    const struct pairing *p = h->pairing;
    u32 x = h->a->place[i], y = h->b->place[k];
    return !is_pair(p, x, y) && (h->close.odd[p->of_a[x]] || h->close.odd[p->of_b[y]]) &&
           pair_profile_total(h->a->profile[i]) >= HINT_KEYS && pair_profile_total(h->b->profile[k]) >= HINT_KEYS &&
           pair_profile_share(h->a->profile[i], h->b->profile[k]) >= SHARE_LEAST;
}

static struct pair_hint describe_hint(const struct hinting *h, u32 i, u32 k)
{
    const struct pair_profile *x = h->a->profile[i], *y = h->b->profile[k];
    return (struct pair_hint){
        .a = h->a->place[i],
        .b = h->b->place[k],
        .share = (u8)pair_profile_share(x, y),
        .common = pair_profile_common(x, y),
        .calls_a = pair_profile_total(x),
        .calls_b = pair_profile_total(y),
        .of_pair_a = h->close.shares[h->pairing->of_a[h->a->place[i]]],
        .of_pair_b = h->close.shares[h->pairing->of_b[h->b->place[k]]],
    };
}

u32 pair_find_hints(const struct pairing *p, struct pair_hint **hints)
{
    u32 count = 0;
    struct crowd *a = everybody(p->a), *b = everybody(p->b);
    struct hinting h = {p, a, b, find_closeness(p, a, b)};
    *hints = malloc(((size_t)a->count * b->count + 1) * sizeof **hints);
    CHECK(*hints, "out of memory");
    for (u32 i = 0; i < a->count; i++)
        for (u32 k = 0; k < b->count; k++)
            if (is_hint(&h, i, k))
                (*hints)[count++] = describe_hint(&h, i, k);
    weigh_hints(p, *hints, count);
    free(h.close.odd);
    free(h.close.shares);
    crowd_destroy(a);
    crowd_destroy(b);
    return count;
}

void pair_hint_evidence(const struct pair_hint *hint, char *text, size_t capacity)
{
    size_t at = (size_t)snprintf(text, capacity, "%llu calls in common, of the first %llu of A's and %llu of B's",
                                 (unsigned long long)hint->common, (unsigned long long)hint->calls_a,
                                 (unsigned long long)hint->calls_b);
    if (at < capacity && (hint->of_pair_a || hint->of_pair_b))
        at += (size_t)snprintf(text + at, capacity - at, "; with their own counterparts %u %% and %u %%",
                               hint->of_pair_a, hint->of_pair_b);
    if (at < capacity && hint->rivals)
        snprintf(text + at, capacity - at, "; %u others are as like", hint->rivals);
}
