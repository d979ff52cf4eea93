/* SPDX-License-Identifier: BSD-3-Clause
 * Pairing objects (diff/pair_objects.h). */
#include "diff/pair_objects.h"

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

struct identity {
    u64 value;
    u32 row;
};

static int by_value(const void *a, const void *b)
{
    const struct identity *x = a, *y = b;
    if (x->value != y->value)
        return x->value < y->value ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

static struct identity *identities(const struct objects *objects, const u32 *of, const u32 *pair_of,
                                   identity_fn *identity, u32 *count)
{
    struct identity *list = malloc((objects->count + 1) * sizeof *list);
    CHECK(list, "out of memory");
    *count = 0;
    for (u32 i = 0; i < objects->count; i++) {
        u64 value = of[i] == OBJECTS_NONE ? identity(objects, &objects->rows[i], pair_of) : 0;
        if (value)
            list[(*count)++] = (struct identity){value, i};
    }
    qsort(list, *count, sizeof *list, by_value);
    return list;
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
    u32 count_a, count_b, i = 0, k = 0;
    struct identity *a = identities(p->a, p->of_a, threads->of_a, identity, &count_a);
    struct identity *b = identities(p->b, p->of_b, threads->of_b, identity, &count_b);
    while (i < count_a && k < count_b) {
        u64 x = a[i].value, y = b[k].value;
        if (x == y)
            add(p, a[i].row, b[k].row, how, p->a->rows[a[i].row].type == p->b->rows[b[k].row].type ? confidence : 50);
        i += x <= y;
        k += y <= x;
    }
    free(a);
    free(b);
}

static int in_order(const void *a, const void *b)
{
    const struct object_pair *x = a, *y = b;
    if (x->a != y->a)
        return x->a < y->a ? -1 : 1;
    return x->b < y->b ? -1 : x->b > y->b;
}

static u32 *nobody(u32 count)
{
    u32 *of = malloc((count + 1) * sizeof *of);
    CHECK(of, "out of memory");
    memset(of, 0xFF, (count + 1) * sizeof *of);
    return of;
}

static void finish(struct object_pairing *p)
{
    for (u32 i = 0; i < p->a->count; i++)
        if (p->of_a[i] == OBJECTS_NONE)
            add(p, i, OBJECTS_NONE, OBJECT_PAIR_NONE, 0);
    for (u32 i = 0; i < p->b->count; i++)
        if (p->of_b[i] == OBJECTS_NONE)
            add(p, OBJECTS_NONE, i, OBJECT_PAIR_NONE, 0);
    qsort(p->pairs, p->count, sizeof *p->pairs, in_order);
    for (u32 i = 0; i < p->count; i++) {
        if (p->pairs[i].a != OBJECTS_NONE)
            p->of_a[p->pairs[i].a] = i;
        if (p->pairs[i].b != OBJECTS_NONE)
            p->of_b[p->pairs[i].b] = i;
    }
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
