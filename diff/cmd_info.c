/* SPDX-License-Identifier: BSD-3-Clause
 * lockstep info: what made a journal and what is in it. */
#include "diff/clock.h"
#include "diff/commands.h"
#include "diff/fill.h"
#include "diff/run.h"
#include "diff/survey.h"
#include "diff/symbols.h"
#include "diff/table_show.h"

#include <stdlib.h>

struct info {
    struct journal_reader *r;
    struct survey survey;
    u64 inputs[256]; /* by kind */
    u64 file_size;   /* with its write-ahead log */
    u64 first_time;
    u64 last_time;
    struct err input_damage;
    u64 damaged_inputs;
    struct run_clock clock;
    const char *ended;
    u32 calling; /* threads that call anything */
};

static u64 size_of(const char *path)
{
    FILE *file = fopen(path, "rb");
    long size = file && !fseek(file, 0, SEEK_END) ? ftell(file) : 0;
    if (file)
        fclose(file);
    return size > 0 ? (u64)size : 0;
}

static u64 size_with_log(const char *path)
{
    char log[4096];
    int n = snprintf(log, sizeof log, "%s-wal", path);
    return size_of(path) + (n > 0 && (size_t)n < sizeof log ? size_of(log) : 0);
}

static void count_inputs(struct info *info)
{
    struct journal_input_record record;
    struct err err;
    int found;
    while ((found = journal_next_input(info->r, &record, &err))) {
        if (found > 0 && (u32)record.kind < countof(info->inputs))
            info->inputs[record.kind]++;
        else if (found < 0 && !info->damaged_inputs++)
            info->input_damage = err;
    }
}

/* The schema is for machines, and what import --resume needs is for that. */
static bool is_for_people(const char *key)
{
    return strcmp(key, "schema") && strcmp(key, "wedge") && strncmp(key, "resume.", 7);
}

static void print_meta(const struct info *info)
{
    for (size_t i = 0; i < journal_meta_count(info->r); i++) {
        const char *key, *value;
        journal_meta_at(info->r, i, &key, &value);
        if (!is_for_people(key) || !strncmp(key, "journal.", 8))
            continue;
        printf("%-32s ", key);
        for (; *value; value++)
            putchar((u8)*value < 0x20 || *value == 0x7F ? '.' : *value);
        putchar('\n');
    }
}

static void print_seconds(const struct info *info, u64 time)
{
    char text[48];
    if (info->clock.hz == 50000000)
        printf("%llu.%06llu", (unsigned long long)(time / 50000000), (unsigned long long)(time / 50 % 1000000));
    else
        fputs(table_show_time(&info->clock, time, text, sizeof text), stdout);
}

/* The last event of the machine says so; a log of another engine has none. */
static void read_end(struct info *info)
{
    struct err err;
    const struct event *e;
    struct journal_filter filter = {.by_thread = true, .last_time = UINT64_MAX, .last_seq = UINT64_MAX};
    const char *told = journal_get(info->r, "end.reason");
    info->ended = told ? told : journal_is_whole(info->r) ? "not told" : "cut short";
    if (!info->survey.kinds[EVENT_end])
        return;
    filter.first_seq = journal_event_count(info->r) - 1;
    struct journal_cursor *c = journal_cursor_open(info->r, &filter, &err);
    if (journal_cursor_next(c, &e, &err) == 1 && e->kind == EVENT_end)
        info->ended = end_reason_name((enum end_reason)e->v[F_end_reason]);
    journal_cursor_close(c);
}

static void count_calling(struct info *info, const char *path)
{
    struct err err;
    struct run *run = run_open(path, &err);
    for (u32 i = 0; run && i < run_thread_count(run); i++)
        info->calling += run_thread(run, i)->keys > 0;
    run_close(run);
}

static void gather(struct info *info, const char *path)
{
    info->file_size = size_with_log(path);
    survey_make(&info->survey, info->r);
    count_inputs(info);
    info->clock = clock_of(info->r);
    read_end(info);
    count_calling(info, path);
    info->first_time = journal_event_count(info->r) ? UINT64_MAX : 0;
    for (size_t i = 0; i < info->survey.thread_count; i++) {
        const struct survey_thread *t = &info->survey.threads[i];
        if (!t->events)
            continue;
        info->first_time = t->first_time < info->first_time ? t->first_time : info->first_time;
        info->last_time = t->last_time > info->last_time ? t->last_time : info->last_time;
    }
}

static bool has_times(const struct info *info)
{
    return info->last_time >= info->first_time && journal_event_count(info->r);
}

static void print_counts(const struct info *info)
{
    u64 events = journal_event_count(info->r);
    printf("%-32s %llu in %zu blocks", "events", (unsigned long long)events, journal_block_count(info->r));
    if (events)
        printf(", %.2f bytes each in the file", (double)info->file_size / (double)events);
    printf("\n%-32s %s", "clock", info->clock.name);
    if (info->clock.hz)
        printf(", %llu a second, in steps of %llu", (unsigned long long)info->clock.hz,
               (unsigned long long)info->clock.quantum);
    printf("\n%-32s %s", "ended", info->ended);
    printf("\n%-32s ", info->clock.hz ? "time covered, s" : "covered");
    if (has_times(info)) {
        print_seconds(info, info->first_time);
        printf(" to ");
        print_seconds(info, info->last_time);
    } else {
        printf("nothing");
    }
    putchar('\n');
    for (u32 kind = 0; kind < EVENT_KINDS; kind++)
        if (info->survey.kinds[kind])
            printf("  %-30s %llu\n", event_type(kind) ? event_type(kind)->name : "unknown",
                   (unsigned long long)info->survey.kinds[kind]);
    printf("%-32s %llu\n", "inputs", (unsigned long long)journal_input_count(info->r));
    for (u32 kind = 0; kind < countof(info->inputs); kind++)
        if (info->inputs[kind])
            printf("  %-30s %llu\n", input_type(kind) ? input_type(kind)->name : "unknown",
                   (unsigned long long)info->inputs[kind]);
}

static void print_threads(const struct info *info)
{
    printf("%-32s %u that call anything\n  %6s  %-18s  %-10s  %6s  %10s  %s\n", "threads", info->calling, "id",
           "lineage", "entry", "parent", "events", "first and last, s");
    for (size_t i = 0; i < info->survey.thread_count; i++) {
        const struct survey_thread *t = &info->survey.threads[i];
        char lineage[24] = "unknown", entry[TABLE_ADDRESS], parent[16] = "-";
        if (t->lineage)
            snprintf(lineage, sizeof lineage, "0x%016llX", (unsigned long long)t->lineage);
        if (t->created)
            snprintf(parent, sizeof parent, "%u", t->parent);
        printf("  %6u  %-18s  %-10s  %6s  %10llu  ", t->thread, t->thread ? lineage : "-",
               t->thread ? table_show_address(t->entry, entry) : "-", parent, (unsigned long long)t->events);
        if (t->events) {
            print_seconds(info, t->first_time);
            printf("  ");
            print_seconds(info, t->last_time);
        } else {
            printf("never started");
        }
        if (t->thread && t->entry)
            symbols_print(symbols_open(info->r), t->entry, stdout);
        puts(t->thread ? "" : "  (the machine)");
    }
}

static void print_symbols(const struct info *info)
{
    struct symbols *s = symbols_open(info->r);
    struct symbols_source source;
    if (symbols_are_there(s))
        printf("%-32s %llu functions\n", "symbols", (unsigned long long)symbols_function_count(s));
    for (u32 i = 0; symbols_source_at(s, i, &source); i++)
        printf("  %-30s %s, %llu names\n", source.kind, source.path, (unsigned long long)source.count);
}

static void print_info(const struct info *info)
{
    if (journal_is_whole(info->r))
        printf("%-32s whole\n", "journal");
    else
        printf("%-32s cut short: what was committed is there%s\n", "journal",
               journal_get(info->r, "resume.state") ? "; import --resume goes on" : "");
    print_meta(info);
    print_counts(info);
    print_symbols(info);
    print_threads(info);
    if (info->survey.damaged)
        printf("DAMAGED: %llu blocks; the first: %s\n", (unsigned long long)info->survey.damaged,
               info->survey.damage.text);
    if (info->damaged_inputs)
        printf("DAMAGED: %llu inputs; the first: %s\n", (unsigned long long)info->damaged_inputs,
               info->input_damage.text);
}

static void put_known(struct json *j, const char *key, bool is_known, u64 value)
{
    if (is_known)
        json_u64(j, key, value);
    else
        json_null(j, key);
}

static void put_threads(struct json *j, const struct info *info)
{
    char name[SYMBOLS_TEXT];
    json_array(j, "threads");
    for (size_t i = 0; i < info->survey.thread_count; i++) {
        const struct survey_thread *t = &info->survey.threads[i];
        json_object(j, NULL);
        json_u64(j, "thread", t->thread);
        json_hex_known(j, "lineage", t->lineage, 16);
        json_hex_known(j, "entry", t->entry, 8);
        json_text(j, "function",
                  t->entry ? symbols_find_name(symbols_open(info->r), t->entry, name, sizeof name) : NULL);
        put_known(j, "parent", t->created, t->parent);
        json_u64(j, "events", t->events);
        put_known(j, "first_time", t->events, t->first_time);
        put_known(j, "last_time", t->events, t->last_time);
        json_close(j);
    }
    json_close(j);
}

static void put_counts(struct json *j, const struct info *info)
{
    json_object(j, "clock");
    json_text(j, "name", info->clock.name);
    json_u64(j, "hz", info->clock.hz);
    json_u64(j, "quantum", info->clock.quantum);
    json_close(j);
    json_text(j, "ended", info->ended);
    json_object(j, "kinds");
    for (u32 kind = 0; kind < EVENT_KINDS; kind++)
        if (event_type(kind) && info->survey.kinds[kind])
            json_u64(j, event_type(kind)->name, info->survey.kinds[kind]);
    json_close(j);
    json_object(j, "inputs");
    for (u32 kind = 0; kind < countof(info->inputs); kind++)
        if (input_type(kind) && info->inputs[kind])
            json_u64(j, input_type(kind)->name, info->inputs[kind]);
    json_close(j);
}

static void put_symbols(struct json *j, const struct info *info)
{
    struct symbols *s = symbols_open(info->r);
    struct symbols_source source;
    json_array(j, "symbols");
    for (u32 i = 0; symbols_source_at(s, i, &source); i++) {
        json_object(j, NULL);
        json_text(j, "kind", source.kind);
        json_text(j, "path", source.path);
        json_u64(j, "count", source.count);
        json_close(j);
    }
    json_close(j);
}

static void put_info(const struct info *info)
{
    struct json j;
    json_begin(&j, stdout);
    json_object(&j, NULL);
    json_bool(&j, "whole", journal_is_whole(info->r));
    json_u64(&j, "events", journal_event_count(info->r));
    json_u64(&j, "input_count", journal_input_count(info->r));
    json_u64(&j, "blocks", journal_block_count(info->r));
    json_u64(&j, "file_size", info->file_size);
    put_known(&j, "first_time", has_times(info), info->first_time);
    put_known(&j, "last_time", has_times(info), info->last_time);
    json_u64(&j, "damaged_blocks", info->survey.damaged);
    json_u64(&j, "damaged_inputs", info->damaged_inputs);
    json_object(&j, "meta");
    for (size_t i = 0; i < journal_meta_count(info->r); i++) {
        const char *key, *value;
        journal_meta_at(info->r, i, &key, &value);
        if (is_for_people(key))
            json_text(&j, key, value);
    }
    json_close(&j);
    put_counts(&j, info);
    json_u64(&j, "calling_threads", info->calling);
    put_symbols(&j, info);
    put_threads(&j, info);
    json_close(&j);
    json_finish(&j);
}

int cmd_info(const struct cli *cli)
{
    struct err err;
    enum table_form form;
    if (!table_form(&form, cli, &err))
        return cli_fail(cli, EXIT_USAGE, &err);
    if (form == TABLE_AS_CSV && !cli_has(cli, "fill")) {
        err_set(&err, "--csv: only --fill is a table");
        return cli_fail(cli, EXIT_USAGE, &err);
    }
    struct journal_reader *r = journal_open(cli->operands[0], &err);
    if (!r)
        return cli_fail(cli, EXIT_HOST_ERROR, &err);
    if (cli_has(cli, "fill")) {
        bool ok = fill_print(r, form, &err);
        journal_close(r);
        return ok ? EXIT_OK : cli_fail(cli, EXIT_HOST_ERROR, &err);
    }
    struct info *info = calloc(1, sizeof *info);
    CHECK(info, "out of memory");
    info->r = r;
    gather(info, cli->operands[0]);
    if (cli_has(cli, "json"))
        put_info(info);
    else
        print_info(info);
    bool damaged = info->survey.damaged || info->damaged_inputs;
    survey_free(&info->survey);
    free(info);
    journal_close(r);
    return damaged ? EXIT_HOST_ERROR : EXIT_OK;
}
