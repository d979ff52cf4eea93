/* SPDX-License-Identifier: BSD-3-Clause
 * Gathering marks (diff/marks.h). */
#include "diff/marks.h"

#include <stdlib.h>

enum { LOOK_WANTED = 1, LOOK_CALL = 2 };

/* One thread's marks of the block at hand. */
struct lane {
    struct mark *rows;
    u32 at, count, capacity;
    u64 position; /* of the next block */
    u32 call_site;
    u64 call_position;
};

struct marks {
    struct run *run;
    const struct site_fact *facts;
    u8 *look; /* by site: what it is looked at for */
    struct journal_picks picks;
    struct lane *lanes; /* by place */
    u32 *heap;          /* places whose lanes have marks, the least seq first */
    u32 heap_count;
    u32 opened; /* lanes that were begun */
    u32 *offsets;
    u64 *values;
    u16 *missing;
    u32 capacity;
};

static void choose_values(const struct site_fact *fact, u8 *values)
{
    for (u32 i = 0; i < MARK_VALUES; i++)
        values[i] = (u8)i;
    if (fact->kind == EVENT_call) {
        values[0] = fact->role.argument;
        values[1] = F_call_a0;
        values[2] = F_call_text;
        values[3] = F_call_a6;
    } else if (fact->kind == EVENT_thread_create) {
        values[3] = F_thread_create_hsid;
    } else if (fact->kind == EVENT_wait_begin) {
        values[3] = F_wait_begin_object0;
    } else if (fact->kind == EVENT_file) {
        values[3] = F_file_length;
    }
}

/* A text of the event's own is no value. */
static void leave_out_texts(const struct site_fact *fact, u8 *values)
{
    const struct event_type *type = event_type(fact->kind);
    for (u32 i = 0; i < MARK_VALUES; i++)
        if (!type || (values[i] < type->field_count && type->fields[values[i]].meaning == MEANING_TEXT))
            values[i] = JOURNAL_NO_VALUE;
}

struct marks *marks_open(struct run *run, const struct site_fact *facts, const u8 *wanted)
{
    u32 sites = run_site_count(run), threads = run_thread_count(run);
    struct marks *m = calloc(1, sizeof *m);
    u8 *values = malloc((size_t)sites * MARK_VALUES + 1);
    CHECK(m && values, "out of memory");
    *m = (struct marks){.run = run, .facts = facts, .look = calloc(sites + 1u, 1)};
    m->lanes = calloc(threads + 1u, sizeof *m->lanes);
    m->heap = malloc((threads + 1u) * sizeof *m->heap);
    CHECK(m->look && m->lanes && m->heap, "out of memory");
    for (u32 i = 0; i < sites; i++) {
        m->look[i] = (wanted[i] ? LOOK_WANTED : 0) | (facts[i].kind == EVENT_call ? LOOK_CALL : 0);
        choose_values(&facts[i], values + (size_t)i * MARK_VALUES);
        leave_out_texts(&facts[i], values + (size_t)i * MARK_VALUES);
    }
    for (u32 i = 0; i < threads; i++)
        m->lanes[i].call_site = UINT32_MAX;
    m->picks = run_picks(run, MARK_VALUES, values);
    free(values);
    return m;
}

void marks_close(struct marks *m)
{
    if (!m)
        return;
    for (u32 i = 0; i < run_thread_count(m->run); i++)
        free(m->lanes[i].rows);
    free(m->lanes);
    free(m->heap);
    free(m->look);
    free(m->picks.values);
    free(m->offsets);
    free(m->values);
    free(m->missing);
    free(m);
}

static void make_room(struct marks *m, struct lane *lane, u32 count)
{
    if (m->capacity < count) {
        m->capacity = count;
        m->offsets = realloc(m->offsets, count * sizeof *m->offsets);
        m->values = realloc(m->values, count * MARK_VALUES * sizeof *m->values);
        m->missing = realloc(m->missing, count * sizeof *m->missing);
        CHECK(m->offsets && m->values && m->missing, "out of memory");
    }
    if (lane->capacity < count) {
        lane->capacity = count;
        lane->rows = realloc(lane->rows, count * sizeof *lane->rows);
        CHECK(lane->rows, "out of memory");
    }
}

static u32 count_wanted(const struct marks *m, const struct run_span *span)
{
    u32 count = 0;
    for (u32 i = 0; i < span->count; i++)
        count += m->look[span->site[i]] & LOOK_WANTED;
    return count;
}

/* Finds the wanted ones by their sites alone. */
static void scan(struct marks *m, u32 place, const struct run_span *span)
{
    struct lane *lane = &m->lanes[place];
    make_room(m, lane, count_wanted(m, span));
    lane->at = lane->count = 0;
    for (u32 i = 0; i < span->count; i++) {
        u32 site = span->site[i];
        if (m->look[site] & LOOK_CALL) {
            lane->call_site = site;
            lane->call_position = span->position + i;
        }
        if (!(m->look[site] & LOOK_WANTED))
            continue;
        u64 back = span->position + i - lane->call_position;
        m->offsets[lane->count] = i;
        lane->rows[lane->count++] = (struct mark){
            .position = span->position + i,
            .place = place,
            .site = site,
            .call_site = lane->call_site,
            .call_back = back > UINT32_MAX ? UINT32_MAX : (u32)back,
            .kind = m->facts[site].kind,
        };
    }
}

static bool fill(struct marks *m, u32 place, struct run_span *span, struct err *err)
{
    struct lane *lane = &m->lanes[place];
    if (!run_read_some(m->run, place, span->position, COLUMN_SITE | COLUMN_SEQ | COLUMN_TIME, span, err) ||
        !run_pick(m->run, place, span, &m->picks, m->offsets, lane->count, m->values, m->missing, err))
        return false;
    for (u32 n = 0; n < lane->count; n++) {
        struct mark *mark = &lane->rows[n];
        mark->seq = span->seq[m->offsets[n]];
        mark->time = span->time[m->offsets[n]];
        mark->missing = m->missing[n];
        memcpy(mark->v, m->values + (size_t)n * MARK_VALUES, sizeof mark->v);
    }
    return true;
}

/* Goes on to the thread's next block that has marks; none are left then: count 0. */
static bool refill(struct marks *m, u32 place, struct err *err)
{
    struct lane *lane = &m->lanes[place];
    struct run_span span;
    do {
        if (!run_read_some(m->run, place, lane->position, COLUMN_SITE, &span, err))
            return false;
        lane->position = span.position + span.count;
        scan(m, place, &span);
    } while (span.count && !lane->count);
    return !lane->count || fill(m, place, &span, err);
}

/* ---- Merging. ---- */

static bool is_before(const struct marks *m, u32 a, u32 b)
{
    const struct lane *x = &m->lanes[a], *y = &m->lanes[b];
    u64 seq_a = x->rows[x->at].seq, seq_b = y->rows[y->at].seq;
    return seq_a < seq_b || (seq_a == seq_b && a < b);
}

static void sift_down(struct marks *m)
{
    u32 at = 0, place = m->heap[0];
    for (u32 child; (child = 2 * at + 1) < m->heap_count; at = child) {
        child += child + 1 < m->heap_count && is_before(m, m->heap[child + 1], m->heap[child]);
        if (!is_before(m, m->heap[child], place))
            break;
        m->heap[at] = m->heap[child];
    }
    m->heap[at] = place;
}

static void sift_up(struct marks *m, u32 at)
{
    u32 place = m->heap[at];
    for (; at && is_before(m, place, m->heap[(at - 1) / 2]); at = (at - 1) / 2)
        m->heap[at] = m->heap[(at - 1) / 2];
    m->heap[at] = place;
}

static bool begin(struct marks *m, struct err *err)
{
    for (; m->opened < run_thread_count(m->run); m->opened++) {
        if (!refill(m, m->opened, err))
            return false;
        if (m->lanes[m->opened].count) {
            m->heap[m->heap_count] = m->opened;
            sift_up(m, m->heap_count++);
        }
    }
    return true;
}

int marks_next(struct marks *m, const struct mark **mark, struct err *err)
{
    if (!m->opened && !begin(m, err))
        return -1;
    struct lane *lane = m->heap_count ? &m->lanes[m->heap[0]] : NULL;
    if (lane && lane->at == lane->count) { /* the mark given last was its block's last */
        if (!refill(m, m->heap[0], err))
            return -1;
        if (!lane->count)
            m->heap[0] = m->heap[--m->heap_count];
    }
    if (!m->heap_count)
        return 0;
    sift_down(m);
    lane = &m->lanes[m->heap[0]];
    *mark = &lane->rows[lane->at++];
    return 1;
}
