/* SPDX-License-Identifier: BSD-3-Clause
 * Which events the user wants to see (diff/select.h). */
#include "diff/select.h"
#include "schema/export.h"

#include <stdlib.h>

bool select_matches(const char *pattern, const char *text)
{
    const char *star = NULL, *retry = NULL;
    while (*text) {
        if (*pattern == '*') {
            star = ++pattern;
            retry = text;
        } else if (*pattern == *text) {
            pattern++;
            text++;
        } else if (star) {
            pattern = star;
            text = ++retry;
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return !*pattern;
}

/* "entry:0x821748F0" names the one thread of that entry, "entry:0x821748F0#1" the second of several. */
static const struct survey_thread *thread_by_entry(const char *text, const struct survey *survey, struct err *err)
{
    char address[24];
    u64 entry, nth = 0, found = 0;
    const char *hash = strchr(text, '#');
    const struct survey_thread *last = NULL;
    snprintf(address, sizeof address, "%.*s", hash ? (int)(hash - text) : 20, text);
    if (!cli_read_u64(address, &entry) || (hash && !cli_read_u64(hash + 1, &nth))) {
        err_set(err, "--thread entry:%s: expected entry:ADDRESS or entry:ADDRESS#N", text);
        return NULL;
    }
    for (size_t i = 0; i < survey->thread_count; i++)
        if (survey->threads[i].entry == entry && found++ == nth)
            last = &survey->threads[i];
    if (!last)
        err_set(err, "--thread entry:%s: the journal has %llu threads of that entry", text, (unsigned long long)found);
    else if (!hash && found > 1) {
        err_set(err, "--thread entry:%s: %llu threads have that entry: add #0 to #%llu", text,
                (unsigned long long)found, (unsigned long long)found - 1);
        return NULL;
    }
    return last;
}

/* A number is an id; hex is a lineage, or an id where no lineage fits. */
bool select_read_thread(const char *text, const struct survey *survey, u32 *thread, struct err *err)
{
    char hex[32];
    u64 number;
    const struct survey_thread *t = NULL;
    bool is_number = cli_read_u64(text, &number);
    snprintf(hex, sizeof hex, "0x%s", text);
    if (!strncmp(text, "entry:", 6)) {
        t = thread_by_entry(text + 6, survey, err);
        if (!t)
            return false;
    } else if (is_number && !strncmp(text, "0x", 2)) {
        t = survey_lineage(survey, number);
    } else if (strlen(text) == 16 && cli_read_u64(hex, &number)) {
        t = survey_lineage(survey, number);
    }
    if (!t && is_number && number <= UINT32_MAX)
        t = survey_thread(survey, (u32)number);
    if (!t)
        return err_set(err, "--thread %s: the journal has no such thread", text);
    *thread = t->thread;
    return true;
}

/* Verbs have those of the options that make sense for them. */
static const char *option(const struct cli *cli, const char *name)
{
    return cli_takes(cli, name) ? cli_value(cli, name) : NULL;
}

static bool read_number(const struct cli *cli, const char *name, u64 *value, struct err *err)
{
    return !cli_takes(cli, name) || cli_u64(cli, name, value, err);
}

static bool read_window(struct select *select, const struct cli *cli, struct journal_reader *journal, struct err *err)
{
    const char *from = option(cli, "from"), *to = option(cli, "to");
    struct place place;
    struct err why;
    if (from && !place_read(&place, journal, from, &why))
        return err_set(err, "--from %.900s", why.text);
    if (from && place.by_seq)
        select->filter.first_seq = place.seq;
    else if (from)
        select->filter.first_time = place.time;
    if (to && !place_read(&place, journal, to, &why))
        return err_set(err, "--to %.900s", why.text);
    if (to && (place.by_seq ? place.seq : place.time) == 0)
        return err_set(err, "--to %s: no event is before the beginning", to);
    if (to && place.by_seq)
        select->filter.last_seq = place.seq - 1;
    else if (to)
        select->filter.last_time = place.time - 1;
    const struct journal_filter *f = &select->filter;
    if (from && to && (f->last_seq < f->first_seq || f->last_time < f->first_time))
        return err_set(err, "--to %s is not behind --from %s", to, from);
    return true;
}

/* What symbols_address reads. */
static bool read_address(struct journal_reader *journal, const char *name, const char *text, u32 *address,
                         struct err *err)
{
    struct err why;
    return symbols_address(symbols_open(journal), text, address, &why) ||
           err_set(err, "--%s %s: %.300s", name, text, why.text);
}

static bool read_function(struct select *select, struct journal_reader *journal, const char *text, struct err *err)
{
    struct symbols_function function;
    u32 address;
    if (!symbols_are_there(symbols_open(journal)))
        return err_set(err, "--function %s: the journal has no symbols; lockstep attach adds them", text);
    if (!read_address(journal, "function", text, &address, err))
        return false;
    if (!symbols_function(symbols_open(journal), address, &function))
        return err_set(err, "--function %s: no function is known there", text);
    select->by_function = true;
    select->function_start = function.start;
    select->function_end = function.end;
    return true;
}

/* "339..356", "339..", "..356", "339". */
static bool read_index(struct select *select, const char *text, struct err *err)
{
    const char *dots = strstr(text, "..");
    char first[24];
    select->first_index = 0;
    select->last_index = UINT32_MAX;
    snprintf(first, sizeof first, "%.*s", dots ? (int)(dots - text) : 20, text);
    bool ok = (dots == text || cli_read_u64(first, &select->first_index)) &&
              (!dots || !dots[2] || cli_read_u64(dots + 2, &select->last_index));
    if (!dots)
        select->last_index = select->first_index;
    select->by_index = true;
    if (!ok)
        return err_set(err, "--index %s: expected N, N..M, N.. or ..M", text);
    return select->first_index <= select->last_index || err_set(err, "--index %s: the first is behind the last", text);
}

/* A pattern may fit nothing; a name is to be one. */
static bool check_kind(const char *pattern, struct err *err)
{
    const char *name = pattern + (*pattern == '!');
    bool found = strchr(name, '*') != NULL;
    for (u32 kind = 0; kind < EVENT_KINDS; kind++)
        found |= event_type(kind) && !strcmp(event_type(kind)->name, name);
    return found || err_set(err, "--kind %s: there is no such kind of event", pattern);
}

bool select_read(struct select *select, const struct cli *cli, struct journal_reader *journal,
                 const struct survey *survey, struct err *err)
{
    *select = (struct select){.filter = {.last_time = UINT64_MAX, .last_seq = UINT64_MAX}};
    const char *thread = option(cli, "thread"), *function = option(cli, "function"), *index = option(cli, "index"),
               *lr = option(cli, "lr");
    select->filter.by_thread = thread != NULL;
    if ((thread && !select_read_thread(thread, survey, &select->filter.thread, err)) ||
        (lr && !read_address(journal, "lr", lr, &select->lr, err)) || !read_window(select, cli, journal, err) ||
        (function && !read_function(select, journal, function, err)) || (index && !read_index(select, index, err)) ||
        !read_number(cli, "object", &select->object, err))
        return false;
    select->op = option(cli, "op");
    select->kind = option(cli, "kind");
    if (select->kind && !check_kind(select->kind, err))
        return false;
    select->by_lr = lr != NULL;
    select->by_object = option(cli, "object");
    return true;
}

/* "!NAME": all but that. */
static bool fits(const char *pattern, const char *kind, const char *op)
{
    bool is_not = pattern[0] == '!';
    pattern += is_not;
    return (select_matches(pattern, kind) || (op && select_matches(pattern, op))) != is_not;
}

bool select_wants_site(const struct select *select, struct journal_reader *journal, u32 kind, u32 op, u32 lr)
{
    char buffer[64];
    if ((select->by_lr && lr != select->lr) ||
        (select->by_function && (lr - 4 < select->function_start || lr - 4 >= select->function_end)))
        return false;
    const struct event_type *type = event_type(kind);
    const char *name = type ? type->name : "unknown";
    if (select->kind && !fits(select->kind, name, NULL))
        return false;
    return !select->op || fits(select->op, name, op ? journal_op_name(journal, op, buffer, sizeof buffer) : NULL);
}

/* The value stands in the event as a handle, an identity, or a call's argument. */
static bool names_object(const struct event *e, u64 value)
{
    const struct event_type *type = event_type(e->kind);
    if (e->kind == EVENT_call) {
        const struct export *x = export_find(e->op);
        for (u32 i = 0; x && i < x->count && i < F_call_text; i++)
            if (e->v[i] == value && (x->arguments[i].type == ARG_HANDLE || x->arguments[i].type == ARG_PTR))
                return true;
        return false;
    }
    if (e->kind == EVENT_return)
        return e->v[F_return_out0] == value && value;
    for (u32 i = 0; type && i < type->field_count; i++)
        if (e->v[i] == value && (type->fields[i].meaning == MEANING_HANDLE || type->fields[i].meaning == MEANING_HSID))
            return true;
    return false;
}

static bool names_it(const struct select *select, const struct event *e)
{
    bool is_named = names_object(e, select->object);
    for (u32 i = 0; i < select->name_count && !is_named; i++) {
        const struct select_name *n = &select->names[i];
        is_named = e->seq >= n->from_seq && e->seq <= n->to_seq && names_object(e, n->value);
    }
    return is_named;
}

bool select_wants(const struct select *select, struct journal_reader *journal, const struct event *event)
{
    return (!select->by_index || (event->index >= select->first_index && event->index <= select->last_index)) &&
           select_wants_site(select, journal, event->kind, event->op, event->lr) &&
           (!select->by_object || names_it(select, event));
}

struct journal_cursor *select_open(const struct select *select, struct journal_reader *journal, struct err *err)
{
    struct journal_filter filter = select->filter;
    u32 count = journal_site_count(journal);
    u8 *sites = NULL;
    if (select->op || select->kind || select->by_lr || select->by_function) {
        sites = malloc(count + 1u);
        CHECK(sites, "out of memory");
        for (u32 i = 0; i < count; i++) {
            const struct journal_site *site = journal_site(journal, i);
            sites[i] = select_wants_site(select, journal, site->kind, site->op, site->lr);
        }
    }
    filter.sites = sites;
    filter.by_index = select->by_index;
    if (select->by_index) {
        filter.least_index = select->first_index > UINT32_MAX ? UINT32_MAX : (u32)select->first_index;
        filter.most_index = select->last_index > UINT32_MAX ? UINT32_MAX : (u32)select->last_index;
    }
    struct journal_cursor *c = journal_cursor_open(journal, &filter, err);
    free(sites);
    return c;
}

struct window select_window(const struct select *select, const struct run *run)
{
    const struct journal_filter *f = &select->filter;
    return (struct window){
        .place = f->by_thread ? run_thread_place(run, f->thread) : UINT32_MAX,
        .from_time = f->first_time,
        .to_time = f->last_time == UINT64_MAX ? UINT64_MAX : f->last_time + 1,
        .from_seq = f->first_seq,
        .to_seq = f->last_seq == UINT64_MAX ? UINT64_MAX : f->last_seq + 1,
    };
}
