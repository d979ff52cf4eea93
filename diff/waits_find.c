/* SPDX-License-Identifier: BSD-3-Clause
 * Finding the waits in each thread's stream (diff/waits_build.h). */
#include "diff/waits_build.h"

#include <stdlib.h>

enum { DEPTH = 8 };

/* What a site's events mean to a thread's waits. */
enum look { LOOK_NOTHING, LOOK_OTHER, LOOK_CALL, LOOK_WAIT_CALL, LOOK_BEGIN, LOOK_END, LOOK_RETURN };

/* What the events of a wait tell of others, until these are known. */
struct told {
    u64 objects[WAIT_OBJECTS]; /* of wait_begin */
    u64 handle, first;         /* of the call: the argument that names the object, and the first one */
    u64 call_seq, call_time;
    u64 ended_by; /* of wait_end */
    u32 waker;
    u8 end_kind;
    bool has_handle, has_waker;
};

enum part { PART_BEGIN, PART_CALL, PART_END };

/* An event of a wait in the block at hand. */
struct piece {
    u32 offset, row;
    u8 part; /* enum part */
};

/* One thread's waits so far. */
struct lane {
    struct wait *waits;
    struct told *told;
    u32 count, capacity;
    u32 rows[DEPTH]; /* those that have not ended yet; an APC's routine may wait inside of a wait */
    u32 depth;
    u32 last_call_site;
};

/* The walk along all threads. */
struct waits_finder {
    struct run *run;
    const struct site_fact *facts;
    u8 *look;         /* by site: enum look */
    bool has_returns; /* the run tells returns of waits */
    struct lane *lanes;
    u32 place; /* of the block at hand */
    u8 *letters;
    u32 letter_capacity;
    struct piece *pieces; /* of the block at hand */
    u32 piece_count, piece_capacity;
    struct marks_watch watch;
};

static struct lane *lane_of(struct waits_finder *f)
{
    return &f->lanes[f->place];
}

static struct wait *add(struct waits_finder *f, u32 site, u64 position)
{
    struct lane *lane = lane_of(f);
    if (lane->count == lane->capacity) {
        lane->capacity = lane->capacity ? lane->capacity + lane->capacity / 2 : 64;
        lane->waits = realloc(lane->waits, lane->capacity * sizeof *lane->waits);
        lane->told = realloc(lane->told, lane->capacity * sizeof *lane->told);
        CHECK(lane->waits && lane->told, "out of memory");
    }
    lane->told[lane->count] = (struct told){0};
    struct wait *wait = &lane->waits[lane->count++];
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

static void push(struct lane *lane, u32 row)
{
    if (lane->depth == DEPTH)
        memmove(lane->rows, lane->rows + 1, --lane->depth * sizeof *lane->rows);
    lane->rows[lane->depth++] = row;
}

static void note(struct waits_finder *f, u32 row, enum part part, u32 offset)
{
    if (f->piece_count == f->piece_capacity) {
        f->piece_capacity = f->piece_capacity ? f->piece_capacity * 2 : 256;
        f->pieces = realloc(f->pieces, f->piece_capacity * sizeof *f->pieces);
        CHECK(f->pieces, "out of memory");
    }
    f->pieces[f->piece_count++] = (struct piece){offset, row, (u8)part};
}

static void end_wait(struct waits_finder *f, u32 depth, u64 position, u32 i)
{
    struct lane *lane = lane_of(f);
    struct wait *wait = &lane->waits[lane->rows[depth]];
    wait->state = WAIT_ENDED;
    wait->end = position + i;
    note(f, lane->rows[depth], PART_END, i);
    lane->depth = depth;
}

static bool is_wait_role(u8 role)
{
    return role == ROLE_WAIT || role == ROLE_SIGNAL_AND_WAIT || role == ROLE_DELAY;
}

static void on_wait_call(struct waits_finder *f, u32 site, u64 position, u32 i)
{
    struct wait *wait = add(f, site, position + i);
    wait->op = f->facts[site].op;
    wait->lr = run_site(f->run, site)->lr;
    push(lane_of(f), lane_of(f)->count - 1);
    note(f, lane_of(f)->count - 1, PART_CALL, i);
}

static void on_wait_begin(struct waits_finder *f, u32 site, u64 position, u32 i)
{
    const struct site_fact *facts = f->facts;
    struct lane *lane = lane_of(f);
    u32 op = facts[site].op ? facts[site].op : lane->last_call_site != UINT32_MAX ? facts[lane->last_call_site].op : 0;
    struct wait *top = lane->depth ? &lane->waits[lane->rows[lane->depth - 1]] : NULL;
    if (!top || top->blocked || top->op != op) {
        bool of_call = !facts[site].op && lane->last_call_site != UINT32_MAX;
        top = add(f, site, position + i);
        top->op = op;
        top->lr = run_site(f->run, of_call ? lane->last_call_site : site)->lr;
        push(lane, lane->count - 1);
    }
    top->blocked = true;
    top->begin = position + i;
    note(f, lane->rows[lane->depth - 1], PART_BEGIN, i);
}

static void on_event(struct waits_finder *f, u32 site, u8 look, u64 position, u32 i)
{
    struct lane *lane = lane_of(f);
    if (lane->depth && !f->has_returns && look != LOOK_BEGIN)
        end_wait(f, 0, position, i);
    if (look == LOOK_WAIT_CALL)
        on_wait_call(f, site, position, i);
    else if (look == LOOK_BEGIN)
        on_wait_begin(f, site, position, i);
    else if (look == LOOK_END && lane->depth)
        end_wait(f, lane->depth - 1, position, i);
    else if (look == LOOK_RETURN)
        for (u32 d = lane->depth; d--;)
            if (lane->waits[lane->rows[d]].op == f->facts[site].op)
                end_wait(f, d, position, i);
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

static void look_at_letters(struct waits_finder *f, const struct run_block *block)
{
    if (f->letter_capacity < block->site_count) {
        f->letter_capacity = block->site_count;
        f->letters = realloc(f->letters, block->site_count);
        CHECK(f->letters, "out of memory");
    }
    for (u32 i = 0; i < block->site_count; i++)
        f->letters[i] = f->look[block->sites[i]];
}

/* Most events are calls and returns outside of any wait. One event may be of several waits. */
static u32 scan(void *context, u32 place, const struct run_block *block, u32 *offsets)
{
    struct waits_finder *f = context;
    struct lane *lane = &f->lanes[place];
    u32 count = 0;
    f->place = place;
    f->piece_count = 0;
    look_at_letters(f, block);
    for (u32 i = 0; i < block->count; i++) {
        u32 letter = block->letters[i];
        u8 look = f->letters[letter];
        if (look >= LOOK_WAIT_CALL ? look <= LOOK_BEGIN || lane->depth : lane->depth && !f->has_returns)
            on_event(f, block->sites[letter], look, block->position, i);
        if (look == LOOK_CALL || look == LOOK_WAIT_CALL)
            lane->last_call_site = block->sites[letter];
    }
    for (u32 i = 0; i < f->piece_count; i++)
        if (!count || offsets[count - 1] != f->pieces[i].offset)
            offsets[count++] = f->pieces[i].offset;
    return count;
}

/* ---- What the events tell. ---- */

static void keep_begin(struct wait *wait, struct told *told, const u64 *v, u16 missing)
{
    u64 count = missing >> F_wait_begin_count & 1 ? 0 : v[F_wait_begin_count];
    wait->object_count = (u8)(count > 255 ? 255 : count);
    wait->all = v[F_wait_begin_all] != 0;
    wait->alertable = v[F_wait_begin_alertable] != 0;
    wait->has_deadline = !(missing >> F_wait_begin_deadline & 1);
    wait->deadline = wait->has_deadline ? v[F_wait_begin_deadline] : UINT64_MAX;
    for (u32 i = 0; i < WAIT_OBJECTS && i < count; i++)
        told->objects[i] = v[F_wait_begin_object0 + i];
}

static void keep_end(struct wait *wait, struct told *told, const u64 *v, u16 missing)
{
    bool is_return = told->end_kind == EVENT_return;
    u32 status = is_return ? (u32)F_return_result : (u32)F_wait_end_status;
    wait->has_status = (is_return || told->end_kind == EVENT_wait_end) && !(missing >> status & 1);
    wait->status = wait->has_status ? (u32)v[status] : 0;
    if (told->end_kind != EVENT_wait_end)
        return;
    told->ended_by = v[F_wait_end_object];
    told->has_waker = !(missing >> F_wait_end_waker & 1);
    told->waker = (u32)v[F_wait_end_waker];
    wait->waker_lr = (u32)v[F_wait_end_waker_lr];
}

static void keep(struct waits_finder *f, const struct piece *piece, const struct run_block *block, const u64 *v,
                 u16 missing)
{
    struct wait *wait = &lane_of(f)->waits[piece->row];
    struct told *told = &lane_of(f)->told[piece->row];
    u64 seq = block->seq[piece->offset], time = block->time[piece->offset];
    if (piece->part == PART_BEGIN) {
        keep_begin(wait, told, v, missing);
        wait->begin_seq = seq;
        wait->begin_time = time;
    } else if (piece->part == PART_CALL) {
        told->has_handle = !(missing >> MARK_OBJECT & 1);
        told->handle = v[MARK_OBJECT];
        told->first = v[MARK_A0];
        told->call_seq = seq;
        told->call_time = time;
    } else {
        told->end_kind = f->facts[block->sites[block->letters[piece->offset]]].kind;
        keep_end(wait, told, v, missing);
        wait->end_seq = seq;
        wait->end_time = time;
    }
}

static void take(void *context, const struct run_block *block, const u32 *offsets, const u64 *values,
                 const u16 *missing)
{
    struct waits_finder *f = context;
    for (u32 i = 0, n = 0; i < f->piece_count; i++) {
        while (offsets[n] != f->pieces[i].offset)
            n++;
        keep(f, &f->pieces[i], block, values + (size_t)n * MARK_VALUES, missing[n]);
    }
}

static void fill_call(const struct waits *w, struct wait *wait, const struct told *told, struct role_row role)
{
    if (!told->has_handle)
        return;
    if (role.how != ROLE_BY_NOTHING) {
        u32 object = objects_by_handle(w->objects, told->handle, wait->begin_seq + 1);
        wait->object_count = 1;
        wait->objects[0] = object == OBJECTS_NONE ? wait->objects[0] : object;
    } else if (role.role == ROLE_WAIT) {
        wait->object_count = (u8)(told->first > 64 ? 64 : told->first);
    }
}

static void fill_end(const struct waits *w, struct wait *wait, const struct told *told)
{
    u32 lr = wait->waker_lr;
    wait->waker_lr = 0;
    if (told->end_kind != EVENT_wait_end)
        return;
    wait->ended_by = objects_by_hsid(w->objects, told->ended_by);
    wait->waker = WAKER_NONE;
    if (!told->has_waker || (!told->waker && wait->ended_by == OBJECTS_NONE))
        return;
    wait->waker = WAKER_TOLD;
    wait->waker_lr = lr;
    if (told->waker)
        wait->waker_place = run_thread_place(w->run, told->waker);
}

/* The call is looked at only where the begin does not tell the object. */
static void fill(const struct waits *w, struct wait *wait, const struct told *told, const struct site_fact *facts)
{
    for (u32 i = 0; wait->blocked && i < WAIT_OBJECTS && i < wait->object_count; i++)
        wait->objects[i] = objects_by_hsid(w->objects, told->objects[i]);
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

static bool tells_returns(const struct run *run, const struct site_fact *facts)
{
    for (u32 i = 0; i < run_site_count(run); i++)
        if (facts[i].kind == EVENT_wait_end || (facts[i].kind == EVENT_return && is_wait_role(facts[i].role.role)))
            return true;
    return false;
}

struct waits_finder *waits_finder_create(struct run *run, const struct site_fact *facts)
{
    u32 threads = run_thread_count(run), sites = run_site_count(run);
    struct waits_finder *f = calloc(1, sizeof *f);
    CHECK(f, "out of memory");
    *f = (struct waits_finder){.run = run, .facts = facts, .has_returns = tells_returns(run, facts)};
    f->watch = (struct marks_watch){f, scan, take};
    f->look = calloc(sites + 1u, 1);
    f->lanes = calloc(threads + 1u, sizeof *f->lanes);
    CHECK(f->look && f->lanes, "out of memory");
    for (u32 i = 0; i < sites; i++)
        f->look[i] = look_at(&facts[i], f->has_returns);
    for (u32 i = 0; i < threads; i++)
        f->lanes[i].last_call_site = UINT32_MAX;
    return f;
}

const struct marks_watch *waits_finder_watch(struct waits_finder *f)
{
    return &f->watch;
}

void waits_finder_destroy(struct waits_finder *f)
{
    if (!f)
        return;
    for (u32 i = 0; i < run_thread_count(f->run); i++) {
        free(f->lanes[i].waits);
        free(f->lanes[i].told);
    }
    free(f->lanes);
    free(f->look);
    free(f->letters);
    free(f->pieces);
    free(f);
}

void waits_find(struct waits *w, struct waits_finder *f)
{
    u32 threads = run_thread_count(w->run), total = 0;
    for (u32 i = 0; i < threads; i++)
        total += f->lanes[i].count;
    w->rows = malloc((total + 1u) * sizeof *w->rows);
    w->first = calloc(threads + 1u, sizeof *w->first);
    CHECK(w->rows && w->first, "out of memory");
    for (u32 i = 0; i < threads; i++) {
        struct lane *lane = &f->lanes[i];
        w->first[i] = w->count;
        for (u32 n = 0; n < lane->count; n++)
            fill(w, &lane->waits[n], &lane->told[n], f->facts);
        if (lane->count)
            memcpy(w->rows + w->count, lane->waits, lane->count * sizeof *w->rows);
        w->count += lane->count;
        free(lane->waits);
        free(lane->told);
        lane->waits = NULL;
        lane->told = NULL;
    }
    w->first[threads] = w->count;
}
