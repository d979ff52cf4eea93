/* SPDX-License-Identifier: BSD-3-Clause
 * The first divergence for people (diff/first_print.h). */
#include "diff/first_print.h"
#include "diff/print.h"

#include <inttypes.h>
#include <sys/stat.h>

static const char *const sides[] = {"A", "B"};

static void print_call(const struct first *first, u32 side, const char *what, const struct values_call *call, FILE *out)
{
    struct journal_reader *journal = run_journal(first->run[side]);
    fprintf(out, "  %s  %-12s", sides[side], what);
    print_event(journal, &call->call, out);
    if (call->has_answer) {
        fprintf(out, "  %s  %-12s", sides[side], "");
        print_event(journal, &call->answer, out);
    }
}

static void print_side(const struct first *first, const struct first_divergence *d, u32 side, FILE *out)
{
    const struct first_side *s = &d->side[side];
    if (s->thread == PAIR_NOBODY)
        fprintf(out, "  %s  has no such thread\n", sides[side]);
    else if (s->has_next)
        print_call(first, side, d->values.difference ? "here" : "goes on", &s->next, out);
    else
        fprintf(out, "  %s  does nothing more: %s\n", sides[side], ends_name(s->end));
}

static void print_threads(const struct first *first, const struct first_divergence *d, FILE *out)
{
    const struct pair *pair = &first->pairing->pairs[d->pair];
    for (u32 side = 0; side < 2; side++) {
        u32 place = side ? pair->b : pair->a;
        if (place == PAIR_NOBODY)
            fprintf(out, "%sno thread of %s", side ? " and " : "", sides[side]);
        else
            fprintf(out, "%sthread %u of %s", side ? " and " : "", run_thread(first->run[side], place)->thread,
                    sides[side]);
    }
    u32 entry = pair_entry(first->pairing, pair);
    if (entry)
        fprintf(out, ", entry 0x%08X", entry);
    if (pair->how != PAIR_NONE)
        fprintf(out, " (paired by %s, %u %%)", pair_how_name(pair->how), pair->confidence);
    fputc('\n', out);
}

static void print_waker(const struct first *first, const struct first_divergence *d, FILE *out)
{
    for (u32 side = 0; side < 2; side++) {
        const struct waker *w = &d->waker[side];
        if (!w->is_known)
            continue;
        fprintf(out, "  %s  its wait was ended by ", sides[side]);
        if (w->place == UINT32_MAX)
            fprintf(out, "no thread (a timer or a time-out)");
        else
            fprintf(out, "thread %u", run_thread(first->run[side], w->place)->thread);
        if (w->lr)
            fprintf(out, ", lr 0x%08X", w->lr);
        if (w->is_guessed)
            fprintf(out, " (guessed: the log does not tell the object of its signal)");
        fputc('\n', out);
    }
}

static void print_facts(const struct first_divergence *d, FILE *out)
{
    for (u32 i = 0; i < d->fact_count; i++) {
        const struct first_fact *fact = &d->facts[i];
        const char *what = fact->sign == '+' ? "for" : fact->sign == '-' ? "against" : fact->sign == '?' ? "open" : "";
        fprintf(out, "  %-8s%s\n", what, fact->text);
    }
}

static void print_divergence(const struct first *first, const struct first_divergence *d, FILE *out)
{
    fprintf(out, "%s after %" PRIu64 " common call%s, in ", first_class_name(d->class), d->matched,
            cli_plural(d->matched));
    print_threads(first, d, out);
    for (u32 side = 0; side < 2; side++)
        if (d->side[side].has_last)
            print_call(first, side, "last common", &d->side[side].last, out);
    for (u32 side = 0; side < 2; side++)
        print_side(first, d, side, out);
    for (u32 side = 0; side < 2; side++)
        if (d->side[side].has_meeting)
            print_call(first, side, "meet again", &d->side[side].meeting, out);
    print_waker(first, d, out);
    print_facts(d, out);
}

/* "17@339", or "-". */
static void print_cite(const struct first *first, const struct first_divergence *d, u32 side, FILE *out)
{
    const struct first_side *s = &d->side[side];
    char text[32] = "-";
    if (s->thread != PAIR_NOBODY && s->has_next)
        snprintf(text, sizeof text, "%u@%u", s->next.call.thread, s->next.call.index);
    else if (s->thread != PAIR_NOBODY)
        snprintf(text, sizeof text, "%u %s", run_thread(first->run[side], s->thread)->thread, ends_name(s->end));
    fprintf(out, "%-16s", text);
}

static void print_row(const struct first *first, const struct first_divergence *d, FILE *out)
{
    char cause[24] = "-";
    if (d->cause != FIRST_NOBODY)
        snprintf(cause, sizeof cause, "#%u", d->cause + 1);
    fprintf(out, "  %-5u%-14s%-12" PRIu64, d->rank + 1, d->is_shared ? "(shared)" : first_class_name(d->class),
            d->matched);
    print_cite(first, d, 0, out);
    print_cite(first, d, 1, out);
    const struct first_side *s = &d->side[!d->side[0].has_next];
    fprintf(out, "%-8s%s\n", cause, s->has_next ? run_op_name(first->run[!d->side[0].has_next], s->next.call.op) : "-");
}

static void print_rows(const struct first *first, u64 show, bool by_time, FILE *out)
{
    fprintf(out, "in order of %s:\n  %-5s%-14s%-12s%-16s%-16s%-8s%s\n", by_time ? "A's clock" : "cause", "#", "class",
            "matched", "A", "B", "follows", "op");
    for (u32 i = 0; i < first->count && i < show; i++)
        print_row(first, &first->list[i], out);
    if (first->count > show)
        fprintf(out, "  and %" PRIu64 " more (--show)\n", first->count - show);
}

/* What says little, and lies before what is told of its threads. */
static void print_set_aside(const struct first *first, u64 show, FILE *out)
{
    u64 shown = 0;
    for (u32 i = 0; i < first->count && shown < show; i++) {
        const struct first_divergence *d = &first->list[i];
        const struct event *call = &d->passed_call.call;
        if (!d->passed)
            continue;
        fprintf(out,
                "set aside before #%u, since how often a thread waits or polls is a matter of speed: from %s:%u@%u on "
                "%" PRIu64 " call%s more in %s, as %s\n",
                d->rank + 1, sides[d->passed_side], call->thread, call->index, d->passed, d->passed == 1 ? "" : "s",
                sides[d->passed_side], run_op_name(first->run[d->passed_side], call->op));
        shown++;
    }
}

static void print_noise(const struct first *first, FILE *out)
{
    bool any = false;
    for (u32 i = 0; i < countof(first->noise); i++) {
        const struct first_noise *n = &first->noise[i];
        if (!n->events[0] && !n->events[1])
            continue;
        fprintf(out, "%s%s %" PRIu64 " in A, %" PRIu64 " in B", any ? "; " : "noise left out: ", first_noise_name(i),
                n->events[0], n->events[1]);
        any = true;
    }
    if (any)
        fputc('\n', out);
}

/* Sites that vary, with those first whose count in B is out of the band. */
static void print_jitter(const struct first *first, u64 show, FILE *out)
{
    const struct jitter *j = first->jitter;
    if (!j)
        return;
    fprintf(out, "learnt from %u reference run%s: %u sites vary in calls, %u in values", j->runs,
            j->runs == 1 ? "" : "s", j->letter_count, j->varying_count);
    if (j->lost)
        fprintf(out, "; %u pairs of threads part and do not meet again", j->lost);
    fputc('\n', out);
    for (u32 i = 0, shown = 0; i < j->letter_count && shown < show; i++) {
        const struct jitter_site *s = &j->sites[i];
        u64 b = keys_count(&first->keys.side[1], s->letter);
        if (b >= s->least && b <= s->most)
            continue;
        fprintf(out, "  out of its band: %s lr 0x%08X: %" PRIu64 " to %" PRIu64 " in good runs, %" PRIu64 " in B\n",
                run_op_name(first->run[0], s->op), s->lr, s->least, s->most, b);
        shown++;
    }
}

static bool is_same_file(const char *a, const char *b)
{
    struct stat x, y;
    return !stat(a, &x) && !stat(b, &y) && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* What was asked may not be what was meant. */
static void print_doubtful_question(const struct first *first, FILE *out)
{
    if (is_same_file(run_path(first->run[0]), run_path(first->run[1])))
        fprintf(out, "A and B are the same file: nothing can differ\n");
    else if (ends_is_wedged(&first->ends[0]) && !ends_is_wedged(&first->ends[1]))
        fprintf(out, "A is wedged at its end and B is not: if B is the good run, swap them\n");
}

void first_print(const struct first *first, u64 show, bool by_time, FILE *out)
{
    fprintf(out, "A %s\nB %s\nverdict: %s\n", run_path(first->run[0]), run_path(first->run[1]),
            first_verdict_name(first->verdict));
    print_doubtful_question(first, out);
    if (!first->count && !first->common)
        fprintf(
            out,
            "no call there could be compared: nothing was compared; capture other calls, or ask for another part\n");
    if (first->verdict != FIRST_SAME && first->count) {
        fprintf(out, "first divergence%s: ", by_time ? " by A's clock" : "");
        print_divergence(first, &first->list[0], out);
    }
    if (by_time && first->verdict != FIRST_SAME && first->count)
        fprintf(out, "calls of A before it, of all threads: %" PRIu64 "\n", first->before);
    if (first->count)
        print_rows(first, show, by_time, out);
    print_set_aside(first, show, out);
    if (first->count)
        fprintf(out, "pairs that part: %u; that follow from no other: %u\n", first->count, first_count_roots(first));
    fprintf(out, "pairs that agree to the end: %u of %u; calls that agree: %" PRIu64 "\n", first->equal,
            first->pairing->count, first->common);
    if (first->shared)
        fprintf(out, "pairs of workers that only shared the same work out otherwise: %u\n", first->shared);
    u32 crossed = pair_count_crossed(first->pairing);
    if (crossed)
        fprintf(out, "pairs of siblings that took their roles in another order: %u (lockstep threads tells them)\n",
                crossed);
    fprintf(out, "results compared: %" PRIu64 " call%s; not told by both: %" PRIu64 "\n", first->compared,
            cli_plural(first->compared), first->untold);
    if (first->values_most != FIRST_VALUES)
        fprintf(out,
                "  only the last %" PRIu64
                " common calls of each thread, in long journals only where both go on (--values)\n",
                first->values_most);
    print_noise(first, out);
    print_jitter(first, show, out);
}
