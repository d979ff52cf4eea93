/* SPDX-License-Identifier: BSD-3-Clause
 * bisect time: from which moment on the bad end is certain. Up to a point the run keeps its own schedule; from there on
 * slices are drawn from a seed, and every other sample also holds two threads at calls that they make later. The part
 * of the samples that still end badly is the probability at that point. It is taken at points over the whole run, and
 * then halved between the last point from which the run could escape and the first from which it could not.
 *
 * That all of N samples end badly says that the chance to escape is below 3/N (with 95 % confidence), not that it is
 * nothing; the sentence has N. */
#include "diff/bisect.h"
#include "diff/search.h"
#include "schema/status.h"

#include <stdio.h>

enum { POINTS = 8, SAMPLES_MAX = 256, RESOLUTION = 1000, AGAIN = 2, LATE = 1u << 16 };

struct timing {
    struct bisect *b;
    struct bisect_changes own;
    struct lines slices;
    struct calls_of calls;
    u32 samples;
};

static u64 slice_tick(const char *line)
{
    unsigned long long tick = 0;
    sscanf(line, "schedule %llu:", &tick);
    return tick;
}

/* Its own departures up to there. */
static char *prefix(const struct timing *t, u64 tick)
{
    bool *early = calloc(t->slices.count + t->own.schedule.count + 1, sizeof *early);
    CHECK(early, "no memory for %zu slices", t->slices.count);
    for (size_t i = 0; i < t->own.schedule.count; i++)
        early[i] = t->own.ticks[i] <= tick;
    char *changes = lines_join(t->b->kept, &t->own.schedule, early);
    for (size_t i = 0; i < t->slices.count; i++)
        early[i] = slice_tick(t->slices.list[i]) < tick;
    char *all = lines_join(changes, &t->slices, early);
    free(changes);
    free(early);
    return all;
}

static size_t add_sample(const struct timing *t, const char *front, u64 tick, u32 sample)
{
    char *holds = search_draw(&t->calls, tick, sample, sample % 2 ? 2 : 0);
    size_t size = strlen(front) + strlen(holds) + 80;
    char *text = malloc(size);
    CHECK(text, "no memory for a sample");
    snprintf(text, size, "%schaos %llu:%u\n%s", front, (unsigned long long)tick, sample + 1, holds);
    size_t place = trials_add(&t->b->trials, text, NULL, NULL);
    free(text);
    free(holds);
    return place;
}

/* How many of the samples from `first` on end badly. */
static bool measure(const struct timing *t, u64 tick, u32 first, u32 samples, u32 *bad, struct err *err)
{
    size_t places[SAMPLES_MAX];
    char *front = prefix(t, tick);
    for (u32 i = 0; i < samples; i++)
        places[i] = add_sample(t, front, tick, first + i);
    free(front);
    if (!trials_run(&t->b->trials, err))
        return false;
    *bad = 0;
    for (u32 i = 0; i < samples; i++)
        *bad += trial_is_same(trials_end(&t->b->trials, places[i]), &t->b->bad);
    return true;
}

static bool add_point(const struct timing *t, u64 tick, bool *is_certain, struct err *err)
{
    struct bisect *b = t->b;
    u32 bad = 0;
    if (!measure(t, tick, 0, t->samples, &bad, err))
        return false;
    if (b->point_count < countof(b->points))
        b->points[b->point_count++] = (struct bisect_point){tick, t->samples, bad};
    *is_certain = bad == t->samples;
    return true;
}

/* escape: the last point from which the run could escape; certain: the first behind it from which it could not. */
static bool find_edge(const struct timing *t, u64 *escape, u64 *certain, bool *has_escape, struct err *err)
{
    u64 end = t->b->bad.ticks;
    *has_escape = false;
    *certain = end;
    for (u64 i = POINTS; i-- > 0;) {
        bool is_certain;
        u64 tick = end / POINTS * i;
        if (!add_point(t, tick, &is_certain, err))
            return false;
        if (!is_certain && !*has_escape)
            *escape = tick;
        *has_escape |= !is_certain;
        if (!*has_escape)
            *certain = tick;
    }
    while (*has_escape && *certain - *escape > RESOLUTION) {
        bool is_certain;
        u64 middle = *escape + (*certain - *escape) / 2;
        if (!add_point(t, middle, &is_certain, err))
            return false;
        *(is_certain ? certain : escape) = middle;
    }
    return true;
}

/* Does the call have to do with what hangs at the end: its object, or else its thread? */
static u32 concern(const struct calls_of *calls, const struct call_row *row)
{
    u32 found = 0;
    for (size_t i = 0; i < calls->count; i++) {
        const struct call_row *open = &calls->rows[i];
        if (open->returned != UINT64_MAX)
            continue;
        if (row != open && row->identity && row->identity == open->identity)
            return 2;
        found |= row->thread == open->thread;
    }
    return found;
}

/* What happened in the window: of what concerns those that hang a wait that ran out says most, then the end of any
 * wait, then any return, then any call. */
static const struct call_row *find_moment(const struct timing *t, u64 from, u64 to)
{
    const struct call_row *found = NULL;
    u32 best = 0;
    for (size_t i = 0; i < t->calls.count; i++) {
        const struct call_row *row = &t->calls.rows[i];
        bool returns = row->returned != UINT64_MAX && row->returned > from && row->returned <= to;
        bool waited = returns && row->returned > row->time + RESOLUTION;
        u32 own = waited && (u32)row->result == STATUS_TIMEOUT ? 4
                  : waited                                     ? 3
                  : returns                                    ? 2
                  : row->time > from && row->time <= to        ? 1
                                                               : 0;
        u32 rank = own ? own + 8 * concern(&t->calls, row) : 0;
        if (rank && rank >= best) {
            best = rank;
            found = row;
        }
    }
    return best > 8 ? found : NULL;
}

static void tell(struct timing *t, u64 escape, u64 certain, u32 escape_bad, u32 again_bad, u32 again)
{
    struct bisect *b = t->b;
    char call[192];
    const struct call_row *moment = find_moment(t, escape, certain + RESOLUTION);
    b->has_time = true;
    b->time = certain;
    b->verdict = again_bad == again ? BISECT_CONFIRMED : BISECT_UNCONFIRMED;
    bisect_say(
        b,
        "The point of no return is at %.6f s (tick %llu): from there on all %u schedules that were drawn end so, "
        "and of %u further ones %u; %u ticks before it %u of %u do.",
        (double)certain / 50000000, (unsigned long long)certain, t->samples, again, again_bad, (u32)(certain - escape),
        escape_bad, t->samples);
    if (!moment)
        return;
    b->has_second = true;
    b->second = *moment;
    bisect_describe(moment, call, sizeof call);
    if (moment->time > escape)
        bisect_say(b, " What happened there: %s, was called", call);
    else
        bisect_say(b, " What happened there: %s, returned with 0x%llX", call, (unsigned long long)moment->result);
    bisect_say(b, ".");
}

static bool find(struct timing *t, struct err *err)
{
    struct bisect *b = t->b;
    u64 escape = 0, certain = 0;
    bool has_escape;
    u32 bad = 0, again_bad = 0, again = AGAIN * t->samples < SAMPLES_MAX ? AGAIN * t->samples : SAMPLES_MAX;
    if (!find_edge(t, &escape, &certain, &has_escape, err))
        return false;
    if (!has_escape) {
        b->verdict = BISECT_CONFIRMED;
        b->has_time = true;
        bisect_say(b, "It is certain from the beginning: none of %u schedules, drawn from the first tick on, escapes.",
                   t->samples);
        return true;
    }
    if (certain == b->bad.ticks) {
        bisect_say(b, "There is no point of no return: up to the end the run can escape.");
        return true;
    }
    if (!measure(t, escape, 0, t->samples, &bad, err) || !measure(t, certain, LATE, again, &again_bad, err))
        return false;
    tell(t, escape, certain, bad, again_bad, again);
    return true;
}

static int by_time(const void *a, const void *b)
{
    const struct bisect_point *x = a, *y = b;
    return x->time < y->time ? -1 : x->time > y->time;
}

bool bisect_time(struct bisect *b, struct err *err)
{
    struct timing t = {.b = b};
    u64 samples = 16;
    b->kind = "time";
    b->trials.task = "point of no return";
    if (!cli_u64(b->cli, "samples", &samples, err))
        return false;
    if (!samples || samples > SAMPLES_MAX)
        return err_set(err, "--samples %llu: 1 to %d", (unsigned long long)samples, SAMPLES_MAX);
    t.samples = (u32)samples;
    bool good = bisect_changes_read(&t.own, b->bad_path, err) && calls_of_run(&t.calls, b->bad_path, err) &&
                (!t.own.is_drawn || bisect_read_slices(b, &t.slices, err));
    if (good) {
        b->trials.fixed[0] = "--without-changes";
        b->trials.fixed[1] = "--chaos=0";
        free(b->kept);
        b->kept = lines_join("", &t.own.others, NULL);
        good = find(&t, err);
        qsort(b->points, b->point_count, sizeof b->points[0], by_time);
    }
    if (good) {
        b->trials.fixed[0] = b->trials.fixed[1] = NULL;
        good = bisect_keep(b, "", err);
    }
    lines_free(&t.slices);
    bisect_changes_free(&t.own);
    calls_of_free(&t.calls);
    return good;
}
