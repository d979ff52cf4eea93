/* SPDX-License-Identifier: BSD-3-Clause
 * lockstep import: logs of other engines into one journal. */
#include "diff/commands.h"
#include "diff/import_source.h"

#include <stdlib.h>

struct import {
    const struct cli *cli;
    struct import_sink *sink;
    struct import_source sources[CLI_OPERANDS_MAX];
    u32 count; /* opened */
};

static void put_u64(struct import_sink *sink, const char *key, u64 value)
{
    char text[24];
    snprintf(text, sizeof text, "%llu", (unsigned long long)value);
    sink_meta(sink, key, text);
}

/* The clock and the engine are those of the first log. */
static void put_head(struct import *import)
{
    struct import_source *first = &import->sources[0];
    const struct import_clock *clock = import_rules_clock(first->parser.rules);
    u64 quantum = source_quantum(first);
    sink_meta(import->sink, "clock.name", clock->name);
    put_u64(import->sink, "clock.hz", clock->hz);
    put_u64(import->sink, "clock.quantum", quantum);
}

static void put_source(struct import *import, u32 i)
{
    const struct import_source *source = &import->sources[i];
    char key[48];
    const struct {
        const char *name;
        u64 value;
    } numbers[] = {{"first_seq", source->first_seq},
                   {"lines", source->lines},
                   {"bytes", input_bytes(source->input)},
                   {"unrecognised", source->unrecognised},
                   {"unended", source->unended}};
    snprintf(key, sizeof key, "source.%u.path", i);
    sink_meta(import->sink, key, source->path);
    snprintf(key, sizeof key, "source.%u.format", i);
    sink_meta(import->sink, key, source->parser.format->name);
    for (size_t n = 0; n < countof(numbers); n++) {
        snprintf(key, sizeof key, "source.%u.%s", i, numbers[n].name);
        put_u64(import->sink, key, numbers[n].value);
    }
}

/* What ops are called that no export is. */
static void put_ops(struct import *import, const struct import_rules *rules)
{
    for (size_t i = 0; i < import_rules_op_count(rules); i++) {
        const struct import_op_name *name = import_rules_op(rules, i);
        if (!op_is_foreign(name->op))
            continue;
        sink_op(import->sink, name->op, name->name);
    }
}

static void put_one(void *sink, const char *key, const char *value)
{
    sink_meta(sink, key, value);
}

/* Several logs captured what one of them did. */
static void put_coverage(struct import *import)
{
    struct coverage *all = source_coverage(&import->sources[0]);
    for (u32 i = 1; i < import->count; i++)
        coverage_merge(all, source_coverage(&import->sources[i]));
    coverage_write(all, put_one, import->sink);
}

/* What the user knows of the run and no log says. */
static void put_given(struct import *import)
{
    u32 place = 0;
    for (const char *given; (given = cli_next(import->cli, "meta", &place));) {
        char key[64];
        size_t size = strcspn(given, "=");
        memcpy(key, given, size);
        key[size] = 0;
        sink_meta(import->sink, key, given + size + 1);
    }
}

static void put_meta(struct import *import)
{
    const char *engine = import_rules_engine(import->sources[0].parser.rules);
    const char *given = cli_value(import->cli, "engine");
    sink_meta(import->sink, "engine", given ? given : *engine ? engine : "unknown");
    put_u64(import->sink, "source.count", import->count);
    put_given(import);
    put_coverage(import);
    for (u32 i = 0; i < import->count; i++) {
        put_source(import, i);
        put_ops(import, import->sources[i].parser.rules);
    }
}

/* ---- What the user is told. ---- */

static void print_source(const struct import_source *source)
{
    printf("%s: %s: %s\n", source->path, source->parser.format->name, source->why);
    printf("  %llu lines, %llu bytes (%s)\n", (unsigned long long)source->lines,
           (unsigned long long)input_bytes(source->input), input_packing(source->input));
    if (!source->unrecognised)
        return;
    printf("  %llu lines not recognised:", (unsigned long long)source->unrecognised);
    for (u32 i = 0; i < SOURCE_NUMBERS && i < source->unrecognised; i++)
        printf(" %llu", (unsigned long long)source->numbers[i]);
    puts(source->unrecognised > SOURCE_NUMBERS ? " ... (--verbose tells all)" : "");
}

static void print_counts(const struct import_sink_counts *counts)
{
    printf("%llu events:", (unsigned long long)counts->events);
    for (u32 kind = 0; kind < EVENT_KINDS; kind++)
        if (counts->kinds[kind] && kind != EVENT_line)
            printf(" %s %llu", event_type(kind)->name, (unsigned long long)counts->kinds[kind]);
    putchar('\n');
    for (u32 i = 0; i < countof(counts->other) && counts->classes[i]; i++)
        printf("%llu lines that are no event: %s\n", (unsigned long long)counts->other[i], counts->classes[i]);
    if (counts->renumbered)
        printf("%llu events had an index of their own that did not ascend; they have the next one\n",
               (unsigned long long)counts->renumbered);
}

static void put_json_source(struct json *j, const struct import_source *source)
{
    json_object(j, NULL);
    json_text(j, "path", source->path);
    json_text(j, "format", source->parser.format->name);
    json_text(j, "why", source->why);
    json_text(j, "packing", input_packing(source->input));
    json_u64(j, "lines", source->lines);
    json_u64(j, "bytes", input_bytes(source->input));
    json_u64(j, "unrecognised", source->unrecognised);
    json_array(j, "unrecognised_lines");
    for (u32 i = 0; i < SOURCE_NUMBERS && i < source->unrecognised; i++)
        json_u64(j, NULL, source->numbers[i]);
    json_close(j);
    json_close(j);
}

static void put_json(const struct import *import, const struct import_sink_counts *counts)
{
    struct json j;
    json_begin(&j, stdout);
    json_object(&j, NULL);
    json_array(&j, "sources");
    for (u32 i = 0; i < import->count; i++)
        put_json_source(&j, &import->sources[i]);
    json_close(&j);
    json_u64(&j, "events", counts->events);
    json_object(&j, "kinds");
    for (u32 kind = 0; kind < EVENT_KINDS; kind++)
        if (counts->kinds[kind] && kind != EVENT_line)
            json_u64(&j, event_type(kind)->name, counts->kinds[kind]);
    json_close(&j);
    json_object(&j, "other_lines");
    for (u32 i = 0; i < countof(counts->other) && counts->classes[i]; i++)
        json_u64(&j, counts->classes[i], counts->other[i]);
    json_close(&j);
    json_u64(&j, "renumbered", counts->renumbered);
    json_close(&j);
    json_finish(&j);
}

static void tell(const struct import *import, const struct import_sink_counts *counts)
{
    if (cli_has(import->cli, "json")) {
        put_json(import, counts);
        return;
    }
    for (u32 i = 0; i < import->count; i++)
        print_source(&import->sources[i]);
    print_counts(counts);
}

/* ---- The verb. ---- */

/* KEY=VALUE; keys that the journal and import themselves write are theirs. */
static bool check_given(const struct cli *cli, struct err *err)
{
    static const char *const own[] = {"journal.", "source.", "clock.", "coverage.", "op.", "schema", "wedge"};
    u32 place = 0;
    for (const char *given; (given = cli_next(cli, "meta", &place));) {
        size_t size = strcspn(given, "=");
        if (!size || !given[size] || size >= 64)
            return err_set(err, "--meta %s: not KEY=VALUE with a key of 1 to 63 letters", given);
        for (size_t i = 0; i < countof(own); i++)
            if (!strncmp(given, own[i], strlen(own[i])))
                return err_set(err, "--meta %s: keys that begin with %s are import's own", given, own[i]);
    }
    return true;
}

static bool read_options(const struct cli *cli, struct import_options *options, const char **maps, struct err *err)
{
    u32 place = 0;
    const char *map, *format = cli_value(cli, "format");
    *options = (struct import_options){.maps = maps, .verbose = cli_has(cli, "verbose")};
    if (format && strcmp(format, "auto") != 0) {
        options->format = format;
        if (!import_format_by_name(format))
            return err_set(err, "--format %s: there is no such format", format);
    }
    while ((map = cli_next(cli, "map", &place)))
        maps[options->map_count++] = map;
    if (!check_given(cli, err))
        return false;
    return cli_value(cli, "output") || err_set(err, "-o RUN.lsj says where the journal goes");
}

static bool open_all(struct import *import, const struct import_options *options, struct err *err)
{
    for (u32 i = 0; i < import->cli->operand_count; i++) {
        import->count++;
        if (!source_open(&import->sources[i], import->cli->operands[i], options, err))
            return false;
    }
    return true;
}

/* False: err. A log that cannot be read to its end leaves what came before in the journal. */
static bool import_all(struct import *import, const struct import_options *options, struct err *err)
{
    struct err ignored;
    bool ok = open_all(import, options, err);
    if (!ok)
        return false;
    const struct import_source *first = &import->sources[0];
    bool timed = strcmp(import_rules_clock(first->parser.rules)->name, "line") != 0;
    import->sink = sink_create(cli_value(import->cli, "output"), timed, source_quantum(&import->sources[0]), err);
    if (!import->sink)
        return false;
    put_head(import);
    for (u32 i = 0; ok && i < import->count; i++)
        ok = source_read(&import->sources[i], import->sink, options, err);
    put_meta(import);
    if (!ok)
        sink_meta(import->sink, "source.error", err->text);
    struct import_sink_counts counts = *sink_counts(import->sink);
    bool finished = sink_finish(import->sink, ok ? err : &ignored);
    if (finished)
        tell(import, &counts);
    return ok && finished;
}

int cmd_import(const struct cli *cli)
{
    struct err err;
    struct import_options options;
    const char *maps[CLI_GIVEN_MAX];
    if (!read_options(cli, &options, maps, &err))
        return cli_fail(cli, EXIT_USAGE, &err);
    struct import *import = calloc(1, sizeof *import);
    CHECK(import, "out of memory");
    import->cli = cli;
    bool ok = import_all(import, &options, &err);
    for (u32 i = 0; i < import->count; i++)
        source_close(&import->sources[i]);
    free(import);
    return ok ? EXIT_OK : cli_fail(cli, EXIT_HOST_ERROR, &err);
}
