/* SPDX-License-Identifier: BSD-3-Clause
 * lockstep samples: what two replays saw closer (watched memory, probed registers, branches), each thread's n-th sample
 * of a place beside its counterpart's n-th. */
#include "diff/commands.h"
#include "diff/pairs_open.h"
#include "diff/symbols.h"

#include <stdlib.h>

enum { SAMPLES_MOST = 8 << 20, REGISTERS = 8 };

/* Of a probe: r0 to r31 are their numbers. */
enum { REGISTER_LR = 32, REGISTER_NONE = 64, REGISTER_UNKNOWN /* and behind it: the first, the second, ... */ };

/* One value at one time. Those of one place in one pair of threads are compared in order. */
struct sample {
    u32 pair, pc, address;
    u8 kind, reg, side;
    u32 place; /* of its thread */
    u64 position, value;
};

struct samples {
    struct pairs *pairs;
    struct table table;
    const char *options[2]; /* what each replay was told to look at; NULL: not told */
    u32 base[2];            /* addresses are told from here */
    u8 kind;                /* 0: all */
    bool by_pc, is_each;
    u32 pc;
    struct sample *list;
    u32 count, room;
    u64 differing, untold;
};

static const u8 kinds[] = {EVENT_load, EVENT_store, EVENT_probe, EVENT_branch};

/* ---- Registers of a probe, as the replay was told. ---- */

static const char *const special_registers[] = {"lr", "ctr", "cr", "xer"}; /* from REGISTER_LR on */

/* The options' next probe of the PC, from *at on: its registers, "" without any. NULL: there is none. */
static const char *next_probe(const char **at, u32 pc)
{
    static const char option[] = "--probe ";
    while (*at && (*at = strstr(*at, option))) {
        char *end;
        *at += sizeof option - 1;
        if ((strtoull(*at, &end, 16) & ~3ull) == pc)
            return *end == ':' ? end + 1 : "";
    }
    return NULL;
}

static size_t name_size(const char *list)
{
    return strcspn(list, ", ");
}

/* The name behind, or NULL. */
static const char *next_name(const char *list)
{
    list += name_size(list);
    return *list == ',' ? list + 1 : NULL;
}

static u8 register_of(const char *name)
{
    size_t size = name_size(name);
    for (u8 i = 0; i < countof(special_registers); i++)
        if (size == strlen(special_registers[i]) && !memcmp(name, special_registers[i], size))
            return REGISTER_LR + i;
    return (u8)(*name == 'r' ? strtoul(name + 1, NULL, 10) & 31 : REGISTER_UNKNOWN);
}

/* The n-th register of a probe of so many; of several such probes it is not told of which. */
static u8 register_told(const char *options, u32 pc, u32 count, u32 n)
{
    const char *list, *found = NULL;
    while ((list = next_probe(&options, pc))) {
        const char *name = NULL;
        u32 size = 0;
        for (const char *at = *list && *list != ' ' ? list : NULL; at; at = next_name(at))
            name = size++ == n ? at : name;
        if (size == count && found)
            return (u8)(REGISTER_UNKNOWN + n);
        found = size == count ? name : found;
    }
    return found ? register_of(found) : (u8)(REGISTER_UNKNOWN + n);
}

static bool is_probed(const char *options, u32 pc, u8 reg)
{
    const char *list;
    while ((list = next_probe(&options, pc)))
        for (const char *name = list; name; name = next_name(name))
            if (reg == REGISTER_NONE || (name_size(name) && register_of(name) == reg))
                return true;
    return false;
}

static void name_register(u8 reg, char *out, size_t size)
{
    if (reg < REGISTER_LR)
        snprintf(out, size, "r%u", reg);
    else if (reg < REGISTER_LR + countof(special_registers))
        snprintf(out, size, "%s", special_registers[reg - REGISTER_LR]);
    else if (reg >= REGISTER_UNKNOWN)
        snprintf(out, size, "register %u", reg - REGISTER_UNKNOWN + 1);
}

/* ---- Gathering. ---- */

static bool is_wanted(const struct samples *s, u8 kind)
{
    for (u32 i = 0; i < countof(kinds); i++)
        if (kinds[i] == kind)
            return !s->kind || s->kind == kind;
    return false;
}

static bool add(struct samples *s, const struct sample *sample, struct err *err)
{
    if (s->by_pc && sample->pc != s->pc)
        return true;
    if (s->count == SAMPLES_MOST)
        return err_set(err, "more than %u samples: --kind and --pc make them fewer", SAMPLES_MOST);
    if (s->count == s->room) {
        s->room = s->room ? s->room * 2 : 1024;
        s->list = realloc(s->list, s->room * sizeof *s->list);
        CHECK(s->list, "out of memory");
    }
    s->list[s->count++] = *sample;
    return true;
}

static bool add_probe(struct samples *s, struct sample sample, const struct event *e, struct err *err)
{
    u32 count = e->count > F_probe_v0 ? e->count - F_probe_v0 : 0;
    sample.reg = REGISTER_NONE; /* it was run, no more was asked for */
    if (!count)
        return add(s, &sample, err);
    for (u32 n = 0; n < REGISTERS && n < count; n++) {
        sample.reg = register_told(s->options[sample.side], sample.pc, count, n);
        sample.value = e->v[F_probe_v0 + n];
        if (event_tells(e, F_probe_v0 + n) && !add(s, &sample, err))
            return false;
    }
    return true;
}

static bool add_event(struct samples *s, struct sample sample, const struct event *e, struct err *err)
{
    sample.kind = e->kind;
    sample.pc = (u32)e->v[0];
    switch (e->kind) {
    case EVENT_load:
    case EVENT_store:
        sample.address = (u32)e->v[F_load_address] - s->base[sample.side];
        sample.value = e->v[F_load_value];
        return add(s, &sample, err);
    case EVENT_branch:
        sample.value = e->v[F_branch_target];
        return add(s, &sample, err);
    default:
        return add_probe(s, sample, e, err);
    }
}

static bool gather_thread(struct samples *s, u32 side, u32 place, struct err *err)
{
    struct run *run = side ? s->pairs->b : s->pairs->a;
    const struct pairing *p = &s->pairs->threads;
    u64 *positions = malloc((run_thread(run, place)->events + 1) * sizeof *positions), count = 0;
    struct run_span span;
    struct event e;
    bool ok = true;
    CHECK(positions, "out of memory");
    for (u64 at = 0; run_read(run, place, at, &span, err) && span.count; at = span.position + span.count)
        for (u32 i = 0; i < span.count; i++)
            if (is_wanted(s, run_site(run, span.site[i])->kind))
                positions[count++] = span.position + i;
    for (u64 i = 0; ok && i < count; i++) {
        const struct sample sample = {
            .pair = (side ? p->of_b : p->of_a)[place], .side = (u8)side, .place = place, .position = positions[i]};
        ok = run_event(run, place, positions[i], &e, err) && add_event(s, sample, &e, err);
    }
    free(positions);
    return ok;
}

static int by_place(const void *a, const void *b)
{
    const struct sample *x = a, *y = b;
    const u32 one[] = {x->pair, x->kind, x->pc, x->address, x->reg, x->side},
              two[] = {y->pair, y->kind, y->pc, y->address, y->reg, y->side};
    for (u32 i = 0; i < countof(one); i++)
        if (one[i] != two[i])
            return one[i] < two[i] ? -1 : 1;
    return x->position < y->position ? -1 : x->position > y->position;
}

/* ---- What a replay was told to look at. ---- */

/* Does a watch of these options take the address? */
static bool is_watched(const char *options, u32 address)
{
    static const char option[] = "--watch ";
    for (const char *at = options; (at = strstr(at, option));) {
        char *end;
        at += sizeof option - 1;
        u64 first = strtoull(at, &end, 16), length = 4;
        if (*end == ',')
            length = strtoull(end + 1, NULL, end[1] == '0' && (end[2] | 0x20) == 'x' ? 16 : 10);
        if (address + 8ull > first && address < first + length)
            return true;
    }
    return false;
}

/* Would the run's replay have told such a sample? */
static bool would_tell(const struct samples *s, u32 side, const struct sample *sample)
{
    const char *options = s->options[side];
    if (!options)
        return false;
    static const char *const parts[] = {"--window ", "--limit ", "--thread ", "--until "};
    for (u32 i = 0; i < countof(parts); i++)
        if (strstr(options, parts[i]))
            return false; /* of a part */
    switch (sample->kind) {
    case EVENT_probe:
        return is_probed(options, sample->pc, sample->reg);
    case EVENT_branch:
        return strstr(options, "--trace branches") != NULL;
    default:
        return strstr(options, "--trace memory") || is_watched(options, sample->address + s->base[side]);
    }
}

/* ---- Rows. ---- */

static const struct table_column columns[] = {
    {"a_thread", TABLE_U64, 0},  {"b_thread", TABLE_U64, 0}, {"kind", TABLE_TEXT, 0},   {"pc", TABLE_HEX, 8},
    {"function", TABLE_TEXT, 0}, {"what", TABLE_TEXT, 0},    {"a", TABLE_U64, 0},       {"b", TABLE_U64, 0},
    {"n", TABLE_U64, 0},         {"status", TABLE_TEXT, 0},  {"a_value", TABLE_HEX, 1}, {"b_value", TABLE_HEX, 1},
    {"a_at", TABLE_CITE, 0},     {"b_at", TABLE_CITE, 0},
};

static void put_place(struct samples *s, const struct sample *one)
{
    const struct pair *pair = &s->pairs->threads.pairs[one->pair];
    char what[32] = "", name[SYMBOLS_TEXT];
    struct symbols *symbols = symbols_open(run_journal(s->pairs->b));
    if (one->kind == EVENT_probe)
        name_register(one->reg, what, sizeof what);
    else if (one->kind != EVENT_branch)
        snprintf(what, sizeof what, s->base[0] || s->base[1] ? "+0x%X" : "0x%08X", one->address);
    pairs_put_thread(&s->table, s->pairs->a, pair->a);
    pairs_put_thread(&s->table, s->pairs->b, pair->b);
    table_text(&s->table, event_type(one->kind)->name);
    table_hex_known(&s->table, one->pc);
    table_text(&s->table,
               one->pc && symbols_are_there(symbols) ? symbols_name(symbols, one->pc, name, sizeof name) : NULL);
    table_text(&s->table, *what ? what : NULL);
}

/* The n-th of each, from 1; NULL: that run has none. */
static void put_row(struct samples *s, const struct sample *of[2], const u32 count[2], u32 n, const char *status)
{
    put_place(s, of[0] ? of[0] : of[1]);
    table_u64(&s->table, count[0]);
    table_u64(&s->table, count[1]);
    table_u64(&s->table, n);
    table_text(&s->table, status);
    for (u32 side = 0; side < 2; side++)
        if (of[side] && of[side]->reg != REGISTER_NONE)
            table_hex(&s->table, of[side]->value);
        else
            table_none(&s->table);
    for (u32 side = 0; side < 2; side++)
        if (of[side])
            pairs_put_cite(&s->table, side ? "B" : "A", side ? s->pairs->b : s->pairs->a, of[side]->place,
                           of[side]->position);
        else
            table_none(&s->table);
    table_row(&s->table);
}

/* lists: one place's samples in each run. What they come to is of the first that differs, or of the last. */
static void compare(struct samples *s, const struct sample *lists[2], const u32 count[2])
{
    u32 common = count[0] < count[1] ? count[0] : count[1], most = count[0] > count[1] ? count[0] : count[1], n = 0;
    bool lacks = count[0] != count[1] && !would_tell(s, count[1] > count[0] ? 0 : 1, lists[!common && !count[0]]);
    const char *rest = lacks                 ? "UNCAPTURED"
                       : count[0] > count[1] ? (count[1] ? "FEWER" : "ONLY-A")
                                             : (count[0] ? "MORE" : "ONLY-B");
    const char *status = NULL;
    u32 shown = 0;
    for (; n < most && (s->is_each || !status); n++) {
        const struct sample *of[2] = {n < count[0] ? &lists[0][n] : NULL, n < count[1] ? &lists[1][n] : NULL};
        const char *here = n >= common ? rest : of[0]->value == of[1]->value ? "MATCH" : "DIFF";
        if (!status && strcmp(here, "MATCH")) {
            status = here;
            shown = n;
        }
        if (s->is_each)
            put_row(s, of, count, n + 1, here);
    }
    bool is_untold = status && !strcmp(status, "UNCAPTURED");
    s->differing += status && !is_untold;
    s->untold += is_untold;
    if (s->is_each)
        return;
    shown = status ? shown : most - 1;
    const struct sample *of[2] = {shown < count[0] ? &lists[0][shown] : NULL,
                                  shown < count[1] ? &lists[1][shown] : NULL};
    put_row(s, of, count, shown + 1, status ? status : "MATCH");
}

static void print(struct samples *s)
{
    if (s->count)
        qsort(s->list, s->count, sizeof *s->list, by_place);
    table_begin(&s->table, s->pairs->form, stdout, columns, countof(columns));
    for (u32 i = 0, end; i < s->count; i = end) {
        const struct sample *lists[2] = {&s->list[i], &s->list[i]};
        u32 count[2] = {0};
        for (end = i; end < s->count; end++) {
            struct sample like = s->list[end];
            like.side = s->list[i].side;
            like.position = s->list[i].position;
            if (by_place(&like, &s->list[i]))
                break;
            if (!count[s->list[end].side]++)
                lists[s->list[end].side] = &s->list[end];
        }
        compare(s, lists, count);
    }
    table_end(&s->table);
    if (s->pairs->form == TABLE_AS_TEXT && !s->count)
        printf("neither journal has samples: lockstep replay --watch, --probe or --trace, with -o, sees closer\n");
}

/* ---- The verb. ---- */

static bool read_base(struct samples *s, struct err *err)
{
    const char *text = cli_value(s->pairs->cli, "base"), *comma = text ? strchr(text, ',') : NULL;
    u64 base[2];
    char first[32];
    if (!text)
        return true;
    snprintf(first, sizeof first, "%.*s", comma ? (int)(comma - text) : 0, text);
    if (!comma || !cli_read_u64(first, &base[0]) || !cli_read_u64(comma + 1, &base[1]) || base[0] > UINT32_MAX ||
        base[1] > UINT32_MAX)
        return err_set(err, "--base %s: expected two addresses, A's and B's, with a comma between", text);
    s->base[0] = (u32)base[0];
    s->base[1] = (u32)base[1];
    return true;
}

static bool read_options(struct samples *s, struct err *err)
{
    const struct cli *cli = s->pairs->cli;
    const char *kind = cli_value(cli, "kind");
    u64 pc = 0;
    for (u32 i = 0; kind && i < countof(kinds); i++)
        s->kind = strcmp(event_type(kinds[i])->name, kind) ? s->kind : kinds[i];
    if (kind && !s->kind)
        return err_set(err, "--kind %s: expected load, store, probe or branch", kind);
    s->is_each = cli_has(cli, "each");
    s->by_pc = cli_has(cli, "pc");
    if (!cli_u64(cli, "pc", &pc, err) || !read_base(s, err))
        return false;
    s->pc = (u32)pc;
    return pc <= UINT32_MAX || err_set(err, "--pc %s: no address is that great", cli_value(cli, "pc"));
}

int cmd_samples(const struct cli *cli)
{
    struct err err;
    struct pairs p;
    int code = pairs_open(&p, cli);
    struct samples s = {.pairs = &p};
    bool ok = true;
    if (!code && !read_options(&s, &err))
        code = cli_fail(cli, EXIT_USAGE, &err);
    for (u32 side = 0; !code && ok && side < 2; side++) {
        struct run *run = side ? p.b : p.a;
        s.options[side] = journal_get(run_journal(run), "detail.options");
        for (u32 place = 0; ok && place < run_thread_count(run); place++)
            ok = gather_thread(&s, side, place, &err);
    }
    if (!code && (!ok || !pairs_are_whole(&p, &err))) {
        code = cli_fail(cli, EXIT_HOST_ERROR, &err);
    } else if (!code) {
        print(&s);
        code = s.differing ? EXIT_HOST_ERROR : s.untold || !s.count ? EXIT_UNCERTAIN : EXIT_OK;
    }
    free(s.list);
    pairs_close(&p);
    return code;
}
