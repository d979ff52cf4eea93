/* SPDX-License-Identifier: BSD-3-Clause
 * One block of a journal: its bytes, whose hashes are checked, and what is unpacked from them (replay/journal.h). */
#include "replay/journal_format.h"
#include "replay/journal_read.h"

#include <stdlib.h>

/* Bytes by a block's id, whose hash is right; valid until the statement's next use. */
static bool read_bytes(struct journal_reader *r, sqlite3_stmt *query, u64 id, u64 hash, const u8 **data, size_t *size,
                       const char *what, struct err *why)
{
    sqlite3_reset(query);
    sqlite3_bind_int64(query, 1, (sqlite3_int64)id);
    if (sqlite3_step(query) != SQLITE_ROW)
        return err_set(why, "its %s cannot be read", what);
    *data = sqlite3_column_blob(query, 0);
    *size = (size_t)sqlite3_column_bytes(query, 0);
    r->bytes_read += *size;
    if (!*data)
        *data = (const u8 *)"";
    return hash_bytes(*data, *size) == hash || err_set(why, "its %s is damaged: the hash is wrong", what);
}

static bool block_head(struct journal_reader *r, const struct journal_block *block, struct block_bytes *bytes,
                       struct err *why)
{
    *bytes = (struct block_bytes){
        .thread = block->thread, .count = block->count, .sites = r->sites, .site_count = r->site_count};
    return read_bytes(r, r->head, block->id, block->head_hash, &bytes->head, &bytes->head_size, "head", why);
}

static bool block_all(struct journal_reader *r, const struct journal_block *block, struct block_bytes *bytes,
                      struct err *why)
{
    return block_head(r, block, bytes, why) &&
           read_bytes(r, r->data, block->id, block->data_hash, &bytes->data, &bytes->data_size, "data", why);
}

static bool check_ascending(const struct event *events, u32 count, struct err *why)
{
    for (u32 i = 1; i < count; i++)
        if (events[i].seq <= events[i - 1].seq)
            return err_set(why, "its events are out of order");
    return true;
}

static bool check_order(const struct journal_block *block, const struct event *events, struct err *why)
{
    const struct event *first = events, *last = &events[block->count - 1];
    if (!check_ascending(events, block->count, why))
        return false;
    if (first->seq != block->first_seq || last->seq != block->last_seq || first->index != block->first_index ||
        last->index != block->last_index)
        return err_set(why, "its index row tells of other events");
    return true;
}

/* Lets go of the block's bytes and tells of damage. */
static bool finish(struct journal_reader *r, const struct journal_block *block, bool ok, const struct err *why,
                   struct err *err)
{
    sqlite3_reset(r->head);
    sqlite3_reset(r->data);
    return ok ||
           err_set(err, "journal %s: block %llu (thread %u, index %u to %u) is damaged: %.200s", r->path,
                   (unsigned long long)block->id, block->thread, block->first_index, block->last_index, why->text);
}

bool reader_block(struct journal_reader *r, const struct journal_block *block, struct event *events, u64 *fields,
                  struct buffer *text, struct err *err)
{
    struct err why;
    struct block_bytes bytes;
    struct block_events out = {.kinds = UINT64_MAX,
                               .events = events,
                               .fields = fields,
                               .text_base = (u64)(block - r->blocks) << 32,
                               .text = text};
    bool ok = block_all(r, block, &bytes, &why) && block_decode_events(&bytes, &out, &why) &&
              check_order(block, events, &why);
    return finish(r, block, ok, &why, err);
}

bool reader_block_sites(struct journal_reader *r, const struct journal_block *block, const u8 *sites,
                        struct event *events, u32 *count, struct err *err)
{
    struct err why;
    struct block_bytes bytes;
    struct block_events out = {
        .kinds = UINT64_MAX, .sites = sites, .events = events, .text_base = (u64)(block - r->blocks) << 32};
    bool ok = block_all(r, block, &bytes, &why) && block_decode_events(&bytes, &out, &why) &&
              check_ascending(events, out.count, &why);
    *count = out.count;
    return finish(r, block, ok, &why, err);
}

bool journal_block_events(struct journal_reader *r, size_t i, struct event *events, struct err *err)
{
    return reader_block(r, journal_block_at(r, i), events, NULL, NULL, err);
}

bool journal_block_select(struct journal_reader *r, size_t i, struct journal_choice choice, struct event *events,
                          u32 *offsets, u32 *count, struct err *err)
{
    struct err why;
    struct block_bytes bytes;
    const struct journal_block *block = journal_block_at(r, i);
    struct block_events out = {.kinds = choice.kinds,
                               .from = choice.from,
                               .to = choice.to,
                               .events = events,
                               .offsets = offsets,
                               .text_base = (u64)i << 32};
    bool ok = block_all(r, block, &bytes, &why) && block_decode_events(&bytes, &out, &why);
    *count = out.count;
    return finish(r, block, ok, &why, err);
}

bool journal_block_sites(struct journal_reader *r, size_t i, u64 *counts, struct err *err)
{
    struct err why;
    struct block_bytes bytes;
    const struct journal_block *block = journal_block_at(r, i);
    bool ok = block_head(r, block, &bytes, &why) && block_count_sites(&bytes, counts, &why);
    return finish(r, block, ok, &why, err);
}

bool journal_block_kinds(struct journal_reader *r, size_t i, u64 kinds[EVENT_KINDS], struct err *err)
{
    u64 *counts = calloc(r->site_count + 1u, sizeof *counts);
    CHECK(counts, "out of memory");
    bool ok = journal_block_sites(r, i, counts, err);
    for (u32 site = 0; ok && site < r->site_count; site++)
        kinds[r->sites[site].kind] += counts[site];
    free(counts);
    return ok;
}

/* ---- A block held open. ---- */

static void show_opened(struct journal_reader *r)
{
    const struct block_opened *o = &r->opened;
    r->opened_face = (struct journal_opened){.count = o->head.count,
                                             .site_count = o->head.site_count,
                                             .is_dense = !o->head.pieces[PIECE_INDEX].raw_size,
                                             .first_index = o->head.first_index,
                                             .sites = o->head.sites,
                                             .letters = o->has_letters ? o->letters : NULL};
}

const struct journal_opened *journal_block_open(struct journal_reader *r, size_t i, struct err *err)
{
    struct err why;
    struct block_bytes bytes;
    r->opened_block = journal_block_at(r, i);
    bool ok = block_head(r, r->opened_block, &bytes, &why) && block_open(&r->opened, &bytes, &why);
    show_opened(r);
    return finish(r, r->opened_block, ok, &why, err) ? &r->opened_face : NULL;
}

static bool read_opened(struct journal_reader *r, struct err *why)
{
    const struct journal_block *block = r->opened_block;
    const u8 *data;
    size_t size;
    return r->opened.has_data || (read_bytes(r, r->data, block->id, block->data_hash, &data, &size, "data", why) &&
                                  block_open_data(&r->opened, data, size, why));
}

bool journal_opened_read(struct journal_reader *r, struct err *err)
{
    struct err why;
    bool ok = read_opened(r, &why) && block_opened_read(&r->opened, &why);
    show_opened(r);
    return finish(r, r->opened_block, ok, &why, err);
}

/* Without a branch, since nothing tells beforehand which it will be. */
static inline u32 keep(const u16 *letters, u32 i, const u8 *flags, u32 *places, u32 found)
{
    places[found] = i;
    return found + flags[letters[i]];
}

u32 journal_letters_find(const u16 *letters, u32 count, const u8 *flags, u32 *places)
{
    u32 found = 0, i = 0;
    for (; i + 4 <= count; i += 4) {
        found = keep(letters, i, flags, places, found);
        found = keep(letters, i + 1, flags, places, found);
        found = keep(letters, i + 2, flags, places, found);
        found = keep(letters, i + 3, flags, places, found);
    }
    for (; i < count; i++)
        found = keep(letters, i, flags, places, found);
    return found;
}

bool journal_opened_pick(struct journal_reader *r, const struct journal_picks *picks, const u32 *offsets, u32 count,
                         const struct journal_picked *out, struct err *err)
{
    struct err why;
    const struct block_picked picked = {picks, offsets, count, *out};
    bool ok = read_opened(r, &why) && block_pick(&r->opened, &picked, &why);
    show_opened(r);
    return finish(r, r->opened_block, ok, &why, err);
}

/* A column that is there grows with the others. */
static void *column_room(void *column, bool is_wanted, bool grows, size_t bytes)
{
    if ((!column && !is_wanted) || (column && !grows))
        return column;
    column = realloc(column, bytes);
    CHECK(column, "out of memory");
    return column;
}

/* For a long block the room of the longest: growing would copy. */
void journal_columns_room(struct journal_columns *c, u32 wanted, u32 count)
{
    bool grows = c->capacity < count;
    if (grows)
        c->capacity = count > BLOCK_EVENTS_MAX / 16 && count < BLOCK_EVENTS_MAX ? BLOCK_EVENTS_MAX : count;
    size_t rows = c->capacity;
    if (!rows)
        return;
    c->site = column_room(c->site, wanted & COLUMN_SITE, grows, rows * sizeof *c->site);
    c->index = column_room(c->index, wanted & COLUMN_INDEX, grows, rows * sizeof *c->index);
    c->time = column_room(c->time, wanted & COLUMN_TIME, grows, rows * sizeof *c->time);
    c->seq = column_room(c->seq, wanted & COLUMN_SEQ, grows, rows * sizeof *c->seq);
}

bool journal_block_columns(struct journal_reader *r, size_t i, u32 wanted, struct journal_columns *columns,
                           struct err *err)
{
    struct err why;
    struct block_bytes bytes;
    const struct journal_block *block = journal_block_at(r, i);
    journal_columns_room(columns, wanted, block->count <= BLOCK_EVENTS_MAX ? block->count : 0);
    bool ok = block_all(r, block, &bytes, &why) && block_decode_columns(&bytes, wanted, columns, &why);
    return finish(r, block, ok, &why, err);
}

void journal_columns_free(struct journal_columns *c)
{
    free(c->site);
    free(c->index);
    free(c->time);
    free(c->seq);
    *c = (struct journal_columns){0};
}

u64 journal_bytes_read(const struct journal_reader *r)
{
    return r->bytes_read;
}

/* A value that means TEXT: the block's place, and where in its texts. The last block's texts are kept. */
const char *journal_event_text(struct journal_reader *r, const struct event *event, u32 field, size_t *size)
{
    struct err why;
    struct block_bytes bytes;
    u64 value = field < event->count ? event->v[field] : UINT64_MAX, place = value >> 32;
    const char *text = "";
    *size = 0;
    if (place >= r->block_count)
        return text;
    if (!r->text.data || r->text_block != place) {
        buffer_free(&r->text);
        r->text_block = place;
        bool ok = block_all(r, &r->blocks[place], &bytes, &why) && block_decode_text(&bytes, &r->text, &why);
        if (!finish(r, &r->blocks[place], ok, &why, NULL))
            return text;
    }
    return block_text_at(&r->text, (u32)value, &text, size) ? text : "";
}
