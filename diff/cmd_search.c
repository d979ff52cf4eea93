/* SPDX-License-Identifier: BSD-3-Clause
 * lockstep search: which schedules wedge. */
#include "diff/child.h"
#include "diff/commands.h"
#include "diff/search.h"
#include "replay/journal.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct search {
    struct trials trials;
    struct calls_of calls;
    struct trial_end plain;
    u64 first, seeds, preemptions;
    size_t *places; /* of the trials, by seed */
    char base[4096];
    char state[4096];
    const char *output;
    u64 kept; /* seed of the journal that was kept */
    u64 kept_size;
};

static bool read_options(struct search *s, const struct cli *cli, struct err *err)
{
    s->seeds = 100;
    s->first = 1;
    s->output = cli_value(cli, "output");
    if (!cli_u64(cli, "seeds", &s->seeds, err) || !cli_u64(cli, "first", &s->first, err) ||
        !cli_u64(cli, "pct", &s->preemptions, err))
        return false;
    if (!s->seeds || s->seeds > 10000000)
        return err_set(err, "--seeds %llu: 1 to 10000000", (unsigned long long)s->seeds);
    if (!s->first)
        return err_set(err, "--first 0: seeds count from 1; 0 is the plain schedule");
    if (s->preemptions > 64)
        return err_set(err, "--pct %llu: at most 64 preemptions", (unsigned long long)s->preemptions);
    return true;
}

/* A title is recorded once, beside the output; a search that goes on takes that. Titles that draw frames have no end of
 * their own. */
static bool record_base(struct search *s, const struct cli *cli, struct err *err)
{
    struct child child = {.count = 0}, *list = &child;
    const char *seed = cli_value(cli, "seed"), *limit = cli_value(cli, "time-limit");
    char new[sizeof s->base + 4];
    snprintf(s->base, sizeof s->base, "%s.base", s->output);
    snprintf(new, sizeof new, "%s.new", s->base);
    if (access(s->base, R_OK) == 0)
        return true;
    child_add(&child, "record");
    child_add(&child, "%s", cli->operands[0]);
    child_add(&child, "--cold");
    child_add(&child, "--quiet");
    child_add(&child, "--seed=%s", seed ? seed : "1");
    child_add(&child, "--time-limit=%s", limit ? limit : "60s");
    child_add(&child, "--output=%s", new);
    if (!child_run(&list, 1, err))
        return false;
    if (child.code == 1 || child.code == 2)
        return err_set(err, "%s", child.said);
    return rename(new, s->base) == 0 || err_set(err, "%s cannot be renamed to %s", new, s->base);
}

static bool is_journal(const char *path)
{
    struct err err;
    struct stat st;
    if (stat(path, &st) != 0 || S_ISDIR(st.st_mode))
        return false;
    struct journal_reader *r = journal_open(path, &err);
    journal_close(r);
    return r != NULL;
}

static bool begin(struct search *s, const struct cli *cli, struct err *err)
{
    u64 limit = 0, stall = 0;
    if (!cli_ticks(cli, "time-limit", &limit, err) || !cli_ticks(cli, "stall-limit", &stall, err))
        return false;
    if (!s->output)
        return err_set(err, "where to? give the name of the journal to keep with -o SMALL.lsj");
    if (is_journal(cli->operands[0]))
        snprintf(s->base, sizeof s->base, "%s", cli->operands[0]);
    else if (!record_base(s, cli, err))
        return false;
    snprintf(s->state, sizeof s->state, "%s.trials", s->output);
    s->trials.quiet = cli_has(cli, "quiet");
    if (!trials_open(&s->trials, s->base, s->state, err) || !trial_end_of(s->base, &s->plain, err) ||
        !calls_of_run(&s->calls, s->base, err))
        return false;
    /* A schedule costs time: what takes four times as long, and a second more, comes to no end. Where the plain run
     * came to none either, the others get as long. */
    bool is_endless = !strcmp(s->plain.class, "limit");
    s->trials.limit = limit ? limit : is_endless ? s->plain.ticks : 4 * s->plain.ticks + 50000000;
    s->trials.stall = stall;
    s->trials.task = "search";
    return true;
}

static size_t add(struct search *s, u64 seed)
{
    char number[24];
    if (s->preemptions) {
        char *changes = search_draw(&s->calls, 0, seed, (u32)s->preemptions);
        size_t place = trials_add(&s->trials, changes, NULL, NULL);
        free(changes);
        return place;
    }
    snprintf(number, sizeof number, "%llu", (unsigned long long)seed);
    return trials_add(&s->trials, "", "chaos", number);
}

static bool is_found(const struct search *s, u64 i)
{
    const char *class = trials_end(&s->trials, s->places[i])->class;
    bool is_bad =
        !strcmp(class, "limit") || !strcmp(class, "wedged") || !strcmp(class, "fault") || !strcmp(class, "stalled");
    return is_bad && !trial_is_same(trials_end(&s->trials, s->places[i]), &s->plain);
}

/* The one that ended first has the smallest journal. */
static bool keep_smallest(struct search *s, struct err *err)
{
    u64 best = UINT64_MAX;
    char number[24];
    struct stat st;
    for (u64 i = 0; i < s->seeds; i++)
        if (is_found(s, i) && (best == UINT64_MAX || trials_end(&s->trials, s->places[i])->ticks <
                                                         trials_end(&s->trials, s->places[best])->ticks))
            best = i;
    if (best == UINT64_MAX)
        return true;
    s->kept = s->first + best;
    char *changes = s->preemptions ? search_draw(&s->calls, 0, s->kept, (u32)s->preemptions) : strdup("");
    snprintf(number, sizeof number, "%llu", (unsigned long long)s->kept);
    bool good = trials_record(&s->trials, changes, s->preemptions ? NULL : "chaos", number, s->output, false, err);
    free(changes);
    s->kept_size = good && stat(s->output, &st) == 0 ? (u64)st.st_size : 0;
    return good;
}

static void print(const struct search *s)
{
    u64 found = 0;
    printf("the plain schedule: %s at %.6f s\n", s->plain.class, (double)s->plain.ticks / 50000000);
    for (u64 i = 0; i < s->seeds; i++) {
        const struct trial_end *end = trials_end(&s->trials, s->places[i]);
        if (!is_found(s, i))
            continue;
        found++;
        printf("seed %-8llu %-8s at %.6f s  %016llx\n", (unsigned long long)(s->first + i), end->class,
               (double)end->ticks / 50000000, (unsigned long long)end->about);
    }
    printf("%llu of %llu seeds end otherwise\n", (unsigned long long)found, (unsigned long long)s->seeds);
    if (s->kept)
        printf("%s: seed %llu, %llu bytes\n", s->output, (unsigned long long)s->kept, (unsigned long long)s->kept_size);
}

static void put(const struct search *s)
{
    struct json j;
    json_begin(&j, stdout);
    json_object(&j, NULL);
    json_text(&j, "verdict", s->kept ? "found" : "not found");
    json_text(&j, "plain", s->plain.class);
    json_u64(&j, "runs", s->seeds);
    json_array(&j, "found");
    for (u64 i = 0; i < s->seeds; i++) {
        const struct trial_end *end = trials_end(&s->trials, s->places[i]);
        if (!is_found(s, i))
            continue;
        json_object(&j, NULL);
        json_u64(&j, "seed", s->first + i);
        json_text(&j, "end", end->class);
        json_u64(&j, "time", end->ticks);
        json_hex(&j, "about", end->about, 16);
        json_close(&j);
    }
    json_close(&j);
    json_text(&j, "journal", s->kept ? s->output : NULL);
    json_close(&j);
    json_finish(&j);
}

static int search(struct search *s, const struct cli *cli)
{
    struct err err = {{0}};
    if (!read_options(s, cli, &err))
        return cli_fail(cli, EXIT_USAGE, &err);
    if (!begin(s, cli, &err))
        return cli_fail(cli, s->output ? EXIT_HOST_ERROR : EXIT_USAGE, &err);
    s->places = calloc(s->seeds, sizeof *s->places);
    CHECK(s->places, "no memory for %llu seeds", (unsigned long long)s->seeds);
    for (u64 i = 0; i < s->seeds; i++)
        s->places[i] = add(s, s->first + i);
    if (!trials_run(&s->trials, &err) || !keep_smallest(s, &err))
        return cli_fail(cli, EXIT_HOST_ERROR, &err);
    (cli_has(cli, "json") ? put : print)(s);
    return s->kept ? EXIT_OK : EXIT_UNCERTAIN;
}

int cmd_search(const struct cli *cli)
{
    struct search *s = calloc(1, sizeof *s);
    CHECK(s, "no memory for a search");
    int code = search(s, cli);
    trials_close(&s->trials);
    calls_of_free(&s->calls);
    free(s->places);
    free(s);
    return code;
}
