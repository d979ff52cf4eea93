/* SPDX-License-Identifier: BSD-3-Clause
 * Streams of a run, unpacked block by block when somebody asks; the last few stay (diff/run.h). */
#include "diff/run_streams.h"

#include <stdlib.h>

static void forget_columns(struct column_block *c)
{
    journal_columns_free(&c->columns);
    free(c->keys[0]);
    free(c->keys[1]);
}

static void forget_events(struct event_block *e)
{
    for (u32 kind = 0; kind < EVENT_KINDS; kind++) {
        free(e->kinds[kind].offsets);
        free(e->kinds[kind].events);
    }
    *e = (struct event_block){0};
}

void run_streams_free(struct run *run)
{
    for (u32 i = 0; i < run->thread_count; i++)
        free(run->streams[i].blocks);
    free(run->streams);
    free(run->opened_sites);
    free(run->column_slot);
    for (u32 i = 0; i < RUN_COLUMN_BLOCKS; i++)
        forget_columns(&run->columns[i]);
    for (u32 i = 0; i < RUN_EVENT_BLOCKS; i++)
        forget_events(&run->events[i]);
}

static const struct stream *stream_at(const struct run *run, u32 place)
{
    CHECK(place < run->thread_count, "thread %u of %u", place, run->thread_count);
    return &run->streams[place];
}

static const struct journal_block *block_of(const struct run *run, const struct stream *s, u32 n)
{
    return journal_block_at(run->journal, s->blocks[n]);
}

/* What of a block rows are searched by. */
enum measure { BY_POSITION, BY_KEY, BY_QUIET_KEY, BY_SEQ, BY_TIME, BY_INDEX };

/* The first number behind the block. */
static u64 end_of(const struct journal_block *b, enum measure by)
{
    switch (by) {
    case BY_POSITION:
        return b->position + b->count;
    case BY_KEY:
        return b->keys_before + b->keys;
    case BY_QUIET_KEY:
        return b->quiet_before + b->quiet_keys;
    case BY_SEQ:
        return b->last_seq + 1;
    case BY_TIME:
        return b->last_time + 1;
    default:
        return b->last_index + 1ULL;
    }
}

/* The first of the thread's blocks that ends behind the number; stream's count: none. */
static u32 find_block(const struct run *run, const struct stream *s, enum measure by, u64 number)
{
    u32 low = 0, high = s->count;
    while (low < high) {
        u32 middle = low + (high - low) / 2;
        if (end_of(block_of(run, s, middle), by) <= number)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void map_sites(const struct run *run, struct journal_columns *c)
{
    for (u32 i = 0; i < c->count; i++)
        c->site[i] = run->site_of[c->site[i]];
}

/* Who asks for an event that cannot be read may do without it, but an answer must not. */
static bool note_damage(struct run *run, bool ok, const struct err *err)
{
    if (!ok && !run->damage.text[0])
        run->damage = *err;
    return ok;
}

bool run_is_whole(const struct run *run, struct err *err)
{
    *err = run->damage;
    return !run->damage.text[0];
}

/* The block's columns; NULL: damage. */
static struct column_block *columns_of(struct run *run, u32 block, u32 wanted, struct err *err)
{
    struct column_block *found = &run->columns[run->column_slot[block]];
    if (!found->used || found->block != block) {
        for (u32 i = 0; i < RUN_COLUMN_BLOCKS; i++)
            found = run->columns[i].stamp < found->stamp ? &run->columns[i] : found;
        run->column_slot[block] = (u8)(found - run->columns);
        found->block = block;
        found->used = true;
        found->have = 0;
        found->has_keys[0] = found->has_keys[1] = false;
    }
    found->stamp = ++run->stamp;
    u32 missing = wanted & ~found->have;
    if (!missing)
        return found;
    if (!note_damage(run, journal_block_columns(run->journal, block, missing, &found->columns, err), err)) {
        found->used = false;
        return NULL;
    }
    if (missing & COLUMN_SITE)
        map_sites(run, &found->columns);
    found->have |= missing;
    return found;
}

static bool is_next(struct run *run, const struct journal_block *b, u64 position, struct err *err)
{
    bool ok = b->position <= position ||
              err_set(err, "%s: thread %u: events at positions %llu to %llu are missing", run->path, b->thread,
                      (unsigned long long)position, (unsigned long long)b->position - 1);
    return note_damage(run, ok, err);
}

bool run_read_some(struct run *run, u32 place, u64 position, u32 wanted, struct run_span *span, struct err *err)
{
    const struct stream *s = stream_at(run, place);
    u32 n = find_block(run, s, BY_POSITION, position);
    *span = (struct run_span){.position = position};
    if (n == s->count)
        return true;
    const struct journal_block *b = block_of(run, s, n);
    if (!is_next(run, b, position, err)) {
        span->position = b->position;
        return false;
    }
    const struct column_block *c = columns_of(run, s->blocks[n], wanted, err);
    if (!c) {
        span->position = b->position + b->count;
        return false;
    }
    u64 from = position - b->position;
    const struct journal_columns *columns = &c->columns;
    *span = (struct run_span){position,
                              b->count - (u32)from,
                              columns->site ? columns->site + from : NULL,
                              columns->index ? columns->index + from : NULL,
                              columns->time ? columns->time + from : NULL,
                              columns->seq ? columns->seq + from : NULL};
    return true;
}

u32 run_index(struct run *run, u32 place, u64 position)
{
    const struct stream *s = stream_at(run, place);
    u32 n = find_block(run, s, BY_POSITION, position);
    const struct journal_block *b = n < s->count ? block_of(run, s, n) : NULL;
    struct run_span span;
    struct err err;
    if (!b || b->position > position)
        return 0;
    /* Indexes increase, so such a block has no hole. */
    if (b->last_index - b->first_index == b->count - 1)
        return b->first_index + (u32)(position - b->position);
    return run_read_some(run, place, position, COLUMN_INDEX, &span, &err) && span.count ? span.index[0] : 0;
}

bool run_read(struct run *run, u32 place, u64 position, struct run_span *span, struct err *err)
{
    return run_read_some(run, place, position, COLUMNS_ALL, span, err);
}

struct journal_picks run_picks(const struct run *run, u32 width, const u8 *by_site)
{
    u32 count = journal_site_count(run->journal);
    struct journal_picks picks = {width, malloc((size_t)count * width + 1)};
    CHECK(picks.values, "out of memory");
    for (u32 site = 0; site < count; site++)
        memcpy(picks.values + (size_t)site * width, by_site + (size_t)run->site_of[site] * width, width);
    return picks;
}

u8 *run_untold(const struct run *run, const u8 *values)
{
    u8 *untold = calloc(run->site_count + 1u, 1);
    CHECK(untold, "out of memory");
    for (u32 i = 0; i < journal_site_count(run->journal); i++) {
        const struct journal_site *site = journal_site(run->journal, i);
        u8 value = values[run->site_of[i]];
        if (value != JOURNAL_NO_VALUE && (value >= site->count || site->missing >> value & 1))
            untold[run->site_of[i]] = 1;
    }
    return untold;
}

/* ---- A block held open. ---- */

bool run_block_open(struct run *run, u32 place, u64 position, struct run_block *block, struct err *err)
{
    const struct stream *s = stream_at(run, place);
    u32 n = find_block(run, s, BY_POSITION, position);
    *block = (struct run_block){.position = position};
    if (n == s->count)
        return true;
    if (!is_next(run, block_of(run, s, n), position, err)) {
        block->position = block_of(run, s, n)->position;
        return false;
    }
    block->position = block_of(run, s, n)->position;
    run->opened = journal_block_open(run->journal, s->blocks[n], err);
    if (!note_damage(run, run->opened, err))
        return false;
    if (run->opened_capacity < run->opened->site_count) {
        run->opened_capacity = run->opened->site_count;
        run->opened_sites = realloc(run->opened_sites, run->opened_capacity * sizeof *run->opened_sites);
        CHECK(run->opened_sites, "out of memory");
    }
    for (u32 i = 0; i < run->opened->site_count; i++)
        run->opened_sites[i] = run->site_of[run->opened->sites[i]];
    block->count = run->opened->count;
    block->site_count = run->opened->site_count;
    block->is_dense = run->opened->is_dense;
    block->first_index = run->opened->first_index;
    block->sites = run->opened_sites;
    return true;
}

bool run_block_read(struct run *run, struct run_block *block, struct err *err)
{
    bool ok = note_damage(run, journal_opened_read(run->journal, err), err);
    block->letters = run->opened->letters;
    return ok;
}

bool run_block_pick(struct run *run, const struct journal_picks *picks, const u32 *offsets, u32 count,
                    const struct journal_picked *out, struct err *err)
{
    return note_damage(run, journal_opened_pick(run->journal, picks, offsets, count, out, err), err);
}

/* ---- Counts. ---- */

/* The block's own counts; *has_news: it holds a site without a first. */
static bool count_whole(struct run *run, u32 block, u64 *scratch, u64 *counts, const struct run_first *firsts,
                        bool *has_news, struct err *err)
{
    u32 sites = journal_site_count(run->journal);
    memset(scratch, 0, sites * sizeof *scratch);
    if (!note_damage(run, journal_block_sites(run->journal, block, scratch, err), err))
        return false;
    for (u32 i = 0; i < sites; i++) {
        u32 site = run->site_of[i];
        counts[site] += scratch[i];
        *has_news = *has_news || (scratch[i] && firsts && firsts[site].position == UINT64_MAX);
    }
    return true;
}

/* Event by event: counts (or NULL) and firsts (or NULL). */
static bool count_events(struct run *run, u32 place, u64 from, u64 to, u64 *counts, struct run_first *firsts,
                         struct err *err)
{
    struct run_span span;
    u32 wanted = COLUMN_SITE | (firsts ? COLUMN_TIME | COLUMN_INDEX : 0);
    if (!run_read_some(run, place, from, wanted, &span, err))
        return false;
    for (u32 i = 0; i < span.count && from + i < to; i++) {
        u32 site = span.site[i];
        if (counts)
            counts[site]++;
        if (firsts && firsts[site].position == UINT64_MAX)
            firsts[site] = (struct run_first){from + i, span.time[i], span.index[i]};
    }
    return true;
}

bool run_count(struct run *run, u32 place, u64 from, u64 to, u64 *counts, struct run_first *firsts, struct err *err)
{
    const struct stream *s = stream_at(run, place);
    u64 *scratch = malloc((journal_site_count(run->journal) + 1u) * sizeof *scratch);
    bool ok = true;
    CHECK(scratch, "out of memory");
    for (u32 n = find_block(run, s, BY_POSITION, from); ok && n < s->count && from < to; n++) {
        const struct journal_block *b = block_of(run, s, n);
        u64 end = b->position + b->count;
        bool is_whole = b->position == from && end <= to, has_news = false;
        ok = is_next(run, b, from, err) &&
             (!is_whole || count_whole(run, s->blocks[n], scratch, counts, firsts, &has_news, err));
        if (ok && !is_whole)
            ok = count_events(run, place, from, to, counts, firsts, err);
        else if (ok && has_news)
            ok = count_events(run, place, from, to, NULL, firsts, err);
        from = end;
    }
    free(scratch);
    return ok;
}

/* ---- Whole events. ---- */

static struct event_block *event_block_of(struct run *run, u32 block)
{
    struct event_block *oldest = &run->events[0];
    for (u32 i = 0; i < RUN_EVENT_BLOCKS; i++) {
        if (run->events[i].used && run->events[i].block == block)
            return &run->events[i];
        oldest = run->events[i].stamp < oldest->stamp ? &run->events[i] : oldest;
    }
    forget_events(oldest);
    oldest->block = block;
    oldest->used = true;
    return oldest;
}

/* Most who ask for an event ask for few of a block, all close by, and making the others would cost more than finding
 * these. Who asks for one further off gets all at once. */
enum { STRETCH = 4096 };

static bool read_kind(struct run *run, struct event_block *b, u8 kind, u32 offset, struct err *err)
{
    struct event_stretch *s = &b->kinds[kind];
    u32 all = journal_block_at(run->journal, b->block)->count, wide = s->to ? all : STRETCH;
    s->from = offset > wide ? offset - wide : 0;
    s->to = all - offset > wide ? offset + wide : all;
    s->events = realloc(s->events, (s->to - s->from) * sizeof *s->events);
    s->offsets = realloc(s->offsets, (s->to - s->from) * sizeof *s->offsets);
    CHECK(s->events && s->offsets, "out of memory");
    struct journal_choice choice = {1ULL << kind, s->from, s->to};
    if (note_damage(run, journal_block_select(run->journal, b->block, choice, s->events, s->offsets, &s->count, err),
                    err))
        return true;
    forget_events(b);
    return false;
}

bool run_event(struct run *run, u32 place, u64 position, struct event *event, struct err *err)
{
    const struct stream *s = stream_at(run, place);
    struct run_span span;
    if (!run_read_some(run, place, position, COLUMN_SITE, &span, err))
        return false;
    if (!span.count)
        return err_set(err, "%s: thread %u has no event at position %llu", run->path, run->threads[place].thread,
                       (unsigned long long)position);
    u32 block = s->blocks[find_block(run, s, BY_POSITION, position)];
    u8 kind = run->sites[span.site[0]].kind;
    struct event_block *b = event_block_of(run, block);
    b->stamp = ++run->stamp;
    const struct event_stretch *stretch = &b->kinds[kind];
    u32 offset = (u32)(position - journal_block_at(run->journal, block)->position), low = 0;
    if ((offset < stretch->from || offset >= stretch->to) && !read_kind(run, b, kind, offset, err))
        return false;
    for (u32 high = stretch->count; low < high;) {
        u32 middle = low + (high - low) / 2;
        if (stretch->offsets[middle] < offset)
            low = middle + 1;
        else
            high = middle;
    }
    *event = stretch->events[low];
    return true;
}

/* ---- Places. ---- */

static u64 value_at(const struct run_span *span, enum measure by, u32 i)
{
    return by == BY_SEQ ? span->seq[i] : by == BY_TIME ? span->time[i] : span->index[i];
}

/* The first position whose value is at least that; behind the last where there is none, or damage. */
static u64 position_at(struct run *run, u32 place, enum measure by, u32 column, u64 least)
{
    const struct stream *s = stream_at(run, place);
    u32 n = find_block(run, s, by, least ? least - 1 : 0);
    struct run_span span;
    struct err err;
    for (; n < s->count; n++) {
        const struct journal_block *b = block_of(run, s, n);
        if (end_of(b, by) <= least)
            continue;
        if (!run_read_some(run, place, b->position, column, &span, &err))
            continue;
        u32 low = 0, high = span.count;
        while (low < high) {
            u32 middle = low + (high - low) / 2;
            if (value_at(&span, by, middle) < least)
                low = middle + 1;
            else
                high = middle;
        }
        return b->position + low;
    }
    return run->threads[place].events;
}

u64 run_position_at_time(struct run *run, u32 place, u64 time)
{
    return position_at(run, place, BY_TIME, COLUMN_TIME, time);
}
u64 run_position_at_seq(struct run *run, u32 place, u64 seq)
{
    return position_at(run, place, BY_SEQ, COLUMN_SEQ, seq);
}
u64 run_position_at_index(struct run *run, u32 place, u32 index)
{
    return position_at(run, place, BY_INDEX, COLUMN_INDEX, index);
}

/* ---- Keys. ---- */

static void gather_keys(const struct run *run, struct column_block *c, bool quiet)
{
    c->keys[quiet] = realloc(c->keys[quiet], (c->columns.count + 1u) * sizeof **c->keys);
    CHECK(c->keys[quiet], "out of memory");
    u32 count = 0;
    for (u32 i = 0; i < c->columns.count; i++) {
        const struct run_site *site = &run->sites[c->columns.site[i]];
        c->keys[quiet][count] = i;
        count += site->is_key && !(quiet && (site->noise || site->declared));
    }
    c->key_count[quiet] = count;
    c->has_keys[quiet] = true;
}

u64 run_keys(struct run *run, u32 place, u64 ordinal, bool quiet, u32 *sites, u64 *positions, u64 capacity,
             struct err *err)
{
    const struct stream *s = stream_at(run, place);
    u64 found = 0;
    err->text[0] = 0;
    for (u32 n = find_block(run, s, quiet ? BY_QUIET_KEY : BY_KEY, ordinal); n < s->count && found < capacity; n++) {
        const struct journal_block *b = block_of(run, s, n);
        struct column_block *c = columns_of(run, s->blocks[n], COLUMN_SITE, err);
        if (!c)
            break;
        if (!c->has_keys[quiet])
            gather_keys(run, c, quiet);
        u64 before = quiet ? b->quiet_before : b->keys_before;
        for (u64 i = ordinal + found - before; i < c->key_count[quiet] && found < capacity; i++) {
            sites[found] = c->columns.site[c->keys[quiet][i]];
            positions[found++] = b->position + c->keys[quiet][i];
        }
    }
    return found;
}

u64 run_key_mark(struct run *run, u32 place, u64 n, bool quiet)
{
    const struct stream *s = stream_at(run, place);
    if (!n)
        return 0;
    u64 key = n * RUN_MARK - 1; /* the mark stands in the block of the last key it covers */
    u32 at = find_block(run, s, quiet ? BY_QUIET_KEY : BY_KEY, key);
    CHECK(at < s->count, "mark %llu of %llu", (unsigned long long)n,
          (unsigned long long)run->threads[place].keys / RUN_MARK);
    const struct journal_block *b = block_of(run, s, at);
    u64 all = (b->keys_before + b->keys) / RUN_MARK - b->keys_before / RUN_MARK;
    u64 first = (quiet ? b->quiet_before : b->keys_before) / RUN_MARK, place_in = n - 1 - first + (quiet ? all : 0);
    return place_in < b->mark_count ? b->marks[place_in] : 0;
}

u64 run_bytes_read(const struct run *run)
{
    return journal_bytes_read(run->journal);
}
