/* SPDX-License-Identifier: BSD-3-Clause
 * bisect schedule: from a run that goes wrong to the fewest departures from the plain schedule, and to the two
 * operations whose order matters. */
#include "diff/bisect.h"
#include "replay/journal.h"

#include <stdio.h>

static char *join(void *context, const struct lines *lines, const bool *wanted)
{
    const struct bisect *b = context;
    return lines_join(b->kept, lines, wanted);
}

/* schedule TICK:TICKS:ORDER:T,...: with the plain length, order or nobody first; false: it has that. */
static bool simplify_line(const char *line, u32 part, u64 plain, char *out, size_t size)
{
    unsigned long long tick, ticks;
    char order[8], first[80];
    static const char *const nobody = "0,0,0,0,0,0";
    if (sscanf(line, "schedule %llu:%llu:%7[0-9]:%79s", &tick, &ticks, order, first) != 4)
        return false;
    snprintf(out, size, "schedule %llu:%llu:%s:%s", tick, part == 0 ? plain : ticks, part == 1 ? "012345" : order,
             part == 2 ? nobody : first);
    return strcmp(out, line) != 0;
}

static bool simplify(struct bisect *b, struct lines *lines, struct err *err)
{
    u64 plain = 1000;
    struct journal_reader *r = journal_open(b->bad_path, err);
    if (!r)
        return false;
    journal_get_u64(r, "config.slice_ticks", &plain);
    journal_close(r);
    for (size_t i = 0; i < 3 * lines->count && lines->count <= 64; i++) {
        char other[256], *line = lines->list[i / 3];
        if (!simplify_line(line, (u32)(i % 3), plain, other, sizeof other))
            continue;
        lines->list[i / 3] = other;
        char *text = join(b, lines, NULL);
        size_t place = trials_add(&b->trials, text, NULL, NULL);
        free(text);
        bool good = trials_run(&b->trials, err);
        bool same = good && trial_is_same(trials_end(&b->trials, place), &b->bad);
        lines->list[i / 3] = same ? strdup(other) : line;
        if (same)
            free(line);
        if (!good)
            return false;
    }
    return true;
}

/* Is the plain run good, and do the lines make it bad? */
static bool check(struct bisect *b, const struct lines *lines, bool *goes_on, struct err *err)
{
    char *all = join(b, lines, NULL);
    size_t plain = trials_add(&b->trials, b->kept, NULL, NULL), full = trials_add(&b->trials, all, NULL, NULL);
    free(all);
    if (!trials_run(&b->trials, err))
        return false;
    b->good = *trials_end(&b->trials, plain);
    *goes_on = false;
    if (trial_is_same(&b->good, &b->bad))
        return bisect_repair(b, err);
    if (!trial_is_same(trials_end(&b->trials, full), &b->bad))
        bisect_say(b,
                   "The run's %zu departures from the plain schedule, listed one by one, do not make it end that way.",
                   lines->count);
    else
        *goes_on = true;
    return true;
}

/* Each trial is a text of all of them. */
enum { SLICES_MAX = 500000 };

static bool reduce(struct bisect *b, struct lines *lines, struct err *err)
{
    const struct reduction r = {.b = b, .text = join, .context = b};
    size_t before = lines->count;
    bool goes_on;
    if (before > SLICES_MAX)
        return err_set(err,
                       "%s departs from the plain schedule in %zu slices, too many to list: use a seed of search --pct",
                       b->bad_path, before);
    if (!check(b, lines, &goes_on, err) || !goes_on)
        return !err->text[0];
    b->trials.task = "fewest preemptions";
    if (!bisect_reduce(&r, lines, err) || !simplify(b, lines, err))
        return false;
    char *bad = join(b, lines, NULL);
    b->trials.task = "which pair";
    bisect_say(b, "Of %zu departures from the plain schedule %zu suffice. ", before, lines->count);
    bool good = bisect_pair(b, bad, err);
    if (good && !b->cause.count) {
        b->verdict = BISECT_UNCONFIRMED;
        lines_split(&b->cause, bad);
        bisect_say(b, "No pair of calls was found whose order alone decides.");
    }
    if (good && !b->has_journal)
        good = bisect_keep(b, bad, err);
    free(bad);
    return good;
}

bool bisect_schedule(struct bisect *b, struct err *err)
{
    struct bisect_changes f = {.is_drawn = false};
    b->kind = "schedule";
    b->trials.fixed[0] = "--without-changes";
    b->trials.fixed[1] = "--chaos=0";
    err->text[0] = '\0';
    bool good = bisect_changes_read(&f, b->bad_path, err) && (!f.is_drawn || bisect_read_slices(b, &f.schedule, err));
    if (good) {
        free(b->kept);
        b->kept = lines_join("", &f.others, NULL);
        good = reduce(b, &f.schedule, err);
    }
    bisect_changes_free(&f);
    return good;
}
