/* SPDX-License-Identifier: BSD-3-Clause
 * Memory: the last writer of a byte in both runs, whichever thread it was, and what becomes of the two
 * (diff/explain.h). */
#include "diff/explain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEYS_APART = 4000 };

/* Who wrote a byte last before a read, by whom it is read, in one run. */
struct writer {
    bool is_there;
    struct trail_write write;
};

/* Of what an instruction moved, the last 8 bytes are told. */
static u8 moved_byte(u64 value, u32 size, u32 offset)
{
    u32 from_end = size - 1 - offset;
    return from_end < 8 ? (u8)(value >> 8 * from_end) : 0;
}

static u32 size_of(const struct trail_step *s)
{
    const struct ppc_insn *insn = ppc_decode(s->word);
    for (u32 i = 0; insn && i < insn->effect_count; i++)
        if (insn->effects[i].place == PPC_IN_MEM)
            return insn->effects[i].size ? insn->effects[i].size : 4;
    return 1;
}

/* In the trail itself: the last store to the byte, if the byte was still so when it was read. */
static u32 find_near(const struct trail *t, u32 step, u32 address, u8 byte)
{
    u64 number = 0;
    for (u32 i = 0; i < t->write_count && t->writes[i].number < t->steps[step].number; i++)
        if (address - t->writes[i].address < t->writes[i].size)
            number = t->writes[i].number; /* the kernel's last */
    for (u32 i = step; i-- > 0 && t->steps[i].number >= number;) {
        const struct trail_step *s = &t->steps[i];
        const struct effects *effects = effects_of(s->word);
        u32 size = effects->stores ? size_of(s) : 0;
        if (!size || effects->is_multiple || address - s->address >= size)
            continue;
        return moved_byte(s->value, size, address - s->address) == byte ? i : TRAIL_NONE;
    }
    return TRAIL_NONE;
}

static void find_last(const struct trail *t, u32 address, u64 before, struct writer *out)
{
    out->is_there = false;
    for (u32 i = 0; i < t->write_count; i++) {
        const struct trail_write *w = &t->writes[i];
        if (w->number < before && address - w->address < w->size) {
            out->is_there = true;
            out->write = *w;
        }
    }
}

/* The event behind which the run need not be watched. */
static u64 end_of_watch(struct explain *x, u32 k, const struct trail_step *s)
{
    struct event event;
    return explain_event(x, k, explain_place(x, x->pair, k), s->event, &event) ? event.seq : UINT64_MAX;
}

static bool watch(struct explain *x, const struct explain_spot *spot, u32 address, bool to_the_end,
                  struct trail seen[2], struct err *err)
{
    struct trail_ask ask[2];
    for (u32 k = 0; k < 2; k++) {
        const struct trail_step *s = &x->trail[k].steps[spot->step[k]];
        ask[k] = (struct trail_ask){.run = run_path(x->run[k]),
                                    .until = to_the_end ? UINT64_MAX : end_of_watch(x, k, s),
                                    .watch_count = 1,
                                    .watch = {{address, 1}}};
    }
    x->replays += 2;
    return trail_read(ask, seen, x->folder, err);
}

static void put_writer(struct explain_link *link, u32 k, const struct writer *w)
{
    if (!w->is_there)
        return;
    link->at[k] = (struct explain_at){.is_there = true,
                                      .thread = w->write.thread,
                                      .index = w->write.event,
                                      .time = w->write.time,
                                      .number = w->write.number,
                                      .value = w->write.value};
    memcpy(link->at[k].callers, w->write.callers, sizeof link->at[k].callers);
    link->pc = w->write.pc ? w->write.pc : w->write.lr;
    link->op = w->write.op;
}

/* A read, and who wrote last before it. */
struct meeting {
    struct explain_link read; /* who reads, in both runs */
    u32 address;              /* the byte that is followed */
    struct explain_data data; /* what was read, as a whole */
    u64 number[2];            /* of the reads */
    u64 block[2];             /* ticks at which the blocks begin that read */
    struct writer last[2];
};

/* ---- An order of two accesses. ---- */

static void put_order(struct explain *x, const struct meeting *m, const struct trail_write *write, u32 first_side,
                      const struct explain_at at[2], const char *why)
{
    const struct explain_link *read = &m->read;
    const struct explain_data *data = &m->data;
    struct explain_cause *cause = &x->story.cause;
    char name[2][128];
    cause->kind = EXPLAIN_RACE;
    cause->pc = read->pc;
    cause->address = data->address;
    cause->size = data->size;
    cause->other_pc = write->pc ? write->pc : write->lr;
    cause->other_op = write->op;
    for (u32 k = 0; k < 2; k++) {
        cause->at[k] = read->at[k];
        cause->at[k].value = data->value[k];
        cause->other[k] = at[k];
        cause->poke[k] = m->block[k];
    }
    snprintf(cause->text, sizeof cause->text,
             "thread %u reads 0x%08X at %s, which thread %u writes at %s: %s writes first, %s reads first%s",
             cause->at[0].thread, data->address, explain_name(x, read->pc, name[0], sizeof name[0]), write->thread,
             explain_name(x, write->pc ? write->pc : write->lr - 4, name[1], sizeof name[1]), first_side ? "B" : "A",
             first_side ? "A" : "B", why);
    struct explain_link *link = explain_add(x, LINK_ORDER, "%s", cause->text);
    link->pc = write->pc;
    link->address = data->address;
    link->at[0] = at[0];
    link->at[1] = at[1];
}

/* The trails are those of the writers' thread: does the other run make side k's write too, and when? */
static bool find_counterpart(struct explain *x, u32 k, const struct trail_write *write, u32 *own, u32 *step)
{
    *own = trail_find(&x->trail[k], write->number);
    *step = *own == TRAIL_NONE ? TRAIL_NONE : x->trail[k].steps[*own].partner;
    return *step != TRAIL_NONE;
}

static struct explain_at at_step(struct explain *x, u32 k, u32 step)
{
    const struct trail_step *s = &x->trail[k].steps[step];
    return (struct explain_at){.is_there = true,
                               .thread = run_thread(x->run[k], explain_place(x, x->pair, k))->thread,
                               .index = s->event,
                               .time = s->time,
                               .number = s->number,
                               .value = s->value};
}

/* ---- Writers that differ. ---- */

static u32 control_step(const struct trail *t, u32 step)
{
    do
        step = t->steps[step].control;
    while (step != TRAIL_NONE && t->steps[step].partner == TRAIL_NONE);
    return step;
}

/* Side k's writer has no counterpart: the branch that leads to it in one run only; or else what parted its thread from
 * the other run's before. */
static enum explain_next why_alone(struct explain *x, struct explain_spot *spot, const struct meeting *m, u32 k,
                                   u32 own, struct err *err)
{
    u32 control = own == TRAIL_NONE ? TRAIL_NONE : control_step(&x->trail[k], own);
    if (control == TRAIL_NONE) {
        struct explain_link *link =
            explain_add(x, LINK_STORED, "thread %u writes it so in %c, where it goes its own way",
                        m->last[k].write.thread, 'A' + (int)k);
        put_writer(link, k, &m->last[k]);
        link->address = m->address;
        return explain_thread(x, x->pair, spot, err);
    }
    spot->step[k] = control;
    spot->step[!k] = x->trail[k].steps[control].partner;
    return NEXT_SPOT;
}

/* The trails of the thread that writes, around the writes in both runs. */
static bool open_writers(struct explain *x, u32 pair, const struct meeting *m, struct err *err)
{
    u64 least = UINT64_MAX, most = 0;
    u32 to[2] = {UINT32_MAX, UINT32_MAX};
    u64 until[2] = {UINT64_MAX, UINT64_MAX};
    const struct explain_keys *keys = explain_keys(x, pair);
    for (u32 k = 0; k < 2; k++) {
        if (!m->last[k].is_there || explain_pair_of(x, k, m->last[k].write.thread) != pair)
            continue;
        u64 before = explain_key_before(x, pair, k, m->last[k].write.event);
        least = before < least ? before : least;
        most = before > most ? before : most;
    }
    if (least > keys->common)
        least = keys->common;
    if (most > least + KEYS_APART)
        least = most - KEYS_APART;
    for (u32 k = 0; k < 2; k++) {
        struct event event;
        if (most < keys->common && explain_key_event(x, pair, k, most, &event)) {
            to[k] = event.index;
            until[k] = event.seq;
        }
    }
    return explain_open(x, pair, least, to, until, err);
}

/* The call that the kernel served when it wrote. */
static bool find_call(struct explain *x, u32 k, const struct trail_write *w, u32 *index)
{
    u32 place = run_thread_place(x->run[k], w->thread);
    struct event event;
    for (u32 i = w->event; place != UINT32_MAX && i-- > 0;)
        if (explain_event(x, k, place, i, &event) && event.kind == EVENT_call && event.op == w->op) {
            *index = i;
            return true;
        }
    return false;
}

/* Side k's writer was the kernel, in a call: does the other run make that call, and when? */
static enum explain_next late_call(struct explain *x, struct explain_spot *spot, const struct meeting *m, u32 k,
                                   bool *in_time, struct err *err)
{
    const struct trail_write *write = &m->last[k].write;
    u32 index, pair = explain_pair_of(x, k, write->thread);
    struct event call[2];
    if (pair == PAIR_NOBODY || explain_place(x, pair, !k) == PAIR_NOBODY || !find_call(x, k, write, &index) ||
        !explain_event(x, k, explain_place(x, pair, k), index, &call[k])) {
        explain_stop(x, "the kernel wrote 0x%08X in %c, in a call that is not told", m->address, 'A' + (int)k);
        return NEXT_END;
    }
    u64 nth = explain_count(x, pair, k, write->op, index);
    if (explain_nth(x, pair, !k, write->op, nth, &call[!k])) {
        *in_time = call[!k].time < m->read.at[!k].time;
        struct explain_at at[2] = {explain_at_event(&call[0]), explain_at_event(&call[1])};
        if (!*in_time)
            put_order(x, m, write, k, at, ", by a call of the kernel");
        return NEXT_END;
    }
    struct explain_link *link = explain_add(x, LINK_WRITTEN, "only %c makes the call that writes it", 'A' + (int)k);
    put_writer(link, k, &m->last[k]);
    link->address = m->address;
    return explain_thread(x, pair, spot, err);
}

/* Who writes is another in each run, or nobody in one: is one of the writes late there, or left out? */
static enum explain_next compare_writers(struct explain *x, struct explain_spot *spot, const struct meeting *m,
                                         struct err *err)
{
    u32 later = !m->last[0].is_there || (m->last[1].is_there && m->last[1].write.time > m->last[0].write.time);
    for (u32 turn = 0; turn < 2; turn++) {
        u32 k = turn ? !later : later, own, other;
        const struct trail_write *write = &m->last[k].write;
        if (!m->last[k].is_there || (!write->pc && !write->op))
            continue;
        if (!write->pc) {
            bool in_time = false;
            enum explain_next next = late_call(x, spot, m, k, &in_time, err);
            if (!in_time)
                return next;
            continue;
        }
        u32 pair = explain_pair_of(x, k, write->thread);
        if (pair == PAIR_NOBODY || explain_place(x, pair, !k) == PAIR_NOBODY) {
            explain_stop(x, "thread %u, which writes it, is in one run only", write->thread);
            return NEXT_END;
        }
        if (!open_writers(x, pair, m, err))
            return NEXT_FAILED;
        if (!find_counterpart(x, k, write, &own, &other))
            return why_alone(x, spot, m, k, own, err);
        if (x->trail[!k].steps[other].number < m->number[!k])
            continue; /* it was made in time there too, and then overwritten */
        struct explain_at at[2];
        at[k] = at_step(x, k, own);
        at[!k] = at_step(x, !k, other);
        memcpy(at[k].callers, write->callers, sizeof at[k].callers);
        put_order(x, m, write, k, at, m->last[!k].is_there ? "" : ", before anybody wrote it");
        return NEXT_END;
    }
    explain_stop(x, "the last writers of 0x%08X are not the same, and none of them is late", m->address);
    return NEXT_END;
}

static enum explain_next same_writer(struct explain *x, struct explain_spot *spot, const struct meeting *m, u32 pair,
                                     struct err *err)
{
    if (!open_writers(x, pair, m, err))
        return NEXT_FAILED;
    for (u32 k = 0; k < 2; k++)
        spot->step[k] = trail_find(&x->trail[k], m->last[k].write.number);
    if (spot->step[0] != TRAIL_NONE && spot->step[1] != TRAIL_NONE &&
        x->trail[0].steps[spot->step[0]].partner == spot->step[1])
        return NEXT_SPOT;
    return compare_writers(x, spot, m, err);
}

static enum explain_next from_kernel(struct explain *x, struct explain_spot *spot, const struct meeting *m,
                                     struct err *err)
{
    u32 index[2];
    const struct trail_write *w[2] = {&m->last[0].write, &m->last[1].write};
    u32 pair = explain_pair_of(x, 0, w[0]->thread);
    if (w[0]->op && w[0]->op == w[1]->op && find_call(x, 0, w[0], &index[0]) && find_call(x, 1, w[1], &index[1]) &&
        pair == explain_pair_of(x, 1, w[1]->thread) &&
        explain_count(x, pair, 0, w[0]->op, index[0]) == explain_count(x, pair, 1, w[1]->op, index[1]))
        return explain_call(x, pair, index, &m->data, spot, err);
    if (!w[0]->op && !w[1]->op)
        return explain_kernel(x, &m->read, &m->data);
    return compare_writers(x, spot, m, err);
}

/* Between the two steps the stack pointer rose above the address: the frame that it was written for is gone. */
static bool is_stale(const struct trail *t, u32 written, u32 read, u32 address)
{
    bool below = false, above = false;
    for (u32 i = written; i < read; i++) {
        u64 stack;
        if (!effects_writes(effects_of(t->steps[i].word), 1) || !trail_value_written(t, i, 1, &stack))
            continue;
        above |= (u32)stack > address;
        below |= above && (u32)stack <= address;
    }
    return above && below;
}

static void find_uninitialised(struct explain *x, const struct meeting *m, const u32 writer[2])
{
    struct explain_cause *cause = &x->story.cause;
    char name[2][128];
    cause->kind = EXPLAIN_UNINITIALISED;
    cause->pc = m->read.pc;
    cause->address = m->data.address;
    cause->size = m->data.size;
    cause->other_pc = x->trail[0].steps[writer[0]].pc;
    for (u32 k = 0; k < 2; k++) {
        cause->at[k] = m->read.at[k];
        cause->at[k].value = m->data.value[k];
        cause->poke[k] = m->block[k];
    }
    snprintf(
        cause->text, sizeof cause->text,
        "%s reads 0x%08X of its stack, which it never wrote: there lies what a function that has returned left, at %s",
        explain_name(x, cause->pc, name[0], sizeof name[0]), cause->address,
        explain_name(x, cause->other_pc, name[1], sizeof name[1]));
    struct explain_link *link = explain_add(x, LINK_STORED, "left by a function that has returned, at %s", name[1]);
    struct explain_spot spot = {{writer[0], writer[1]}};
    explain_put_steps(x, link, &spot);
    link->address = cause->address;
    for (u32 k = 0; k < 2; k++)
        link->at[k].value = x->trail[k].steps[writer[k]].value;
}

static enum explain_next by_nobody(struct explain *x, const struct meeting *m)
{
    explain_stop(x, "nobody has written 0x%08X in either run, and yet it differs", m->address);
    return NEXT_END;
}

static enum explain_next far_writers(struct explain *x, struct explain_spot *spot, struct meeting *m, struct err *err)
{
    struct trail seen[2];
    if (!watch(x, spot, m->address, false, seen, err))
        return NEXT_FAILED;
    for (u32 k = 0; k < 2; k++)
        find_last(&seen[k], m->address, m->number[k], &m->last[k]);
    for (u32 k = 0; k < 2; k++)
        for (u32 i = 0; i < seen[k].read_count; i++)
            if (seen[k].reads[i].pc && seen[k].reads[i].number == m->number[k])
                memcpy(m->read.at[k].callers, seen[k].reads[i].callers, sizeof m->read.at[k].callers);
    struct explain_link *read = x->story.link_count ? &x->story.link[x->story.link_count - 1] : NULL;
    for (u32 k = 0; read && read->kind == LINK_LOADED && k < 2; k++)
        memcpy(read->at[k].callers, m->read.at[k].callers, sizeof read->at[k].callers);
    trail_free(&seen[0]);
    trail_free(&seen[1]);
    const struct writer *w = m->last;
    if (!w[0].is_there && !w[1].is_there)
        return by_nobody(x, m);
    if (w[0].is_there && w[1].is_there && !w[0].write.pc && !w[1].write.pc)
        return from_kernel(x, spot, m, err);
    u32 pair = w[0].is_there ? explain_pair_of(x, 0, w[0].write.thread) : PAIR_NOBODY;
    struct explain_link *link;
    if (w[0].is_there && w[1].is_there && w[0].write.pc == w[1].write.pc && pair != PAIR_NOBODY &&
        pair == explain_pair_of(x, 1, w[1].write.thread))
        return same_writer(x, spot, m, pair, err);
    link = explain_add(x, LINK_STORED, "0x%08X was last written by %s in A, by %s in B", m->address,
                       w[0].is_there ? "this" : "nobody", w[1].is_there ? "this" : "nobody");
    put_writer(link, 0, &w[0]);
    put_writer(link, 1, &w[1]);
    link->address = m->address;
    return compare_writers(x, spot, m, err);
}

/* A block ends with a branch. */
static u64 block_begin(const struct trail *t, u32 step)
{
    while (step && effects_of(t->steps[step - 1].word)->class != PPC_BRANCH)
        step--;
    return t->steps[step].time;
}

enum explain_next explain_byte(struct explain *x, struct explain_spot *spot, const struct explain_data *data,
                               u32 offset, struct err *err)
{
    struct meeting m = {.address = data->address + offset, .data = *data};
    u32 near[2];
    if (x->story.link_count)
        m.read = x->story.link[x->story.link_count - 1];
    explain_put_steps(x, &m.read, spot);
    for (u32 k = 0; k < 2; k++) {
        m.number[k] = x->trail[k].steps[spot->step[k]].number;
        m.block[k] = block_begin(&x->trail[k], spot->step[k]);
        near[k] = find_near(&x->trail[k], spot->step[k], m.address, moved_byte(data->value[k], data->size, offset));
    }
    if (near[0] == TRAIL_NONE || near[1] == TRAIL_NONE || x->trail[0].steps[near[0]].partner != near[1])
        return far_writers(x, spot, &m, err);
    if (is_stale(&x->trail[0], near[0], spot->step[0], m.address)) {
        find_uninitialised(x, &m, near);
        return NEXT_END;
    }
    spot->step[0] = near[0];
    spot->step[1] = near[1];
    return NEXT_SPOT;
}

enum explain_next explain_memory(struct explain *x, struct explain_spot *spot, u32 address, u32 size, struct err *err)
{
    const struct trail_step *s[2] = {&x->trail[0].steps[spot->step[0]], &x->trail[1].steps[spot->step[1]]};
    u32 offset = 0, whole = size_of(s[0]);
    if (whole > 8) { /* the last 8 bytes of what it moved are told */
        address += whole - 8;
        whole = size = 8;
    }
    struct explain_data data = {.address = address, .size = whole, .value = {s[0]->value, s[1]->value}};
    while (offset + 1 < size && moved_byte(data.value[0], whole, offset) == moved_byte(data.value[1], whole, offset))
        offset++;
    return explain_byte(x, spot, &data, offset, err);
}

/* ---- Memory as a whole. ---- */

bool explain_read(struct explain *x, const struct explain_spot *spot, const u32 address[2], u32 size, u8 *bytes[2],
                  struct err *err)
{
    struct trail seen[2];
    struct trail_ask ask[2];
    bool good = true;
    err->text[0] = '\0';
    for (u32 k = 0; k < 2; k++) {
        const struct trail_step *s = &x->trail[k].steps[spot->step[k]];
        ask[k] = (struct trail_ask){.run = run_path(x->run[k]),
                                    .until = end_of_watch(x, k, s),
                                    .watch_count = 1,
                                    .watch = {{address[k], size}}};
    }
    x->replays += 2;
    if (!trail_read(ask, seen, x->folder, err))
        return false;
    for (u32 k = 0; k < 2; k++)
        good &= trail_rebuild(&seen[k], x->trail[k].steps[spot->step[k]].number, address[k], size, bytes[k]);
    trail_free(&seen[0]);
    trail_free(&seen[1]);
    return good;
}
