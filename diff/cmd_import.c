/* SPDX-License-Identifier: BSD-3-Clause
 * lockstep import: logs of other engines into one journal. */
#include "diff/commands.h"
#include "diff/import_run.h"
#include "diff/import_threads.h"
#include "diff/waits.h"

#include <stdlib.h>

/* ---- What the user is told. ---- */

enum { PHANTOM_EVENTS_MAX = 2000000 }; /* beyond, looking for them would take longer than a blink */

/* Returns of waits that never ended; UINT64_MAX: not looked for. */
static u64 count_phantoms(const char *path, const struct import_sink_counts *counts)
{
    struct err err;
    struct objects objects = {0};
    struct waits waits = {0};
    if (!counts->kinds[EVENT_wait_begin] || !counts->kinds[EVENT_return])
        return 0;
    struct run *run = counts->events <= PHANTOM_EVENTS_MAX ? run_open(path, &err) : NULL;
    if (!run)
        return UINT64_MAX;
    u64 phantoms = waits_make(&waits, &objects, run, &err) ? 0 : UINT64_MAX;
    for (u32 i = 0; phantoms != UINT64_MAX && i < waits.count; i++)
        phantoms += waits.rows[i].state == WAIT_PHANTOM;
    waits_free(&waits);
    objects_free(&objects);
    run_close(run);
    return phantoms;
}

static void print_source(const struct import_source *source)
{
    printf("%s: %s: %s\n", source->path, source->parser.format->name, source->why);
    printf("  %llu lines, %llu bytes (%s)\n", (unsigned long long)source->at.lines,
           (unsigned long long)input_bytes(source->input), input_packing(source->input));
    if (!source->at.unrecognised)
        return;
    printf("  %llu lines not recognised:", (unsigned long long)source->at.unrecognised);
    for (u32 i = 0; i < SOURCE_NUMBERS && i < source->at.unrecognised; i++)
        printf(" %llu", (unsigned long long)source->numbers[i]);
    puts(source->at.unrecognised > SOURCE_NUMBERS ? " ... (--verbose tells all)" : "");
}

static void print_counts(const struct import_sink_counts *counts)
{
    printf("%llu events:", (unsigned long long)counts->events);
    for (u32 kind = 0; kind < EVENT_KINDS; kind++)
        if (counts->kinds[kind] && kind != EVENT_line)
            printf(" %s %llu", event_type(kind)->name, (unsigned long long)counts->kinds[kind]);
    putchar('\n');
    for (u32 i = 0; i < countof(counts->other) && *counts->classes[i]; i++)
        printf("%llu lines that are no event: %s\n", (unsigned long long)counts->other[i], counts->classes[i]);
    if (counts->renumbered)
        printf("%llu events had an index of their own that did not ascend; they have the next one\n",
               (unsigned long long)counts->renumbered);
    if (counts->threadless)
        printf("%llu events are told under thread 0: too many threads have an id beyond 32 bits\n",
               (unsigned long long)counts->threadless);
    if (counts->renamed)
        printf(
            "%llu events are of threads whose id is beyond 32 bits: these have numbers from %u on, which info tells\n",
            (unsigned long long)counts->renamed, IMPORT_THREADS_FIRST);
    if (counts->untimed)
        printf("%llu events have a negative time; they have that of the line before\n",
               (unsigned long long)counts->untimed);
}

static void print_phantoms(u64 phantoms)
{
    if (phantoms == UINT64_MAX)
        puts("phantom returns are not counted in so long a log; lockstep waits --open tells them");
    else if (phantoms)
        printf("%llu phantom returns: of waits that never ended\n", (unsigned long long)phantoms);
}

static void put_json_source(struct json *j, const struct import_source *source)
{
    json_object(j, NULL);
    json_text(j, "path", source->path);
    json_text(j, "format", source->parser.format->name);
    json_text(j, "why", source->why);
    json_text(j, "packing", input_packing(source->input));
    json_u64(j, "lines", source->at.lines);
    json_u64(j, "bytes", input_bytes(source->input));
    json_u64(j, "unrecognised", source->at.unrecognised);
    json_array(j, "unrecognised_lines");
    for (u32 i = 0; i < SOURCE_NUMBERS && i < source->at.unrecognised; i++)
        json_u64(j, NULL, source->numbers[i]);
    json_close(j);
    json_close(j);
}

static void put_json(const struct import_run *run, u64 phantoms)
{
    const struct import_sink_counts *counts = &run->counts;
    struct json j;
    json_begin(&j, stdout);
    json_object(&j, NULL);
    json_array(&j, "sources");
    for (u32 i = 0; i < run->count; i++)
        put_json_source(&j, &run->sources[i]);
    json_close(&j);
    if (run->resumed)
        json_u64(&j, "resumed_behind", run->resumed_lines);
    json_u64(&j, "events", counts->events);
    json_object(&j, "kinds");
    for (u32 kind = 0; kind < EVENT_KINDS; kind++)
        if (counts->kinds[kind] && kind != EVENT_line)
            json_u64(&j, event_type(kind)->name, counts->kinds[kind]);
    json_close(&j);
    json_object(&j, "other_lines");
    for (u32 i = 0; i < countof(counts->other) && *counts->classes[i]; i++)
        json_u64(&j, counts->classes[i], counts->other[i]);
    json_close(&j);
    json_u64(&j, "renumbered", counts->renumbered);
    json_u64(&j, "renamed", counts->renamed);
    json_u64(&j, "threadless", counts->threadless);
    json_u64(&j, "untimed", counts->untimed);
    if (phantoms != UINT64_MAX)
        json_u64(&j, "phantom_returns", phantoms);
    json_close(&j);
    json_finish(&j);
}

static void tell(const struct cli *cli, const struct import_run *run)
{
    u64 phantoms = count_phantoms(run->options->output, &run->counts);
    if (cli_has(cli, "json")) {
        put_json(run, phantoms);
        return;
    }
    for (u32 i = 0; i < run->count; i++)
        print_source(&run->sources[i]);
    if (run->resumed)
        printf("resumed behind %llu lines\n", (unsigned long long)run->resumed_lines);
    print_counts(&run->counts);
    print_phantoms(phantoms);
}

/* ---- The verb. ---- */

/* KEY=VALUE; keys that the journal and import themselves write are theirs. */
static bool check_given(const struct cli *cli, struct err *err)
{
    static const char *const own[] = {"journal.", "source.", "clock.",  "coverage.", "op.",
                                      "schema",   "wedge",   "resume.", "thread."};
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

struct given {
    const char *maps[CLI_GIVEN_MAX], *metas[CLI_GIVEN_MAX];
    struct import_options options;
};

static bool read_commit(const struct cli *cli, u32 *commit, struct err *err)
{
    const char *text = cli_value(cli, "commit");
    u64 number = 0;
    if (text && (!cli_read_u64(text, &number) || !number || number > IMPORT_COMMIT_MAX))
        return err_set(err, "--commit %s: not a number from 1 to %d", text, IMPORT_COMMIT_MAX);
    *commit = (u32)number;
    return true;
}

static bool read_options(const struct cli *cli, struct given *given, struct err *err)
{
    u32 place = 0;
    const char *value, *format = cli_value(cli, "format");
    struct import_options *options = &given->options;
    *options = (struct import_options){.output = cli_value(cli, "output"),
                                       .maps = given->maps,
                                       .metas = given->metas,
                                       .engine = cli_value(cli, "engine"),
                                       .parse = cli_has(cli, "parse-all"),
                                       .verbose = cli_has(cli, "verbose"),
                                       .progress = cli_has(cli, "progress")};
    if (format && strcmp(format, "auto") != 0) {
        options->format = format;
        if (!import_format_by_name(format))
            return err_set(err, "--format %s: there is no such format", format);
    }
    while ((value = cli_next(cli, "map", &place)))
        given->maps[options->map_count++] = value;
    place = 0;
    while ((value = cli_next(cli, "meta", &place)))
        given->metas[options->meta_count++] = value;
    return check_given(cli, err) && read_commit(cli, &options->commit, err) &&
           (options->output || err_set(err, "-o RUN.lsj says where the journal goes"));
}

int cmd_import(const struct cli *cli)
{
    struct err err;
    struct given given;
    bool finished = false;
    if (!read_options(cli, &given, &err))
        return cli_fail(cli, EXIT_USAGE, &err);
    struct import_run *run = calloc(1, sizeof *run);
    CHECK(run, "out of memory");
    run->options = &given.options;
    bool ok = import_run_begin(run, cli->operands, cli->operand_count, cli_has(cli, "resume"), &err) &&
              import_run_read(run, &finished, &err);
    if (finished)
        tell(cli, run);
    import_run_end(run);
    free(run);
    return ok ? EXIT_OK : cli_fail(cli, EXIT_HOST_ERROR, &err);
}
