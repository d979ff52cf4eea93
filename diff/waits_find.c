/* SPDX-License-Identifier: BSD-3-Clause
 * Finding the waits in each thread's stream (diff/waits_build.h). */
#include "diff/waits_build.h"

#include <stdlib.h>

enum { DEPTH = 8 };

/* What a site's events mean to a thread's waits. */
enum look { LOOK_NOTHING, LOOK_OTHER, LOOK_CALL, LOOK_WAIT_CALL, LOOK_BEGIN, LOOK_END, LOOK_RETURN };

/* What the events of a wait tell. */
struct told {
    u64 begin[8]; /* of wait_begin, in order of its fields */
    u64 call[2];  /* the argument that names the object, and the first one */
    u64 end[4];   /* of return: the result; of wait_end: status, object, waker, waker_lr */
    u64 call_seq, call_time;
    u16 begin_missing, call_missing, end_missing;
    u8 end_kind;
};

enum part { PART_BEGIN, PART_CALL, PART_END };

/* An event of a wait in the block at hand. */
struct piece {
    u32 offset, row;
    u8 part; /* enum part */
};

/* The walk along one thread. */
struct finder {
    struct waits *waits;
    const struct site_fact *facts;
    u8 *look; /* by site: enum look */
    struct journal_picks picks;
    u32 capacity;
    bool has_returns; /* the run tells returns of waits */
    u32 place;
    u32 first;       /* the thread's first row */
    u32 rows[DEPTH]; /* waits that have not ended yet; an APC's routine may wait inside of a wait */
    u32 depth;
    u32 last_call_site;
    struct told *told; /* of the thread's rows */
    u32 told_capacity;
    struct piece *pieces;
    u32 piece_count, piece_capacity;
    u32 *offsets;
    u64 *values;
    u16 *missing;
};

static struct wait *add(struct finder *f, u32 site, u64 position)
{
    struct waits *w = f->waits;
    if (w->count == f->capacity) {
        f->capacity = f->capacity ? f->capacity + f->capacity / 2 : 256;
        w->rows = realloc(w->rows, f->capacity * sizeof *w->rows);
        CHECK(w->rows, "out of memory");
    }
    if (w->count - f->first == f->told_capacity) {
        f->told_capacity = f->told_capacity ? f->told_capacity * 2 : 256;
        f->told = realloc(f->told, f->told_capacity * sizeof *f->told);
        CHECK(f->told, "out of memory");
    }
    f->told[w->count - f->first] = (struct told){0};
    struct wait *wait = &w->rows[w->count++];
    *wait = (struct wait){.place = f->place,
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

static void push(struct finder *f, u32 row)
{
    if (f->depth == DEPTH)
        memmove(f->rows, f->rows + 1, --f->depth * sizeof *f->rows);
    f->rows[f->depth++] = row;
}

static void note(struct finder *f, u32 row, enum part part, u32 offset)
{
    if (f->piece_count == f->piece_capacity) {
        u32 capacity = f->piece_capacity = f->piece_capacity ? f->piece_capacity * 2 : 256;
        f->pieces = realloc(f->pieces, capacity * sizeof *f->pieces);
        f->offsets = realloc(f->offsets, capacity * sizeof *f->offsets);
        f->values = realloc(f->values, capacity * 8 * sizeof *f->values);
        f->missing = realloc(f->missing, capacity * sizeof *f->missing);
        CHECK(f->pieces && f->offsets && f->values && f->missing, "out of memory");
    }
    f->pieces[f->piece_count++] = (struct piece){offset, row, (u8)part};
}

static void end_wait(struct finder *f, u32 depth, const struct run_span *span, u32 i)
{
    struct wait *wait = &f->waits->rows[f->rows[depth]];
    wait->state = WAIT_ENDED;
    wait->end = span->position + i;
    note(f, f->rows[depth], PART_END, i);
    f->depth = depth;
}

static bool is_wait_role(u8 role)
{
    return role == ROLE_WAIT || role == ROLE_SIGNAL_AND_WAIT || role == ROLE_DELAY;
}

static void on_wait_call(struct finder *f, const struct run_span *span, u32 i)
{
    u32 site = span->site[i];
    struct wait *wait = add(f, site, span->position + i);
    wait->op = f->facts[site].op;
    wait->lr = run_site(f->waits->run, site)->lr;
    push(f, f->waits->count - 1);
    note(f, f->waits->count - 1, PART_CALL, i);
}

static void on_wait_begin(struct finder *f, const struct run_span *span, u32 i)
{
    u32 site = span->site[i];
    const struct site_fact *facts = f->facts;
    u32 op = facts[site].op ? facts[site].op : f->last_call_site != UINT32_MAX ? facts[f->last_call_site].op : 0;
    struct wait *top = f->depth ? &f->waits->rows[f->rows[f->depth - 1]] : NULL;
    if (!top || top->blocked || top->op != op) {
        bool of_call = !facts[site].op && f->last_call_site != UINT32_MAX;
        top = add(f, site, span->position + i);
        top->op = op;
        top->lr = run_site(f->waits->run, of_call ? f->last_call_site : site)->lr;
        push(f, f->waits->count - 1);
    }
    top->blocked = true;
    top->begin = span->position + i;
    note(f, f->rows[f->depth - 1], PART_BEGIN, i);
}

static void on_event(struct finder *f, const struct run_span *span, u32 i)
{
    const struct site_fact *fact = &f->facts[span->site[i]];
    u8 look = f->look[span->site[i]];
    if (f->depth && !f->has_returns && look != LOOK_BEGIN)
        end_wait(f, 0, span, i);
    if (look == LOOK_WAIT_CALL)
        on_wait_call(f, span, i);
    else if (look == LOOK_BEGIN)
        on_wait_begin(f, span, i);
    else if (look == LOOK_END && f->depth)
        end_wait(f, f->depth - 1, span, i);
    else if (look == LOOK_RETURN)
        for (u32 d = f->depth; d--;)
            if (f->waits->rows[f->rows[d]].op == fact->op)
                end_wait(f, d, span, i);
}

static u8 look_at(const struct site_fact *fact, bool has_returns)
{
    switch (fact->kind) {
    case EVENT_call:
        return is_wait_role(fact->role.role) ? LOOK_WAIT_CALL : LOOK_CALL;
    case EVENT_wait_begin:
        return LOOK_BEGIN;
    case EVENT_wait_end:
        return LOOK_END;
    case EVENT_return:
        return fact->op ? LOOK_RETURN : has_returns ? LOOK_NOTHING : LOOK_OTHER;
    default:
        return has_returns ? LOOK_NOTHING : LOOK_OTHER;
    }
}

/* Most events are calls and returns outside of any wait. */
static void scan(struct finder *f, const struct run_span *span)
{
    f->piece_count = 0;
    for (u32 i = 0; i < span->count; i++) {
        u8 look = f->look[span->site[i]];
        if (look >= LOOK_WAIT_CALL ? look <= LOOK_BEGIN || f->depth : f->depth && !f->has_returns)
            on_event(f, span, i);
        if (look == LOOK_CALL || look == LOOK_WAIT_CALL)
            f->last_call_site = span->site[i];
    }
}

/* ---- What the events tell. ---- */

static void keep(struct finder *f, const struct piece *piece, const struct run_span *span, const u64 *v, u16 missing)
{
    struct wait *wait = &f->waits->rows[piece->row];
    struct told *told = &f->told[piece->row - f->first];
    u64 seq = span->seq[piece->offset], time = span->time[piece->offset];
    if (piece->part == PART_BEGIN) {
        memcpy(told->begin, v, sizeof told->begin);
        told->begin_missing = missing;
        wait->begin_seq = seq;
        wait->begin_time = time;
    } else if (piece->part == PART_CALL) {
        memcpy(told->call, v, sizeof told->call);
        told->call_missing = missing;
        told->call_seq = seq;
        told->call_time = time;
    } else {
        memcpy(told->end, v, sizeof told->end);
        told->end_missing = missing;
        told->end_kind = f->facts[span->site[piece->offset]].kind;
        wait->end_seq = seq;
        wait->end_time = time;
    }
}

/* One event may be of several waits. */
static bool read_pieces(struct finder *f, struct run_span *span, struct err *err)
{
    u32 count = 0, n = 0;
    for (u32 i = 0; i < f->piece_count; i++)
        if (!count || f->offsets[count - 1] != f->pieces[i].offset)
            f->offsets[count++] = f->pieces[i].offset;
    if (!count)
        return true;
    if (!run_read_some(f->waits->run, f->place, span->position, COLUMN_SITE | COLUMN_SEQ | COLUMN_TIME, span, err) ||
        !run_pick(f->waits->run, f->place, span, &f->picks, f->offsets, count, f->values, f->missing, err))
        return false;
    for (u32 i = 0; i < f->piece_count; i++) {
        n += f->offsets[n] != f->pieces[i].offset;
        keep(f, &f->pieces[i], span, f->values + (size_t)n * f->picks.width, f->missing[n]);
    }
    return true;
}

static bool find_thread(struct finder *f, struct err *err)
{
    struct run_span span;
    f->depth = 0;
    f->last_call_site = UINT32_MAX;
    for (u64 position = 0;; position += span.count) {
        if (!run_read_some(f->waits->run, f->place, position, COLUMN_SITE, &span, err))
            return false;
        if (!span.count)
            return true;
        scan(f, &span);
        if (!read_pieces(f, &span, err))
            return false;
    }
}

static void fill_call(const struct waits *w, struct wait *wait, const struct told *told, struct role_row role)
{
    if (told->call_missing & 1)
        return;
    if (role.how != ROLE_BY_NOTHING) {
        u32 object = objects_by_handle(w->objects, told->call[0], wait->begin_seq + 1);
        wait->object_count = 1;
        wait->objects[0] = object == OBJECTS_NONE ? wait->objects[0] : object;
    } else if (role.role == ROLE_WAIT) {
        wait->object_count = (u8)(told->call[1] > 64 ? 64 : told->call[1]);
    }
}

static void fill_begin(const struct waits *w, struct wait *wait, const struct told *told)
{
    u64 count = told->begin_missing >> F_wait_begin_count & 1 ? 0 : told->begin[F_wait_begin_count];
    wait->object_count = (u8)(count > 255 ? 255 : count);
    wait->all = told->begin[F_wait_begin_all] != 0;
    wait->alertable = told->begin[F_wait_begin_alertable] != 0;
    wait->has_deadline = !(told->begin_missing >> F_wait_begin_deadline & 1);
    wait->deadline = wait->has_deadline ? told->begin[F_wait_begin_deadline] : UINT64_MAX;
    for (u32 i = 0; i < WAIT_OBJECTS && i < count; i++)
        wait->objects[i] = objects_by_hsid(w->objects, told->begin[F_wait_begin_object0 + i]);
}

enum end_value { END_STATUS, END_OBJECT, END_WAKER, END_WAKER_LR };

static void fill_end(const struct waits *w, struct wait *wait, const struct told *told)
{
    wait->has_status =
        (told->end_kind == EVENT_return || told->end_kind == EVENT_wait_end) && !(told->end_missing >> END_STATUS & 1);
    wait->status = wait->has_status ? (u32)told->end[END_STATUS] : 0;
    if (told->end_kind != EVENT_wait_end)
        return;
    wait->ended_by = objects_by_hsid(w->objects, told->end[END_OBJECT]);
    wait->waker = WAKER_NONE;
    if (!(told->end_missing >> END_WAKER & 1) && (told->end[END_WAKER] || wait->ended_by != OBJECTS_NONE)) {
        wait->waker = WAKER_TOLD;
        wait->waker_lr = (u32)told->end[END_WAKER_LR];
        if (told->end[END_WAKER])
            wait->waker_place = run_thread_place(w->run, (u32)told->end[END_WAKER]);
    }
}

/* The call is looked at only where the begin does not tell the object. */
static void fill(const struct waits *w, struct wait *wait, const struct told *told, const struct site_fact *facts)
{
    if (wait->blocked)
        fill_begin(w, wait, told);
    u32 first = wait->objects[0];
    bool is_told =
        wait->blocked && (wait->object_count != 1 || (first != OBJECTS_NONE && !w->objects->rows[first].is_twin));
    if (!is_told && facts[wait->site].kind == EVENT_call) {
        wait->begin_seq = wait->blocked ? wait->begin_seq : told->call_seq;
        wait->begin_time = wait->blocked ? wait->begin_time : told->call_time;
        fill_call(w, wait, told, facts[wait->site].role);
    }
    if (wait->end != UINT64_MAX)
        fill_end(w, wait, told);
}

/* By site: which values of its events a wait is made of. */
static struct journal_picks choose_values(const struct run *run, const struct site_fact *facts)
{
    enum { WIDTH = 8 };
    u32 sites = run_site_count(run);
    u8 *values = malloc((size_t)sites * WIDTH + 1);
    CHECK(values, "out of memory");
    memset(values, JOURNAL_NO_VALUE, (size_t)sites * WIDTH);
    for (u32 i = 0; i < sites; i++) {
        u8 *v = values + (size_t)i * WIDTH;
        if (facts[i].kind == EVENT_call) {
            v[0] = facts[i].role.argument;
            v[1] = F_call_a0;
        } else if (facts[i].kind == EVENT_return) {
            v[END_STATUS] = F_return_result;
        } else if (facts[i].kind == EVENT_wait_end) {
            v[END_STATUS] = F_wait_end_status;
            v[END_OBJECT] = F_wait_end_object;
            v[END_WAKER] = F_wait_end_waker;
            v[END_WAKER_LR] = F_wait_end_waker_lr;
        } else if (facts[i].kind == EVENT_wait_begin) {
            for (u32 field = 0; field < WIDTH; field++)
                v[field] = (u8)field;
        }
    }
    struct journal_picks picks = run_picks(run, WIDTH, values);
    free(values);
    return picks;
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
    u32 threads = run_thread_count(w->run), sites = run_site_count(w->run);
    struct finder f = {.waits = w, .facts = facts, .has_returns = tells_returns(w->run, facts)};
    bool ok = true;
    f.look = calloc(sites + 1u, 1);
    w->first = calloc(threads + 1u, sizeof *w->first);
    CHECK(w->first && f.look, "out of memory");
    for (u32 i = 0; i < sites; i++)
        f.look[i] = look_at(&facts[i], f.has_returns);
    f.picks = choose_values(w->run, facts);
    for (f.place = 0; f.place < threads && ok; f.place++) {
        w->first[f.place] = f.first = w->count;
        ok = find_thread(&f, err);
        for (u32 i = f.first; ok && i < w->count; i++)
            fill(w, &w->rows[i], &f.told[i - f.first], facts);
    }
    w->first[threads] = w->count;
    free(f.look);
    free(f.picks.values);
    free(f.told);
    free(f.pieces);
    free(f.offsets);
    free(f.values);
    free(f.missing);
    return ok;
}
