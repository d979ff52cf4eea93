/* SPDX-License-Identifier: BSD-3-Clause
 * Threads of which one log has nothing, while whoever made them in the other did the same in both: logs that tell some
 * threads only look like that (diff/first.h). One that was made suspended and not resumed did not run: then whoever
 * resumed it in the other run parts before it does. */
#include "diff/coverage.h"
#include "diff/first.h"
#include "diff/marks.h"

#include <stdlib.h>

enum { CREATE_SUSPENDED = 1 };

static const char *const names[] = {"A", "B"};

struct resume {
    u64 seq, handle; /* 0: not told */
    u32 place;
};

struct search {
    struct first *first;
    u64 *parts[2];             /* by pair, in A and B: seq of what it parts with; UINT64_MAX: both do the same */
    struct resume *resumes[2]; /* in order of seq; */
    u32 resume_count[2];
    bool is_read[2]; /* once they were asked for */
};

static void read_parts(struct search *s)
{
    u32 pairs = s->first->pairing->count;
    for (u32 side = 0; side < 2; side++) {
        s->parts[side] = malloc((pairs + 1u) * sizeof **s->parts);
        CHECK(s->parts[side], "out of memory");
        memset(s->parts[side], 0xFF, pairs * sizeof **s->parts);
        for (u32 i = 0; i < s->first->count; i++)
            s->parts[side][s->first->list[i].pair] = s->first->list[i].side[side].when;
    }
}

static void add_resume(struct search *s, u32 side, const struct mark *m, bool is_handle)
{
    u32 count = s->resume_count[side]++;
    if (!(count & (count - 1))) {
        s->resumes[side] = realloc(s->resumes[side], (count ? count * 2 : 1) * sizeof **s->resumes);
        CHECK(s->resumes[side], "out of memory");
    }
    bool is_told = is_handle && !(m->missing >> MARK_OBJECT & 1);
    s->resumes[side][count] = (struct resume){m->seq, is_told ? m->v[MARK_OBJECT] : 0, m->place};
}

static void read_resumes(struct search *s, u32 side)
{
    struct run *run = s->first->run[side];
    struct site_fact *facts = sites_make(run);
    u8 *wanted = calloc(run_site_count(run) + 1u, sizeof *wanted);
    const struct mark *m;
    struct err err;
    CHECK(wanted, "out of memory");
    s->is_read[side] = true;
    for (u32 i = 0; i < run_site_count(run); i++)
        wanted[i] = facts[i].kind == EVENT_call && facts[i].role.role == ROLE_RESUME ? MARKS_WANTED : 0;
    struct marks *marks = marks_open(run, facts, wanted, NULL);
    while (marks_next(marks, &m, &err) == 1)
        add_resume(s, side, m, facts[m->site].role.how == ROLE_BY_HANDLE);
    marks_close(marks);
    free(wanted);
    free(facts);
}

/* All who may have resumed the thread, which was made suspended, part from their counterparts before they do. */
static bool is_resume_lacking(struct search *s, u32 side, const struct run_thread *t)
{
    const struct pairing *p = s->first->pairing;
    bool is_lacking = false;
    if (!t->created || !run_thread_tells(t, F_thread_create_flags) || !(t->flags & CREATE_SUSPENDED))
        return false;
    if (!s->is_read[side])
        read_resumes(s, side);
    for (u32 i = 0; i < s->resume_count[side] && s->resumes[side][i].seq < t->first_seq; i++) {
        const struct resume *r = &s->resumes[side][i];
        if (r->seq < t->created_seq || (r->handle && t->handle && r->handle != t->handle))
            continue;
        u32 pair = (side ? p->of_b : p->of_a)[r->place], there = side ? p->pairs[pair].a : p->pairs[pair].b;
        if (there == PAIR_NOBODY || !run_thread(s->first->run[!side], there)->events || s->parts[side][pair] > r->seq)
            return false;
        is_lacking = true;
    }
    return is_lacking;
}

static void doubt(struct search *s, struct first_divergence *d, u32 side)
{
    const struct first *first = s->first;
    const struct pairing *p = first->pairing;
    u32 here = d->side[side].thread, there = d->side[!side].thread;
    if (there == PAIR_NOBODY || (here != PAIR_NOBODY && run_thread(first->run[side], here)->events) ||
        coverage_is_recording(run_journal(first->run[side])))
        return;
    const struct run_thread *t = run_thread(first->run[!side], there);
    if (!t->events || t->parent == UINT32_MAX)
        return;
    u32 maker = side ? p->of_a[t->parent] : p->of_b[t->parent];
    if (p->pairs[maker].a == PAIR_NOBODY || p->pairs[maker].b == PAIR_NOBODY ||
        s->parts[!side][maker] <= t->first_seq || is_resume_lacking(s, !side, t))
        return;
    d->class = FIRST_UNCAPTURED;
    d->is_uncertain = d->is_silent = true;
    first_add_fact(
        d, '?',
        "%s's log has no event of %s's thread %u, while its maker, thread %u, does the same in both until then: "
        "capture all threads of %s",
        names[side], names[!side], t->thread, run_thread(first->run[!side], t->parent)->thread, names[side]);
}

void first_doubt_silent(struct first *first)
{
    struct search s = {.first = first};
    read_parts(&s);
    for (u32 i = 0; i < first->count; i++)
        for (u32 side = 0; side < 2; side++)
            doubt(&s, &first->list[i], side);
    for (u32 side = 0; side < 2; side++) {
        free(s.parts[side]);
        free(s.resumes[side]);
    }
}
