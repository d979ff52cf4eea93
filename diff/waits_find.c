/* SPDX-License-Identifier: BSD-3-Clause
 * Finding the waits in each thread's stream (diff/waits_build.h). */
#include "diff/waits_build.h"
#include "schema/export.h"
#include "schema/status.h"

#include <stdlib.h>

enum { DEPTH = 8 };

/* What a site's events mean to a thread's waits. */
enum look { LOOK_NOTHING, LOOK_OTHER, LOOK_CALL, LOOK_WAIT_CALL, LOOK_BEGIN, LOOK_END, LOOK_RETURN };

/* What the events of a wait tell of others, until these are known. */
struct told {
    u64 object;   /* of wait_begin: the first one; the others stand in the finder's `others`, */
    u32 others;   /* from here on */
    u32 waker;    /* of wait_end */
    u64 ended_by; /* of wait_end */
    u64 handle;   /* of the call: the argument that names the object */
    u8 first;     /* of the call: the first argument, no more than 64 */
    u8 end_kind;
    bool has_handle, has_waker;
};

enum part { PART_BEGIN, PART_CALL, PART_END, PART_RESULT };

/* An event of a wait in the block at hand. */
struct piece {
    u32 offset, row;
    u8 part; /* enum part */
};

/* One thread's waits so far: in its part of the finder's tables, or, when they became more, in tables of its own. */
struct lane {
    struct wait *waits;
    struct told *told;
    u32 count, capacity;
    bool is_own;
    u32 rows[DEPTH]; /* those that have not ended yet; an APC's routine may wait inside of a wait */
    u32 depth;
    u32 last_call_site;
    u32 returning; /* the row whose wait_end was the last event, and 1; 0: none */
};

/* The walk along all threads. */
struct waits_finder {
    struct run *run;
    const struct site_fact *facts;
    u8 *look;         /* by site: enum look, */
    u8 *begins;       /* and whether its events begin waits */
    bool has_returns; /* the run tells returns of waits */
    struct lane *lanes;
    struct wait *waits; /* all lanes' parts, one behind the other */
    struct told *told;
    u64 (*others)[WAIT_OBJECTS - 1];
    u32 other_count;
    const struct run_block *block; /* the one at hand, */
    u32 place;                     /* and its thread; */
    u32 called;                    /* as far as here the lane's last call is known */
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

static void *copy_to(void *rows, u32 count, u32 capacity, size_t size, bool is_own)
{
    void *copy = malloc(capacity * size);
    CHECK(copy, "out of memory");
    memcpy(copy, rows, count * size);
    if (is_own)
        free(rows);
    return copy;
}

static void grow(struct lane *lane)
{
    lane->capacity = lane->capacity * 2 + 64;
    lane->waits = copy_to(lane->waits, lane->count, lane->capacity, sizeof *lane->waits, lane->is_own);
    lane->told = copy_to(lane->told, lane->count, lane->capacity, sizeof *lane->told, lane->is_own);
    lane->is_own = true;
}

static struct wait *add(struct waits_finder *f, u32 site, u64 position)
{
    struct lane *lane = lane_of(f);
    if (lane->count == lane->capacity)
        grow(lane);
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

static void end_told(struct waits_finder *f, u64 position, u32 i)
{
    struct lane *lane = lane_of(f);
    end_wait(f, lane->depth - 1, position, i);
    lane->returning = lane->rows[lane->depth] + 1;
}

/* The event behind a wait_end: what the call returned, if it is its return. */
static void on_returning(struct waits_finder *f, u32 site, u8 look, u32 i)
{
    struct lane *lane = lane_of(f);
    u32 row = lane->returning - 1;
    lane->returning = 0;
    if (look == LOOK_RETURN && lane->waits[row].op == f->facts[site].op)
        note(f, row, PART_RESULT, i);
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

/* The site of the thread's last call before an event; UINT32_MAX: none. It is asked in the order of events. */
static u32 last_call(struct waits_finder *f, u32 i)
{
    const struct run_block *block = f->block;
    struct lane *lane = lane_of(f);
    u32 at = i;
    while (at > f->called) {
        u8 look = f->letters[block->letters[--at]];
        if (look == LOOK_CALL || look == LOOK_WAIT_CALL) {
            lane->last_call_site = block->sites[block->letters[at]];
            break;
        }
    }
    f->called = i;
    return lane->last_call_site;
}

static void on_wait_begin(struct waits_finder *f, u32 site, u64 position, u32 i)
{
    const struct site_fact *facts = f->facts;
    struct lane *lane = lane_of(f);
    u32 call = facts[site].op ? UINT32_MAX : last_call(f, i); /* which tells the op that the begin does not */
    u32 op = call != UINT32_MAX ? facts[call].op : facts[site].op;
    struct wait *top = lane->depth ? &lane->waits[lane->rows[lane->depth - 1]] : NULL;
    if (!top || top->blocked || top->op != op) {
        top = add(f, site, position + i);
        top->op = op;
        top->lr = run_site(f->run, call != UINT32_MAX ? call : site)->lr;
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
        end_told(f, position, i);
    else if (look == LOOK_RETURN)
        for (u32 d = lane->depth; d--;)
            if (lane->waits[lane->rows[d]].op == f->facts[site].op)
                end_wait(f, d, position, i);
}

static u8 look_at(const struct site_fact *fact, bool has_returns, bool may_wait)
{
    u8 other = has_returns ? LOOK_NOTHING : LOOK_OTHER;
    switch (fact->kind) {
    case EVENT_call:
        return is_wait_role(fact->role.role) ? LOOK_WAIT_CALL : LOOK_CALL;
    case EVENT_wait_begin:
        return LOOK_BEGIN;
    case EVENT_wait_end:
        return LOOK_END;
    case EVENT_return:
        return fact->op && may_wait ? LOOK_RETURN : other;
    default:
        return other;
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

static bool begins_wait(u8 look)
{
    return look == LOOK_WAIT_CALL || look == LOOK_BEGIN;
}

/* Goes on as long as some wait has not ended, or its call has not returned. Returns where it is then. */
static u32 follow(struct waits_finder *f, const struct run_block *block, u32 i)
{
    const struct lane *lane = lane_of(f);
    for (; (lane->depth || lane->returning) && i < block->count; i++) {
        u32 letter = block->letters[i];
        u8 look = f->letters[letter];
        if (lane->returning)
            on_returning(f, block->sites[letter], look, i);
        if (look >= LOOK_WAIT_CALL ? look <= LOOK_BEGIN || lane->depth : lane->depth && !f->has_returns)
            on_event(f, block->sites[letter], look, block->position, i);
    }
    return i;
}

/* Most events are calls and returns outside of any wait. One event may be of several waits. */
static u32 scan(void *context, u32 place, const struct run_block *block, struct marks_offsets found, u32 *offsets)
{
    struct waits_finder *f = context;
    u32 count = 0;
    f->place = place;
    f->block = block;
    f->called = 0;
    f->piece_count = 0;
    look_at_letters(f, block);
    u32 next = follow(f, block, 0);
    for (u32 n = 0; n < found.count; n++) {
        u32 i = found.rows[n], letter = block->letters[i];
        if (i < next || !begins_wait(f->letters[letter]))
            continue;
        on_event(f, block->sites[letter], f->letters[letter], block->position, i);
        next = follow(f, block, i + 1);
    }
    last_call(f, block->count);
    for (u32 i = 0; i < f->piece_count; i++)
        if (!count || offsets[count - 1] != f->pieces[i].offset)
            offsets[count++] = f->pieces[i].offset;
    return count;
}

/* ---- What the events tell. ---- */

static void keep_others(struct waits_finder *f, struct told *told, const u64 *others)
{
    if (!(f->other_count & (f->other_count - 1))) {
        f->others = realloc(f->others, (f->other_count ? f->other_count * 2 : 1) * sizeof *f->others);
        CHECK(f->others, "out of memory");
    }
    memcpy(f->others[f->other_count], others, sizeof *f->others);
    told->others = f->other_count++;
}

static void keep_begin(struct waits_finder *f, struct wait *wait, struct told *told, const u64 *v, u16 missing)
{
    u64 count = missing >> F_wait_begin_count & 1 ? 0 : v[F_wait_begin_count];
    wait->object_count = (u8)(count > 255 ? 255 : count);
    wait->tells_count = !(missing >> F_wait_begin_count & 1);
    wait->tells_all = !(missing >> F_wait_begin_all & 1);
    wait->tells_alertable = !(missing >> F_wait_begin_alertable & 1);
    wait->all = v[F_wait_begin_all] != 0;
    wait->alertable = v[F_wait_begin_alertable] != 0;
    wait->has_deadline = !(missing >> F_wait_begin_deadline & 1);
    wait->deadline = wait->has_deadline ? v[F_wait_begin_deadline] : UINT64_MAX;
    told->object = v[F_wait_begin_object0];
    if (count > 1)
        keep_others(f, told, &v[F_wait_begin_object0 + 1]);
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

/* Of a wait for no object that its time has passed is no result: the call's own follows. */
static bool is_time_passed(const struct wait *wait, const struct told *told)
{
    return wait->blocked && !wait->object_count && told->end_kind == EVENT_wait_end && wait->status == STATUS_TIMEOUT;
}

static void keep_result(struct wait *wait, const struct told *told, const u64 *v, u16 missing)
{
    const struct export *x = export_find(wait->op);
    if (!is_time_passed(wait, told))
        return;
    wait->has_status = x && x->has_signature && x->result == ARG_STATUS && !(missing >> F_return_result & 1);
    wait->status = wait->has_status ? (u32)v[F_return_result] : 0;
}

/* n: in what was picked. */
static void keep(struct waits_finder *f, const struct piece *piece, const struct run_block *block,
                 const struct journal_picked *picked, u32 n)
{
    struct wait *wait = &lane_of(f)->waits[piece->row];
    struct told *told = &lane_of(f)->told[piece->row];
    u64 seq = picked->seqs[n], time = picked->times[n];
    const u64 *v = picked->values + (size_t)n * MARK_VALUES;
    u16 missing = picked->missing[n];
    if (piece->part == PART_BEGIN) {
        keep_begin(f, wait, told, v, missing);
        wait->begin_seq = seq;
        wait->begin_time = time;
    } else if (piece->part == PART_CALL) {
        told->has_handle = !(missing >> MARK_OBJECT & 1);
        told->handle = v[MARK_OBJECT];
        told->first = (u8)(v[MARK_A0] > 64 ? 64 : v[MARK_A0]);
        wait->begin_seq = seq; /* until it turns out that it blocked */
        wait->begin_time = time;
    } else if (piece->part == PART_RESULT) {
        keep_result(wait, told, v, missing);
    } else {
        told->end_kind = f->facts[block->sites[block->letters[piece->offset]]].kind;
        keep_end(wait, told, v, missing);
        wait->has_status = wait->has_status && !is_time_passed(wait, told);
        wait->end_seq = seq;
        wait->end_time = time;
    }
}

static void take(void *context, const struct run_block *block, const u32 *offsets, const struct journal_picked *picked)
{
    struct waits_finder *f = context;
    for (u32 i = 0, n = 0; i < f->piece_count; i++) {
        while (offsets[n] != f->pieces[i].offset)
            n++;
        keep(f, &f->pieces[i], block, picked, n);
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
        wait->object_count = told->first;
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
static void fill(const struct waits *w, const struct waits_finder *f, struct wait *wait, const struct told *told)
{
    const struct site_fact *fact = &f->facts[wait->site];
    for (u32 i = 0; wait->blocked && i < WAIT_OBJECTS && i < wait->object_count; i++)
        wait->objects[i] = objects_by_hsid(w->objects, i ? f->others[told->others][i - 1] : told->object);
    u32 first = wait->objects[0];
    bool is_told =
        wait->blocked && (wait->object_count != 1 || (first != OBJECTS_NONE && !w->objects->rows[first].is_twin));
    if (!is_told && fact->kind == EVENT_call)
        fill_call(w, wait, told, fact->role);
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

/* Some begin of a wait does not tell its op. */
static bool has_nameless(const struct waits_finder *f)
{
    for (u32 i = 0; i < run_site_count(f->run); i++)
        if (f->facts[i].kind == EVENT_wait_begin && !f->facts[i].op)
            return true;
    return false;
}

static bool may_wait(const struct waits_finder *f, u32 op)
{
    for (u32 i = 0; i < run_site_count(f->run); i++) {
        const struct site_fact *fact = &f->facts[i];
        bool is_wait = fact->kind == EVENT_wait_begin || (fact->kind == EVENT_call && is_wait_role(fact->role.role));
        if (is_wait && fact->op == op)
            return true;
    }
    return false;
}

/* Returns matter of what may have waited. */
static void look_at_sites(struct waits_finder *f)
{
    bool may_any = has_nameless(f);
    for (u32 i = 0; i < run_site_count(f->run); i++) {
        const struct site_fact *fact = &f->facts[i];
        bool may = fact->kind != EVENT_return || may_any || may_wait(f, fact->op);
        f->look[i] = look_at(fact, f->has_returns, may);
        f->begins[i] = begins_wait(f->look[i]);
    }
}

/* About how many waits a thread has, by the heads of its blocks: a call and the begin that it leads to are one. */
static u32 guess_waits(const struct waits_finder *f, u32 place, u64 *counts)
{
    struct err err;
    u64 calls = 0, begins = 0;
    u32 sites = run_site_count(f->run);
    memset(counts, 0, sites * sizeof *counts);
    if (!run_count(f->run, place, 0, run_thread(f->run, place)->events, counts, NULL, &err))
        return 0;
    for (u32 i = 0; i < sites; i++) {
        calls += f->look[i] == LOOK_WAIT_CALL ? counts[i] : 0;
        begins += f->look[i] == LOOK_BEGIN ? counts[i] : 0;
    }
    return (u32)(calls > begins ? calls : begins);
}

static void make_tables(struct waits_finder *f)
{
    u32 threads = run_thread_count(f->run), total = 0;
    u64 *counts = malloc((run_site_count(f->run) + 1u) * sizeof *counts);
    CHECK(counts, "out of memory");
    for (u32 i = 0; i < threads; i++)
        total += f->lanes[i].capacity = guess_waits(f, i, counts);
    free(counts);
    f->waits = malloc((total + 1u) * sizeof *f->waits);
    f->told = malloc((total + 1u) * sizeof *f->told);
    CHECK(f->waits && f->told, "out of memory");
    total = 0;
    for (u32 i = 0; i < threads; i++) {
        f->lanes[i].waits = f->waits + total;
        f->lanes[i].told = f->told + total;
        total += f->lanes[i].capacity;
    }
}

struct waits_finder *waits_finder_create(struct run *run, const struct site_fact *facts)
{
    u32 threads = run_thread_count(run), sites = run_site_count(run);
    struct waits_finder *f = calloc(1, sizeof *f);
    CHECK(f, "out of memory");
    *f = (struct waits_finder){.run = run, .facts = facts, .has_returns = tells_returns(run, facts)};
    f->look = calloc(sites + 1u, 1);
    f->begins = calloc(sites + 1u, 1);
    f->lanes = calloc(threads + 1u, sizeof *f->lanes);
    CHECK(f->look && f->begins && f->lanes, "out of memory");
    f->watch = (struct marks_watch){f, f->begins, scan, take};
    look_at_sites(f);
    for (u32 i = 0; i < threads; i++)
        f->lanes[i].last_call_site = UINT32_MAX;
    make_tables(f);
    return f;
}

const struct marks_watch *waits_finder_watch(struct waits_finder *f)
{
    return &f->watch;
}

static void forget_lane(struct lane *lane)
{
    if (lane->is_own) {
        free(lane->waits);
        free(lane->told);
    }
    *lane = (struct lane){0};
}

void waits_finder_destroy(struct waits_finder *f)
{
    if (!f)
        return;
    for (u32 i = 0; i < run_thread_count(f->run); i++)
        forget_lane(&f->lanes[i]);
    free(f->waits);
    free(f->told);
    free(f->others);
    free(f->lanes);
    free(f->look);
    free(f->begins);
    free(f->letters);
    free(f->pieces);
    free(f);
}

/* The lanes' parts become one table where they lie, if all have kept to them. */
static void choose_table(struct waits *w, struct waits_finder *f, u32 total)
{
    bool is_kept = true;
    for (u32 i = 0; i < run_thread_count(w->run); i++)
        is_kept = is_kept && !f->lanes[i].is_own;
    w->rows = is_kept ? f->waits : malloc((total + 1u) * sizeof *w->rows);
    CHECK(w->rows, "out of memory");
    f->waits = is_kept ? NULL : f->waits;
}

void waits_find(struct waits *w, struct waits_finder *f)
{
    u32 threads = run_thread_count(w->run), total = 0;
    for (u32 i = 0; i < threads; i++)
        total += f->lanes[i].count;
    choose_table(w, f, total);
    w->first = calloc(threads + 1u, sizeof *w->first);
    CHECK(w->first, "out of memory");
    for (u32 i = 0; i < threads; i++) {
        struct lane *lane = &f->lanes[i];
        w->first[i] = w->count;
        for (u32 n = 0; n < lane->count; n++)
            fill(w, f, &lane->waits[n], &lane->told[n]);
        if (lane->waits != w->rows + w->count && lane->count)
            memmove(w->rows + w->count, lane->waits, lane->count * sizeof *w->rows);
        w->count += lane->count;
    }
    w->first[threads] = w->count;
}
