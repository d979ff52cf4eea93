/* SPDX-License-Identifier: BSD-3-Clause
 * Opening a run: its clock, its sites, its threads, from the journal's index and from the few events that tell of
 * threads (diff/run.h). */
#include "diff/run_streams.h"

#include <stdlib.h>

static u32 thread_add(struct run *run, u32 thread)
{
    u32 place = run_thread_place(run, thread);
    if (place != UINT32_MAX)
        return place;
    run->threads = realloc(run->threads, (run->thread_count + 1) * sizeof *run->threads);
    run->streams = realloc(run->streams, (run->thread_count + 1) * sizeof *run->streams);
    CHECK(run->threads && run->streams, "out of memory");
    for (place = run->thread_count; place && run->threads[place - 1].thread > thread; place--) {
        run->threads[place] = run->threads[place - 1];
        run->streams[place] = run->streams[place - 1];
    }
    run->threads[place] = (struct run_thread){
        .thread = thread, .parent = UINT32_MAX, .created_seq = UINT64_MAX, .first_time = UINT64_MAX};
    run->streams[place] = (struct stream){0};
    run->thread_count++;
    return place;
}

u32 run_thread_place(const struct run *run, u32 thread)
{
    u32 low = 0, high = run->thread_count;
    while (low < high) {
        u32 middle = low + (high - low) / 2;
        if (run->threads[middle].thread < thread)
            low = middle + 1;
        else
            high = middle;
    }
    return low < run->thread_count && run->threads[low].thread == thread ? low : UINT32_MAX;
}

/* ---- The index. ---- */

static void add_block(struct run *run, u32 i)
{
    const struct journal_block *b = journal_block_at(run->journal, i);
    u32 place = thread_add(run, b->thread);
    struct run_thread *t = &run->threads[place];
    struct stream *s = &run->streams[place];
    if ((s->count & (s->count - 1)) == 0) {
        s->blocks = realloc(s->blocks, (s->count ? 2 * s->count : 1) * sizeof *s->blocks);
        CHECK(s->blocks, "out of memory");
    }
    s->blocks[s->count++] = i;
    t->first_seq = t->events ? t->first_seq : b->first_seq;
    t->last_seq = b->last_seq;
    t->first_time = b->first_time < t->first_time ? b->first_time : t->first_time;
    t->last_time = b->last_time > t->last_time ? b->last_time : t->last_time;
    t->events = b->position + b->count;
    t->keys = b->keys_before + b->keys;
    t->quiet_keys = b->quiet_before + b->quiet_keys;
}

static void note_create(struct run *run, const struct event *e)
{
    if (!event_tells(e, F_thread_create_child))
        return;
    u32 place = thread_add(run, (u32)e->v[F_thread_create_child]); /* which moves the table */
    struct run_thread *t = &run->threads[place];
    t->created = true;
    t->created_seq = e->seq;
    t->parent = e->thread; /* an id until all threads are known */
    t->entry = (u32)e->v[F_thread_create_entry];
    t->lineage = e->v[F_thread_create_lineage];
    t->ordinal = (u32)e->v[F_thread_create_ordinal];
    t->context = e->v[F_thread_create_context];
    t->stack = e->v[F_thread_create_stack];
    t->flags = e->v[F_thread_create_flags];
    t->hsid = e->v[F_thread_create_hsid];
    for (u32 i = 0; i < EVENT_FIELDS_MAX; i++)
        t->told |= (u16)(event_tells(e, i) << i);
    t->spawn_lr = e->lr;
    t->spawn_op = e->op;
}

static void note_event(struct run *run, const struct event *e)
{
    struct run_thread *t = &run->threads[run_thread_place(run, e->thread)];
    if (e->kind == EVENT_thread_create) {
        note_create(run, e);
    } else if (e->kind == EVENT_thread_start) {
        t->started = true;
        t->entry = (u32)e->v[F_thread_start_entry];
        t->lineage = e->v[F_thread_start_lineage];
    } else {
        t->exited = true;
        t->tells_exit_code = event_tells(e, F_thread_exit_code);
        t->exit_code = e->v[F_thread_exit_code];
    }
}

/* The events of a block that tell of threads. */
static bool read_landmarks(struct run *run, u32 i, u32 count, struct err *err)
{
    const struct journal_choice landmarks = {.kinds = 1ULL << EVENT_thread_create | 1ULL << EVENT_thread_start |
                                                      1ULL << EVENT_thread_exit};
    struct event *events = malloc(count * sizeof *events);
    CHECK(events, "out of memory");
    bool ok = journal_block_select(run->journal, i, landmarks, events, NULL, &count, err);
    for (u32 n = 0; ok && n < count; n++)
        note_event(run, &events[n]);
    free(events);
    return ok;
}

static bool read_block(struct run *run, u32 i, u64 *counts, struct err *err)
{
    struct journal_reader *r = run->journal;
    u64 landmarks = 0;
    memset(counts, 0, journal_site_count(r) * sizeof *counts);
    if (!journal_block_sites(r, i, counts, err))
        return false;
    for (u32 site = 0; site < journal_site_count(r); site++) {
        u8 kind = journal_site(r, site)->kind;
        run->sites[run->site_of[site]].count += counts[site];
        if (kind == EVENT_thread_create || kind == EVENT_thread_start || kind == EVENT_thread_exit)
            landmarks += counts[site];
    }
    return !landmarks || read_landmarks(run, i, (u32)landmarks, err);
}

static bool read_blocks(struct run *run, struct err *err)
{
    u64 *counts = calloc(journal_site_count(run->journal) + 1u, sizeof *counts);
    bool ok = true;
    run->column_slot = calloc(journal_block_count(run->journal) + 1u, 1);
    CHECK(counts && run->column_slot, "out of memory");
    for (u32 i = 0; i < journal_block_count(run->journal); i++)
        add_block(run, i);
    for (u32 i = 0; ok && i < journal_block_count(run->journal); i++)
        ok = read_block(run, i, counts, err);
    free(counts);
    return ok;
}

/* Parents' ids become places. */
static void finish_threads(struct run *run)
{
    for (u32 i = 0; i < run->thread_count; i++) {
        struct run_thread *t = &run->threads[i];
        t->parent = t->created ? run_thread_place(run, t->parent) : UINT32_MAX;
        t->first_time = t->events ? t->first_time : 0;
    }
}

static void read_clock(struct run *run)
{
    const char *name = journal_get(run->journal, "clock.name");
    run->clock = (struct run_clock){name ? name : "tick", name ? 0 : 50000000, 1};
    journal_get_u64(run->journal, "clock.hz", &run->clock.hz);
    journal_get_u64(run->journal, "clock.quantum", &run->clock.quantum);
}

struct run *run_open(const char *path, struct err *err)
{
    struct run *run = calloc(1, sizeof *run);
    CHECK(run, "out of memory");
    run->path = strdup(path);
    CHECK(run->path, "out of memory");
    run->journal = journal_open(path, err);
    if (run->journal)
        run_sites_make(run);
    if (!run->journal || !read_blocks(run, err)) {
        run_close(run);
        return NULL;
    }
    read_clock(run);
    finish_threads(run);
    return run;
}

void run_close(struct run *run)
{
    if (!run)
        return;
    run_streams_free(run);
    journal_close(run->journal);
    free(run->threads);
    free(run->sites);
    free(run->site_of);
    free(run->path);
    free(run);
}

const char *run_path(const struct run *run)
{
    return run->path;
}
struct journal_reader *run_journal(struct run *run)
{
    return run->journal;
}
const struct run_clock *run_clock(const struct run *run)
{
    return &run->clock;
}
u32 run_thread_count(const struct run *run)
{
    return run->thread_count;
}

const struct run_thread *run_thread(const struct run *run, u32 place)
{
    CHECK(place < run->thread_count, "thread %u of %u", place, run->thread_count);
    return &run->threads[place];
}

/* ---- Sites: the journal's, those that differ only in how they are kept taken together. ---- */

static u32 site_for(struct run *run, const struct journal_site *site, u32 *slots, u32 mask)
{
    u64 key = journal_site_key(site);
    u32 slot = (u32)((key ^ (u64)site->kind << 56 ^ (u64)site->declared << 55) * 0x9E3779B97F4A7C15u >> 32) & mask;
    for (; slots[slot]; slot = (slot + 1) & mask) {
        const struct run_site *other = &run->sites[slots[slot] - 1];
        if (other->key == key && other->kind == site->kind && other->declared == site->declared)
            return slots[slot] - 1;
    }
    run->sites[run->site_count] = (struct run_site){
        .key = key,
        .op = site->op,
        .lr = site->lr,
        .kind = site->kind,
        .declared = site->declared,
        .is_key = journal_site_is_key(site, false),
        .noise = (u8)noise_class(site->op),
    };
    slots[slot] = ++run->site_count;
    return run->site_count - 1;
}

void run_sites_make(struct run *run)
{
    u32 count = journal_site_count(run->journal), capacity = 64;
    while (capacity < 2 * count)
        capacity *= 2;
    u32 *slots = calloc(capacity, sizeof *slots);
    run->sites = calloc(count + 1u, sizeof *run->sites);
    run->site_of = calloc(count + 1u, sizeof *run->site_of);
    CHECK(slots && run->sites && run->site_of, "out of memory");
    for (u32 i = 0; i < count; i++)
        run->site_of[i] = site_for(run, journal_site(run->journal, i), slots, capacity - 1);
    free(slots);
}

u32 run_site_count(const struct run *run)
{
    return run->site_count;
}

const struct run_site *run_site(const struct run *run, u32 site)
{
    CHECK(site < run->site_count, "site %u of %u", site, run->site_count);
    return &run->sites[site];
}

const char *run_op_name(struct run *run, u32 op)
{
    static char made_up[64];
    return journal_op_name(run->journal, op, made_up, sizeof made_up);
}
