/* SPDX-License-Identifier: BSD-3-Clause
 * A store that goes on where an import was cut short (replay/journal_store.h). What an open store knows beside the rows
 * it has written is made again from them: counts, sites, each thread's place, and the keys since its last marks. */
#include "replay/journal_lock.h"
#include "replay/journal_read.h"
#include "replay/journal_rows.h"

#include <stdlib.h>

/* A thread's chain at the end of what was committed: the last mark, and the keys behind it. */
struct ending {
    u64 keys;
    u64 mark;
    u64 *pending;
};

static bool check_totals(struct journal_reader *r, struct err *err)
{
    const char *key;
    u64 found, total;
    for (size_t i = 0; reader_total(r, i, &key, &found); i++)
        if (!journal_get_u64(r, key, &total) || total != found)
            return err_set(err, "journal %s is damaged: %s is not %llu", r->path, key, (unsigned long long)found);
    return true;
}

/* Only what is right from its first to its last byte is gone on with. */
static bool check_whole(struct journal_reader *r, struct err *err)
{
    struct journal_columns columns = {0};
    bool ok = check_totals(r, err) &&
              (!r->damage_count || err_set(err, "journal %s is damaged: %.200s", r->path, r->damages[0]));
    for (size_t i = 0; ok && i < r->block_count; i++)
        ok =
            (r->blocks[i].id == i + 1 || err_set(err, "journal %s is damaged: block %zu is missing", r->path, i + 1)) &&
            journal_block_columns(r, i, 0, &columns, err);
    journal_columns_free(&columns);
    return ok;
}

static void note_marks(struct ending endings[CHAINS], const struct journal_block *b)
{
    u32 all = (u32)((b->keys_before + b->keys) / JOURNAL_MARK - b->keys_before / JOURNAL_MARK);
    endings[CHAIN_ALL].keys += b->keys;
    endings[CHAIN_QUIET].keys += b->quiet_keys;
    if (all && all <= b->mark_count)
        endings[CHAIN_ALL].mark = b->marks[all - 1];
    if (b->mark_count > all)
        endings[CHAIN_QUIET].mark = b->marks[b->mark_count - 1];
}

/* The block's keys, from its last one on, into what is still lacking. */
static void take_keys(struct journal_store *s, const struct journal_columns *c, struct ending *ending, u32 chain,
                      u32 *lacking)
{
    for (u32 i = c->count; i-- > 0 && *lacking;) {
        const struct store_site_row *row = &s->sites[c->site[i]];
        if (chain == CHAIN_ALL ? row->is_key : row->is_key && row->is_quiet)
            ending->pending[--*lacking] = journal_site_key(&row->site);
    }
}

static bool gather_keys(struct journal_store *s, struct journal_reader *r, u32 thread, struct ending endings[CHAINS],
                        struct err *err)
{
    struct journal_columns columns = {0};
    u32 lacking[CHAINS];
    bool ok = true;
    for (u32 c = 0; c < CHAINS; c++)
        lacking[c] = endings[c].keys % JOURNAL_MARK;
    for (size_t i = r->block_count; ok && i-- > 0 && (lacking[CHAIN_ALL] || lacking[CHAIN_QUIET]);) {
        if (r->blocks[i].thread != thread)
            continue;
        ok = journal_block_columns(r, i, COLUMN_SITE, &columns, err);
        columns.count = r->blocks[i].count;
        for (u32 c = 0; ok && c < CHAINS; c++)
            take_keys(s, &columns, &endings[c], c, &lacking[c]);
    }
    journal_columns_free(&columns);
    return ok && ((!lacking[CHAIN_ALL] && !lacking[CHAIN_QUIET]) ||
                  err_set(err, "journal %s is damaged: keys of thread %u are missing", r->path, thread));
}

static bool restore_thread(struct journal_store *s, struct journal_reader *r, u32 thread, struct err *err)
{
    u64 keys[CHAINS][JOURNAL_MARK];
    struct ending endings[CHAINS] = {{.pending = keys[CHAIN_ALL]}, {.pending = keys[CHAIN_QUIET]}};
    struct stream *stream = store_stream_of(s, thread);
    u64 hash = 0;
    for (size_t i = 0; i < r->block_count; i++) {
        const struct journal_block *b = &r->blocks[i];
        if (b->thread != thread)
            continue;
        note_marks(endings, b);
        stream->position = b->position + b->count;
        hash = b->key_hash;
    }
    if (!gather_keys(s, r, thread, endings, err))
        return false;
    for (u32 c = 0; c < CHAINS; c++)
        key_chain_restore(&stream->chains[c], endings[c].mark, endings[c].pending,
                          (u32)(endings[c].keys % JOURNAL_MARK));
    return key_chain_value(&stream->chains[CHAIN_ALL]) == hash ||
           err_set(err, "journal %s is damaged: the keys of thread %u have another hash", r->path, thread);
}

static bool restore(struct journal_store *s, struct journal_reader *r, struct err *err)
{
    for (u32 i = 0; i < r->site_count; i++)
        store_site_keep(s, &r->sites[i]);
    s->templates = r->template_count;
    s->strings = journal_string_count(r);
    s->inputs = journal_input_count(r);
    s->blocks = r->block_count;
    s->events = r->events;
    /* Streams are in order of their first events, and so are their first blocks. */
    for (size_t i = 0; i < r->block_count; i++)
        if (!r->blocks[i].position && !restore_thread(s, r, r->blocks[i].thread, err))
            return false;
    return true;
}

/* Another process may have gone on with it after the reader looked, and before the lock was ours. */
static bool check_unchanged(struct journal_store *s, const struct journal_reader *r, struct err *err)
{
    sqlite3_stmt *row = NULL;
    bool same = !sqlite3_prepare_v2(s->db,
                                    "SELECT (SELECT count(*) FROM blocks), "
                                    "(SELECT count(*) FROM meta WHERE key='journal.whole')",
                                    -1, &row, NULL) &&
                sqlite3_step(row) == SQLITE_ROW && (u64)sqlite3_column_int64(row, 0) == r->block_count &&
                !sqlite3_column_int64(row, 1);
    sqlite3_finalize(row);
    return same || err_set(err, "journal %s: another process has gone on with it in the meantime", r->path);
}

struct journal_store *store_resume(struct journal_reader *r, struct err *err)
{
    if (journal_is_whole(r)) {
        err_set(err, "journal %s is whole: there is nothing to go on with", r->path);
        return NULL;
    }
    journal_string_count(r); /* reads them, and notes what is damaged */
    if (!check_whole(r, err))
        return NULL;
    struct journal_store *s = store_new(r->path);
    s->lock = journal_lock(r->path, err);
    if (s->lock != -1 && restore(s, r, err) && store_open_rows(s, 0) && check_unchanged(s, r, err))
        return s;
    if (s->failed)
        *err = s->err;
    store_destroy(s);
    return NULL;
}
