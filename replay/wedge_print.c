/* SPDX-License-Identifier: BSD-3-Clause
 * The wedge report for people: threads first, then circles and roots, so that the answer stands last. */
#include "replay/wedge.h"
#include "schema/export.h"

static void print_seconds(FILE *out, u64 ticks)
{
    u64 microseconds = ticks / 50;
    if (ticks == WEDGE_TIME_UNKNOWN) {
        fprintf(out, "an unknown time");
        return;
    }
    fprintf(out, "%llu.%06llu s", (unsigned long long)(microseconds / 1000000),
            (unsigned long long)(microseconds % 1000000));
}

static void print_op(FILE *out, u32 op)
{
    char buffer[64];
    fprintf(out, "%s", op ? export_op_name(op, buffer, sizeof buffer) : "no call");
}

static void print_object(FILE *out, const struct wedge_wait *w)
{
    fprintf(out, "%s", object_type_name((enum object_type)w->type));
    if (w->name[0])
        fprintf(out, " \"%s\"", w->name);
    if (w->hsid)
        fprintf(out, " hsid 0x%016llX", (unsigned long long)w->hsid);
}

static void print_by(const struct wedge_act *act, FILE *out)
{
    fprintf(out, " by %s %u", act->thread ? "thread" : "the machine, thread", act->thread);
    if (act->op) {
        fprintf(out, ", ");
        print_op(out, act->op);
    }
    if (act->lr)
        fprintf(out, " lr 0x%08X", act->lr);
    fprintf(out, ", at ");
    print_seconds(out, act->time);
}

static void print_act(const char *what, const struct wedge_act *act, FILE *out)
{
    fputs(what, out);
    print_by(act, out);
    fprintf(out, act->count > 1 ? " (%u times in all)\n" : "\n", act->count);
}

static void print_signal(const struct wedge_wait *w, FILE *out)
{
    if (!w->was_signalled) {
        fprintf(out, "        never signalled\n");
        return;
    }
    struct wedge_act act = {w->signal_time, w->signal_thread, w->signal_lr, w->signal_op, 1};
    print_act(w->pulsed ? w->signal_woke ? "        last pulsed" : "        last pulsed, when nobody waited,"
                        : "        last signalled",
              &act, out);
}

static void print_timer(const struct wedge_wait *w, FILE *out)
{
    if (w->is_armed) {
        print_act("        armed; set", &w->armed, out);
    } else if (!w->armed.count) {
        fprintf(out, "        not armed; never set\n");
    } else if (w->undone.count && w->undone.time >= w->armed.time) {
        print_act("        not armed; cancelled", &w->undone, out);
    } else {
        print_act("        not armed any more; set", &w->armed, out);
    }
}

static const char *ordinal_suffix(u32 number)
{
    u32 unit = number % 100 >= 11 && number % 100 <= 13 ? 0 : number % 10;
    return unit == 1 ? "st" : unit == 2 ? "nd" : unit == 3 ? "rd" : "th";
}

/* What a log does not tell is left out. */
static void print_maker(const struct wedge_wait *w, FILE *out)
{
    if (!w->creator && !w->create_op)
        return;
    fprintf(out, "        made by thread %u", w->creator);
    if (w->creator_lineage)
        fprintf(out, " (lineage 0x%016llX)", (unsigned long long)w->creator_lineage);
    fprintf(out, ", ");
    print_op(out, w->create_op);
    if (w->create_lr)
        fprintf(out, " lr 0x%08X", w->create_lr);
    fprintf(out, ", the %u%s there\n", w->created_ordinal + 1, ordinal_suffix(w->created_ordinal + 1));
}

static void print_wait(const struct wedge_wait *w, FILE *out)
{
    fprintf(out, "      on ");
    print_object(out, w);
    if (w->handle)
        fprintf(out, ", handle 0x%X", w->handle);
    if (w->address)
        fprintf(out, ", at 0x%08X", w->address);
    if (w->is_untold && w->owner && w->type == OBJECT_THREAD)
        fprintf(out, ", which is thread %u", w->owner);
    fputc('\n', out);
    print_maker(w, out);
    if (w->owner && w->type != OBJECT_THREAD)
        fprintf(out, "        owned by thread %u\n", w->owner);
    if (w->is_untold)
        return;
    print_signal(w, out);
    if (w->type == OBJECT_TIMER)
        print_timer(w, out);
    else if (w->undone.count)
        print_act(w->undone.op ? "        last reset" : "        last taken", &w->undone, out);
    if (w->refused.count)
        print_act("        last release beyond the limit, refused,", &w->refused, out);
}

static void print_thread(const struct wedge_report *report, const struct wedge_thread *t, FILE *out)
{
    fprintf(out, "  thread %u", t->thread);
    if (t->entry)
        fprintf(out, ", entry 0x%08X", t->entry);
    if (t->lineage)
        fprintf(out, ", lineage 0x%016llX", (unsigned long long)t->lineage);
    fprintf(out, ": %s", wedge_state_name((enum wedge_state)t->state));
    if (t->suspend_count)
        fprintf(out, " (suspend count %u%s)", t->suspend_count, t->started ? "" : ", never ran");
    if (t->state == WEDGE_WAITING && !report->is_dump) {
        fprintf(out, " since ");
        print_seconds(out, t->since);
        fprintf(out, " in ");
        print_op(out, t->op);
        const char *which = t->wait_all ? ", for all of" : t->is_all_untold ? ", for any or all of" : ", for any of";
        fprintf(out, "%s%s", t->wait_count > 1 ? which : "", t->alertable ? ", alertable" : "");
    }
    if (t->pc && report->is_dump)
        fprintf(out, "\n      pc 0x%08X", t->pc);
    else if (t->pc)
        fprintf(out, "\n      pc 0x%08X lr 0x%08X", t->pc, t->lr);
    else if (t->lr)
        fprintf(out, "\n      lr 0x%08X", t->lr);
    for (u32 i = 0; i < t->backtrace_count; i++)
        fprintf(out, "%s0x%08X", i ? " < " : ", called from ", t->backtrace[i]);
    fputc('\n', out);
    for (u32 i = 0; i < t->wait_count; i++)
        print_wait(&report->waits[t->first_wait + i], out);
}

static void print_cycle(const struct wedge_report *report, const struct wedge_cycle *cycle, FILE *out)
{
    fprintf(out, "  ");
    for (u32 i = 0; i < cycle->count; i++)
        fprintf(out, "thread %u -> ", report->threads[cycle->places[i]].thread);
    fprintf(out, "thread %u%s\n", report->threads[cycle->places[0]].thread,
            cycle->certain ? "" : " (likely: by who signalled last)");
}

/* What was done to the object that explains the wedge. */
static void print_deed(const struct wedge_root *root, const struct wedge_wait *w, FILE *out)
{
    struct wedge_act signal = {w->signal_time, w->signal_thread, w->signal_lr, w->signal_op, 1};
    const struct wedge_act *act = root->reason == WEDGE_PULSED_TO_NOBODY  ? &signal
                                  : root->reason == WEDGE_TIMER_CANCELLED ? &w->undone
                                  : root->reason == WEDGE_RELEASE_REFUSED ? &w->refused
                                                                          : NULL;
    if (!act)
        return;
    fputs(root->reason == WEDGE_PULSED_TO_NOBODY  ? ", pulsed"
          : root->reason == WEDGE_TIMER_CANCELLED ? ", cancelled"
                                                  : ", released",
          out);
    print_by(act, out);
}

static void print_root(const struct wedge_report *report, const struct wedge_root *root, FILE *out)
{
    const struct wedge_thread *t = &report->threads[root->place];
    fprintf(out, "  thread %u", t->thread);
    if (t->entry)
        fprintf(out, " (entry 0x%08X)", t->entry);
    fprintf(out, " %s", wedge_reason_text((enum wedge_reason)root->reason));
    if (root->wait != UINT32_MAX) {
        fprintf(out, ": ");
        print_object(out, &report->waits[root->wait]);
        print_deed(root, &report->waits[root->wait], out);
    }
    if (root->likely)
        fprintf(out, "; %u blocked thread%s wait%s for it (%u for certain)", root->likely, root->likely == 1 ? "" : "s",
                root->likely == 1 ? "s" : "", root->certain);
    fputc('\n', out);
}

static void print_all(const struct wedge_report *report, FILE *out)
{
    fprintf(out, "threads:\n");
    for (u32 i = 0; i < report->thread_count; i++)
        if (report->threads[i].state != WEDGE_TERMINATED)
            print_thread(report, &report->threads[i], out);
    if (report->cycle_count)
        fprintf(out, "cycles:\n");
    for (u32 i = 0; i < report->cycle_count; i++)
        print_cycle(report, &report->cycles[i], out);
    fprintf(out, "roots, what tells most first:\n");
    for (u32 i = 0; i < report->root_count; i++)
        print_root(report, &report->roots[i], out);
    if (report->untold_signals)
        fprintf(out, "%u signals do not tell their object: what is said to be never signalled may have been\n",
                report->untold_signals);
}

static void print_head(const struct wedge_report *report, u32 waiting, FILE *out)
{
    if (report->is_dump) {
        fprintf(
            out,
            "a dump tells %u thread%s blocked of %u; since when, whether for ever, and what was signalled is unknown\n",
            waiting, waiting == 1 ? "" : "s", report->thread_count);
    } else if (report->wedged) {
        fprintf(out, "wedged at ");
        print_seconds(out, report->tick);
        fprintf(out, ": nothing can ever run again\n");
    } else {
        fprintf(out, "no wedge: the run did not end with every thread blocked\n");
    }
}

void wedge_print(const struct wedge_report *report, FILE *out)
{
    u32 waiting = 0;
    for (u32 i = 0; i < report->thread_count; i++)
        waiting += report->threads[i].state == WEDGE_WAITING;
    print_head(report, waiting, out);
    if (report->wedged || waiting)
        print_all(report, out);
}
