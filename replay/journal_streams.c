/* SPDX-License-Identifier: BSD-3-Clause
 * Events into the blocks of their threads' streams (replay/journal_store.h). */
#include "replay/block_encoder.h"
#include "replay/journal_format.h"
#include "replay/journal_rows.h"
#include "replay/template.h"

#include <stdlib.h>

enum { STORE_TEXT_MAX = 32 << 20 /* of all threads, between cuts */ };

void store_streams_free(struct journal_store *s)
{
    for (u32 i = 0; i < s->stream_count; i++) {
        block_encoder_destroy(s->streams[i].encoder);
        for (u32 c = 0; c < CHAINS; c++)
            key_chain_free(&s->streams[i].chains[c]);
    }
    free(s->cut);
    free(s->streams);
    free(s->slots);
    free(s->sites);
    free(s->site_slots);
}

/* ---- Sites. ---- */

u32 store_site_keep(struct journal_store *s, const struct journal_site *site)
{
    if (s->site_count == s->site_capacity) {
        s->site_capacity = s->site_capacity ? s->site_capacity * 2 : 256;
        s->sites = realloc(s->sites, s->site_capacity * sizeof *s->sites);
        CHECK(s->sites, "out of memory");
    }
    s->sites[s->site_count] =
        (struct store_site_row){*site, journal_site_is_key(site, false), journal_site_is_key(site, true)};
    s->sites[s->site_count].site.body = NULL;
    return s->site_count++;
}

u32 store_site(struct journal_store *s, const struct journal_site *site)
{
    u32 id = store_site_keep(s, site);
    sqlite3_stmt *row = store_row_begin(s, INSERT_SITE);
    if (row) {
        const u64 values[] = {id,
                              site->kind,
                              site->op,
                              site->lr,
                              site->count,
                              site->missing,
                              site->declared,
                              site->template,
                              site_row_hash(id, site)};
        store_bind_numbers(row, values, countof(values));
        store_row_end(s, row);
    }
    return id;
}

static u32 site_slot(const struct journal_store *s, const struct journal_site *site)
{
    u64 key =
        ((u64)site->lr << 32 | site->op) ^ (u64)site->kind << 24 ^ (u64)site->count << 28 ^ (u64)site->missing << 40;
    u32 mask = s->site_slot_count - 1, slot = (u32)(key * 0x9E3779B97F4A7C15u >> 32) & mask;
    for (; s->site_slots[slot]; slot = (slot + 1) & mask) {
        const struct journal_site *other = &s->sites[s->site_slots[slot] - 1].site;
        if (other->lr == site->lr && other->op == site->op && other->kind == site->kind &&
            other->count == site->count && other->missing == site->missing)
            break;
    }
    return slot;
}

static void grow_site_slots(struct journal_store *s)
{
    u32 *old = s->site_slots, count = s->site_slot_count;
    s->site_slot_count = count ? count * 2 : 1024;
    s->site_slots = calloc(s->site_slot_count, sizeof *s->site_slots);
    CHECK(s->site_slots, "out of memory");
    for (u32 i = 0; i < count; i++)
        if (old[i])
            s->site_slots[site_slot(s, &s->sites[old[i] - 1].site)] = old[i];
    free(old);
}

static u32 site_of(struct journal_store *s, const struct event *event)
{
    struct journal_site site = {.kind = event->kind,
                                .count = event->count,
                                .missing = event->missing,
                                .op = event->op,
                                .lr = event->lr,
                                .fields = event->count};
    if (2 * s->site_slots_used >= s->site_slot_count)
        grow_site_slots(s);
    u32 slot = site_slot(s, &site);
    if (!s->site_slots[slot]) {
        s->site_slots[slot] = store_site(s, &site) + 1;
        s->site_slots_used++;
    }
    return s->site_slots[slot] - 1;
}

/* ---- Streams. ---- */

static u32 slot_of(const struct journal_store *s, u32 thread)
{
    u32 slot = thread * 0x9E3779B1u & (s->slot_count - 1);
    while (s->slots[slot] && s->streams[s->slots[slot] - 1].thread != thread)
        slot = (slot + 1) & (s->slot_count - 1);
    return slot;
}

static void streams_grow(struct journal_store *s)
{
    s->slot_count = s->slot_count ? s->slot_count * 2 : 64;
    free(s->slots);
    s->slots = calloc(s->slot_count, sizeof *s->slots);
    CHECK(s->slots, "out of memory");
    for (u32 i = 0; i < s->stream_count; i++)
        s->slots[slot_of(s, s->streams[i].thread)] = i + 1;
}

static struct stream *stream_add(struct journal_store *s, u32 thread)
{
    if (s->stream_count % 32 == 0) {
        s->streams = realloc(s->streams, (s->stream_count + 32) * sizeof *s->streams);
        CHECK(s->streams, "out of memory");
    }
    s->streams[s->stream_count] =
        (struct stream){.thread = thread, .encoder = block_encoder_create(), .first = UINT32_MAX};
    s->slots[slot_of(s, thread)] = s->stream_count + 1;
    s->last_stream = s->stream_count;
    return &s->streams[s->stream_count++];
}

struct stream *store_stream_of(struct journal_store *s, u32 thread)
{
    if (s->stream_count && s->streams[s->last_stream].thread == thread)
        return &s->streams[s->last_stream];
    if (s->stream_count * 2 >= s->slot_count)
        streams_grow(s);
    u32 place = s->slots[slot_of(s, thread)];
    if (!place)
        return stream_add(s, thread);
    s->last_stream = place - 1;
    return &s->streams[place - 1];
}

static void note_keys(struct stream *stream, const struct store_site_row *row)
{
    u64 key = journal_site_key(&row->site);
    key_chain_add(&stream->chains[CHAIN_ALL], key);
    stream->block.keys++;
    if (row->is_quiet) {
        key_chain_add(&stream->chains[CHAIN_QUIET], key);
        stream->block.quiet_keys++;
    }
}

static void begin_block(struct stream *stream, u64 seq, u64 time, u32 index)
{
    stream->block = (struct journal_block){.thread = stream->thread,
                                           .position = stream->position,
                                           .first_index = index,
                                           .first_seq = seq,
                                           .first_time = time,
                                           .last_time = time};
}

void store_append(struct journal_store *s, u32 thread, u32 site, u64 seq, u64 time, u32 index, const u64 *fields)
{
    CHECK(site < s->site_count, "site %u of %u", site, s->site_count);
    struct stream *stream = store_stream_of(s, thread);
    struct journal_block *block = &stream->block;
    const struct store_site_row *row = &s->sites[site];
    if (!block->count)
        begin_block(stream, seq, time, index);
    block->count++;
    block->last_index = index;
    block->last_seq = seq;
    if (time < block->first_time)
        block->first_time = time;
    if (time > block->last_time)
        block->last_time = time;
    if (row->is_key)
        note_keys(stream, row);
    block_encoder_append(stream->encoder, site, &row->site, seq, time, index, fields);
    s->full |= block->count == BLOCK_EVENTS_MAX;
    s->events++;
}

void store_append_text(struct journal_store *s, const void *text, size_t size)
{
    struct block_encoder *encoder = s->streams[s->last_stream].encoder;
    block_append_text(encoder, text, size);
    s->text_size += size;
    s->full |= s->text_size > STORE_TEXT_MAX || block_encoder_text_size(encoder) > BLOCK_TEXT_MAX;
}

bool store_is_full(const struct journal_store *s)
{
    return s->full;
}

void store_cut(struct journal_store *s)
{
    for (u32 i = 0; i < s->stream_count; i++) {
        struct stream *stream = &s->streams[i];
        struct buffer *all = &stream->chains[CHAIN_ALL].marks, *quiet = &stream->chains[CHAIN_QUIET].marks;
        const struct buffer *head, *data;
        if (!stream->block.count)
            continue;
        block_encode(stream->encoder, s->quantum, &head, &data);
        stream->block.key_hash = key_chain_value(&stream->chains[CHAIN_ALL]);
        buffer_add(all, quiet->data, quiet->size);
        store_block(s, &stream->block, all, head, data);
        all->size = quiet->size = 0;
        stream->position += stream->block.count;
        stream->block.count = 0;
    }
    s->full = false;
    s->text_size = 0;
}

/* ---- A recording's cuts. ---- */

enum { RECENT_SITES = 256, RECENT_STREAMS = 64 };
static const u32 none = UINT32_MAX; /* of a list */

/* A cut's events by stream, each with its site; and what the last ones of each kind were. */
struct cut_events {
    struct cut_event {
        const struct event *event;
        u32 site;
        u32 next; /* of the same stream */
    } list[BLOCK_EVENTS_MAX];
    struct recent_site {
        u64 place; /* op and LR */
        u32 rest;  /* kind, count and missing, of which none is 0 all over */
        u32 site;
    } recent_sites[RECENT_SITES];
    struct recent_stream {
        u32 thread;
        u32 place; /* + 1 */
    } recent_streams[RECENT_STREAMS];
};

static inline u32 cut_site(struct journal_store *s, const struct event *e)
{
    u64 place = (u64)e->lr << 32 | e->op;
    u32 rest = e->kind | (u32)e->count << 8 | (u32)e->missing << 16;
    u32 slot = (u32)((place ^ (u64)rest << 20) * 0x9E3779B97F4A7C15 >> 56) % RECENT_SITES;
    struct recent_site *recent = &s->cut->recent_sites[slot];
    if (unlikely(recent->place != place || recent->rest != rest))
        *recent = (struct recent_site){place, rest, site_of(s, e)};
    return recent->site;
}

static inline struct stream *cut_stream(struct journal_store *s, u32 thread)
{
    struct recent_stream *recent = &s->cut->recent_streams[thread % RECENT_STREAMS];
    if (unlikely(recent->thread != thread || !recent->place)) {
        store_stream_of(s, thread);
        *recent = (struct recent_stream){thread, s->last_stream + 1};
    }
    return &s->streams[recent->place - 1];
}

/* Those of one stream, in order. */
static void append_list(struct journal_store *s, struct stream *stream)
{
    const struct cut_event *at = &s->cut->list[stream->first];
    const struct event *e = at->event;
    struct journal_block *block = &stream->block;
    u64 first = e->time, last = e->time;
    begin_block(stream, e->seq, e->time, e->index);
    for (;; at = &s->cut->list[at->next]) {
        const struct store_site_row *row = &s->sites[at->site];
        e = at->event;
        first = e->time < first ? e->time : first;
        last = e->time > last ? e->time : last;
        block->count++;
        if (row->is_key)
            note_keys(stream, row);
        block_encoder_append(stream->encoder, at->site, &row->site, e->seq, e->time, e->index, e->v);
        if (at->next == none)
            break;
    }
    block->first_time = first;
    block->last_time = last;
    block->last_index = e->index;
    block->last_seq = e->seq;
    stream->first = none;
}

/* Sites and streams are numbered in order of the run, and then each stream's events are packed at one go. */
void store_events(struct journal_store *s, const u8 *events, u32 count)
{
    CHECK(count <= BLOCK_EVENTS_MAX, "a cut of %u events", count);
    if (s->failed)
        return;
    if (!s->cut) {
        s->cut = calloc(1, sizeof *s->cut);
        CHECK(s->cut, "out of memory");
    }
    for (u32 i = 0; i < count; i++) {
        const struct event *e = (const struct event *)events;
        struct stream *stream = cut_stream(s, e->thread);
        s->cut->list[i] = (struct cut_event){e, cut_site(s, e), none};
        if (stream->first == none)
            stream->first = i;
        else
            s->cut->list[stream->last].next = i;
        stream->last = i;
        events += store_event_size(e);
    }
    for (u32 i = 0; i < s->stream_count; i++)
        if (s->streams[i].first != none)
            append_list(s, &s->streams[i]);
    s->events += count;
    store_cut(s);
}
