/* SPDX-License-Identifier: BSD-3-Clause
 * The wedge report as data, and its way through the journal: one line a thread, then a line for each of its waits,
 * values separated by tabs, numbers in hex, names last. */
#include "replay/wedge.h"
#include "replay/journal.h"

#include <stdlib.h>

static const char *const state_names[] = {"ready", "waiting", "suspended", "terminated"};

static const struct {
    const char *name;
    const char *text;
} reasons[] = {
    [WEDGE_NEVER_RESUMED] = {"never-resumed", "was made suspended and nobody ever resumed it"},
    [WEDGE_LEFT_SUSPENDED] = {"left-suspended", "was suspended and nobody resumed it"},
    [WEDGE_PULSED_TO_NOBODY] = {"pulsed-to-nobody", "waits for an event that was pulsed when nobody waited"},
    [WEDGE_TIMER_CANCELLED] = {"timer-cancelled", "waits for a timer that was cancelled and not set again"},
    [WEDGE_TIMER_NEVER_SET] = {"timer-never-set", "waits for a timer that nobody ever set"},
    [WEDGE_RELEASE_REFUSED] = {"release-refused", "waits for a semaphore whose last release went beyond its limit"},
    [WEDGE_NEVER_SIGNALLED] = {"never-signalled", "waits for something that nobody ever signalled"},
    [WEDGE_LAST_BY_MACHINE] = {"last-by-machine",
                               "waits for what a timer or device signalled last, and will not again"},
    [WEDGE_LAST_BY_ITSELF] = {"last-by-itself", "waits for what only it signalled before"},
    [WEDGE_SIGNALLER_ENDED] = {"signaller-ended", "waits for what a thread signalled last that has ended"},
    [WEDGE_SIGNALLER_RUNS] = {"signaller-runs", "waits for what a thread signalled last that can still run"},
    [WEDGE_OWNER_ENDED] = {"owner-ended", "waits for what an ended or unknown thread owns"},
    [WEDGE_WAITS_FOR_NOTHING] = {"waits-for-nothing", "waits for no object, without end"},
    [WEDGE_IN_CYCLE] = {"cycle", "stands in a circle of owners that wait for each other"},
    [WEDGE_UNTOLD] = {"untold", "waits for something of whose signals nothing is told"},
    [WEDGE_IN_LIKELY_CYCLE] = {"likely-cycle", "stands in a circle: who last signalled waits in turn"},
};

const char *wedge_state_name(enum wedge_state state)
{
    return (u32)state < countof(state_names) ? state_names[state] : "unknown";
}

const char *wedge_reason_text(enum wedge_reason reason)
{
    return (u32)reason < countof(reasons) ? reasons[reason].text : "unknown";
}

const char *wedge_reason_name(enum wedge_reason reason)
{
    return (u32)reason < countof(reasons) ? reasons[reason].name : "unknown";
}

void wedge_init(struct wedge_report *report)
{
    *report = (struct wedge_report){0};
}

void wedge_finish(struct wedge_report *report)
{
    for (u32 i = 0; i < report->cycle_count; i++)
        free(report->cycles[i].places);
    free(report->cycles);
    free(report->roots);
    free(report->threads);
    free(report->waits);
    *report = (struct wedge_report){0};
}

struct wedge_thread *wedge_add_thread(struct wedge_report *report)
{
    if (report->thread_count % 64 == 0) {
        report->threads = realloc(report->threads, (report->thread_count + 64) * sizeof *report->threads);
        CHECK(report->threads, "out of memory");
    }
    struct wedge_thread *thread = &report->threads[report->thread_count++];
    *thread = (struct wedge_thread){.deadline = UINT64_MAX, .first_wait = report->wait_count};
    return thread;
}

struct wedge_wait *wedge_add_wait(struct wedge_report *report)
{
    CHECK(report->thread_count, "a wait without a thread");
    if (report->wait_count % 64 == 0) {
        report->waits = realloc(report->waits, (report->wait_count + 64) * sizeof *report->waits);
        CHECK(report->waits, "out of memory");
    }
    report->threads[report->thread_count - 1].wait_count++;
    struct wedge_wait *wait = &report->waits[report->wait_count++];
    *wait = (struct wedge_wait){0};
    return wait;
}

/* ---- Writing. ---- */

static void write_numbers(FILE *out, const char *what, const u64 *values, size_t count)
{
    fputs(what, out);
    for (size_t i = 0; i < count; i++)
        fprintf(out, "\t%llx", (unsigned long long)values[i]);
}

static void write_thread(FILE *out, const struct wedge_thread *t)
{
    u64 values[] = {t->thread,        t->lineage,  t->entry,     t->parent,  t->state,
                    t->suspend_count, t->pc,       t->lr,        t->op,      t->since,
                    t->deadline,      t->wait_all, t->alertable, t->started, t->backtrace_count};
    write_numbers(out, "thread", values, countof(values));
    for (u32 i = 0; i < t->backtrace_count; i++)
        fprintf(out, "\t%x", t->backtrace[i]);
    fputc('\n', out);
}

static void write_act(FILE *out, const struct wedge_act *act)
{
    u64 values[] = {act->time, act->thread, act->lr, act->op, act->count};
    write_numbers(out, "", values, countof(values));
}

static void write_wait(FILE *out, const struct wedge_wait *w)
{
    u64 values[] = {w->type,          w->hsid,
                    w->handle,        w->address,
                    w->creator,       w->creator_lineage,
                    w->create_lr,     w->created_ordinal,
                    w->owner,         w->was_signalled,
                    w->signal_thread, w->signal_lr,
                    w->signal_op,     w->signal_time,
                    w->create_op,     w->signal_woke,
                    w->pulsed,        w->is_armed};
    write_numbers(out, "wait", values, countof(values));
    write_act(out, &w->armed);
    write_act(out, &w->undone);
    write_act(out, &w->refused);
    fputc('\t', out);
    for (const char *p = w->name; *p; p++)
        fputc((u8)*p < 0x20 ? '.' : *p, out);
    fputc('\n', out);
}

void wedge_write(struct journal_writer *w, const struct wedge_report *report)
{
    if (!report->wedged)
        return;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    CHECK(out, "out of memory");
    write_numbers(out, "wedge", &report->tick, 1);
    fputc('\n', out);
    for (u32 i = 0; i < report->thread_count; i++) {
        const struct wedge_thread *thread = &report->threads[i];
        write_thread(out, thread);
        for (u32 k = 0; k < thread->wait_count; k++)
            write_wait(out, &report->waits[thread->first_wait + k]);
    }
    fclose(out);
    journal_meta(w, "wedge", text);
    free(text);
}

/* ---- Reading. ---- */

/* The next number behind a tab; false: there is none. */
static bool read_number(const char **p, u64 *value)
{
    if (**p != '\t')
        return false;
    const char *start = ++*p;
    u64 number = 0;
    for (;; ++*p) {
        char c = **p;
        u32 digit = c >= '0' && c <= '9' ? (u32)(c - '0') : c >= 'a' && c <= 'f' ? (u32)(c - 'a') + 10 : 16;
        if (digit == 16)
            break;
        number = number << 4 | digit;
    }
    *value = number;
    return *p > start && *p - start <= 16;
}

static bool read_numbers(const char **p, u64 *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!read_number(p, &values[i]))
            return false;
    return true;
}

static bool read_thread(struct wedge_report *report, const char **p)
{
    u64 v[15], address;
    if (!read_numbers(p, v, countof(v)) || v[14] > WEDGE_BACKTRACE_MAX || report->thread_count == WEDGE_THREADS_MAX)
        return false;
    struct wedge_thread *t = wedge_add_thread(report);
    t->thread = (u32)v[0];
    t->lineage = v[1];
    t->entry = (u32)v[2];
    t->parent = (u32)v[3];
    t->state = (u8)v[4];
    t->suspend_count = (u32)v[5];
    t->pc = (u32)v[6];
    t->lr = (u32)v[7];
    t->op = (u32)v[8];
    t->since = v[9];
    t->deadline = v[10];
    t->wait_all = v[11] != 0;
    t->alertable = v[12] != 0;
    t->started = v[13] != 0;
    for (; t->backtrace_count < v[14]; t->backtrace[t->backtrace_count++] = (u32)address)
        if (!read_number(p, &address))
            return false;
    return true;
}

static bool read_act(const char **p, struct wedge_act *act)
{
    u64 v[5];
    if (!read_numbers(p, v, countof(v)))
        return false;
    *act = (struct wedge_act){v[0], (u32)v[1], (u32)v[2], (u32)v[3], (u32)v[4]};
    return true;
}

static bool read_wait(struct wedge_report *report, const char **p)
{
    u64 v[18];
    if (!report->thread_count || report->wait_count == WEDGE_WAITS_MAX || !read_numbers(p, v, countof(v)))
        return false;
    struct wedge_wait *w = wedge_add_wait(report);
    if (!read_act(p, &w->armed) || !read_act(p, &w->undone) || !read_act(p, &w->refused) || **p != '\t')
        return false;
    w->type = (u8)v[0];
    w->hsid = v[1];
    w->handle = (u32)v[2];
    w->address = (u32)v[3];
    w->creator = (u32)v[4];
    w->creator_lineage = v[5];
    w->create_lr = (u32)v[6];
    w->created_ordinal = (u32)v[7];
    w->owner = (u32)v[8];
    w->was_signalled = v[9] != 0;
    w->signal_thread = (u32)v[10];
    w->signal_lr = (u32)v[11];
    w->signal_op = (u32)v[12];
    w->signal_time = v[13];
    w->create_op = (u32)v[14];
    w->signal_woke = (u32)v[15];
    w->pulsed = v[16] != 0;
    w->is_armed = v[17] != 0;
    ++*p;
    for (size_t n = 0; **p && **p != '\n'; ++*p)
        if (n + 1 < sizeof w->name)
            w->name[n++] = **p;
    return true;
}

static bool starts_with(const char **p, const char *word)
{
    size_t length = strlen(word);
    if (strncmp(*p, word, length))
        return false;
    *p += length;
    return true;
}

static bool read_line(struct wedge_report *report, const char **p)
{
    bool ok = (starts_with(p, "wedge") && read_number(p, &report->tick)) ||
              (starts_with(p, "thread") && read_thread(report, p)) || (starts_with(p, "wait") && read_wait(report, p));
    return ok && *(*p)++ == '\n';
}

bool wedge_read(const struct journal_reader *r, struct wedge_report *report, struct err *err)
{
    const char *p = journal_get(r, "wedge");
    report->wedged = p != NULL;
    for (u32 line = 1; p && *p; line++)
        if (!read_line(report, &p))
            return err_set(err, "the wedge report of this journal is damaged in line %u", line);
    wedge_analyse(report);
    return true;
}
