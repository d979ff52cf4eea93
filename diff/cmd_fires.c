/* SPDX-License-Identifier: BSD-3-Clause
 * lockstep fires: how often each call was made in two runs, site by site. */
#include "diff/commands.h"
#include "diff/fires.h"
#include "diff/jitter.h"
#include "diff/pairs_open.h"
#include "diff/symbols.h"

#include <inttypes.h>
#include <stdlib.h>

enum { COLUMNS_MOST = 24 };

struct printing {
    struct pairs *pairs;
    struct fires fires;
    struct table table;
    struct table_column columns[COLUMNS_MOST];
    u32 column_count;
};

/* ---- Options. ---- */

static bool read_dimensions(const struct cli *cli, u32 *dimensions, struct err *err)
{
    const char *by = cli_value(cli, "by"), *group = cli_value(cli, "group");
    *dimensions = by || group ? 0 : FIRES_OP | FIRES_LR;
    if (by && strcmp(by, "op") && strcmp(by, "thread") && strcmp(by, "lr"))
        return err_set(err, "--by %s: expected lr, op or thread", by);
    if (group && strcmp(group, "family") && strcmp(group, "function") && strcmp(group, "thread"))
        return err_set(err, "--group %s: expected family, function or thread", group);
    if (by)
        *dimensions |= FIRES_OP | (*by == 'l' ? FIRES_LR : *by == 't' ? FIRES_THREAD : 0);
    if (group)
        *dimensions |= *group == 't' ? FIRES_THREAD : group[1] == 'a' ? FIRES_FAMILY : FIRES_FUNCTION;
    return true;
}

/* "1.9s..2.1s" on each run's own clock; a side may be empty. */
static bool read_times(const char *text, struct pairs *p, struct window windows[2], struct err *err)
{
    const char *dots = strstr(text, "..");
    char from[64] = "", to[64] = "";
    struct run *run[2] = {p->a, p->b};
    if (!dots || (size_t)(dots - text) >= sizeof from || strlen(dots + 2) >= sizeof to)
        return err_set(err, "--window %s: expected common, all or T1..T2", text);
    memcpy(from, text, (size_t)(dots - text));
    memcpy(to, dots + 2, strlen(dots + 2));
    for (u32 side = 0; side < 2; side++)
        if ((*from && !common_read_time(run[side], from, &windows[side].from_time, err)) ||
            (*to && !common_read_time(run[side], to, &windows[side].to_time, err)))
            return false;
    for (u32 side = 0; side < 2; side++)
        if (windows[side].to_time <= windows[side].from_time)
            return err_set(err, "--window %s: it ends before it begins in %s", text, run_path(run[side]));
    return true;
}

static bool read_window(struct pairs *p, struct window windows[2], struct err *err)
{
    const char *text = cli_value(p->cli, "window");
    struct common common;
    windows[0] = windows[1] = WINDOW_ALL;
    if (!text || !strcmp(text, "all"))
        return true;
    if (strcmp(text, "common"))
        return read_times(text, p, windows, err);
    common_find(&common, p->a, p->b);
    if (!common.is_known)
        return err_set(err, "--window common: the clock of %s (%s) is no time", run_path(common.without_time),
                       run_clock(common.without_time)->name);
    memcpy(windows, common.window, sizeof common.window);
    return true;
}

/* --wrapper 0x824AA2F0,0x824AB158 ... */
static bool read_wrappers(const struct cli *cli, struct fires_options *o, struct err *err)
{
    u32 place = 0;
    const char *list;
    while ((list = cli_next(cli, "wrapper", &place)))
        for (const char *p = list; *p; p += *p == ',') {
            char number[32] = "";
            size_t size = strcspn(p, ",");
            u64 address;
            memcpy(number, p, size < sizeof number - 1 ? size : sizeof number - 1);
            if (!cli_read_u64(number, &address) || address > UINT32_MAX || o->wrapper_count == FIRES_WRAPPERS_MOST)
                return err_set(err, "--wrapper %s: expected at most %u addresses with commas between", list,
                               FIRES_WRAPPERS_MOST);
            o->wrappers[o->wrapper_count++] = (u32)address;
            p += size;
        }
    return true;
}

static bool read_options(struct pairs *p, struct fires_options *o, struct err *err)
{
    const char *class = cli_value(p->cli, "class");
    *o = (struct fires_options){.op = cli_value(p->cli, "op"), .is_unwrapped = cli_has(p->cli, "unwrap")};
    return read_dimensions(p->cli, &o->dimensions, err) && (!class || keys_read_kind(class, &o->kind, err)) &&
           read_window(p, o->window, err) && read_wrappers(p->cli, o, err) && jitter_check_lists(p->cli, err);
}

static bool add_references(const struct cli *cli, struct fires *fires, struct err *err)
{
    struct jitter_names names = {0};
    while (jitter_next_name(cli, &names))
        if (!fires_add_reference(fires, names.path, err))
            return false;
    return true;
}

/* ---- Columns. ---- */

static void add_column(struct printing *p, const char *name, u8 type, u8 digits)
{
    p->columns[p->column_count++] = (struct table_column){name, type, digits};
}

static void choose_columns(struct printing *p)
{
    u32 dimensions = p->fires.options->dimensions;
    add_column(p, "op", TABLE_TEXT, 0);
    add_column(p, "lr", TABLE_HEX, 8);
    add_column(p, "function", TABLE_TEXT, 0);
    if (dimensions & FIRES_FAMILY)
        add_column(p, "family", TABLE_HEX, 8);
    if (dimensions & FIRES_THREAD) {
        add_column(p, "a_thread", TABLE_U64, 0);
        add_column(p, "b_thread", TABLE_U64, 0);
    }
    add_column(p, "a", TABLE_U64, 0);
    add_column(p, "b", TABLE_U64, 0);
    add_column(p, "status", TABLE_TEXT, 0);
    add_column(p, "ratio", TABLE_RATIO, 0);
    if (p->fires.references) {
        add_column(p, "a_least", TABLE_U64, 0);
        add_column(p, "a_most", TABLE_U64, 0);
    }
    add_column(p, "a_common", TABLE_U64, 0);
    add_column(p, "b_common", TABLE_U64, 0);
    add_column(p, "a_per_second", TABLE_RATIO, 0);
    add_column(p, "b_per_second", TABLE_RATIO, 0);
    add_column(p, "noise", TABLE_TEXT, 0);
    add_column(p, "a_first", TABLE_CITE, 0);
    add_column(p, "b_first", TABLE_CITE, 0);
    add_column(p, "reason", TABLE_TEXT, 0);
}

/* ---- Rows. ---- */

static struct run *named_by(const struct fires *f, const struct fires_row *r)
{
    return f->run[r->count[0] ? 0 : 1];
}

static void put_function(struct table *t, const struct fires *f, const struct fires_key *key)
{
    char name[SYMBOLS_TEXT];
    const char *found = NULL;
    for (u32 side = 0; side < 2 && !found; side++) {
        struct symbols *s = symbols_open(run_journal(f->run[side]));
        if (key->function)
            found = symbols_find_name(s, key->function, name, sizeof name);
        else if (key->lr)
            found = symbols_find_return_name(s, key->lr, name, sizeof name);
    }
    table_text(t, found);
}

static void put_key(struct table *t, const struct fires *f, const struct fires_row *r)
{
    u32 dimensions = f->options->dimensions;
    const struct pair nobody = {.a = PAIR_NOBODY, .b = PAIR_NOBODY};
    const struct pair *pair = r->key.pair == PAIR_NOBODY ? &nobody : &f->pairing->pairs[r->key.pair];
    table_text(t, dimensions & FIRES_OP ? run_op_name(named_by(f, r), r->key.op) : NULL);
    table_hex_known(t, dimensions & FIRES_LR ? r->key.lr : 0);
    put_function(t, f, &r->key);
    if (dimensions & FIRES_FAMILY)
        table_hex_known(t, r->key.family);
    if (dimensions & FIRES_THREAD) {
        pairs_put_thread(t, f->run[0], pair->a);
        pairs_put_thread(t, f->run[1], pair->b);
    }
}

static void put_common(struct table *t, const struct fires *f, const struct fires_row *r)
{
    for (u32 side = 0; side < 2; side++)
        if (f->common.is_known)
            table_u64(t, r->common[side]);
        else
            table_none(t);
    for (u32 side = 0; side < 2; side++) {
        const struct window *w = &f->options->window[side];
        u64 from = w->from_time > f->common.first[side] ? w->from_time : f->common.first[side];
        u64 to = w->to_time < f->common.last[side] ? w->to_time : f->common.last[side];
        table_ratio(t, r->count[side] * run_clock(f->run[side])->hz,
                    run_clock(f->run[side])->hz && to > from ? to - from : 0);
    }
}

static void put_row(struct printing *p, const struct fires_row *r)
{
    struct table *t = &p->table;
    const struct fires *f = &p->fires;
    put_key(t, f, r);
    table_u64(t, r->count[0]);
    table_u64(t, r->count[1]);
    table_text(t, fires_status_name(r->status));
    table_ratio(t, r->count[0], r->count[1]);
    if (f->references) {
        table_u64(t, r->least);
        table_u64(t, r->most);
    }
    put_common(t, f, r);
    table_text(t, fires_noise_name(r->noise));
    for (u32 side = 0; side < 2; side++)
        if (r->count[side])
            table_cite(t, side ? "B" : "A", run_path(f->run[side]), run_thread(f->run[side], r->place[side])->thread,
                       r->first[side].index);
        else
            table_none(t);
    table_text(t, *r->reason ? r->reason : NULL);
    table_row(t);
}

/* ---- Totals. ---- */

struct sums {
    u64 count[2], rows[FIRES_STATUSES], fires[FIRES_STATUSES][2];
};

static struct sums sum_up(const struct fires *f)
{
    struct sums s = {0};
    for (u32 i = 0; i < f->row_count; i++) {
        const struct fires_row *r = &f->rows[i];
        s.rows[r->status]++;
        for (u32 side = 0; side < 2; side++) {
            s.count[side] += r->count[side];
            s.fires[r->status][side] += r->count[side];
        }
    }
    return s;
}

static bool adds_up(const struct fires *f, const struct sums *s)
{
    return s->count[0] == f->total[0] && s->count[1] == f->total[1];
}

static void put_totals(struct json *j, const struct fires *f)
{
    struct sums s = sum_up(f);
    json_object(j, "totals");
    json_u64(j, "rows", f->row_count);
    json_u64(j, "a", s.count[0]);
    json_u64(j, "b", s.count[1]);
    json_u64(j, "a_journal", f->total[0]);
    json_u64(j, "b_journal", f->total[1]);
    json_bool(j, "adds_up", adds_up(f, &s));
    if (f->options->is_unwrapped) {
        json_u64(j, "unwrapped", f->unwrapped.resolved);
        json_u64(j, "wrapped", f->unwrapped.left);
        json_bool(j, "has_symbols", f->unwrapped.has_symbols);
    }
    json_object(j, "statuses");
    for (u8 i = 0; i < FIRES_STATUSES; i++) {
        json_object(j, fires_status_name(i));
        json_u64(j, "rows", s.rows[i]);
        json_u64(j, "a", s.fires[i][0]);
        json_u64(j, "b", s.fires[i][1]);
        json_close(j);
    }
    json_close(j);
    json_close(j);
}

enum { FAMILIES_LEAST = 3, SUSPECTS_MOST = 8 };

/* Without symbols a wrapper shows by who comes by: threads that have nothing else in common. */
static void print_suspects(const struct fires *f)
{
    u32 shown = 0;
    for (u32 i = 0; i < f->row_count && shown < SUSPECTS_MOST; i++) {
        const struct fires_row *r = &f->rows[i];
        u32 families = r->key.lr && !r->is_wrapped ? fires_count_families(f, r->key.op, r->key.lr) : 0;
        if (families < FAMILIES_LEAST)
            continue;
        printf("  %s 0x%08X is perhaps in a wrapper: threads of %u entries come by\n",
               run_op_name(named_by(f, r), r->key.op), r->key.lr, families);
        shown++;
    }
}

static void print_unwrapped(const struct fires *f)
{
    const struct fires_unwrapped *u = &f->unwrapped;
    printf("unwrapped: %u call sites became those of their only callers; %u stay, whose callers no event tells\n",
           u->resolved, u->left);
    if (u->start_count)
        printf("  a probe where the wrapper starts tells its caller by LR: --lr-trace=");
    for (u32 i = 0; i < u->start_count; i++)
        printf("%s0x%08X%s", i ? "," : "", u->starts[i], i + 1 == u->start_count ? "\n" : "");
    if (!u->has_symbols) {
        printf(
            "  neither journal has symbols, and calls tell no frames: attach the title's (lockstep symbols, lockstep "
            "attach), or name wrappers (--wrapper)\n");
        print_suspects(f);
    }
}

static void print_common(const struct fires *f)
{
    char text[2][64];
    if (!f->common.is_known) {
        printf("no common time: the clock of %s (%s) is no time\n", run_path(f->common.without_time),
               run_clock(f->common.without_time)->name);
        return;
    }
    for (u32 side = 0; side < 2; side++)
        table_show_duration(run_clock(f->run[side]), f->common.last[side] - f->common.first[side], text[side],
                            sizeof text[side]);
    printf("A is %s long, B %s: a_common and b_common count as far as both reach\n", text[0], text[1]);
}

static bool has_symbols(const struct fires *f)
{
    return symbols_are_there(symbols_open(run_journal(f->run[0]))) ||
           symbols_are_there(symbols_open(run_journal(f->run[1])));
}

static void print_totals(const struct fires *f)
{
    struct sums s = sum_up(f);
    printf("%u row%s, A %" PRIu64 ", B %" PRIu64 " calls\n", f->row_count, cli_plural(f->row_count), s.count[0],
           s.count[1]);
    for (u8 i = 0; i < FIRES_STATUSES; i++)
        if (s.rows[i])
            printf("  %-10s %6" PRIu64 " row%s, A %" PRIu64 ", B %" PRIu64 "\n", fires_status_name(i), s.rows[i],
                   cli_plural(s.rows[i]), s.fires[i][0], s.fires[i][1]);
    printf("checksum: rows sum to A %" PRIu64 ", B %" PRIu64 "; the journals hold A %" PRIu64 ", B %" PRIu64 ": %s\n",
           s.count[0], s.count[1], f->total[0], f->total[1], adds_up(f, &s) ? "the same" : "NOT THE SAME");
    print_common(f);
    if (f->options->is_unwrapped)
        print_unwrapped(f);
    else if (f->options->dimensions & FIRES_LR && !has_symbols(f))
        printf("neither journal has symbols: an LR within a wrapper stands for all who call it (lockstep attach, "
               "--unwrap)\n");
}

static void print(struct printing *p)
{
    struct json j;
    choose_columns(p);
    if (p->pairs->form == TABLE_AS_JSON) {
        json_begin(&j, stdout);
        json_object(&j, NULL);
        table_begin_within(&p->table, &j, "rows", p->columns, p->column_count);
    } else {
        table_begin(&p->table, p->pairs->form, stdout, p->columns, p->column_count);
    }
    for (u32 i = 0; i < p->fires.row_count; i++)
        put_row(p, &p->fires.rows[i]);
    table_end(&p->table);
    if (p->pairs->form == TABLE_AS_JSON) {
        put_totals(&j, &p->fires);
        json_close(&j);
        json_finish(&j);
    } else if (p->pairs->form == TABLE_AS_TEXT) {
        print_totals(&p->fires);
    }
}

static int compare(struct pairs *pairs)
{
    struct fires_options options;
    struct printing p = {.pairs = pairs};
    struct err err;
    if (!read_options(pairs, &options, &err))
        return cli_fail(pairs->cli, EXIT_USAGE, &err);
    bool ok = fires_make(&p.fires, &pairs->threads, &options, &err) && add_references(pairs->cli, &p.fires, &err) &&
              pairs_are_whole(pairs, &err);
    int code = ok ? EXIT_OK : cli_fail(pairs->cli, EXIT_HOST_ERROR, &err);
    if (ok) {
        fires_judge(&p.fires);
        print(&p);
        code = fires_exit_code(&p.fires);
    }
    fires_free(&p.fires);
    return code;
}

int cmd_fires(const struct cli *cli)
{
    struct pairs pairs;
    int code = pairs_open(&pairs, cli);
    code = code ? code : compare(&pairs);
    pairs_close(&pairs);
    return code;
}
