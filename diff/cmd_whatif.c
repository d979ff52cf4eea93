/* SPDX-License-Identifier: BSD-3-Clause
 * lockstep whatif: which threads would go on if missing signals came, and the fewest that free everything. */
#include "diff/commands.h"
#include "diff/pairs_open.h"
#include "diff/table.h"
#include "diff/whatif.h"

#include <stdlib.h>

/* "OBJECT" or "OBJECT@T". */
struct fire {
    char name[64];
    bool has_time;
    u64 time;
    u32 rung;
};

static bool read_fire(const struct ladder *l, const char *text, struct fire *fire, struct err *err)
{
    size_t length = strcspn(text, "@");
    u64 ticks = 0, hz = run_clock(l->b)->hz;
    *fire = (struct fire){.has_time = text[length] == '@'};
    if (length >= sizeof fire->name)
        return err_set(err, "--fire %s: no hsid, handle or thread is that long", text);
    memcpy(fire->name, text, length);
    if (fire->has_time && !(hz ? cli_read_ticks(text + length + 1, &ticks) : cli_read_u64(text + length + 1, &ticks)))
        return err_set(err, "--fire %s: %s is no time", text, text + length + 1);
    fire->time = hz ? ticks / 50000000 * hz + ticks % 50000000 * hz / 50000000 : ticks;
    fire->rung = whatif_find(l, fire->name);
    return fire->rung != (u32)LADDER_NONE ||
           err_set(err,
                   "--fire %s: no blocked thread of %s waits for that (an hsid or handle in hex, or T7 for what thread "
                   "7 waits for)",
                   text, run_path(l->b));
}

enum outcome { GOES_ON, STAYS, WAITS_IN_A };

static enum outcome outcome_of(const struct ladder *l, const bool *freed, u32 rung)
{
    const struct ladder_need *n = ladder_need(l, &l->rungs[rung]);
    return freed[rung] ? GOES_ON : n && n->state == LADDER_AS_IN_A ? WAITS_IN_A : STAYS;
}

/* Of a LADDER_WAIT: the log's number of the call. */
static u32 wait_index(const struct ladder *l, const struct ladder_rung *r)
{
    const struct wait *w = signals_wait(l->signals_b, r->wait);
    return run_index(l->b, w->place, w->call);
}

static u32 thread_of(const struct ladder *l, u32 rung)
{
    const struct ladder_rung *r = &l->rungs[rung];
    return run_thread(r->kind == LADDER_CREATION ? l->a : l->b, r->place)->thread;
}

static const char *signal_of(const struct ladder *l, u32 rung, char *text, size_t capacity)
{
    const struct ladder_rung *r = &l->rungs[rung];
    const struct ladder_need *n = ladder_need(l, r);
    if (r->kind != LADDER_WAIT || !n || n->object == (u32)LADDER_NONE) {
        snprintf(text, capacity, "%s thread %u", r->kind == LADDER_CREATION ? "create A's" : "resume",
                 thread_of(l, rung));
        return text;
    }
    const struct object *o = &l->signals_b->objects.rows[n->object];
    u32 handle = signals_handle(l->signals_b, n->object);
    snprintf(text, capacity, "%s 0x%llX, for thread %u", object_type_name((enum object_type)o->type),
             (unsigned long long)(o->hsid  ? o->hsid
                                  : handle ? handle
                                           : signals_address(l->signals_b, n->object)),
             thread_of(l, rung));
    return text;
}

/* What the time means for a wait that had not begun by then. */
static void print_time(const struct ladder *l, const struct fire *fire)
{
    const struct ladder_rung *r = &l->rungs[fire->rung];
    char text[64];
    if (!fire->has_time || r->kind != LADDER_WAIT || signals_wait(l->signals_b, r->wait)->begin_time <= fire->time)
        return;
    table_show_time(run_clock(l->b), signals_wait(l->signals_b, r->wait)->begin_time, text, sizeof text);
    printf("  thread %u begins to wait only at %s: the signal must last until then (a pulse does not)\n",
           thread_of(l, fire->rung), text);
}

/* The place of the wait, which is B's. */
static void print_place(const struct ladder *l, u32 rung)
{
    const struct ladder_rung *r = &l->rungs[rung];
    if (r->kind == LADDER_WAIT)
        printf(" [B:%u@%u]", thread_of(l, rung), wait_index(l, r));
}

static void print_freed(const struct ladder *l, const bool *freed, enum outcome want, const char *what)
{
    u32 count = 0;
    for (u32 i = 0; i < l->rung_count; i++)
        count += outcome_of(l, freed, i) == want;
    if (!count && want == WAITS_IN_A)
        return;
    printf("%s:%s", what, count ? "" : " none");
    count = 0;
    for (u32 i = 0; i < l->rung_count; i++)
        if (outcome_of(l, freed, i) == want) {
            printf("%s %s%u", count++ ? "," : "", l->rungs[i].kind == LADDER_CREATION ? "A's " : "", thread_of(l, i));
            print_place(l, i);
        }
    putchar('\n');
}

static void print_signal(const struct ladder *l, u32 rung, const char *before)
{
    const struct ladder_need *n = ladder_need(l, &l->rungs[rung]);
    char text[128], lr[TABLE_ADDRESS];
    printf("%s%s", before, signal_of(l, rung, text, sizeof text));
    print_place(l, rung);
    if (n && n->has_signal && n->signal.kind != DEED_NONE) {
        u32 thread = run_thread(l->a, n->signal.place)->thread;
        printf("; in A by thread %u, %s lr %s [A:%u@%u]", thread, n->signal.op ? run_op_name(l->a, n->signal.op) : "?",
               table_show_address(n->signal.lr, lr), thread, run_index(l->a, n->signal.place, n->signal.position));
    }
    putchar('\n');
}

static void print_all(const struct ladder *l, const struct fire *fires, u32 count, bool *freed)
{
    for (u32 i = 0; i < count; i++) {
        print_signal(l, fires[i].rung, "fire ");
        print_time(l, &fires[i]);
        whatif_fire(l, fires[i].rung, freed);
    }
    if (count) {
        print_freed(l, freed, GOES_ON, "threads that go on");
        print_freed(l, freed, STAYS, "threads that stay blocked");
    }
    u32 least_count, *least = whatif_least(l, &least_count);
    ladder_print_doubts(l, stdout);
    printf("the fewest signals that free all that is part of the wedge: %u\n", least_count);
    for (u32 i = 0; i < least_count; i++)
        print_signal(l, least[i], "  ");
    print_freed(l, freed, WAITS_IN_A, "no part of the wedge, since A waits there for ever, too");
    free(least);
}

static void put_threads(struct json *j, const char *key, const struct ladder *l, const bool *freed, bool want)
{
    json_array(j, key);
    for (u32 i = 0; i < l->rung_count; i++)
        if (freed[i] == want && l->rungs[i].kind != LADDER_CREATION)
            json_u64(j, NULL, thread_of(l, i));
    json_close(j);
}

static void put_rung(struct json *j, const struct ladder *l, u32 rung)
{
    const struct ladder_rung *r = &l->rungs[rung];
    json_u64(j, "thread", thread_of(l, rung));
    if (r->kind == LADDER_WAIT)
        json_u64(j, "index", wait_index(l, r));
    else
        json_null(j, "index");
}

/* Each blocked thread, where it waits and what becomes of it. */
static void put_outcomes(struct json *j, const struct ladder *l, const bool *freed)
{
    static const char *const names[] = {"goes on", "stays", "waits in A too"};
    json_array(j, "threads");
    for (u32 i = 0; i < l->rung_count; i++) {
        const struct ladder_rung *r = &l->rungs[i];
        json_object(j, NULL);
        json_text(j, "run", r->kind == LADDER_CREATION ? "a" : "b");
        put_rung(j, l, i);
        json_text(j, "outcome", names[outcome_of(l, freed, i)]);
        json_close(j);
    }
    json_close(j);
}

static void put_expected(struct json *j, const struct ladder *l, const struct ladder_need *n)
{
    if (!n || !n->has_signal || n->signal.kind == DEED_NONE) {
        json_null(j, "expected");
        return;
    }
    json_object(j, "expected");
    json_u64(j, "thread", run_thread(l->a, n->signal.place)->thread);
    json_u64(j, "index", run_index(l->a, n->signal.place, n->signal.position));
    json_text(j, "op", n->signal.op ? run_op_name(l->a, n->signal.op) : NULL);
    json_hex_known(j, "lr", n->signal.lr, 8);
    json_close(j);
}

static void put_fire(struct json *j, const struct ladder *l, u32 rung)
{
    const struct ladder_rung *r = &l->rungs[rung];
    const struct ladder_need *n = ladder_need(l, r);
    json_object(j, NULL);
    put_rung(j, l, rung);
    json_text(j, "kind", r->kind == LADDER_WAIT ? "signal" : r->kind == LADDER_RESUME ? "resume" : "create");
    if (n && n->object != (u32)LADDER_NONE) {
        json_hex_known(j, "hsid", l->signals_b->objects.rows[n->object].hsid, 16);
        json_hex_known(j, "handle", signals_handle(l->signals_b, n->object), 8);
    }
    put_expected(j, l, n);
    json_close(j);
}

static void put_all(const struct ladder *l, const struct fire *fires, u32 count, bool *freed)
{
    struct json j;
    json_begin(&j, stdout);
    json_object(&j, NULL);
    json_text(&j, "a", run_path(l->a));
    json_text(&j, "b", run_path(l->b));
    json_bool(&j, "waits_told", signals_tell_waits(l->signals_b));
    json_bool(&j, "reference_waits_told", ladder_tells_waits_of_a(l));
    json_bool(&j, "paired", ladder_has_pairs(l));
    json_array(&j, "fired");
    for (u32 i = 0; i < count; i++) {
        put_fire(&j, l, fires[i].rung);
        whatif_fire(l, fires[i].rung, freed);
    }
    json_close(&j);
    put_threads(&j, "go_on", l, freed, true);
    put_threads(&j, "stay", l, freed, false);
    put_outcomes(&j, l, freed);
    u32 least_count, *least = whatif_least(l, &least_count);
    json_array(&j, "least");
    for (u32 i = 0; i < least_count; i++)
        put_fire(&j, l, least[i]);
    json_close(&j);
    json_close(&j);
    json_finish(&j);
    free(least);
}

static const struct table_column columns[] = {
    {"run", TABLE_TEXT, 0},         {"thread", TABLE_U64, 0},      {"outcome", TABLE_TEXT, 0},
    {"fewest", TABLE_BOOL, 0},      {"object", TABLE_HEX, 16},     {"expected_thread", TABLE_U64, 0},
    {"expected_op", TABLE_TEXT, 0}, {"expected_lr", TABLE_HEX, 8}, {"at", TABLE_CITE, 0},
    {"expected_at", TABLE_CITE, 0},
};

static void put_expected_cells(struct table *t, const struct ladder *l, const struct ladder_need *n)
{
    bool has = n && n->has_signal && n->signal.kind != DEED_NONE;
    table_hex_known(t, n && n->object != (u32)LADDER_NONE ? l->signals_b->objects.rows[n->object].hsid : 0);
    pairs_put_thread(t, l->a, has ? n->signal.place : PAIR_NOBODY);
    table_text(t, has && n->signal.op ? run_op_name(l->a, n->signal.op) : NULL);
    table_hex_known(t, has ? n->signal.lr : 0);
}

static bool is_among(const u32 *rungs, u32 count, u32 rung)
{
    for (u32 i = 0; i < count; i++)
        if (rungs[i] == rung)
            return true;
    return false;
}

/* A row for each blocked thread; fewest: its signal is one of the fewest that free everything. */
static void put_table(const struct ladder *l, const struct fire *fires, u32 count, bool *freed)
{
    static const char *const names[] = {"goes on", "stays", "waits in A too"};
    struct table t;
    u32 least_count, *least = whatif_least(l, &least_count);
    for (u32 i = 0; i < count; i++)
        whatif_fire(l, fires[i].rung, freed);
    table_begin(&t, TABLE_AS_CSV, stdout, columns, countof(columns));
    for (u32 i = 0; i < l->rung_count; i++) {
        const struct ladder_rung *r = &l->rungs[i];
        const struct ladder_need *n = ladder_need(l, r);
        const struct wait *w = r->kind == LADDER_WAIT ? signals_wait(l->signals_b, r->wait) : NULL;
        table_text(&t, r->kind == LADDER_CREATION ? "a" : "b");
        table_u64(&t, thread_of(l, i));
        table_text(&t, names[outcome_of(l, freed, i)]);
        table_bool(&t, is_among(least, least_count, i));
        put_expected_cells(&t, l, n);
        if (w)
            pairs_put_cite(&t, "B", l->b, w->place, w->call);
        else
            table_none(&t);
        if (n && n->has_signal && n->signal.kind != DEED_NONE)
            pairs_put_cite(&t, "A", l->a, n->signal.place, n->signal.position);
        else
            table_none(&t);
        table_row(&t);
    }
    table_end(&t);
    free(least);
}

static int run_fires(const struct cli *cli, const struct ladder *l)
{
    struct fire fires[CLI_GIVEN_MAX];
    struct err err;
    u32 count = 0, place = 0;
    bool *freed = calloc(l->rung_count + 1, sizeof *freed);
    CHECK(freed, "out of memory");
    int code = EXIT_OK;
    for (const char *text; code == EXIT_OK && (text = cli_next(cli, "fire", &place));)
        if (!read_fire(l, text, &fires[count++], &err))
            code = cli_fail(cli, EXIT_USAGE, &err);
    if (code == EXIT_OK && cli_has(cli, "json"))
        put_all(l, fires, count, freed);
    else if (code == EXIT_OK && cli_has(cli, "csv"))
        put_table(l, fires, count, freed);
    else if (code == EXIT_OK)
        print_all(l, fires, count, freed);
    free(freed);
    return code;
}

int cmd_whatif(const struct cli *cli)
{
    struct err err;
    struct ladder l;
    const char *good = cli_value(cli, "ref");
    enum table_form form;
    if (!table_form(&form, cli, &err))
        return cli_fail(cli, EXIT_USAGE, &err);
    if (!good) {
        err_set(&err, "--ref GOOD.lsj is needed: what a thread does when it goes on is told by a good run");
        return cli_fail(cli, EXIT_USAGE, &err);
    }
    struct run *a = run_open(good, &err), *b = a ? run_open(cli->operands[0], &err) : NULL;
    bool is_mapped = b && pairs_map_is_good(cli, a, b, &err);
    bool ok = is_mapped && ladder_make(&l, a, b, cli_value(cli, "map"), &err);
    int code = ok ? run_fires(cli, &l) : cli_fail(cli, b && !is_mapped ? EXIT_USAGE : EXIT_HOST_ERROR, &err);
    if (ok)
        ladder_free(&l);
    run_close(b);
    run_close(a);
    return code;
}
