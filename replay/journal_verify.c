/* SPDX-License-Identifier: BSD-3-Clause
 * Checking a whole journal: every hash, every numbering, and that nothing is missing. */
#include "replay/block.h"
#include "replay/journal_format.h"
#include "replay/journal_read.h"
#include "replay/key_chain.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

struct stream {
    u32 thread;
    u64 next_index;
    bool broken;                /* a block of it is damaged: its key hash and numbering are unknown from there */
    struct key_chain chains[2]; /* of all keys, of quiet ones */
};

struct check {
    struct journal_reader *r;
    void (*report)(void *context, const char *sentence);
    void *context;
    u64 wrong;
    struct stream *streams;
    u32 stream_count;
    u8 *seen; /* a bit for each seq */
    u64 seen_count;
    u64 damaged_events;
    struct event *events;
    struct journal_columns columns;
    u8 *key_of; /* by site: 0: no key, 1: a key, 2: a quiet one */
};

__attribute__((format(printf, 2, 3))) static void tell(struct check *k, const char *format, ...)
{
    char text[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    k->wrong++;
    if (k->report)
        k->report(k->context, text);
}

static struct stream *stream_of(struct check *k, u32 thread)
{
    for (u32 i = 0; i < k->stream_count; i++)
        if (k->streams[i].thread == thread)
            return &k->streams[i];
    k->streams = realloc(k->streams, (k->stream_count + 1) * sizeof *k->streams);
    CHECK(k->streams, "out of memory");
    k->streams[k->stream_count] = (struct stream){.thread = thread};
    return &k->streams[k->stream_count++];
}

/* Seqs run from 0 to the count of events, each once. */
static void check_seq(struct check *k, const struct journal_block *block, const struct event *event)
{
    if (event->seq >= k->r->events) {
        if (!k->damaged_events)
            tell(k, "block %llu (thread %u): event %u has seq %llu, but there are only %llu events",
                 (unsigned long long)block->id, block->thread, event->index, (unsigned long long)event->seq,
                 (unsigned long long)k->r->events);
        return;
    }
    u8 bit = (u8)(1u << event->seq % 8);
    if (k->seen[event->seq / 8] & bit)
        tell(k, "block %llu (thread %u): event %u has seq %llu, which another one has", (unsigned long long)block->id,
             block->thread, event->index, (unsigned long long)event->seq);
    else
        k->seen_count++;
    k->seen[event->seq / 8] |= bit;
}

static u32 greatest_string(const struct event *event)
{
    const struct event_type *type = event_type(event->kind);
    u32 greatest = 0;
    for (u32 f = 0; type && f < event->count && f < type->field_count; f++)
        if (type->fields[f].meaning == MEANING_STRING && event->v[f] > greatest)
            greatest = event->v[f] > UINT32_MAX ? UINT32_MAX : (u32)event->v[f];
    return greatest;
}

static void add_key(struct check *k, struct stream *stream, u32 id, u32 *keys, u32 *quiet)
{
    u64 key = journal_site_key(&k->r->sites[id]);
    *keys += k->key_of[id] > 0;
    *quiet += k->key_of[id] > 1;
    for (u32 c = 0; c < k->key_of[id]; c++)
        key_chain_add(&stream->chains[c], key);
}

static bool marks_are_right(const struct stream *stream, const struct journal_block *block)
{
    u32 n = 0;
    if (key_chain_value(&stream->chains[0]) != block->key_hash)
        return false;
    for (u32 c = 0; c < 2; c++)
        for (size_t at = 0; at < stream->chains[c].marks.size; at += 8, n++)
            if (n >= block->mark_count || load_le64(stream->chains[c].marks.data + at) != block->marks[n])
                return false;
    return n == block->mark_count;
}

static void check_events(struct check *k, const struct journal_block *block, struct stream *stream)
{
    u32 strings = journal_string_count(k->r), unknown = 0;
    bool in_order = true;
    u64 first_time = UINT64_MAX, last_time = 0;
    u32 keys = 0, quiet = 0;
    u64 next = stream->next_index;
    for (u32 i = 0; i < block->count; i++) {
        const struct event *event = &k->events[i];
        check_seq(k, block, event);
        bool follows = k->r->foreign ? event->index >= next : event->index == next; /* a log's may have holes */
        in_order = in_order && (stream->broken || follows);
        next = event->index + 1ULL;
        first_time = event->time < first_time ? event->time : first_time;
        last_time = event->time > last_time ? event->time : last_time;
        u32 string = greatest_string(event);
        unknown = string > strings ? string : unknown;
        add_key(k, stream, k->columns.site[i], &keys, &quiet);
    }
    unsigned long long id = block->id;
    if (!in_order)
        tell(k, "block %llu (thread %u): its events do not follow index %llu", id, block->thread,
             (unsigned long long)stream->next_index - 1);
    if (unknown)
        tell(k, "block %llu (thread %u): string %u is used, but there are only %u", id, block->thread, unknown,
             strings);
    if (first_time != block->first_time || last_time != block->last_time)
        tell(k, "block %llu (thread %u): its index row tells of other times", id, block->thread);
    if (!stream->broken && (keys != block->keys || quiet != block->quiet_keys || !marks_are_right(stream, block)))
        tell(k, "block %llu (thread %u): the running hash over its keys is wrong", id, block->thread);
    for (u32 c = 0; c < 2; c++)
        stream->chains[c].marks.size = 0;
    stream->next_index = (u64)block->last_index + 1;
}

static void check_block(struct check *k, const struct journal_block *block)
{
    struct err err;
    struct stream *stream = stream_of(k, block->thread);
    if (block->count && block->count <= BLOCK_EVENTS_MAX && reader_block(k->r, block, k->events, NULL, NULL, &err) &&
        journal_block_columns(k->r, (size_t)(block - k->r->blocks), COLUMN_SITE, &k->columns, &err)) {
        check_events(k, block, stream);
        return;
    }
    if (!block->count || block->count > BLOCK_EVENTS_MAX)
        err_set(&err, "block %llu (thread %u) is damaged: it says it has %u events", (unsigned long long)block->id,
                block->thread, block->count);
    tell(k, "%s", err.text);
    k->damaged_events += block->count <= BLOCK_EVENTS_MAX ? block->count : 0;
    stream->broken = true;
}

static void check_blocks(struct check *k)
{
    struct journal_reader *r = k->r;
    k->seen = calloc(r->events / 8 + 1, 1);
    k->events = malloc(BLOCK_EVENTS_MAX * sizeof *k->events);
    k->key_of = calloc(r->site_count + 1u, 1);
    CHECK(k->seen && k->events && k->key_of, "out of memory");
    for (u32 i = 0; i < r->site_count; i++)
        k->key_of[i] = (u8)(journal_site_is_key(&r->sites[i], false) + journal_site_is_key(&r->sites[i], true));
    for (size_t i = 0; i < r->block_count; i++) {
        if (r->blocks[i].id != (i ? r->blocks[i - 1].id : 0) + 1)
            tell(k, "blocks %llu to %llu are missing", (unsigned long long)(i ? r->blocks[i - 1].id : 0) + 1,
                 (unsigned long long)r->blocks[i].id - 1);
        check_block(k, &r->blocks[i]);
    }
    if (k->seen_count + k->damaged_events < r->events)
        tell(k, "%llu events are missing", (unsigned long long)(r->events - k->seen_count - k->damaged_events));
    for (u32 i = 0; i < k->stream_count; i++)
        for (u32 c = 0; c < 2; c++)
            key_chain_free(&k->streams[i].chains[c]);
    free(k->streams);
    free(k->key_of);
    journal_columns_free(&k->columns);
    free(k->seen);
    free(k->events);
}

static void check_inputs(struct check *k)
{
    struct journal_input_record record;
    struct err err;
    u64 place = k->r->next_input;
    int found;
    k->r->next_input = 0;
    while ((found = journal_next_input(k->r, &record, &err)))
        if (found < 0)
            tell(k, "%s", err.text);
    k->r->next_input = place;
}

bool reader_total(struct journal_reader *r, size_t i, const char **key, u64 *found)
{
    const struct {
        const char *key;
        u64 found;
    } totals[] = {{"journal.events", r->events},        {"journal.inputs", r->inputs},
                  {"journal.strings", r->string_count}, {"journal.blocks", r->block_count},
                  {"journal.sites", r->site_count},     {"journal.templates", r->template_count},
                  {"journal.metas", r->meta_count}};
    if (i >= countof(totals))
        return false;
    *key = totals[i].key;
    *found = totals[i].found;
    return true;
}

/* They are written with each commit; nothing is known of what has none. */
static void check_totals(struct check *k)
{
    const char *key;
    u64 found, total;
    bool counted = k->r->whole;
    for (size_t i = 0; reader_total(k->r, i, &key, &found); i++)
        counted |= journal_get(k->r, key) != NULL;
    for (size_t i = 0; counted && reader_total(k->r, i, &key, &found); i++) {
        if (!journal_get_u64(k->r, key, &total))
            tell(k, "meta %s is missing", key);
        else if (total != found)
            tell(k, "%s is %llu, but %llu are there", key, (unsigned long long)total, (unsigned long long)found);
    }
}

static void check_sqlite(struct check *k)
{
    sqlite3_stmt *row = NULL;
    int step = SQLITE_ERROR;
    if (!sqlite3_prepare_v2(k->r->db, "PRAGMA quick_check(20)", -1, &row, NULL))
        while ((step = sqlite3_step(row)) == SQLITE_ROW) {
            const char *text = (const char *)sqlite3_column_text(row, 0);
            if (text && strcmp(text, "ok"))
                tell(k, "SQLite: %s", text);
        }
    if (step != SQLITE_DONE)
        tell(k, "SQLite: %s", sqlite3_errmsg(k->r->db));
    sqlite3_finalize(row);
}

u64 journal_verify(struct journal_reader *r, void (*report)(void *context, const char *sentence), void *context)
{
    struct check k = {.r = r, .report = report, .context = context};
    reader_load_strings(r);
    for (size_t i = 0; i < r->damage_count; i++)
        tell(&k, "%s", r->damages[i]);
    check_inputs(&k);
    check_blocks(&k);
    check_totals(&k);
    check_sqlite(&k);
    return k.wrong;
}
