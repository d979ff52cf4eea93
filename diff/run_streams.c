/* SPDX-License-Identifier: BSD-3-Clause
 * Streams and sites of a run (diff/run.h). */
#include "diff/run_streams.h"

#include <stdlib.h>
#include <xxhash.h>

u32 run_site_count(const struct run *run)
{
    return run->site_count;
}

const struct run_site *run_site(const struct run *run, u32 site)
{
    CHECK(site < run->site_count, "site %u of %u", site, run->site_count);
    return &run->sites[site];
}

u32 run_site_add(struct run *run, const struct event *event)
{
    u64 key = (u64)event->lr << 32 | event->op;
    for (u32 i = 0; i < run->site_count; i++)
        if (run->sites[i].key == key && run->sites[i].kind == event->kind) {
            run->sites[i].count++;
            return i;
        }
    const struct event_type *type = event_type(event->kind);
    run->sites = realloc(run->sites, (run->site_count + 1) * sizeof *run->sites);
    CHECK(run->sites, "out of memory");
    run->sites[run->site_count] = (struct run_site){
        .key = key,
        .op = event->op,
        .lr = event->lr,
        .kind = event->kind,
        .is_key = type && type->class == EVENT_CLASS_KEY,
        .noise = (u8)noise_class(event->op),
        .count = 1,
    };
    return run->site_count++;
}

static void *grow(void *data, u64 capacity, size_t size)
{
    data = realloc(data, capacity * size);
    CHECK(data, "out of memory");
    return data;
}

void stream_add(struct stream *s, u32 site, const struct event *event)
{
    if (s->count == s->capacity) {
        s->capacity = s->capacity ? s->capacity * 2 : 256;
        s->site = grow(s->site, s->capacity, sizeof *s->site);
        s->index = grow(s->index, s->capacity, sizeof *s->index);
        s->time = grow(s->time, s->capacity, sizeof *s->time);
        s->seq = grow(s->seq, s->capacity, sizeof *s->seq);
    }
    s->site[s->count] = site;
    s->index[s->count] = event->index;
    s->time[s->count] = event->time;
    s->seq[s->count++] = event->seq;
}

void stream_free(struct stream *s)
{
    free(s->site);
    free(s->index);
    free(s->time);
    free(s->seq);
}

static struct stream *stream_at(struct run *run, u32 place)
{
    CHECK(place < run->thread_count, "thread %u of %u", place, run->thread_count);
    return &run->streams[place];
}

bool run_read(struct run *run, u32 place, u64 position, struct run_span *span, struct err *err)
{
    (void)err;
    const struct stream *s = stream_at(run, place);
    u64 from = position < s->count ? position : s->count;
    u64 count = s->count - from < 65536 ? s->count - from : 65536;
    *span = (struct run_span){from, (u32)count, s->site + from, s->index + from, s->time + from, s->seq + from};
    return true;
}

bool run_event(struct run *run, u32 place, u64 position, struct event *event, struct err *err)
{
    const struct stream *s = stream_at(run, place);
    const struct event *e;
    if (position >= s->count)
        return err_set(err, "%s: thread %u has no event at position %llu", run->path, run->threads[place].thread,
                       (unsigned long long)position);
    struct journal_cursor *c = journal_cursor_thread(run->journal, run->threads[place].thread, s->index[position], err);
    bool found = journal_cursor_next(c, &e, err) > 0;
    if (found)
        *event = *e;
    journal_cursor_close(c);
    return found;
}

/* The first place in an ascending column whose value is at least `least`. */
static u64 search_u64(const u64 *column, u64 count, u64 least)
{
    u64 low = 0;
    while (low < count) {
        u64 middle = low + (count - low) / 2;
        if (column[middle] < least)
            low = middle + 1;
        else
            count = middle;
    }
    return low;
}

u64 run_position_at_time(struct run *run, u32 place, u64 time)
{
    const struct stream *s = stream_at(run, place);
    return search_u64(s->time, s->count, time);
}

u64 run_position_at_seq(struct run *run, u32 place, u64 seq)
{
    const struct stream *s = stream_at(run, place);
    return search_u64(s->seq, s->count, seq);
}

u64 run_position_at_index(struct run *run, u32 place, u32 index)
{
    const struct stream *s = stream_at(run, place);
    u64 low = 0, high = s->count;
    while (low < high) {
        u64 middle = low + (high - low) / 2;
        if (s->index[middle] < index)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_wanted(const struct run_site *site, bool quiet)
{
    return site->is_key && !(quiet && (site->noise || site->declared));
}

u64 run_keys(struct run *run, u32 place, u64 ordinal, bool quiet, u32 *sites, u64 *positions, u64 capacity,
             struct err *err)
{
    const struct stream *s = stream_at(run, place);
    u64 found = 0;
    err->text[0] = 0;
    for (u64 i = 0; i < s->count && found < capacity; i++) {
        if (!is_wanted(&run->sites[s->site[i]], quiet))
            continue;
        if (ordinal) {
            ordinal--;
            continue;
        }
        sites[found] = s->site[i];
        positions[found++] = i;
    }
    return found;
}

u64 run_key_mark(struct run *run, u32 place, u64 n, bool quiet)
{
    const struct stream *s = stream_at(run, place);
    u64 hash = 0, left = n * RUN_MARK;
    for (u64 i = 0; i < s->count && left; i++) {
        const struct run_site *site = &run->sites[s->site[i]];
        if (!is_wanted(site, quiet))
            continue;
        hash = XXH3_64bits_withSeed(&site->key, sizeof site->key, hash);
        left--;
    }
    return hash;
}

u64 run_bytes_read(const struct run *run)
{
    (void)run;
    return 0;
}
