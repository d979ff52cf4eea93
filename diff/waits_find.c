/* SPDX-License-Identifier: BSD-3-Clause
 * Finding the waits in each thread's stream (diff/waits_build.h). */
#include "diff/waits_build.h"

#include <stdlib.h>

enum { DEPTH = 8 };

/* A thread's waits that have not ended yet; an APC's routine may wait inside of a wait. */
struct stack {
    u32 rows[DEPTH];
    u32 depth;
    u32 last_call_site;
    bool has_returns; /* the run tells returns of waits */
};

static struct wait *add(struct waits *w, u32 *capacity, u32 place, u32 site, u64 position)
{
    if (w->count == *capacity) {
        *capacity = *capacity ? *capacity * 2 : 256;
        w->rows = realloc(w->rows, *capacity * sizeof *w->rows);
        CHECK(w->rows, "out of memory");
    }
    struct wait *wait = &w->rows[w->count++];
    *wait = (struct wait){.place = place,
                          .site = site,
                          .call = position,
                          .begin = position,
                          .end = UINT64_MAX,
                          .end_seq = UINT64_MAX,
                          .end_time = UINT64_MAX,
                          .deadline = UINT64_MAX,
                          .state = WAIT_OPEN,
                          .ended_by = OBJECTS_NONE,
                          .waker_place = UINT32_MAX,
                          .waker_position = UINT64_MAX};
    for (u32 i = 0; i < WAIT_OBJECTS; i++)
        wait->objects[i] = OBJECTS_NONE;
    return wait;
}

static void push(struct stack *s, u32 row)
{
    if (s->depth == DEPTH)
        memmove(s->rows, s->rows + 1, --s->depth * sizeof *s->rows);
    s->rows[s->depth++] = row;
}

static void end_wait(struct waits *w, struct stack *s, u32 depth, const struct run_span *span, u32 i)
{
    struct wait *wait = &w->rows[s->rows[depth]];
    wait->state = WAIT_ENDED;
    wait->end = span->position + i;
    s->depth = depth;
}

static bool is_wait_role(u8 role)
{
    return role == ROLE_WAIT || role == ROLE_SIGNAL_AND_WAIT || role == ROLE_DELAY;
}

static void on_wait_begin(struct waits *w, u32 *capacity, struct stack *s, const struct site_fact *facts, u32 place,
                          const struct run_span *span, u32 i)
{
    u32 site = span->site[i];
    u32 op = facts[site].op ? facts[site].op : s->last_call_site != UINT32_MAX ? facts[s->last_call_site].op : 0;
    struct wait *top = s->depth ? &w->rows[s->rows[s->depth - 1]] : NULL;
    if (!top || top->blocked || top->op != op) {
        bool of_call = !facts[site].op && s->last_call_site != UINT32_MAX;
        top = add(w, capacity, place, site, span->position + i);
        top->op = op;
        top->lr = run_site(w->run, of_call ? s->last_call_site : site)->lr;
        push(s, w->count - 1);
    }
    top->blocked = true;
    top->begin = span->position + i;
}

static void on_event(struct waits *w, u32 *capacity, struct stack *s, const struct site_fact *facts, u32 place,
                     const struct run_span *span, u32 i)
{
    const struct site_fact *fact = &facts[span->site[i]];
    if (s->depth && !s->has_returns && fact->kind != EVENT_wait_begin)
        end_wait(w, s, 0, span, i);
    if (fact->kind == EVENT_call) {
        s->last_call_site = span->site[i];
        if (!is_wait_role(fact->role.role))
            return;
        struct wait *wait = add(w, capacity, place, span->site[i], span->position + i);
        wait->op = fact->op;
        wait->lr = run_site(w->run, span->site[i])->lr;
        push(s, w->count - 1);
    } else if (fact->kind == EVENT_wait_begin) {
        on_wait_begin(w, capacity, s, facts, place, span, i);
    } else if (fact->kind == EVENT_wait_end && s->depth) {
        end_wait(w, s, s->depth - 1, span, i);
    } else if (fact->kind == EVENT_return) {
        for (u32 d = s->depth; d--;)
            if (w->rows[s->rows[d]].op == fact->op)
                end_wait(w, s, d, span, i);
    }
}

static bool is_looked_at(const struct site_fact *fact, bool has_returns)
{
    return !has_returns || fact->kind == EVENT_call || fact->kind == EVENT_wait_begin || fact->kind == EVENT_wait_end ||
           (fact->kind == EVENT_return && fact->op);
}

static bool find_thread(struct waits *w, u32 *capacity, const struct site_fact *facts, const u8 *wanted, u32 place,
                        bool has_returns, struct err *err)
{
    struct stack stack = {.last_call_site = UINT32_MAX, .has_returns = has_returns};
    struct run_span span;
    for (u64 position = 0;; position += span.count) {
        if (!run_read_some(w->run, place, position, COLUMN_SITE, &span, err))
            return false;
        if (!span.count)
            return true;
        for (u32 i = 0; i < span.count; i++)
            if (wanted[span.site[i]])
                on_event(w, capacity, &stack, facts, place, &span, i);
    }
}

static void fill_call(const struct waits *w, struct wait *wait, const struct event *e, struct role_row role)
{
    if (e->missing >> role.argument & 1)
        return;
    if (role.how != ROLE_BY_NOTHING) {
        u32 object = objects_by_handle(w->objects, e->v[role.argument], wait->begin_seq + 1);
        wait->object_count = 1;
        wait->objects[0] = object == OBJECTS_NONE ? wait->objects[0] : object;
    } else if (role.role == ROLE_WAIT) {
        wait->object_count = (u8)(e->v[F_call_a0] > 64 ? 64 : e->v[F_call_a0]);
    }
}

static void fill_begin(const struct waits *w, struct wait *wait, const struct event *e)
{
    u64 count = e->missing >> F_wait_begin_count & 1 ? 0 : e->v[F_wait_begin_count];
    wait->object_count = (u8)(count > 255 ? 255 : count);
    wait->all = e->v[F_wait_begin_all] != 0;
    wait->alertable = e->v[F_wait_begin_alertable] != 0;
    wait->has_deadline = !(e->missing >> F_wait_begin_deadline & 1);
    wait->deadline = wait->has_deadline ? e->v[F_wait_begin_deadline] : UINT64_MAX;
    for (u32 i = 0; i < WAIT_OBJECTS && i < count; i++)
        wait->objects[i] = objects_by_hsid(w->objects, e->v[F_wait_begin_object0 + i]);
}

static void fill_end(const struct waits *w, struct wait *wait, const struct event *e)
{
    bool is_return = e->kind == EVENT_return;
    u32 field = is_return ? (u32)F_return_result : (u32)F_wait_end_status;
    wait->has_status = (is_return || e->kind == EVENT_wait_end) && !(e->missing >> field & 1);
    wait->status = wait->has_status ? (u32)e->v[field] : 0;
    if (e->kind != EVENT_wait_end)
        return;
    wait->ended_by = objects_by_hsid(w->objects, e->v[F_wait_end_object]);
    wait->waker = WAKER_NONE;
    if (!(e->missing >> F_wait_end_waker & 1) && (e->v[F_wait_end_waker] || wait->ended_by != OBJECTS_NONE)) {
        wait->waker = WAKER_TOLD;
        wait->waker_lr = (u32)e->v[F_wait_end_waker_lr];
        if (e->v[F_wait_end_waker])
            wait->waker_place = run_thread_place(w->run, (u32)e->v[F_wait_end_waker]);
    }
}

/* The call is looked at only where the begin does not tell the object. */
static bool fill(const struct waits *w, struct wait *wait, const struct site_fact *facts, struct err *err)
{
    struct event e;
    if (wait->blocked) {
        if (!run_event(w->run, wait->place, wait->begin, &e, err))
            return false;
        wait->begin_seq = e.seq;
        wait->begin_time = e.time;
        fill_begin(w, wait, &e);
    }
    u32 first = wait->objects[0];
    bool is_told =
        wait->blocked && (wait->object_count != 1 || (first != OBJECTS_NONE && !w->objects->rows[first].is_twin));
    if (!is_told && facts[wait->site].kind == EVENT_call) {
        if (!run_event(w->run, wait->place, wait->call, &e, err))
            return false;
        wait->begin_seq = wait->blocked ? wait->begin_seq : e.seq;
        wait->begin_time = wait->blocked ? wait->begin_time : e.time;
        fill_call(w, wait, &e, facts[wait->site].role);
    }
    if (wait->end == UINT64_MAX)
        return true;
    if (!run_event(w->run, wait->place, wait->end, &e, err))
        return false;
    wait->end_seq = e.seq;
    wait->end_time = e.time;
    fill_end(w, wait, &e);
    return true;
}

static bool tells_returns(const struct run *run, const struct site_fact *facts)
{
    for (u32 i = 0; i < run_site_count(run); i++)
        if (facts[i].kind == EVENT_wait_end || (facts[i].kind == EVENT_return && is_wait_role(facts[i].role.role)))
            return true;
    return false;
}

bool waits_find(struct waits *w, const struct site_fact *facts, struct err *err)
{
    u32 capacity = 0, threads = run_thread_count(w->run), sites = run_site_count(w->run);
    bool ok = true, has_returns = tells_returns(w->run, facts);
    u8 *wanted = calloc(sites + 1u, 1);
    w->first = calloc(threads + 1u, sizeof *w->first);
    CHECK(w->first && wanted, "out of memory");
    for (u32 i = 0; i < sites; i++)
        wanted[i] = is_looked_at(&facts[i], has_returns);
    for (u32 place = 0; place < threads && ok; place++) {
        w->first[place] = w->count;
        ok = find_thread(w, &capacity, facts, wanted, place, has_returns, err);
        for (u32 i = w->first[place]; ok && i < w->count; i++)
            ok = fill(w, &w->rows[i], facts, err);
    }
    w->first[threads] = w->count;
    free(wanted);
    return ok;
}
