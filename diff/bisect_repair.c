/* SPDX-License-Identifier: BSD-3-Clause
 * A run that goes wrong under the plain schedule too: is there a call that only has to come later? For each thread that
 * is still in a call at the end, the calls of others on the same object before it are tried, the latest first: each is
 * delayed until that thread is in its call. */
#include "diff/bisect.h"
#include "schema/role.h"

#include <stdio.h>

enum { TRIED_MAX = 48, BEFORE = 6, STEPS = 4 };

struct candidate {
    const struct call_row *early, *open;
    size_t places[STEPS];
};

static bool is_deed(u8 role)
{
    return role == ROLE_SET || role == ROLE_PULSE || role == ROLE_RELEASE || role == ROLE_RESET || role == ROLE_ENTER ||
           role == ROLE_WAIT || role == ROLE_CANCEL || role == ROLE_ARM || role == ROLE_SIGNAL_AND_WAIT;
}

static u32 find_candidates(const struct calls_of *calls, struct candidate *list)
{
    u32 count = 0;
    for (size_t i = calls->count; i-- > 0;) {
        const struct call_row *open = &calls->rows[i];
        if (open->returned != UINT64_MAX || !open->object)
            continue;
        u32 before = 0;
        for (size_t k = i; k-- > 0 && before < BEFORE && count < TRIED_MAX;) {
            const struct call_row *early = &calls->rows[k];
            if (early->identity != open->identity || early->thread == open->thread || !is_deed(early->role))
                continue;
            list[count++] = (struct candidate){.early = early, .open = open};
            before++;
        }
    }
    return count;
}

static bool is_repaired(const struct bisect *b, const struct candidate *c)
{
    for (u32 i = 0; i < STEPS; i++)
        if (!strcmp(trials_end(&b->trials, c->places[i])->class, "exited"))
            return true;
    return false;
}

static void tell(struct bisect *b, const struct candidate *c)
{
    char early[192], open[192];
    b->verdict = BISECT_CONFIRMED;
    b->has_first = b->has_second = true;
    b->first = *c->early;
    b->second = *c->open;
    bisect_describe(c->early, early, sizeof early);
    bisect_describe(c->open, open, sizeof open);
    for (u32 i = 0; i < STEPS && !b->cause.count; i++) {
        char line[160];
        if (strcmp(trials_end(&b->trials, c->places[i])->class, "exited") != 0)
            continue;
        bisect_delay_line(c->early, bisect_delay_ticks(c->early, c->open, i), line, sizeof line);
        lines_split(&b->cause, line);
    }
    bisect_say(
        b,
        "The plain schedule goes wrong too, so it needs no preemption. What decides is the order of two calls: %s, "
        "comes before %s, which never returns. `%s`, which makes the first come later and changes nothing else, "
        "repairs the run (exited).",
        early, open, b->cause.list[0]);
}

bool bisect_repair(struct bisect *b, struct err *err)
{
    struct candidate *list = calloc(TRIED_MAX, sizeof *list);
    struct calls_of calls;
    char line[160];
    CHECK(list, "no memory for %d pairs", TRIED_MAX);
    bool good = calls_of_run(&calls, b->bad_path, err);
    u32 count = good ? find_candidates(&calls, list) : 0, at = 0;
    for (; good && at < count && !b->cause.count; at += BEFORE) {
        u32 end = at + BEFORE < count ? at + BEFORE : count;
        for (u32 i = at; i < end; i++)
            for (u32 k = 0; k < STEPS; k++) {
                struct lines one = {0};
                bisect_delay_line(list[i].early, bisect_delay_ticks(list[i].early, list[i].open, k), line, sizeof line);
                lines_split(&one, line);
                char *text = lines_join(b->kept, &one, NULL);
                list[i].places[k] = trials_add(&b->trials, text, NULL, NULL);
                free(text);
                lines_free(&one);
            }
        good = trials_run(&b->trials, err);
        for (u32 i = at; good && i < end && !b->cause.count; i++)
            if (is_repaired(b, &list[i]))
                tell(b, &list[i]);
    }
    if (good && !b->cause.count)
        bisect_say(
            b,
            "It is not the schedule: under the plain one the run ends the same way, and of %u calls before those "
            "that never return none repairs it by coming later.",
            count);
    if (good && b->cause.count)
        good = bisect_keep(b, b->kept, err);
    calls_of_free(&calls);
    free(list);
    return good;
}
