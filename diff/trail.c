/* SPDX-License-Identifier: BSD-3-Clause */
#include "diff/trail.h"

#include "diff/child.h"

#include <stdio.h>
#include <stdlib.h>

void trail_free(struct trail *trail)
{
    free(trail->steps);
    free(trail->writes);
    free(trail->reads);
    *trail = (struct trail){0};
}

/* ---- From the journal of a detail. ---- */

static void *grown(void *list, u32 count, u32 *room, size_t size)
{
    if (count < *room)
        return list;
    *room = *room ? *room * 2 : 256;
    list = realloc(list, *room * size);
    CHECK(list, "no memory for a trail");
    return list;
}

static void add_step(struct trail *t, const struct event *e)
{
    t->steps = grown(t->steps, t->count, &t->room, sizeof *t->steps);
    t->steps[t->count++] = (struct trail_step){
        .number = e->v[F_instruction_number],
        .time = e->time,
        .value = e->v[F_instruction_value],
        .in = {e->v[F_instruction_in0], e->v[F_instruction_in1], e->v[F_instruction_in2]},
        .out = {e->v[F_instruction_out0], e->v[F_instruction_out1]},
        .pc = (u32)e->v[F_instruction_pc],
        .word = (u32)e->v[F_instruction_word],
        .address = (u32)e->v[F_instruction_address],
        .cr = (u32)(e->v[F_instruction_flags] >> 32),
        .xer = (u32)e->v[F_instruction_flags],
        .event = (u32)e->v[F_instruction_event],
        .partner = TRAIL_NONE,
        .control = TRAIL_NONE,
    };
}

static void add_access(struct trail *t, const struct event *e)
{
    struct trail_write access = {
        .number = e->v[F_store_number],
        .time = e->time,
        .value = e->v[F_store_value],
        .before = e->kind == EVENT_store ? e->v[F_store_before] : 0,
        .thread = e->thread,
        .event = (u32)e->v[F_store_event],
        .pc = (u32)e->v[F_store_pc],
        .op = e->op,
        .lr = e->lr,
        .address = (u32)e->v[F_store_address],
        .size = (u32)e->v[F_store_size],
        .callers = {(u32)e->v[F_store_caller0], (u32)e->v[F_store_caller1], (u32)e->v[F_store_caller2]},
        .stack = (u32)e->v[F_store_stack],
    };
    if (e->kind == EVENT_store) {
        t->writes = grown(t->writes, t->write_count, &t->write_room, sizeof *t->writes);
        t->writes[t->write_count++] = access;
    } else {
        t->reads = grown(t->reads, t->read_count, &t->read_room, sizeof *t->reads);
        t->reads[t->read_count++] = access;
    }
}

static bool read_detail(const char *path, struct trail *t, struct err *err)
{
    struct journal_reader *journal = journal_open(path, err);
    struct journal_cursor *c = journal ? journal_cursor_all(journal, 0, err) : NULL;
    const struct event *event;
    int got = c ? 1 : -1;
    while (c && (got = journal_cursor_next(c, &event, err)) == 1) {
        if (event->kind == EVENT_instruction)
            add_step(t, event);
        else if (event->kind == EVENT_load || event->kind == EVENT_store)
            add_access(t, event);
    }
    journal_cursor_close(c);
    journal_close(journal);
    return got == 0;
}

/* ---- Asking for it. ---- */

static void command(struct child *child, const struct trail_ask *ask, const char *detail)
{
    child_add(child, "replay");
    child_add(child, "%s", ask->run);
    child_add(child, "--quiet");
    child_add(child, "--output=%s", detail);
    if (ask->title)
        child_add(child, "--title=%s", ask->title);
    if (ask->until != UINT64_MAX)
        child_add(child, "--until=event:%llu", (unsigned long long)ask->until + 1);
    for (u32 i = 0; i < ask->watch_count; i++)
        child_add(child, "--watch=%X,%u", ask->watch[i].address, ask->watch[i].size);
    if (ask->watch_count)
        return;
    child_add(child, "--trace=instructions");
    child_add(child, "--limit=%u", TRAIL_MOST);
    child_add(child, "--thread=%u", ask->thread);
    if (ask->to == UINT32_MAX)
        child_add(child, "--window=%u@%u..", ask->thread, ask->from);
    else
        child_add(child, "--window=%u@%u..%u@%u", ask->thread, ask->from, ask->thread, ask->to);
}

static bool read_all(const struct trail_ask *ask, u32 count, struct trail *trail, const char *folder, struct err *err)
{
    struct child *children[2] = {NULL, NULL};
    char path[2][4400];
    for (u32 i = 0; i < count; i++) {
        children[i] = calloc(1, sizeof **children);
        CHECK(children[i], "no memory for a child");
        snprintf(path[i], sizeof path[i], "%s/detail%u.lsj", folder, i);
        command(children[i], &ask[i], path[i]);
    }
    bool good = child_run(children, count, err);
    for (u32 i = 0; i < count; i++) {
        trail[i] = (struct trail){0};
        if (good && children[i]->code != 0)
            good = err_set(err, "%s cannot be replayed: %s", ask[i].run, children[i]->said);
        good = good && read_detail(path[i], &trail[i], err);
        free(children[i]);
    }
    for (u32 i = 0; i < count && !good; i++)
        trail_free(&trail[i]);
    return good;
}

bool trail_read(const struct trail_ask ask[2], struct trail trail[2], const char *folder, struct err *err)
{
    return read_all(ask, 2, trail, folder, err);
}

bool trail_read_one(const struct trail_ask *ask, struct trail *trail, const char *folder, struct err *err)
{
    return read_all(ask, 1, trail, folder, err);
}

/* ---- Memory. ---- */

/* Of what is watched, no more than 8 bytes are told at once. */
static u8 byte_of(const struct trail_write *w, u32 i)
{
    u32 told = w->size < 8 ? w->size : 8;
    return (u8)(w->value >> 8 * (told - 1 - i));
}

static void put_bytes(const struct trail_write *w, u32 address, u32 size, u8 *bytes, u8 *known)
{
    for (u32 i = 0; i < w->size && i < 8; i++)
        if (w->address + i - address < size) {
            bytes[w->address + i - address] = byte_of(w, i);
            known[w->address + i - address] = 1;
        }
}

bool trail_rebuild(const struct trail *t, u64 before, u32 address, u32 size, u8 *bytes)
{
    u8 *known = calloc(size, 1);
    CHECK(known, "no memory for memory");
    for (u32 i = 0; i < t->read_count; i++)
        if (!t->reads[i].pc && !t->reads[i].number)
            put_bytes(&t->reads[i], address, size, bytes, known);
    for (u32 i = 0; i < t->write_count; i++)
        if (t->writes[i].number < before)
            put_bytes(&t->writes[i], address, size, bytes, known);
    bool whole = !memchr(known, 0, size);
    free(known);
    return whole;
}

/* ---- Questions. ---- */

u32 trail_definition(const struct trail *trail, u32 step, u32 place)
{
    while (step-- > 0)
        if (effects_writes(effects_of(trail->steps[step].word), place))
            return step;
    return TRAIL_NONE;
}

static bool flag_value(const struct trail_step *s, u32 place, u64 *value)
{
    if (place >= PLACE_CR0 && place < PLACE_CR0 + 8)
        *value = s->cr >> (28 - 4 * (place - PLACE_CR0)) & 0xF;
    else if (place == PLACE_CA || place == PLACE_XER)
        *value = s->xer;
    else
        return false;
    return true;
}

bool trail_value_read(const struct trail *trail, u32 step, u32 place, u64 *value)
{
    const struct trail_step *s = &trail->steps[step];
    const struct effects *x = effects_of(s->word);
    for (u32 i = 0; i < x->read_count; i++)
        if (x->read[i] == place && x->in[i] >= 0 && x->in[i] < 3) {
            *value = s->in[(u32)x->in[i]];
            return true;
        }
    /* Flags are told after a step: what it read is what the step before left. */
    return step > 0 && flag_value(s - 1, place, value);
}

bool trail_value_written(const struct trail *trail, u32 step, u32 place, u64 *value)
{
    const struct trail_step *s = &trail->steps[step];
    const struct effects *x = effects_of(s->word);
    for (u32 i = 0; i < x->write_count; i++)
        if (x->write[i] == place && x->out[i] >= 0 && x->out[i] < 2) {
            *value = s->out[(u32)x->out[i]];
            return true;
        }
    return flag_value(s, place, value);
}

u32 trail_find(const struct trail *trail, u64 number)
{
    u32 low = 0, high = trail->count;
    while (low < high) {
        u32 middle = low + (high - low) / 2;
        if (trail->steps[middle].number < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low < trail->count && trail->steps[low].number == number ? low : TRAIL_NONE;
}
