/* SPDX-License-Identifier: BSD-3-Clause
 * lockstep callers: who calls a function, by the title's code, and what of that both runs did; up to where threads
 * begin.
 */
#include "diff/commands.h"
#include "diff/coverage.h"
#include "diff/map.h"
#include "diff/run.h"
#include "diff/symbols.h"
#include "diff/table.h"

#include <stdlib.h>

enum { CALLERS_MOST = 4096 };

/* What a function does itself: kernel calls with their LR in it. */
struct deeds {
    u64 count;
    struct run_first first;
    u32 place; /* of the thread that made the first */
    u32 op;    /* at an LR: of all of them */
};

struct caller {
    u32 depth, site, target, function;
    char kind[16];
};

struct callers {
    enum table_form form;
    struct symbols *symbols;
    struct run *run[2];
    struct map functions[2]; /* start of a function: its deeds */
    struct map returns[2];   /* an LR: its deeds */
    struct deeds *deeds[2];
    u32 deed_count[2];
    struct caller list[CALLERS_MOST];
    u32 count;
    u32 depth; /* of those that are being looked for */
    struct map seen;
    bool is_cut, differs, is_untold, is_told;
    struct coverage *coverage[2];
    bool is_sound[2]; /* what the log tells of an op is all of it */
};

/* ---- What the runs did. ---- */

static struct deeds *deeds_at(struct callers *c, u32 side, struct map *map, u32 key)
{
    u32 at = map_get(map, key);
    if (at == MAP_NONE) {
        at = c->deed_count[side]++;
        c->deeds[side][at] = (struct deeds){.first = {.position = UINT64_MAX}};
        map_set(map, key, at);
    }
    return &c->deeds[side][at];
}

static void add(struct deeds *d, u64 count, const struct run_first *first, u32 place)
{
    d->count += count;
    if (d->first.position == UINT64_MAX || first->time < d->first.time) {
        d->first = *first;
        d->place = place;
    }
}

static bool count_run(struct callers *c, u32 side, struct err *err)
{
    struct run *run = c->run[side];
    u32 sites = run_site_count(run);
    u64 *counts = calloc(sites + 1u, sizeof *counts);
    struct run_first *firsts = calloc(sites + 1u, sizeof *firsts);
    bool ok = true;
    c->deeds[side] = calloc(2u * sites + 1u, sizeof *c->deeds[side]);
    CHECK(counts && firsts && c->deeds[side], "out of memory");
    for (u32 place = 0; ok && place < run_thread_count(run); place++) {
        memset(counts, 0, sites * sizeof *counts);
        for (u32 i = 0; i < sites; i++)
            firsts[i].position = UINT64_MAX;
        ok = run_count(run, place, 0, run_thread(run, place)->events, counts, firsts, err);
        for (u32 i = 0; ok && i < sites; i++) {
            const struct run_site *site = run_site(run, i);
            struct symbols_function f;
            if (!counts[i] || site->kind != EVENT_call || site->lr < 4)
                continue;
            struct deeds *at = deeds_at(c, side, &c->returns[side], site->lr);
            at->op = site->op;
            add(at, counts[i], &firsts[i], place);
            if (symbols_function(c->symbols, site->lr - 4, &f))
                add(deeds_at(c, side, &c->functions[side], f.start), counts[i], &firsts[i], place);
        }
    }
    free(counts);
    free(firsts);
    return ok;
}

static const struct deeds *deeds_of(const struct callers *c, u32 side, const struct map *map, u32 key)
{
    u32 at = map_get(map, key);
    return at == MAP_NONE ? NULL : &c->deeds[side][at];
}

/* ---- What the code says. ---- */

static bool take(void *context, const struct symbols_call *call)
{
    struct callers *c = context;
    c->is_cut = c->count == CALLERS_MOST;
    if (c->is_cut)
        return false;
    struct caller *caller = &c->list[c->count++];
    *caller = (struct caller){c->depth, call->site, call->target, call->function, ""};
    snprintf(caller->kind, sizeof caller->kind, "%s", call->kind);
    return true;
}

/* Level by level; each function's callers once. */
static void find_callers(struct callers *c, u32 target, u64 levels)
{
    u32 begin = 0;
    map_set(&c->seen, target, 0);
    c->depth = 1;
    symbols_callers(c->symbols, target, take, c);
    for (c->depth = 2; c->depth <= levels && begin < c->count && !c->is_cut; c->depth++) {
        u32 end = c->count;
        for (; begin < end && !c->is_cut; begin++) {
            u32 function = c->list[begin].function;
            if (!function || map_get(&c->seen, function) != MAP_NONE)
                continue;
            map_set(&c->seen, function, 0);
            symbols_callers(c->symbols, function, take, c);
        }
    }
}

/* ---- Rows. ---- */

static const struct table_column columns[] = {
    {"depth", TABLE_U64, 0},    {"calls", TABLE_TEXT, 0},   {"site", TABLE_HEX, 8},     {"caller", TABLE_TEXT, 0},
    {"kind", TABLE_TEXT, 0},    {"a", TABLE_U64, 0},        {"b", TABLE_U64, 0},        {"a_within", TABLE_U64, 0},
    {"b_within", TABLE_U64, 0}, {"status", TABLE_TEXT, 0},  {"a_thread", TABLE_U64, 0}, {"b_thread", TABLE_U64, 0},
    {"a_first", TABLE_CITE, 0}, {"b_first", TABLE_CITE, 0},
};

/* The first thread that begins with the function. */
static void put_entry(struct table *t, struct run *run, u32 function)
{
    for (u32 i = 0; i < run_thread_count(run); i++)
        if (function && run_thread(run, i)->entry == function) {
            table_u64(t, run_thread(run, i)->thread);
            return;
        }
    table_none(t);
}

static bool is_sound(const struct coverage *c)
{
    char why[160];
    return coverage_tells(c, "call") && coverage_tells(c, "lr") &&
           !coverage_is_least(c, 0, false, 0, UINT64_MAX, why, sizeof why);
}

/* What is judged: calls at one LR, or all within a function; d: NULL for a run that has none. */
struct judged {
    bool is_within;
    const struct deeds *d[2];
};

static u64 count_of(const struct deeds *d)
{
    return d ? d->count : 0;
}

/* Would the log tell the other run's calls too? */
static bool would_tell(const struct callers *c, u32 side, const struct judged *j)
{
    if (!c->is_sound[side])
        return false;
    return j->is_within || !j->d[!side] ? coverage_kind(c->coverage[side]) == COVERAGE_ALL
                                        : coverage_has_op(c->coverage[side], j->d[!side]->op);
}

/* NULL: neither has any. */
static const char *status_of(struct callers *c, const struct judged *j)
{
    u64 count[2] = {count_of(j->d[0]), count_of(j->d[1])};
    u32 fewer = count[0] < count[1] ? 0 : 1;
    if (!count[0] && !count[1]) {
        bool is_told = !j->is_within && would_tell(c, 0, j) && would_tell(c, 1, j);
        c->is_told |= is_told;
        c->is_untold |= !j->is_within && !is_told;
        return NULL;
    }
    bool is_told = count[0] == count[1] || would_tell(c, fewer, j);
    c->is_told |= is_told;
    c->is_untold |= !is_told;
    c->differs |= is_told && count[0] != count[1];
    return !is_told               ? "UNCAPTURED"
           : !count[1]            ? "MISSING"
           : !count[0]            ? "ONLY-B"
           : count[0] == count[1] ? "MATCH"
           : count[0] > count[1]  ? "UNDER"
                                  : "OVER";
}

static void put_counts(struct callers *c, struct table *t, const struct judged *j, bool is_asked)
{
    for (u32 side = 0; side < 2; side++)
        if (j->d[side] || ((is_asked || j->d[!side]) && would_tell(c, side, j)))
            table_u64(t, count_of(j->d[side]));
        else
            table_none(t);
}

static void put_row(struct callers *c, struct table *t, const struct caller *caller)
{
    char name[SYMBOLS_TEXT];
    struct symbols_function callee;
    struct judged at = {0}, within = {.is_within = true};
    bool links = strcmp(caller->kind, "tail") != 0; /* the kernel sees the LR behind it */
    for (u32 side = 0; side < 2; side++) {
        at.d[side] = links ? deeds_of(c, side, &c->returns[side], caller->site + 4) : NULL;
        within.d[side] = caller->function ? deeds_of(c, side, &c->functions[side], caller->function) : NULL;
    }
    bool is_import = links && symbols_function(c->symbols, caller->target, &callee) && !strcmp(callee.how, "import");
    const struct judged *judged = is_import || at.d[0] || at.d[1] ? &at : &within;
    const char *status = status_of(c, judged);
    table_u64(t, caller->depth);
    table_text(t, symbols_name(c->symbols, caller->target, name, sizeof name));
    table_hex(t, caller->site);
    table_text(t, symbols_name(c->symbols, caller->site, name, sizeof name));
    table_text(t, caller->kind);
    put_counts(c, t, &at, is_import);
    put_counts(c, t, &within, false);
    table_text(t, status);
    for (u32 side = 0; side < 2; side++)
        put_entry(t, c->run[side], caller->function);
    for (u32 side = 0; side < 2; side++) {
        const struct deeds *d = judged->d[side];
        if (d)
            table_cite(t, side ? "B" : "A", run_path(c->run[side]), run_thread(c->run[side], d->place)->thread,
                       d->first.index);
        else
            table_none(t);
    }
    table_row(t);
}

static void print(struct callers *c)
{
    struct table t;
    table_begin(&t, c->form, stdout, columns, countof(columns));
    for (u32 i = 0; i < c->count; i++)
        put_row(c, &t, &c->list[i]);
    table_end(&t);
    if (c->form == TABLE_AS_TEXT && !c->count)
        printf("no call of it is known: it may be called through a pointer (symbol_slots), or begin a thread\n");
    if (c->form == TABLE_AS_TEXT && c->is_cut)
        printf("there are more than %u\n", CALLERS_MOST);
}

/* ---- The verb. ---- */

static bool read_options(struct callers *c, const struct cli *cli, u32 *target, u64 *levels, struct err *err)
{
    struct err why;
    struct symbols_function f;
    *levels = 1;
    c->symbols = symbols_open(run_journal(c->run[0]));
    if (!symbols_are_there(c->symbols))
        c->symbols = symbols_open(run_journal(c->run[1]));
    if (!symbols_are_there(c->symbols))
        return err_set(err, "who calls what is in the title's symbols: lockstep symbols TITLE, lockstep attach");
    if (!symbols_address(c->symbols, cli->operands[2], target, &why))
        return err_set(err, "%s: %.900s", cli->operands[2], why.text);
    if (symbols_function(c->symbols, *target, &f))
        *target = f.start;
    return cli_u64(cli, "depth", levels, err) &&
           (*levels || err_set(err, "--depth 0: at least the callers themselves"));
}

static int compare(struct callers *c, const struct cli *cli)
{
    struct err err;
    u32 target;
    u64 levels;
    if (!read_options(c, cli, &target, &levels, &err))
        return cli_fail(cli, EXIT_USAGE, &err);
    if (!count_run(c, 0, &err) || !count_run(c, 1, &err))
        return cli_fail(cli, EXIT_HOST_ERROR, &err);
    for (u32 side = 0; side < 2; side++) {
        c->coverage[side] = coverage_read(run_journal(c->run[side]));
        c->is_sound[side] = is_sound(c->coverage[side]);
    }
    find_callers(c, target, levels);
    print(c);
    return c->differs ? EXIT_HOST_ERROR : c->is_told && !c->is_untold ? EXIT_OK : EXIT_UNCERTAIN;
}

int cmd_callers(const struct cli *cli)
{
    struct err err;
    struct callers *c = calloc(1, sizeof *c);
    CHECK(c, "out of memory");
    int code = table_form(&c->form, cli, &err) ? EXIT_OK : cli_fail(cli, EXIT_USAGE, &err);
    for (u32 side = 0; !code && side < 2; side++) {
        c->run[side] = run_open(cli->operands[side], &err);
        code = c->run[side] ? EXIT_OK : cli_fail(cli, EXIT_HOST_ERROR, &err);
    }
    code = code ? code : compare(c, cli);
    for (u32 side = 0; side < 2; side++) {
        map_free(&c->functions[side]);
        map_free(&c->returns[side]);
        free(c->deeds[side]);
        coverage_destroy(c->coverage[side]);
        run_close(c->run[side]);
    }
    map_free(&c->seen);
    free(c);
    return code;
}
