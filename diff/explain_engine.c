/* SPDX-License-Identifier: BSD-3-Clause
 * A run whose own inputs make another run here: it was made by an engine that does something else (diff/explain.h). */
#include "diff/child.h"
#include "diff/explain.h"

#include <stdio.h>
#include <stdlib.h>

/* The value of a key in a line of JSON of our own, as text without quotes; "" if it is not there. */
static const char *value_of(const char *line, const char *key, char *out, size_t capacity)
{
    char name[32];
    snprintf(name, sizeof name, "\"%s\": ", key);
    const char *at = strstr(line, name);
    out[0] = '\0';
    if (!at)
        return out;
    at += strlen(name);
    bool is_text = *at == '"';
    at += is_text;
    snprintf(out, capacity, "%.*s", (int)strcspn(at, is_text ? "\"" : ",}"), at);
    return out;
}

static void tell(struct explain *x, u32 k, const char *line)
{
    struct explain_cause *cause = &x->story.cause;
    const char *build = journal_get(run_journal(x->run[k]), "engine.build");
    char thread[24], index[24], time[24], pc[24], field[64], want[160], got[160], event[24];
    cause->kind = EXPLAIN_ENGINE;
    cause->pc = (u32)strtoul(value_of(line, "pc", pc, sizeof pc), NULL, 16);
    for (u32 i = 0; i < 2; i++)
        cause->at[i] = (struct explain_at){
            .is_there = true,
            .thread = (u32)strtoul(value_of(line, "thread", thread, sizeof thread), NULL, 10),
            .index = (u32)strtoul(value_of(line, "index", index, sizeof index), NULL, 10),
            .time = strtoull(value_of(line, "time", time, sizeof time), NULL, 10),
        };
    cause->at[k].value = strtoull(value_of(line, "journal", want, sizeof want), NULL, 0);
    cause->at[!k].value = strtoull(value_of(line, "replay", got, sizeof got), NULL, 0);
    snprintf(
        cause->text, sizeof cause->text,
        "%c, of %.60s, is another run in this build, on the same inputs: event %s, field %s, is %.80s there and %.80s "
        "here",
        'A' + (int)k, build ? build : "a build that is not named", value_of(line, "event", event, sizeof event),
        value_of(line, "field", field, sizeof field), want, got);
    struct explain_link *link = explain_add(x, LINK_COMPUTED, "%s", cause->text);
    link->pc = cause->pc;
    link->at[0] = cause->at[0];
    link->at[1] = cause->at[1];
}

bool explain_engine(struct explain *x, u32 k)
{
    struct child *child = calloc(1, sizeof *child);
    struct err err;
    CHECK(child, "no memory for a child");
    child_add(child, "replay");
    child_add(child, "%s", run_path(x->run[k]));
    child_add(child, "--json");
    x->replays++;
    bool differs = child_run(&child, 1, &err) && strstr(child->said, "\"verdict\": \"diverged\"") &&
                   strstr(child->said, "\"field\": ");
    if (differs) {
        tell(x, k, child->said);
        /* To replay it was to try it. */
        x->story.verdict = EXPLAIN_CONFIRMED;
        explain_stop(x, "which instruction it is, lockstep bisect engine tells from the two builds");
    }
    free(child);
    return differs;
}
