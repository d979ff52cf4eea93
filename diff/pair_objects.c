/* SPDX-License-Identifier: BSD-3-Clause
 * Pairing objects (diff/pair_objects.h). */
#include "diff/pair_objects.h"
#include "diff/order.h"

#include <stdlib.h>
#include <xxhash.h>

const char *object_pair_how_name(u8 how)
{
    static const char *const names[] = {"none", "thread", "birth", "hsid", "name", "address", "site"};
    return how < countof(names) ? names[how] : "unknown";
}

/* What an object must have in common with its counterpart, hashed; 0: the rule says nothing about it. */
typedef u64 identity_fn(const struct objects *objects, const struct object *o, const u32 *pair_of);

static u64 by_thread(const struct objects *objects, const struct object *o, const u32 *pair_of)
{
    (void)objects;
    return o->target != UINT32_MAX ? (u64)pair_of[o->target] + 1 : 0;
}

static u64 by_birth(const struct objects *objects, const struct object *o, const u32 *pair_of)
{
    (void)objects;
    if (o->place == UINT32_MAX || !o->lr)
        return 0;
    u64 words[] = {pair_of[o->place], (u64)o->lr << 32 | o->op, o->ordinal};
    return XXH3_64bits(words, sizeof words) | 1;
}

/* Where a source tells no return addresses. */
static u64 by_op(const struct objects *objects, const struct object *o, const u32 *pair_of)
{
    (void)objects;
    if (o->place == UINT32_MAX || o->lr || !o->op)
        return 0;
    u64 words[] = {pair_of[o->place], o->op, o->ordinal};
    return XXH3_64bits(words, sizeof words) | 1;
}

static u64 by_hsid(const struct objects *objects, const struct object *o, const u32 *pair_of)
{
    (void)objects;
    (void)pair_of;
    return o->is_twin || o->target != UINT32_MAX ? 0 : o->hsid;
}

static u64 by_site(const struct objects *objects, const struct object *o, const u32 *pair_of)
{
    (void)objects;
    (void)pair_of;
    return o->place == UINT32_MAX || o->target != UINT32_MAX || !o->lr ? 0 : (u64)o->lr << 32 | o->op;
}

static u64 by_name(const struct objects *objects, const struct object *o, const u32 *pair_of)
{
    size_t size;
    (void)pair_of;
    const char *name = journal_string(run_journal(objects->run), o->name, &size);
    return size ? XXH3_64bits_withSeed(name, size, o->type) | 1 : 0;
}

static u64 by_address(const struct objects *objects, const struct object *o, const u32 *pair_of)
{
    (void)pair_of;
    const struct object_alias *alias = o->alias_count ? &objects->aliases[o->first_alias] : NULL;
    /* A title's image lies at 0x82000000 and up, in every engine. */
    return alias && alias->how == ALIAS_ADDRESS && alias->value >> 24 == 0x82 ? alias->value : 0;
}

/* Objects that a rule says something about, in order of what it says, else of birth. */
struct identities {
    u64 *values;
    u32 *rows, *order;
    u32 count;
};

static void identities_make(struct identities *list, const struct objects *objects, const u32 *of, const u32 *pair_of,
                            identity_fn *identity)
{
    *list = (struct identities){.values = malloc((objects->count + 1) * sizeof *list->values),
                                .rows = malloc((objects->count + 1) * sizeof *list->rows)};
    CHECK(list->values && list->rows, "out of memory");
    for (u32 i = 0; i < objects->count; i++) {
        u64 value = of[i] == OBJECTS_NONE ? identity(objects, &objects->rows[i], pair_of) : 0;
        list->values[list->count] = value;
        list->rows[list->count] = i;
        list->count += value != 0;
    }
}

enum { SIEVE_BITS = 18 };

static u32 hole_of(u64 value)
{
    return (u32)(value * 0x9E3779B97F4A7C15u >> (64 - SIEVE_BITS));
}

/* Drops most of what the other run has nothing like, which need not be put in order. */
static void identities_sieve(struct identities *list, const struct identities *other)
{
    u64 *sieve = calloc(1 << (SIEVE_BITS - 6), sizeof *sieve);
    u32 count = 0;
    CHECK(sieve, "out of memory");
    for (u32 i = 0; i < other->count; i++)
        sieve[hole_of(other->values[i]) / 64] |= 1ULL << hole_of(other->values[i]) % 64;
    for (u32 i = 0; i < list->count; i++) {
        u32 hole = hole_of(list->values[i]);
        list->values[count] = list->values[i];
        list->rows[count] = list->rows[i];
        count += sieve[hole / 64] >> hole % 64 & 1;
    }
    list->count = count;
    free(sieve);
}

static void identities_free(struct identities *list)
{
    free(list->values);
    free(list->rows);
    free(list->order);
}

static void add(struct object_pairing *p, u32 a, u32 b, u8 how, u8 confidence)
{
    if (a != OBJECTS_NONE)
        p->of_a[a] = p->count;
    if (b != OBJECTS_NONE)
        p->of_b[b] = p->count;
    p->pairs[p->count++] = (struct object_pair){a, b, how, confidence};
}

static void pair_rule(struct object_pairing *p, const struct pairing *threads, identity_fn *identity, u8 how,
                      u8 confidence)
{
    struct identities a, b;
    u32 i = 0, k = 0;
    identities_make(&a, p->a, p->of_a, threads->of_a, identity);
    identities_make(&b, p->b, p->of_b, threads->of_b, identity);
    identities_sieve(&a, &b);
    identities_sieve(&b, &a);
    a.order = order_make(a.values, a.count);
    b.order = order_make(b.values, b.count);
    while (i < a.count && k < b.count) {
        u64 x = a.values[a.order[i]], y = b.values[b.order[k]];
        u32 row_a = a.rows[a.order[i]], row_b = b.rows[b.order[k]];
        if (x == y)
            add(p, row_a, row_b, how, p->a->rows[row_a].type == p->b->rows[row_b].type ? confidence : 50);
        i += x <= y;
        k += y <= x;
    }
    identities_free(&a);
    identities_free(&b);
}

static u32 *nobody(u32 count)
{
    u32 *of = malloc((count + 1) * sizeof *of);
    CHECK(of, "out of memory");
    memset(of, 0xFF, (count + 1) * sizeof *of);
    return of;
}

/* In order of A's objects, then B's without counterpart. */
static void finish(struct object_pairing *p)
{
    struct object_pair *found = p->pairs;
    p->pairs = calloc((size_t)p->a->count + p->b->count + 1, sizeof *p->pairs);
    CHECK(p->pairs, "out of memory");
    p->count = 0;
    for (u32 i = 0; i < p->a->count; i++) {
        const struct object_pair *pair = p->of_a[i] == OBJECTS_NONE ? NULL : &found[p->of_a[i]];
        add(p, i, pair ? pair->b : OBJECTS_NONE, pair ? pair->how : OBJECT_PAIR_NONE, pair ? pair->confidence : 0);
    }
    for (u32 i = 0; i < p->b->count; i++)
        if (p->of_b[i] == OBJECTS_NONE)
            add(p, OBJECTS_NONE, i, OBJECT_PAIR_NONE, 0);
    free(found);
}

void pair_objects(struct object_pairing *p, const struct pairing *threads, const struct objects *a,
                  const struct objects *b)
{
    *p = (struct object_pairing){.a = a, .b = b, .of_a = nobody(a->count), .of_b = nobody(b->count)};
    p->pairs = calloc((size_t)a->count + b->count + 1, sizeof *p->pairs);
    CHECK(p->pairs, "out of memory");
    pair_rule(p, threads, by_thread, OBJECT_PAIR_THREAD, 97);
    pair_rule(p, threads, by_birth, OBJECT_PAIR_BIRTH, 95);
    pair_rule(p, threads, by_hsid, OBJECT_PAIR_HSID, 90);
    pair_rule(p, threads, by_op, OBJECT_PAIR_BIRTH, 75);
    pair_rule(p, threads, by_name, OBJECT_PAIR_NAME, 80);
    pair_rule(p, threads, by_address, OBJECT_PAIR_ADDRESS, 80);
    pair_rule(p, threads, by_site, OBJECT_PAIR_SITE, 60);
    finish(p);
}

static u32 told(const struct object_pair *pair, u32 row, bool sure)
{
    return sure && pair->how == OBJECT_PAIR_SITE ? OBJECTS_NONE : row;
}

u32 pair_object_of_a(const struct object_pairing *p, u32 object, bool sure)
{
    const struct object_pair *pair = &p->pairs[p->of_a[object]];
    return told(pair, pair->b, sure);
}

u32 pair_object_of_b(const struct object_pairing *p, u32 object, bool sure)
{
    const struct object_pair *pair = &p->pairs[p->of_b[object]];
    return told(pair, pair->a, sure);
}

void pair_objects_finish(struct object_pairing *p)
{
    free(p->pairs);
    free(p->of_a);
    free(p->of_b);
    *p = (struct object_pairing){0};
}
