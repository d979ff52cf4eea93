/* SPDX-License-Identifier: BSD-3-Clause
 * Coverage read from meta, put together, and written (diff/coverage.h). */
#include "diff/coverage.h"
#include "cli/cli.h"
#include "diff/ops.h"
#include "schema/role.h"

#include <stdlib.h>

enum { NUMBERS_MAX = 256, TELLS_MAX = 256 };

struct covered_op {
    u32 op;
    char name[64];
};

struct numbers {
    size_t count; /* 0: all */
    u64 list[NUMBERS_MAX];
};

struct coverage {
    enum coverage_ops kind;
    struct covered_op *ops;
    size_t count;
    char tells[TELLS_MAX]; /* "": of everything */
    struct numbers threads, handles;
    u64 from, to, cap, dropped;
};

static const char *const kind_names[] = {"all", "none", "only", "all-but"};

struct coverage *coverage_create(void)
{
    struct coverage *c = calloc(1, sizeof *c);
    CHECK(c, "out of memory");
    c->to = UINT64_MAX;
    return c;
}

struct coverage *coverage_copy(const struct coverage *from)
{
    struct coverage *c = coverage_create();
    *c = *from;
    c->ops = malloc((from->count + 1) * sizeof *c->ops);
    CHECK(c->ops, "out of memory");
    if (from->count)
        memcpy(c->ops, from->ops, from->count * sizeof *c->ops);
    return c;
}

bool coverage_is_recording(struct journal_reader *r)
{
    return journal_get(r, "machine.semantics");
}

void coverage_destroy(struct coverage *c)
{
    if (!c)
        return;
    free(c->ops);
    free(c);
}

/* ---- Questions. ---- */

static bool lists_op(const struct coverage *c, u32 op)
{
    for (size_t i = 0; i < c->count; i++)
        if (c->ops[i].op == op)
            return true;
    return false;
}

bool coverage_has_op(const struct coverage *c, u32 op)
{
    if (c->kind == COVERAGE_ONLY || c->kind == COVERAGE_ALL_BUT)
        return lists_op(c, op) == (c->kind == COVERAGE_ONLY);
    return c->kind == COVERAGE_ALL;
}

static bool has_number(const struct numbers *numbers, u64 number)
{
    for (size_t i = 0; i < numbers->count; i++)
        if (numbers->list[i] == number)
            return true;
    return !numbers->count;
}

bool coverage_has_thread(const struct coverage *c, u32 thread)
{
    return has_number(&c->threads, thread);
}

bool coverage_has_handle(const struct coverage *c, u64 handle)
{
    return has_number(&c->handles, handle);
}

bool coverage_has_all_handles(const struct coverage *c)
{
    return !c->handles.count;
}

bool coverage_has_all_threads(const struct coverage *c)
{
    return !c->threads.count;
}

bool coverage_has_all_times(const struct coverage *c)
{
    return !c->from && c->to == UINT64_MAX;
}

u64 coverage_dropped(const struct coverage *c)
{
    return c->dropped;
}

bool coverage_is_least(const struct coverage *c, u32 op, bool of_thread, u64 count, u64 calls, char *why, size_t size)
{
    *why = 0;
    if (c->cap && (count >= c->cap || calls >= c->cap))
        snprintf(why, size, "capture stopped at %llu", (unsigned long long)c->cap);
    else if (c->dropped)
        snprintf(why, size, "%llu events were dropped", (unsigned long long)c->dropped);
    else if (c->handles.count && (!op || role_of(op).how != ROLE_BY_NOTHING))
        snprintf(why, size, "captured on some handles only");
    else if (c->threads.count && !of_thread)
        snprintf(why, size, "captured of some threads only");
    else if (!coverage_has_all_times(c))
        snprintf(why, size, "captured for a part of the time");
    return *why != 0;
}

bool coverage_has_time(const struct coverage *c, u64 time)
{
    return time >= c->from && time <= c->to;
}

static bool has_word(const char *words, const char *word)
{
    size_t size = strlen(word);
    for (const char *at = words; (at = strstr(at, word)); at += size)
        if ((at == words || at[-1] == ' ') && (!at[size] || at[size] == ' '))
            return true;
    return false;
}

bool coverage_tells(const struct coverage *c, const char *what)
{
    return !*c->tells || has_word(c->tells, what);
}

u64 coverage_cap(const struct coverage *c)
{
    return c->cap;
}

enum coverage_ops coverage_kind(const struct coverage *c)
{
    return c->kind;
}

size_t coverage_op_count(const struct coverage *c)
{
    return c->count;
}

u32 coverage_op_at(const struct coverage *c, size_t i)
{
    CHECK(i < c->count, "op %zu of %zu", i, c->count);
    return c->ops[i].op;
}

/* ---- Putting together. ---- */

void coverage_set_ops(struct coverage *c, enum coverage_ops kind)
{
    c->kind = kind;
    c->count = 0;
}

void coverage_add_op(struct coverage *c, u32 op, const char *name)
{
    if (lists_op(c, op))
        return;
    c->ops = realloc(c->ops, (c->count + 1) * sizeof *c->ops);
    CHECK(c->ops, "out of memory");
    c->ops[c->count].op = op;
    snprintf(c->ops[c->count++].name, sizeof c->ops->name, "%s", name);
}

void coverage_keep_ops(struct coverage *c, const struct import_table *called)
{
    size_t count = 0;
    for (size_t i = 0; i < c->count; i++)
        if (!import_table_get(called, c->ops[i].op + 1ULL))
            c->ops[count++] = c->ops[i];
    c->count = count;
}

void coverage_add_tells(struct coverage *c, const char *what)
{
    size_t size = strlen(c->tells);
    if (!has_word(c->tells, what))
        snprintf(c->tells + size, sizeof c->tells - size, "%s%s", size ? " " : "", what);
}

void coverage_add_dropped(struct coverage *c, u64 events)
{
    c->dropped += events;
}

/* Calls take() with each word; false as soon as it is. */
static bool each_word(struct coverage *c, const char *words, bool (*take)(struct coverage *c, const char *word))
{
    char word[64];
    for (const char *at = words + strspn(words, " "); *at; at += strspn(at, " ")) {
        size_t size = strcspn(at, " ");
        snprintf(word, sizeof word, "%.*s", (int)size, at);
        if (!take(c, word))
            return false;
        at += size;
    }
    return true;
}

static bool take_tells(struct coverage *c, const char *word)
{
    coverage_add_tells(c, word);
    return true;
}

static bool take_op(struct coverage *c, const char *word)
{
    coverage_add_op(c, ops_by_name(word), word);
    return true;
}

static bool add_number(struct numbers *numbers, const char *word)
{
    return numbers->count < NUMBERS_MAX && cli_read_u64(word, &numbers->list[numbers->count]) && ++numbers->count;
}

static bool take_thread(struct coverage *c, const char *word)
{
    return add_number(&c->threads, word);
}

static bool take_handle(struct coverage *c, const char *word)
{
    return add_number(&c->handles, word);
}

/* "only A B", or one word. */
static bool set_ops(struct coverage *c, const char *words)
{
    size_t size = strcspn(words, " ");
    for (u32 kind = 0; kind < countof(kind_names); kind++)
        if (strlen(kind_names[kind]) == size && !memcmp(kind_names[kind], words, size)) {
            coverage_set_ops(c, kind);
            return each_word(c, words + size, take_op);
        }
    return false;
}

bool coverage_set(struct coverage *c, const char *key, const char *words)
{
    const struct {
        const char *key;
        u64 *number;
    } numbers[] = {{"from", &c->from}, {"to", &c->to}, {"cap", &c->cap}, {"dropped", &c->dropped}};
    for (size_t i = 0; i < countof(numbers); i++)
        if (!strcmp(numbers[i].key, key))
            return cli_read_u64(words, numbers[i].number);
    if (!strcmp(key, "ops"))
        return set_ops(c, words);
    if (!strcmp(key, "ops.list"))
        return each_word(c, words, take_op);
    if (!strcmp(key, "tells"))
        return each_word(c, words, take_tells);
    if (!strcmp(key, "threads"))
        return each_word(c, words, take_thread);
    return !strcmp(key, "handles") && each_word(c, words, take_handle);
}

static void merge_ops(struct coverage *c, const struct coverage *other)
{
    if (other->kind == COVERAGE_NONE || c->kind == COVERAGE_ALL)
        return;
    if (c->kind == COVERAGE_NONE || other->kind == COVERAGE_ALL) {
        coverage_set_ops(c, other->kind);
        for (size_t i = 0; i < other->count; i++)
            coverage_add_op(c, other->ops[i].op, other->ops[i].name);
        return;
    }
    struct coverage *wide = c->kind == COVERAGE_ALL_BUT ? c : NULL;
    if (!wide && other->kind == COVERAGE_ONLY) {
        for (size_t i = 0; i < other->count; i++)
            coverage_add_op(c, other->ops[i].op, other->ops[i].name);
        return;
    }
    /* What is left out is what both leave out. */
    struct coverage both = {.kind = COVERAGE_ALL_BUT};
    const struct coverage *list = wide ? wide : other;
    for (size_t i = 0; i < list->count; i++)
        if (!coverage_has_op(c, list->ops[i].op) && !coverage_has_op(other, list->ops[i].op))
            coverage_add_op(&both, list->ops[i].op, list->ops[i].name);
    free(c->ops);
    c->kind = both.kind, c->ops = both.ops, c->count = both.count;
}

void coverage_merge(struct coverage *c, const struct coverage *other)
{
    merge_ops(c, other);
    if (*c->tells && *other->tells)
        each_word(c, other->tells, take_tells);
    else
        c->tells[0] = 0;
    if (!other->threads.count)
        c->threads.count = 0;
    if (!other->handles.count)
        c->handles.count = 0;
    c->from = other->from < c->from ? other->from : c->from;
    c->to = other->to > c->to ? other->to : c->to;
    c->cap = c->cap > other->cap ? c->cap : other->cap;
    c->dropped += other->dropped;
}

/* ---- Meta. ---- */

struct coverage *coverage_read(struct journal_reader *r)
{
    struct coverage *c = coverage_create();
    const char *events = journal_get(r, "events");
    if (events && !strcmp(events, "none"))
        coverage_set_ops(c, COVERAGE_NONE);
    /* In order of keys, so that coverage.ops comes before its list. */
    for (size_t i = 0; i < journal_meta_count(r); i++) {
        const char *key, *value;
        journal_meta_at(r, i, &key, &value);
        if (!strncmp(key, "coverage.", 9))
            coverage_set(c, key + 9, value);
    }
    return c;
}

static void write_number(u64 number, const char *key, void (*meta)(void *, const char *, const char *), void *context)
{
    char text[24];
    snprintf(text, sizeof text, "%llu", (unsigned long long)number);
    meta(context, key, text);
}

static void write_numbers(const struct numbers *numbers, const char *key,
                          void (*meta)(void *, const char *, const char *), void *context)
{
    char text[NUMBERS_MAX * 20];
    size_t size = 0;
    for (size_t i = 0; i < numbers->count; i++)
        size += (size_t)snprintf(text + size, sizeof text - size, "%s0x%llX", i ? " " : "",
                                 (unsigned long long)numbers->list[i]);
    if (size)
        meta(context, key, text);
}

void coverage_write(const struct coverage *c, void (*meta)(void *context, const char *key, const char *value),
                    void *context)
{
    meta(context, "coverage.ops", kind_names[c->kind]);
    if (c->kind == COVERAGE_ONLY || c->kind == COVERAGE_ALL_BUT) {
        size_t size = 1, at = 0;
        for (size_t i = 0; i < c->count; i++)
            size += strlen(c->ops[i].name) + 1;
        char *list = calloc(1, size);
        CHECK(list, "out of memory");
        for (size_t i = 0; i < c->count; i++)
            at += (size_t)sprintf(list + at, "%s%s", i ? " " : "", c->ops[i].name);
        meta(context, "coverage.ops.list", list);
        free(list);
    }
    if (*c->tells)
        meta(context, "coverage.tells", c->tells);
    write_numbers(&c->threads, "coverage.threads", meta, context);
    write_numbers(&c->handles, "coverage.handles", meta, context);
    if (c->from)
        write_number(c->from, "coverage.from", meta, context);
    if (c->to != UINT64_MAX)
        write_number(c->to, "coverage.to", meta, context);
    if (c->cap)
        write_number(c->cap, "coverage.cap", meta, context);
    if (c->dropped)
        write_number(c->dropped, "coverage.dropped", meta, context);
}
