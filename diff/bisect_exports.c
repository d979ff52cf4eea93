/* SPDX-License-Identifier: BSD-3-Clause
 * bisect exports: which kernel result of the good run, put over the bad run's own, repairs it. Calls are the same if
 * they are the K-th of their op by a thread of the same lineage, from the same place. What a call gave is its result
 * and all bytes of its out arguments, as replays of both runs tell them. */
#include "diff/bisect.h"
#include "diff/child.h"
#include "schema/export.h"

#include <stdio.h>

/* TOLD: that one replay tells; CALLS_MAX: that are looked into for their out arguments. */
enum { TOLD = 48, CALLS_MAX = 960, LINE = 8192 };

struct twin {
    const struct call_row *good, *bad;
    char *line[2]; /* what it gave in the good run and in the bad one, both named as the other run's call */
    bool differs;
};

struct twins {
    struct calls_of calls[2];
    struct twin *list;
    size_t count;
};

/* Could the runs differ in what memory it filled? Only then a replay has to tell. */
static bool has_buffer(u32 op)
{
    const struct export *x = export_find(op);
    for (u32 i = 0; x && i < x->count; i++) {
        const struct argument *a = &x->arguments[i];
        if (a->direction != ARG_VALUE && a->direction != ARG_IN && (a->type == ARG_BUF || a->type == ARG_IOSB))
            return true;
    }
    return false;
}

static bool is_other(const struct call_row *a, const struct call_row *b)
{
    return a->result != b->result || a->outs != b->outs || memcmp(a->out, b->out, sizeof a->out) != 0;
}

/* By lineage, op, number and place: thread ids are the runs' own. */
static u64 twin_key(const struct call_row *row)
{
    u64 key = (row->lineage ^ (u64)row->op << 32 ^ row->number) * 0x9E3779B97F4A7C15ull ^ row->lr;
    return key ^ key >> 31;
}

static bool is_twin(const struct call_row *a, const struct call_row *b)
{
    return a->op == b->op && a->number == b->number && a->lr == b->lr && a->lineage == b->lineage;
}

struct index {
    u32 *slots; /* place + 1 */
    size_t mask;
};

static struct index index_calls(const struct calls_of *calls)
{
    struct index index = {.mask = 63};
    while (index.mask < 2 * calls->count)
        index.mask = 2 * index.mask + 1;
    index.slots = calloc(index.mask + 1, sizeof *index.slots);
    CHECK(index.slots, "no memory for %zu calls", calls->count);
    for (size_t i = 0; i < calls->count; i++) {
        size_t at = twin_key(&calls->rows[i]) & index.mask;
        while (index.slots[at])
            at = (at + 1) & index.mask;
        index.slots[at] = (u32)i + 1;
    }
    return index;
}

static const struct call_row *find_twin(const struct calls_of *good, const struct index *index,
                                        const struct call_row *bad)
{
    for (size_t at = twin_key(bad) & index->mask; index->slots[at]; at = (at + 1) & index->mask)
        if (is_twin(&good->rows[index->slots[at] - 1], bad))
            return &good->rows[index->slots[at] - 1];
    return NULL;
}

/* Those that differ in what the journals tell come first, then those whose buffers may; each in order of the run. */
static void find_twins(struct twins *t)
{
    t->list = calloc(CALLS_MAX, sizeof *t->list);
    CHECK(t->list, "no memory for %d calls", CALLS_MAX);
    struct index index = index_calls(&t->calls[0]);
    for (u32 pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < t->calls[1].count && t->count < CALLS_MAX; i++) {
            const struct call_row *bad = &t->calls[1].rows[i];
            const struct export *x = export_find(bad->op);
            if (bad->returned == UINT64_MAX || (x && x->result == ARG_VOID && !has_buffer(bad->op)))
                continue;
            if (pass == 1 && !has_buffer(bad->op))
                continue;
            const struct call_row *good = find_twin(&t->calls[0], &index, bad);
            if (good && good->returned != UINT64_MAX && is_other(good, bad) == (pass == 0))
                t->list[t->count++] = (struct twin){.good = good, .bad = bad};
        }
    }
    free(index.slots);
}

/* "amend OP#K@T=..." with the name that the call has in the other run. */
static char *renamed(const char *line, const struct call_row *other)
{
    char name[96];
    const char *rest = strchr(line, '=');
    calls_of_name(other, name, sizeof name);
    size_t size = strlen(name) + strlen(rest) + 8;
    char *text = malloc(size);
    CHECK(text, "no memory for a result");
    snprintf(text, size, "amend %s%s", name, rest);
    return text;
}

static bool tell_some(struct bisect *b, struct twins *t, size_t from, u32 side, struct err *err)
{
    char path[4200], name[96], *line = malloc(LINE);
    struct child child = {.count = 0}, *list = &child;
    CHECK(line, "no memory for a line");
    snprintf(path, sizeof path, "%s/told", b->trials.folder);
    child_add(&child, "replay");
    child_add(&child, "%s", side ? b->bad_path : b->good_path);
    child_add(&child, "--quiet");
    child_add(&child, "--tell-to=%s", path);
    for (size_t i = from; i < t->count && i < from + TOLD; i++) {
        calls_of_name(side ? t->list[i].bad : t->list[i].good, name, sizeof name);
        child_add(&child, "--tell=%s", name);
    }
    bool good = child_run(&list, 1, err) &&
                (child.code == 0 || err_set(err, "%s does not replay: %s", child.argument[1], child.said));
    FILE *file = good ? fopen(path, "r") : NULL;
    while (file && fgets(line, LINE, file)) {
        line[strcspn(line, "\n")] = '\0';
        for (size_t i = from; i < t->count && i < from + TOLD; i++) {
            struct twin *twin = &t->list[i];
            calls_of_name(side ? twin->bad : twin->good, name, sizeof name);
            size_t length = strlen(name);
            if (!strncmp(line + 6, name, length) && line[6 + length] == '=' && !twin->line[side])
                twin->line[side] = renamed(line, side ? twin->good : twin->bad);
        }
    }
    if (file)
        fclose(file);
    free(line);
    return good;
}

/* Drops the twins that gave the same. */
static bool tell_all(struct bisect *b, struct twins *t, struct err *err)
{
    for (size_t from = 0; from < t->count; from += TOLD)
        for (u32 side = 0; side < 2; side++)
            if (!tell_some(b, t, from, side, err))
                return false;
    for (size_t i = 0; i < t->count; i++) {
        struct twin *twin = &t->list[i];
        twin->differs =
            twin->line[0] && twin->line[1] && strcmp(strchr(twin->line[0], '='), strchr(twin->line[1], '='));
    }
    return true;
}

static char *join(void *context, const struct lines *lines, const bool *wanted)
{
    (void)context;
    return lines_join("", lines, wanted);
}

/* The other way round: the good run with the bad run's result. */
static bool try_reverse(struct bisect *b, const struct twin *twin, bool *is_bad, struct err *err)
{
    char *line = NULL;
    size_t size = strlen(twin->line[1]) + 2;
    if (!trials_rebase(&b->trials, b->good_path, err))
        return false;
    line = malloc(size);
    CHECK(line, "no memory for a result");
    snprintf(line, size, "%s\n", twin->line[1]);
    size_t place = trials_add(&b->trials, line, NULL, NULL);
    bool good = trials_run(&b->trials, err);
    *is_bad = good && trial_is_same(trials_end(&b->trials, place), &b->bad);
    if (*is_bad)
        good = bisect_keep(b, line, err);
    free(line);
    return good;
}

static bool tell_found(struct bisect *b, const struct twin *twin, size_t differing, size_t others, struct err *err)
{
    char call[192];
    bool is_bad;
    lines_split(&b->cause, twin->line[0]);
    b->has_second = true;
    b->second = *twin->bad;
    bisect_describe(twin->bad, call, sizeof call);
    if (!try_reverse(b, twin, &is_bad, err))
        return false;
    b->verdict = BISECT_CONFIRMED;
    bisect_say(b,
               "%s: it gave 0x%llX where the good run has 0x%llX. With what the good run's call gave, the bad run is "
               "repaired (%s)",
               call, (unsigned long long)twin->bad->result, (unsigned long long)twin->good->result, b->good.class);
    if (is_bad)
        bisect_say(b, "; with what this one gave, the good run ends as the bad one did");
    bisect_say(b, ". %zu result%s", differing, differing == 1 ? " differs" : "s differ");
    if (others)
        bisect_say(b,
                   others == 1 ? "; %zu other, a later one, repairs it too" : "; %zu others, later ones, repair it too",
                   others);
    bisect_say(b, ".");
    return true;
}

/* No result repairs it alone: some together? */
static bool try_together(struct bisect *b, struct lines *lines, struct err *err)
{
    const struct reduction r = {.b = b, .text = join, .context = b, .repairs = true};
    size_t all = lines->count;
    char *text = lines_join("", lines, NULL);
    size_t place = trials_add(&b->trials, text, NULL, NULL);
    free(text);
    if (!trials_run(&b->trials, err))
        return false;
    if (!bisect_is_good(b, trials_end(&b->trials, place))) {
        bisect_say(b,
                   all == 1
                       ? "%zu result differs between the runs; taken from the good run, it does not repair the bad one."
                       : "%zu results differ between the runs; taken from the good run, none repairs the bad one, "
                         "nor do all of them together.",
                   all);
        return true;
    }
    if (!bisect_reduce(&r, lines, err))
        return false;
    b->verdict = BISECT_CONFIRMED;
    for (size_t i = 0; i < lines->count; i++)
        lines_add(&b->cause, lines->list[i], strlen(lines->list[i]));
    bisect_say(b,
               "Of %zu results that differ, these %zu, taken from the good run together, repair the bad one; none of "
               "them can be left out.",
               all, lines->count);
    return true;
}

static bool try_all(struct bisect *b, const struct twins *t, struct err *err)
{
    struct lines lines = {0};
    size_t *places = calloc(t->count + 1, sizeof *places), others = 0;
    const struct twin *first = NULL;
    CHECK(places, "no memory for %zu trials", t->count);
    for (size_t i = 0; i < t->count; i++) {
        if (!t->list[i].differs)
            continue;
        lines_add(&lines, t->list[i].line[0], strlen(t->list[i].line[0]));
        char *text = lines_join("", &(struct lines){&lines.list[lines.count - 1], 1}, NULL);
        places[i] = trials_add(&b->trials, text, NULL, NULL) + 1;
        free(text);
    }
    bool good = trials_run(&b->trials, err);
    for (size_t i = 0; good && i < t->count; i++) {
        if (!places[i] || !bisect_is_good(b, trials_end(&b->trials, places[i] - 1)))
            continue;
        others += first != NULL;
        if (!first || t->list[i].bad->seq < first->bad->seq)
            first = &t->list[i];
    }
    if (good && first)
        good = tell_found(b, first, lines.count, others, err);
    else if (good && lines.count)
        good = try_together(b, &lines, err);
    else if (good)
        bisect_say(b, "No call that both runs make gave another result or other bytes.");
    free(places);
    lines_free(&lines);
    return good;
}

bool bisect_exports(struct bisect *b, struct err *err)
{
    struct twins t = {.count = 0};
    b->kind = "result";
    b->trials.task = "which result";
    bool good = calls_of_run(&t.calls[0], b->good_path, err) && calls_of_run(&t.calls[1], b->bad_path, err);
    if (good) {
        find_twins(&t);
        good = tell_all(b, &t, err) && try_all(b, &t, err);
    }
    if (good && !b->has_journal && b->verdict != BISECT_NOT_FOUND)
        good = trials_rebase(&b->trials, b->bad_path, err) && bisect_keep(b, "", err);
    for (size_t i = 0; i < t.count; i++) {
        free(t.list[i].line[0]);
        free(t.list[i].line[1]);
    }
    free(t.list);
    calls_of_free(&t.calls[0]);
    calls_of_free(&t.calls[1]);
    return good;
}
