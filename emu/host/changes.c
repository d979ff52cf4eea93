/* SPDX-License-Identifier: BSD-3-Clause
 * Handing out the changes of a run at the gate. */
#include "emu/host/changes.h"

#include "emu/change.h"
#include "replay/journal.h"

#include <stdio.h>

bool changes_are_there(const struct changes *c)
{
    return c->count || c->slice_count;
}

static bool give(struct change *change, u64 tick, u32 thread, struct nondet_answer *answer)
{
    change->done = true;
    change->done_tick = tick;
    change->done_thread = thread;
    *answer = (struct nondet_answer){change->bytes, change->size};
    return true;
}

static bool is_of_call(const struct change *change, u64 about)
{
    return change->op == (u32)about && (!change->thread || change->thread == about >> 32);
}

/* The call is about to be made: a delay comes before it is counted. */
static bool give_delay(struct changes *c, u64 about, u64 tick, struct nondet_answer *answer)
{
    for (size_t i = 0; i < c->count; i++) {
        struct change *change = &c->list[i];
        if (change->verb == CHANGE_DELAY && !change->done && is_of_call(change, about) &&
            change->seen + 1 == change->number)
            return give(change, tick, (u32)(about >> 32), answer);
    }
    return false;
}

/* The call is made: all changes of calls count it. */
static bool give_force(struct changes *c, u64 about, u64 tick, struct nondet_answer *answer)
{
    struct change *found = NULL;
    for (size_t i = 0; i < c->count; i++) {
        struct change *change = &c->list[i];
        if (change->verb > CHANGE_DELAY || !is_of_call(change, about))
            continue;
        change->seen++;
        if (change->seen != change->number)
            continue;
        if (change->verb == CHANGE_FORCE)
            found = change;
        if (change->verb == CHANGE_AMEND)
            change->done_thread = (u32)(about >> 32); /* when this thread returns from it */
    }
    return found && give(found, tick, (u32)(about >> 32), answer);
}

static bool give_amend(struct changes *c, u64 about, u64 tick, struct nondet_answer *answer)
{
    for (size_t i = 0; i < c->count; i++) {
        struct change *change = &c->list[i];
        if (change->verb == CHANGE_AMEND && !change->done && change->op == (u32)about &&
            change->done_thread == about >> 32)
            return give(change, tick, (u32)(about >> 32), answer);
    }
    return false;
}

/* By time: holds and pokes of a thread, and what is between two slices (thread 0). */
static bool give_due(struct changes *c, enum change_verb verb, u32 thread, u64 tick, struct nondet_answer *answer)
{
    for (size_t i = 0; i < c->count; i++) {
        struct change *change = &c->list[i];
        bool is_meant = change->verb == verb && (verb == CHANGE_ORDER || change->thread == thread);
        if (is_meant && !change->done && change->tick <= tick)
            return give(change, tick, change->thread, answer);
    }
    return false;
}

static void put32(u8 *bytes, u64 value)
{
    for (u32 i = 0; i < 4; i++)
        bytes[i] = (u8)(value >> (8 * i));
}

/* The listed slice that begins here; or a plain one that ends where the next one begins. */
static bool give_slice(struct changes *c, u64 tick, struct nondet_answer *answer)
{
    static const u8 plain[SCHEDULE_BYTES] = {0, 0, 0, 0, 0, 1, 2, 3, 4, 5};
    while (c->next_slice < c->slice_count && c->slices[c->next_slice].tick < tick)
        c->next_slice++;
    if (c->next_slice == c->slice_count)
        return false;
    struct change *next = &c->slices[c->next_slice];
    if (next->tick == tick) {
        c->slices_done++;
        return give(next, tick, 0, answer);
    }
    if (next->tick - tick >= c->slice_ticks)
        return false;
    memcpy(c->cut, plain, sizeof plain);
    put32(c->cut, next->tick - tick);
    *answer = (struct nondet_answer){c->cut, sizeof plain};
    return true;
}

static bool give_change(void *context, enum input_kind kind, u64 key, u64 about, u64 tick, struct nondet_answer *answer)
{
    struct changes *c = context;
    switch (kind) {
    case INPUT_delay:
        return give_delay(c, about, tick, answer);
    case INPUT_force:
        return give_force(c, about, tick, answer);
    case INPUT_amend:
        return give_amend(c, about, tick, answer);
    case INPUT_poke:
        return give_due(c, CHANGE_POKE, (u32)key, tick, answer);
    case INPUT_hold:
        return give_due(c, CHANGE_HOLD, (u32)key, tick, answer);
    case INPUT_order:
        return give_due(c, CHANGE_ORDER, 0, tick, answer);
    case INPUT_chaos:
        return give_due(c, CHANGE_CHAOS, 0, tick, answer);
    case INPUT_schedule:
        return give_slice(c, tick, answer);
    default:
        return false;
    }
}

static u64 find_due(void *context, u64 thread)
{
    const struct changes *c = context;
    u64 due = UINT64_MAX;
    for (size_t i = 0; i < c->count; i++) {
        const struct change *change = &c->list[i];
        if ((change->verb == CHANGE_HOLD || change->verb == CHANGE_POKE) && !change->done && change->thread == thread &&
            change->tick < due)
            due = change->tick;
    }
    return due;
}

static bool answer_question(void *context, enum input_kind kind, u64 key, u64 tick, struct nondet_answer *answer,
                            struct err *err)
{
    struct changes *c = context;
    struct change *found = NULL;
    for (size_t i = 0; i < c->count; i++) {
        struct change *change = &c->list[i];
        if (change->verb == CHANGE_INPUT && change->op == kind && ++change->seen == change->number)
            found = change;
    }
    /* It is asked all the same: a branch follows its parent's questions. */
    bool good = c->host.answer(c->host.context, kind, key, tick, answer, err);
    return found ? give(found, tick, 0, answer) : good;
}

struct nondet_host changes_host(struct changes *c, const struct nondet_host *host, const struct config *config)
{
    if (!changes_are_there(c))
        return *host;
    c->host = *host;
    c->slice_ticks = config->slice_ticks;
    return (struct nondet_host){.context = c, .answer = answer_question, .change = give_change, .due = find_due};
}

void changes_to_journal(const struct changes *c, struct journal_writer *w)
{
    u32 number = 1;
    char key[32], text[96];
    for (size_t i = 0; i < c->count; i++, number++) {
        const struct change *change = &c->list[i];
        snprintf(key, sizeof key, "change.%u", number);
        journal_meta(w, key, change->text);
        snprintf(key, sizeof key, "change.%u.done", number);
        snprintf(text, sizeof text, "tick %llu, thread %u", (unsigned long long)change->done_tick, change->done_thread);
        journal_meta(w, key, change->done ? text : "never");
    }
    if (!c->slice_count)
        return;
    snprintf(key, sizeof key, "change.%u", number);
    snprintf(text, sizeof text, "schedule of %zu slices", c->slice_count);
    journal_meta(w, key, text);
    snprintf(key, sizeof key, "change.%u.done", number);
    snprintf(text, sizeof text, "%llu of them", (unsigned long long)c->slices_done);
    journal_meta(w, key, text);
}

u32 changes_tell_missed(const struct changes *c)
{
    u32 missed = 0;
    for (size_t i = 0; i < c->count; i++) {
        const struct change *change = &c->list[i];
        if (change->done)
            continue;
        missed++;
        fprintf(stderr, "lockstep: never came: %s", change->text);
        if (change->verb <= CHANGE_INPUT)
            fprintf(stderr, " (there were %llu)", (unsigned long long)change->seen);
        fputc('\n', stderr);
    }
    return missed;
}

void changes_write_slice(FILE *out, const struct engine *e)
{
    const struct machine *m = e->m;
    bool is_plain = m->slice_end - m->tick == m->config.slice_ticks;
    for (u32 i = 0; i < HW_THREADS; i++)
        is_plain &= m->hw_order[i] == i && !m->hw[i].favoured;
    if (is_plain)
        return;
    fprintf(out, "schedule %llu:%llu:", (unsigned long long)m->tick, (unsigned long long)(m->slice_end - m->tick));
    for (u32 i = 0; i < HW_THREADS; i++)
        fprintf(out, "%u", m->hw_order[i]);
    for (u32 i = 0; i < HW_THREADS; i++)
        fprintf(out, "%c%u", i ? ',' : ':', m->threads[m->hw[i].favoured].id);
    fputc('\n', out);
}
