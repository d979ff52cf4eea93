/* SPDX-License-Identifier: BSD-3-Clause
 * lockstep whatif: which threads would go on if missing signals came, and the fewest that free everything. */
#include "diff/commands.h"
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
    if (!fire->has_time || r->kind != LADDER_WAIT || l->signals_b->rows[r->wait].begin_time <= fire->time)
        return;
    table_show_time(run_clock(l->b), l->signals_b->rows[r->wait].begin_time, text, sizeof text);
    printf("  thread %u begins to wait only at %s: the signal must last until then (a pulse does not)\n",
           thread_of(l, fire->rung), text);
}

static void print_freed(const struct ladder *l, const bool *freed, bool want, const char *what)
{
    u32 count = 0;
    printf("%s:", what);
    for (u32 i = 0; i < l->rung_count; i++)
        if (freed[i] == want)
            printf("%s %s%u", count++ ? "," : "", l->rungs[i].kind == LADDER_CREATION ? "A's " : "", thread_of(l, i));
    puts(count ? "" : " none");
}

static void print_all(const struct ladder *l, const struct fire *fires, u32 count, bool *freed)
{
    char text[128];
    for (u32 i = 0; i < count; i++) {
        printf("fire %s\n", signal_of(l, fires[i].rung, text, sizeof text));
        print_time(l, &fires[i]);
        whatif_fire(l, fires[i].rung, freed);
    }
    if (count) {
        print_freed(l, freed, true, "threads that go on");
        print_freed(l, freed, false, "threads that stay blocked");
    }
    u32 least_count, *least = whatif_least(l, &least_count);
    printf("the fewest signals that free everything: %u\n", least_count);
    for (u32 i = 0; i < least_count; i++)
        printf("  %s\n", signal_of(l, least[i], text, sizeof text));
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

static void put_fire(struct json *j, const struct ladder *l, u32 rung)
{
    const struct ladder_rung *r = &l->rungs[rung];
    const struct ladder_need *n = ladder_need(l, r);
    json_object(j, NULL);
    json_u64(j, "thread", thread_of(l, rung));
    json_text(j, "kind", r->kind == LADDER_WAIT ? "signal" : r->kind == LADDER_RESUME ? "resume" : "create");
    if (n && n->object != (u32)LADDER_NONE) {
        json_hex(j, "hsid", l->signals_b->objects.rows[n->object].hsid, 16);
        json_hex(j, "handle", signals_handle(l->signals_b, n->object), 8);
    }
    json_close(j);
}

static void put_all(const struct ladder *l, const struct fire *fires, u32 count, bool *freed)
{
    struct json j;
    json_begin(&j, stdout);
    json_object(&j, NULL);
    json_array(&j, "fired");
    for (u32 i = 0; i < count; i++) {
        put_fire(&j, l, fires[i].rung);
        whatif_fire(l, fires[i].rung, freed);
    }
    json_close(&j);
    put_threads(&j, "go_on", l, freed, true);
    put_threads(&j, "stay", l, freed, false);
    u32 least_count, *least = whatif_least(l, &least_count);
    json_array(&j, "least");
    for (u32 i = 0; i < least_count; i++)
        put_fire(&j, l, least[i]);
    json_close(&j);
    json_close(&j);
    json_finish(&j);
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
    if (!good) {
        err_set(&err, "--ref GOOD.lsj is needed: what a thread does when it goes on is told by a good run");
        return cli_fail(cli, EXIT_USAGE, &err);
    }
    struct run *a = run_open(good, &err), *b = a ? run_open(cli->operands[0], &err) : NULL;
    bool ok = b && ladder_make(&l, a, b, cli_value(cli, "map"), &err);
    int code = ok ? run_fires(cli, &l) : cli_fail(cli, EXIT_HOST_ERROR, &err);
    if (ok)
        ladder_free(&l);
    run_close(b);
    run_close(a);
    return code;
}
