/* SPDX-License-Identifier: BSD-3-Clause
 * Gathering marks (diff/marks.h). */
#include "diff/marks.h"

#include <stdlib.h>

enum { LOOK_LED = MARKS_LED, LOOK_LEADS = MARKS_LEADS, LOOK_WANTED = MARKS_WANTED, LOOK_CALL = 8, LOOK_WATCHED = 16 };

/* One thread's marks of the block at hand. */
struct lane {
    struct mark *rows;
    u32 at, count, capacity;
    u64 position; /* of the next block */
    u32 call_site;
    u64 call_position;
    bool has_passed; /* the last call stands in a block that was passed over, */
    u64 passed;      /* which begins here */
};

/* A lane's next mark. */
struct next {
    u64 seq;
    u32 place;
};

/* Wanted events of a block. */
struct picked {
    u32 *offsets;
    struct journal_picked of;
    u32 count, capacity;
};

struct marks {
    struct run *run;
    const struct site_fact *facts;
    const struct marks_watch *watch;
    u8 *look; /* by site: what it is looked at for */
    struct journal_picks picks;
    struct lane *lanes; /* by place */
    struct next *heap;  /* lanes that have marks, the least seq first */
    u32 heap_count;
    u32 opened;    /* lanes that were begun */
    bool is_given; /* a mark is in use: the first lane's */
    u8 *letters;   /* look of the block's own sites, */
    u8 *is_looked; /* whether they are looked at by themselves, */
    u32 letter_capacity;
    struct marks_offsets found; /* and the events that are */
    u32 *watched;               /* offsets that the watch wants */
    struct picked picked;       /* all that are wanted */
    bool is_timeless;
};

static void choose_values(const struct site_fact *fact, u8 *values)
{
    const struct event_type *type = event_type(fact->kind);
    for (u32 i = 0; i < MARK_VALUES; i++)
        values[i] = (u8)i;
    if (fact->kind == EVENT_call) {
        memset(values, JOURNAL_NO_VALUE, MARK_VALUES);
        values[MARK_OBJECT] = fact->role.argument;
        values[MARK_A0] = F_call_a0;
        values[MARK_TEXT] = F_call_text;
        values[MARK_A6] = F_call_a6;
    }
    for (u32 i = F_return_out0 + 1; fact->kind == EVENT_return && i < MARK_VALUES; i++)
        values[i] = JOURNAL_NO_VALUE;     /* nobody asks, and there are many */
    for (u32 i = 0; i < MARK_VALUES; i++) /* a text of the event's own is no value */
        if (!type || (i < type->field_count && type->fields[i].meaning == MEANING_TEXT))
            values[i] = JOURNAL_NO_VALUE;
}

static struct journal_picks choose_picks(struct run *run, const struct site_fact *facts)
{
    u32 sites = run_site_count(run);
    u8 *values = malloc((size_t)sites * MARK_VALUES + 1);
    CHECK(values, "out of memory");
    for (u32 i = 0; i < sites; i++)
        choose_values(&facts[i], values + (size_t)i * MARK_VALUES);
    struct journal_picks picks = run_picks(run, MARK_VALUES, values);
    free(values);
    return picks;
}

struct marks *marks_open(struct run *run, const struct site_fact *facts, const u8 *wanted,
                         const struct marks_watch *watch)
{
    u32 sites = run_site_count(run), threads = run_thread_count(run);
    struct marks *m = calloc(1, sizeof *m);
    CHECK(m, "out of memory");
    *m = (struct marks){.run = run, .facts = facts, .watch = watch, .look = calloc(sites + 1u, 1)};
    m->lanes = calloc(threads + 1u, sizeof *m->lanes);
    m->heap = malloc((threads + 1u) * sizeof *m->heap);
    CHECK(m->look && m->lanes && m->heap, "out of memory");
    for (u32 i = 0; i < sites; i++)
        m->look[i] =
            wanted[i] | (facts[i].kind == EVENT_call ? LOOK_CALL : 0) | (watch && watch->sites[i] ? LOOK_WATCHED : 0);
    for (u32 i = 0; i < threads; i++)
        m->lanes[i].call_site = UINT32_MAX;
    m->picks = choose_picks(run, facts);
    return m;
}

void marks_leave_times(struct marks *m)
{
    m->is_timeless = true;
}

static void forget_picked(struct picked *p)
{
    free(p->offsets);
    free(p->of.seqs);
    free(p->of.times);
    free(p->of.values);
    free(p->of.missing);
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
    free(m->letters);
    free(m->is_looked);
    free(m->found.rows);
    free(m->watched);
    forget_picked(&m->picked);
    free(m);
}

/* ---- One block. ---- */

/* What the block's own sites are looked at for; all of it or-ed. */
static u8 look_at_letters(struct marks *m, const struct run_block *block)
{
    u8 all = 0;
    if (m->letter_capacity < block->site_count) {
        m->letter_capacity = block->site_count;
        m->letters = realloc(m->letters, block->site_count);
        m->is_looked = realloc(m->is_looked, block->site_count);
        CHECK(m->letters && m->is_looked, "out of memory");
    }
    for (u32 i = 0; i < block->site_count; i++) {
        all |= m->letters[i] = m->look[block->sites[i]];
        m->is_looked[i] = (m->letters[i] & (LOOK_WANTED | LOOK_LED | LOOK_WATCHED)) != 0;
    }
    return all;
}

static void make_picked_room(struct picked *p, u32 count)
{
    p->capacity = count;
    p->offsets = realloc(p->offsets, count * sizeof *p->offsets);
    p->of.seqs = realloc(p->of.seqs, count * sizeof *p->of.seqs);
    p->of.times = realloc(p->of.times, count * sizeof *p->of.times);
    p->of.values = realloc(p->of.values, count * MARK_VALUES * sizeof *p->of.values);
    p->of.missing = realloc(p->of.missing, count * sizeof *p->of.missing);
    CHECK(p->offsets && p->of.seqs && p->of.times && p->of.values && p->of.missing, "out of memory");
}

static void make_room(struct marks *m, u32 count)
{
    struct picked *p = &m->picked;
    if (p->capacity >= count)
        return;
    m->watched = realloc(m->watched, count * sizeof *m->watched);
    m->found.rows = realloc(m->found.rows, (count + 1) * sizeof *m->found.rows);
    CHECK(m->watched && m->found.rows, "out of memory");
    make_picked_room(p, count);
}

static struct mark *add_row(struct lane *lane)
{
    if (lane->count == lane->capacity) {
        lane->capacity = lane->capacity ? lane->capacity * 2 : 64;
        lane->rows = realloc(lane->rows, lane->capacity * sizeof *lane->rows);
        CHECK(lane->rows, "out of memory");
    }
    return &lane->rows[lane->count++];
}

/* The last call of a block that was passed over, now that it matters. */
static bool find_passed_call(struct marks *m, u32 place, struct err *err)
{
    struct lane *lane = &m->lanes[place];
    struct run_span span;
    lane->has_passed = false;
    if (!run_read_some(m->run, place, lane->passed, COLUMN_SITE, &span, err))
        return false;
    for (u32 i = span.count; i--;)
        if (m->look[span.site[i]] & LOOK_CALL) {
            lane->call_site = span.site[i];
            lane->call_position = span.position + i;
            break;
        }
    return true;
}

/* The last call before `end`, from `begin` on; UINT32_MAX: none. */
static u32 find_call(const struct marks *m, const struct run_block *block, u32 begin, u32 end)
{
    while (end > begin)
        if (m->letters[block->letters[--end]] & LOOK_CALL)
            return end;
    return UINT32_MAX;
}

static void add_mark(struct marks *m, u32 place, const struct run_block *block, u32 i, u32 call)
{
    struct lane *lane = &m->lanes[place];
    u32 site = block->sites[block->letters[i]];
    bool is_here = call != UINT32_MAX;
    u64 back = is_here ? i - call : block->position + i - lane->call_position;
    struct mark *mark = add_row(lane);
    mark->position = block->position + i;
    mark->place = place;
    mark->site = site;
    mark->call_site = is_here ? block->sites[block->letters[call]] : lane->call_site;
    mark->call_back = back > UINT32_MAX ? UINT32_MAX : (u32)back;
    mark->kind = m->facts[site].kind;
}

/* call: the last one in this block. */
static bool is_led(const struct marks *m, const struct lane *lane, const struct run_block *block, u32 call)
{
    u32 site = call != UINT32_MAX ? block->sites[block->letters[call]] : lane->call_site;
    return site != UINT32_MAX && m->look[site] & LOOK_LEADS;
}

/* The wanted ones of those that were found by their sites. */
static bool scan(struct marks *m, u32 place, const struct run_block *block, struct err *err)
{
    struct lane *lane = &m->lanes[place];
    u32 call = UINT32_MAX, behind = 0; /* the last call in this block, and where to look for the next */
    for (u32 n = 0; n < m->found.count; n++) {
        u32 i = m->found.rows[n];
        if (!(m->letters[block->letters[i]] & (LOOK_WANTED | LOOK_LED)))
            continue;
        u32 later = find_call(m, block, behind, i + 1);
        call = later != UINT32_MAX ? later : call;
        behind = i + 1;
        if (call == UINT32_MAX && lane->has_passed && !find_passed_call(m, place, err))
            return false;
        if (m->letters[block->letters[i]] & LOOK_WANTED || is_led(m, lane, block, call))
            add_mark(m, place, block, i, call);
    }
    u32 last = find_call(m, block, behind, block->count);
    last = last != UINT32_MAX ? last : call;
    if (last == UINT32_MAX)
        return true;
    lane->has_passed = false;
    lane->call_site = block->sites[block->letters[last]];
    lane->call_position = block->position + last;
    return true;
}

/* The lane's and the watch's offsets in one list. */
static void unite(struct marks *m, const struct lane *lane, u64 position, u32 watched)
{
    struct picked *p = &m->picked;
    u32 i = 0, k = 0;
    for (p->count = 0; i < lane->count || k < watched; p->count++) {
        u32 own = i < lane->count ? (u32)(lane->rows[i].position - position) : UINT32_MAX;
        u32 other = k < watched ? m->watched[k] : UINT32_MAX;
        p->offsets[p->count] = own < other ? own : other;
        i += own <= other;
        k += other <= own;
    }
}

static void fill_mark(struct mark *mark, const struct journal_picked *picked, u32 n)
{
    mark->seq = picked->seqs[n];
    mark->time = picked->times ? picked->times[n] : 0;
    mark->missing = picked->missing[n];
    memcpy(mark->v, picked->values + (size_t)n * MARK_VALUES, sizeof mark->v);
}

static void fill(struct marks *m, struct lane *lane, const struct run_block *block, const struct journal_picked *of)
{
    const struct picked *p = &m->picked;
    for (u32 n = 0, at = 0; n < lane->count; n++) {
        struct mark *mark = &lane->rows[n];
        u32 offset = (u32)(mark->position - block->position);
        while (p->offsets[at] != offset)
            at++;
        fill_mark(mark, of, at);
    }
}

static bool read_block(struct marks *m, u32 place, struct run_block *block, struct err *err)
{
    struct lane *lane = &m->lanes[place];
    u8 look = look_at_letters(m, block);
    if (!m->watch && !(look & (LOOK_WANTED | LOOK_LED))) {
        lane->passed = look & LOOK_CALL ? block->position : lane->passed;
        lane->has_passed |= (look & LOOK_CALL) != 0;
        return true;
    }
    make_room(m, block->count);
    if (!run_block_read(m->run, block, err))
        return false;
    m->found.count = journal_letters_find(block->letters, block->count, m->is_looked, m->found.rows);
    if (!scan(m, place, block, err))
        return false;
    u32 watched = m->watch ? m->watch->scan(m->watch->context, place, block, m->found, m->watched) : 0;
    if (!lane->count && !watched)
        return true;
    unite(m, lane, block->position, watched);
    struct journal_picked of = m->picked.of;
    of.times = m->is_timeless ? NULL : of.times;
    if (!run_block_pick(m->run, &m->picks, m->picked.offsets, m->picked.count, &of, err))
        return false;
    fill(m, lane, block, &of);
    if (watched)
        m->watch->take(m->watch->context, block, m->picked.offsets, &of);
    return true;
}

/* Goes on to the thread's next block that has marks; none are left then: count 0. */
static bool refill(struct marks *m, u32 place, struct err *err)
{
    struct lane *lane = &m->lanes[place];
    struct run_block block;
    lane->at = lane->count = 0;
    do {
        if (!run_block_open(m->run, place, lane->position, &block, err) ||
            (block.count && !read_block(m, place, &block, err)))
            return false;
        lane->position = block.position + block.count;
    } while (block.count && !lane->count);
    return true;
}

/* ---- Merging. ---- */

static bool is_before(struct next x, struct next y)
{
    return x.seq < y.seq || (x.seq == y.seq && x.place < y.place);
}

static struct next next_of(const struct marks *m, u32 place)
{
    const struct lane *lane = &m->lanes[place];
    return (struct next){lane->rows[lane->at].seq, place};
}

static void sift_down(struct marks *m, struct next moved)
{
    u32 at = 0;
    for (u32 child; (child = 2 * at + 1) < m->heap_count; at = child) {
        child += child + 1 < m->heap_count && is_before(m->heap[child + 1], m->heap[child]);
        if (!is_before(m->heap[child], moved))
            break;
        m->heap[at] = m->heap[child];
    }
    m->heap[at] = moved;
}

static void sift_up(struct marks *m, u32 at)
{
    struct next moved = m->heap[at];
    for (; at && is_before(moved, m->heap[(at - 1) / 2]); at = (at - 1) / 2)
        m->heap[at] = m->heap[(at - 1) / 2];
    m->heap[at] = moved;
}

static bool begin(struct marks *m, struct err *err)
{
    for (; m->opened < run_thread_count(m->run); m->opened++) {
        if (!refill(m, m->opened, err))
            return false;
        if (m->lanes[m->opened].count) {
            m->heap[m->heap_count] = next_of(m, m->opened);
            sift_up(m, m->heap_count++);
        }
    }
    return true;
}

/* The mark that was given last makes way for its lane's next one. */
static bool step(struct marks *m, struct err *err)
{
    u32 place = m->heap[0].place;
    struct lane *lane = &m->lanes[place];
    if (++lane->at == lane->count && !refill(m, place, err)) {
        m->heap_count = 0;
        return false;
    }
    struct next moved = lane->count ? next_of(m, place) : m->heap[--m->heap_count];
    if (m->heap_count)
        sift_down(m, moved);
    return true;
}

int marks_next(struct marks *m, const struct mark **mark, struct err *err)
{
    bool ok = m->is_given ? step(m, err) : begin(m, err);
    m->is_given = ok && m->heap_count;
    if (!ok)
        return -1;
    if (!m->heap_count)
        return 0;
    const struct lane *lane = &m->lanes[m->heap[0].place];
    *mark = &lane->rows[lane->at];
    return 1;
}

/* ---- Some events alone. ---- */

/* Those of the block; returns how many that are, or UINT32_MAX: damage. */
static u32 read_some(struct run *run, const struct site_fact *facts, u32 place, const struct journal_picks *picks,
                     struct picked *p, const u64 *positions, u32 count, struct mark *rows, struct err *err)
{
    struct run_block block;
    if (!run_block_open(run, place, positions[0], &block, err) || !run_block_read(run, &block, err))
        return UINT32_MAX;
    for (p->count = 0; p->count < count && positions[p->count] < block.position + block.count; p->count++)
        p->offsets[p->count] = (u32)(positions[p->count] - block.position);
    if (!run_block_pick(run, picks, p->offsets, p->count, &p->of, err))
        return UINT32_MAX;
    for (u32 i = 0; i < p->count; i++) {
        u32 site = block.sites[block.letters[p->offsets[i]]];
        rows[i] = (struct mark){
            .position = positions[i], .place = place, .site = site, .call_site = UINT32_MAX, .kind = facts[site].kind};
        fill_mark(&rows[i], &p->of, i);
    }
    return p->count;
}

bool marks_at(struct run *run, const struct site_fact *facts, u32 place, const u64 *positions, u32 count,
              struct mark *rows, struct err *err)
{
    struct picked p = {0};
    struct journal_picks picks = choose_picks(run, facts);
    u32 done = 0, more = 0;
    make_picked_room(&p, count + 1);
    for (; done < count && more != UINT32_MAX; done += more)
        more = read_some(run, facts, place, &picks, &p, positions + done, count - done, rows + done, err);
    forget_picked(&p);
    free(picks.values);
    return more != UINT32_MAX;
}
