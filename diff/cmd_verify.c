/* SPDX-License-Identifier: BSD-3-Clause
 * lockstep verify: checks every hash of a journal, and where its sources contradict each other. A journal that was
 * merely cut short is not damaged. */
#include "diff/commands.h"
#include "diff/contradict.h"
#include "replay/journal.h"

struct report {
    bool json;
    struct json j;
};

static void print_sentence(void *context, const char *sentence)
{
    struct report *report = context;
    if (report->json)
        json_text(&report->j, NULL, sentence);
    else
        printf("%s\n", sentence);
}

static void print_verdict(const struct journal_reader *r, u64 damages, u64 contradictions)
{
    unsigned long long events = journal_event_count(r), inputs = journal_input_count(r);
    unsigned long long blocks = journal_block_count(r);
    if (damages)
        printf("damaged: %llu findings in %llu events, %llu blocks, %llu inputs\n", (unsigned long long)damages, events,
               blocks, inputs);
    else if (journal_is_whole(r))
        printf("whole: %llu events in %llu blocks, %llu inputs; every hash is right\n", events, blocks, inputs);
    else
        printf("cut short: what was committed is undamaged: %llu events in %llu blocks, %llu inputs\n", events, blocks,
               inputs);
    if (contradictions)
        printf("its sources contradict each other: %llu findings\n", (unsigned long long)contradictions);
}

/* Only of a journal that can be read. */
static u64 find_contradictions(const char *path, struct run *other, struct report *report)
{
    struct err err;
    struct objects objects = {0};
    struct waits waits = {0};
    struct run *run = run_open(path, &err);
    u64 count = 0;
    if (run && other)
        count = contradict_with(run, other, print_sentence, report);
    else if (run && waits_make(&waits, &objects, run, &err))
        count = contradict_find(&waits, print_sentence, report);
    waits_free(&waits);
    objects_free(&objects);
    run_close(run);
    return count;
}

static bool can_compare(const char *path, const struct run *other)
{
    struct err err;
    struct run *run = run_open(path, &err);
    bool can = run && contradict_can_compare(run, other);
    run_close(run);
    return can;
}

/* What is no contradiction, since only one of the logs could tell it. */
static void tell_one_sided(const char *path, struct run *other, struct report *report)
{
    struct err err;
    struct run *run = run_open(path, &err);
    if (run)
        contradict_one_sided(run, other, print_sentence, report);
    run_close(run);
}

int cmd_verify(const struct cli *cli)
{
    struct err err;
    struct report report = {.json = cli_has(cli, "json")};
    struct run *other = NULL;
    if (cli_has(cli, "with") && !(other = run_open(cli_value(cli, "with"), &err)))
        return cli_fail(cli, EXIT_HOST_ERROR, &err);
    struct journal_reader *r = journal_open(cli->operands[0], &err);
    if (!r)
        return cli_fail(cli, EXIT_HOST_ERROR, &err);
    if (report.json) {
        json_begin(&report.j, stdout);
        json_object(&report.j, NULL);
        json_array(&report.j, "damages");
    }
    u64 damages = journal_verify(r, print_sentence, &report);
    if (report.json) {
        json_close(&report.j);
        json_array(&report.j, "contradictions");
    }
    u64 contradictions = damages ? 0 : find_contradictions(cli->operands[0], other, &report);
    if (report.json) {
        json_close(&report.j);
        json_array(&report.j, "captured_by_one");
    }
    if (other && !damages)
        tell_one_sided(cli->operands[0], other, &report);
    bool is_compared = other && !damages && can_compare(cli->operands[0], other);
    if (report.json) {
        json_close(&report.j);
        if (other)
            json_bool(&report.j, "compared", is_compared);
        json_text(&report.j, "verdict", damages ? "damaged" : journal_is_whole(r) ? "whole" : "cut-short");
        json_u64(&report.j, "events", journal_event_count(r));
        json_u64(&report.j, "blocks", journal_block_count(r));
        json_u64(&report.j, "inputs", journal_input_count(r));
        json_close(&report.j);
        json_finish(&report.j);
    } else {
        print_verdict(r, damages, contradictions);
        if (other && !damages && !is_compared)
            printf("no op is called in both: nothing of them was compared\n");
    }
    /* What its own sources say otherwise is how that engine logs; of another log it is what was asked. */
    int code = damages || (other && contradictions) ? EXIT_HOST_ERROR
               : other && !is_compared              ? EXIT_UNCERTAIN
                                                    : EXIT_OK;
    if (other && !damages && !run_is_whole(other, &err))
        code = cli_fail(cli, EXIT_HOST_ERROR, &err);
    journal_close(r);
    run_close(other);
    return code;
}
