/* SPDX-License-Identifier: BSD-3-Clause */
#include "emu/host/detail.h"

#include "emu/host/report.h"
#include "emu/memory/memory.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- Options. ---- */

/* "2.5s", "event:N", "insn:N", "THREAD@INDEX", or nothing. */
static bool read_place(const char *text, struct detail_place *place)
{
    char *end;
    *place = (struct detail_place){.kind = PLACE_OPEN};
    if (!*text)
        return true;
    if (!strncmp(text, "event:", 6)) {
        place->kind = PLACE_SEQ;
        return cli_read_u64(text + 6, &place->value);
    }
    if (!strncmp(text, "insn:", 5)) {
        place->kind = PLACE_NUMBER;
        return cli_read_u64(text + 5, &place->value);
    }
    if (strchr(text, '@')) {
        place->kind = PLACE_INDEX;
        place->thread = (u32)strtoul(text, &end, 10);
        return end != text && *end == '@' && cli_read_u64(end + 1, &place->value);
    }
    place->kind = PLACE_TIME;
    return cli_read_ticks(text, &place->value);
}

static bool read_window(struct detail *d, const char *text, struct err *err)
{
    char from[64];
    const char *dots = strstr(text, "..");
    if (d->window_count == DETAIL_WINDOWS)
        return err_set(err, "--window %s: more than %d windows", text, DETAIL_WINDOWS);
    struct detail_window *w = &d->window[d->window_count++];
    if (!dots || (size_t)(dots - text) >= sizeof from)
        return err_set(err, "--window %s: expected FROM..TO", text);
    memcpy(from, text, (size_t)(dots - text));
    from[dots - text] = '\0';
    if (read_place(from, &w->from) && read_place(dots + 2, &w->to))
        return true;
    return err_set(err, "--window %s: a place is a time (2.5s, 123t), event:N, THREAD@INDEX or insn:N", text);
}

static bool read_hex(const char *text, char **end, u32 *value)
{
    unsigned long number = strtoul(text, end, 16);
    *value = (u32)number;
    return *end != text && number <= UINT32_MAX;
}

static bool read_watch(struct trace *t, const char *text, struct err *err)
{
    char *end;
    u32 address, pa;
    u64 size = 4;
    if (!read_hex(text, &end, &address) || (*end && (*end != ',' || !cli_read_u64(end + 1, &size))) || !size ||
        size > 0x100000 || address + (size - 1) > UINT32_MAX)
        return err_set(err, "--watch %s: expected ADDRESS (hex) or ADDRESS,LENGTH, of at most 1 MiB", text);
    if (t->watch_count == TRACE_WATCHES)
        return err_set(err, "--watch %s: more than %d watches", text, TRACE_WATCHES);
    if (memory_physical(address, &pa))
        address = 0xA0000000u + pa;
    t->watch[t->watch_count].first = address;
    t->watch[t->watch_count++].last = address + (u32)(size - 1);
    t->kinds |= TRACE_MEMORY;
    return true;
}

static bool read_register(const char *text, size_t size, u8 *out)
{
    static const struct {
        const char *name;
        u8 which;
    } names[] = {{"lr", TRACE_LR}, {"ctr", TRACE_CTR}, {"cr", TRACE_CR}, {"xer", TRACE_XER}};
    for (u32 i = 0; i < countof(names); i++)
        if (size == strlen(names[i].name) && !memcmp(text, names[i].name, size)) {
            *out = names[i].which;
            return true;
        }
    u32 n = 0;
    for (size_t i = 1; i < size; i++) {
        if (text[i] < '0' || text[i] > '9' || n > 31)
            return false;
        n = n * 10 + (u32)(text[i] - '0');
    }
    *out = (u8)n;
    return size > 1 && text[0] == 'r' && n < 32;
}

/* "PC" or "PC:r3,r4,lr". */
static bool read_probe(struct trace *t, const char *text, struct err *err)
{
    char *end;
    u32 pc;
    if (t->probe_count == TRACE_PROBES)
        return err_set(err, "--probe %s: more than %d probes", text, TRACE_PROBES);
    bool good = read_hex(text, &end, &pc) && (!*end || *end == ':');
    u32 count = 0;
    u8 *registers = t->probe[t->probe_count].registers;
    for (const char *p = good && *end ? end + 1 : ""; good && *p;) {
        size_t size = strcspn(p, ",");
        good = count < TRACE_REGISTERS && read_register(p, size, &registers[count++]);
        p += size + (p[size] == ',');
    }
    if (!good)
        return err_set(err, "--probe %s: expected PC (hex) or PC:REGISTERS, at most %d of r0...r31, lr, ctr, cr, xer",
                       text, TRACE_REGISTERS);
    t->probe[t->probe_count].pc = pc & ~3u;
    t->probe[t->probe_count++].count = count;
    return true;
}

static bool read_kind(struct detail *d, const char *kind, struct err *err)
{
    if (!strcmp(kind, "branches"))
        d->trace.kinds |= TRACE_BRANCHES;
    else if (!strcmp(kind, "instructions"))
        d->trace.kinds |= TRACE_INSTRUCTIONS;
    else if (!strcmp(kind, "memory"))
        d->trace.kinds |= TRACE_MEMORY;
    else if (strcmp(kind, "calls") != 0)
        return err_set(err, "--trace %s: expected calls, branches, instructions or memory", kind);
    d->is_on = true;
    return true;
}

/* An id, a lineage in hex (16 digits, or 0x), entry:ADDRESS or entry:ADDRESS#N, as other verbs take them. */
static bool read_thread(struct detail *d, const char *text, struct err *err)
{
    char part[32];
    u64 number;
    bool is_entry = !strncmp(text, "entry:", 6);
    const char *hash = is_entry ? strchr(text, '#') : NULL;
    snprintf(part, sizeof part, "%s%.*s", is_entry || strlen(text) != 16 ? "" : "0x",
             hash ? (int)(hash - text - 6) : 24, is_entry ? text + 6 : text);
    if (!cli_read_u64(part, &number) || (hash && !cli_read_u64(hash + 1, &d->nth)))
        return err_set(err, "--thread %s: expected an id, a lineage in hex or entry:ADDRESS[#N]", text);
    d->has_thread = true;
    d->thread = (u32)number;
    if (!is_entry && strncmp(part, "0x", 2) != 0)
        return number <= UINT32_MAX || err_set(err, "--thread %s: no id is that great", text);
    d->name = text;
    d->has_nth = hash;
    d->is_by_entry = is_entry;
    d->thread = DETAIL_NOBODY;
    *(is_entry ? &d->entry : &d->lineage) = number;
    return true;
}

static struct detail_thread *thread_of(struct detail *d, u32 thread)
{
    if (thread >= d->thread_count) {
        u32 count = thread + thread / 2 + 64;
        d->threads = realloc(d->threads, count * sizeof *d->threads);
        CHECK(d->threads, "out of memory");
        memset(d->threads + d->thread_count, 0, (count - d->thread_count) * sizeof *d->threads);
        d->thread_count = count;
    }
    return &d->threads[thread];
}

/* A thread that is named by its origin is known when it is made. */
static void meet_thread(struct detail *d, u32 thread, u64 entry, u64 lineage)
{
    struct detail_thread *t = thread_of(d, thread);
    if (t->seen)
        return;
    t->seen = true;
    bool is_it = d->is_by_entry ? entry == d->entry && d->met++ == d->nth : lineage == d->lineage;
    if (is_it)
        d->thread = thread;
}

static void look_for_thread(struct detail *d, const struct event *event)
{
    if (!d->name)
        return;
    if (event->kind == EVENT_thread_create)
        meet_thread(d, (u32)event->v[F_thread_create_child], event->v[F_thread_create_entry],
                    event->v[F_thread_create_lineage]);
    else if (event->kind == EVENT_thread_start)
        meet_thread(d, event->thread, event->v[F_thread_start_entry], event->v[F_thread_start_lineage]);
}

/* Was it one thread? */
static bool check_thread(const struct detail *d, struct err *err)
{
    if (!d->name)
        return true;
    if (d->thread == DETAIL_NOBODY)
        return err_set(err, "--thread %s: the run has no such thread", d->name);
    if (d->is_by_entry && !d->has_nth && d->met > 1)
        return err_set(err, "--thread %s: %llu threads have that entry: add #0 to #%llu", d->name,
                       (unsigned long long)d->met, (unsigned long long)d->met - 1);
    return true;
}

bool detail_read(struct detail *d, const struct cli *cli, struct err *err)
{
    const char *text;
    for (u32 i = 0; (text = cli_next(cli, "trace", &i));)
        if (!read_kind(d, text, err))
            return false;
    for (u32 i = 0; (text = cli_next(cli, "watch", &i));)
        if (!read_watch(&d->trace, text, err))
            return false;
    for (u32 i = 0; (text = cli_next(cli, "probe", &i));)
        if (!read_probe(&d->trace, text, err))
            return false;
    d->is_on |= d->trace.watch_count || d->trace.probe_count;
    for (u32 i = 0; (text = cli_next(cli, "window", &i));)
        if (!read_window(d, text, err))
            return false;
    if ((cli_value(cli, "thread") && !read_thread(d, cli_value(cli, "thread"), err)) ||
        !cli_u64(cli, "limit", &d->limit, err))
        return false;
    bool limits = d->window_count || d->has_thread || cli_has(cli, "output");
    if (limits && !d->is_on)
        return err_set(err, "--window, --thread and -o go with --trace, --watch or --probe");
    if (d->is_on && !cli_has(cli, "output"))
        return err_set(err, "where to? give the detail's name with -o DETAIL.lsj");
    return true;
}

/* ---- The journal. ---- */

static bool is_carried(const char *key)
{
    return strncmp(key, "journal.", 8) != 0 && strncmp(key, "end.", 4) != 0 && strcmp(key, "wedge") != 0 &&
           strcmp(key, "schema") != 0 && strcmp(key, "events") != 0 && strcmp(key, "command") != 0;
}

static void put_command(struct detail *d, const struct cli *cli)
{
    char text[2048];
    size_t at = 0;
    text[0] = '\0';
    for (u32 i = 0; i < cli->given_count && at < sizeof text; i++) {
        const char *value = cli->given_values[i];
        at += (size_t)snprintf(text + at, sizeof text - at, "%s--%s%s%s", i ? " " : "",
                               cli->verb->options[cli->given[i]].name, value && *value ? " " : "", value ? value : "");
    }
    journal_meta(d->writer, "detail.options", text);
}

bool detail_create(struct detail *d, const struct cli *cli, struct journal_reader *of, struct err *err)
{
    d->writer = journal_create(cli_value(cli, "output"), err);
    if (!d->writer)
        return false;
    for (size_t i = 0; i < journal_meta_count(of); i++) {
        const char *key, *value;
        journal_meta_at(of, i, &key, &value);
        if (is_carried(key))
            journal_meta(d->writer, key, value);
    }
    journal_meta(d->writer, "events", "detail");
    journal_meta(d->writer, "detail.of", cli->operands[0]);
    put_command(d, cli);
    return true;
}

static void append(struct detail *d, const struct event *event)
{
    struct event own = *event;
    d->is_full |= d->limit && d->seq >= d->limit;
    if (d->is_full)
        return;
    own.seq = d->seq++;
    own.index = thread_of(d, event->thread)->index++;
    journal_append(d->writer, &own);
}

static bool is_past(const struct detail_place *place, u64 number, u64 time)
{
    return (place->kind == PLACE_TIME && time >= place->value) ||
           (place->kind == PLACE_NUMBER && number >= place->value);
}

static bool is_open(const struct detail *d, u32 thread, u64 number, u64 time)
{
    if (d->has_thread && thread != d->thread)
        return false;
    for (u32 i = 0; i < d->window_count; i++) {
        const struct detail_window *w = &d->window[i];
        if (!w->is_over && (w->has_begun || is_past(&w->from, number, time)) && !is_past(&w->to, number, time))
            return true;
    }
    return !d->window_count;
}

static bool wanted(void *context, u32 thread, u64 number, u64 time)
{
    return is_open(context, thread, number, time);
}

/* Only events open and close these; others are asked about at each instruction. */
static bool may_open(const struct detail *d)
{
    for (u32 i = 0; i < d->window_count; i++) {
        const struct detail_window *w = &d->window[i];
        bool waits = !w->has_begun && (w->from.kind == PLACE_SEQ || w->from.kind == PLACE_INDEX);
        if (!w->is_over && !waits)
            return true;
    }
    return !d->window_count;
}

static void quiet(struct detail *d)
{
    bool is_quiet = !may_open(d);
    if (is_quiet == d->trace.is_quiet)
        return;
    d->trace.is_quiet = is_quiet;
    trace_change(d->engine);
}

static bool is_at(const struct detail_place *place, const struct event *event)
{
    return (place->kind == PLACE_SEQ && event->seq >= place->value) ||
           (place->kind == PLACE_INDEX && event->thread == place->thread && event->index >= place->value);
}

static void tell(void *context, struct event *event)
{
    struct detail *d = context;
    if (d->trace.watch_count && (event->kind == EVENT_load || event->kind == EVENT_store)) {
        struct machine *m = d->engine->m;
        u32 callers[3] = {0};
        if (m->running) {
            struct ppc c = m->threads[m->running].cpu;
            c.pc = event->v[F_store_pc] ? (u32)event->v[F_store_pc] : c.pc;
            report_backtrace(d->engine, &c, callers, countof(callers));
        }
        for (u32 i = 0; i < countof(callers); i++)
            event->v[F_store_caller0 + i] = callers[i];
    }
    append(d, event);
}

void detail_attach(struct detail *d, struct engine *e)
{
    for (u32 i = 0; i < d->window_count; i++)
        d->window[i].has_begun = d->window[i].from.kind == PLACE_OPEN;
    d->engine = e;
    d->trace.context = d;
    d->trace.emit = tell;
    d->trace.wanted = d->window_count || d->has_thread ? wanted : NULL;
    d->trace.is_quiet = !may_open(d);
    if (!d->trace.kinds && !d->trace.probe_count)
        return;
    e->trace = &d->trace;
    trace_change(e);
    if (!d->window_count && !d->has_thread)
        trace_tell_watched(e);
}

void detail_hear(struct detail *d, const struct event *event)
{
    look_for_thread(d, event);
    if (!d->engine) /* while it boots */
        return;
    for (u32 i = 0; i < d->window_count; i++)
        if (is_at(&d->window[i].from, event))
            d->window[i].has_begun = true;
    if (is_open(d, event->thread, d->engine->m->instructions, event->time))
        append(d, event);
    for (u32 i = 0; i < d->window_count; i++)
        if (is_at(&d->window[i].to, event))
            d->window[i].is_over = true;
    quiet(d);
}

void detail_intern(struct detail *d, const char *text, size_t size)
{
    if (d->writer)
        journal_intern(d->writer, text, size);
}

static void forget_threads(struct detail *d)
{
    free(d->threads);
    d->threads = NULL;
    d->thread_count = 0;
}

bool detail_finish(struct detail *d, struct err *err)
{
    if (!d->writer)
        return true;
    if (d->engine)
        d->engine->trace = NULL;
    struct journal_writer *w = d->writer;
    d->writer = NULL;
    forget_threads(d);
    return journal_finish(w, err) && check_thread(d, err);
}

void detail_abandon(struct detail *d)
{
    if (d->writer)
        journal_abandon(d->writer);
    d->writer = NULL;
    forget_threads(d);
}
