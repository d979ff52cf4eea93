/* SPDX-License-Identifier: BSD-3-Clause
 * Imports and recordings that are killed, run out of disk, lose power or are damaged: what was committed is there, is
 * right, and says that it was cut short; an import goes on and makes the journal that it would have made.
 * With arguments it is a campaign: diff_import_durability_test COUNT SEED. */
#include "diff/import_run.h"
#include "replay/journal.h"
#include "tests/unit/fault_vfs.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
// clang-format on
#include <sys/wait.h>
#include <xxhash.h>

enum { LINES = 1500, COMMIT = 60, EVENTS = 3000 };

static u32 count = 12; /* of each kind */
static u64 seed = 20;
static char folder[64], log_path[96], reference[96], path[96];

/* ---- What is made. ---- */

static void write_log(void)
{
    FILE *out = fopen(log_path, "wb");
    assert_non_null(out);
    for (u32 i = 0; i < LINES; i++) {
        fprintf(out, "{\"tid\":%u,\"tid_event_idx\":%u,\"host_ns\":%u,", i % 7, i, i * 100);
        if (i % 3)
            fprintf(out, "\"kind\":\"kernel.call\",\"payload\":{\"name\":\"Op%u\",\"lr\":\"0x%08x\"}}\n", i / 99,
                    i % 40);
        else
            fprintf(out,
                    "\"kind\":\"kernel.return\",\"payload\":{\"name\":\"X\",\"status\":\"0x%08x\",\"s\":\"a %u\"}}\n",
                    i * i, i);
        if (i % 61 == 0)
            fputs("what is this?\n", out);
    }
    fclose(out);
}

static void remove_journal(const char *name)
{
    static const char *const tails[] = {"", "-wal", "-shm", "-journal"};
    char file[128];
    for (size_t i = 0; i < countof(tails); i++) {
        snprintf(file, sizeof file, "%s%s", name, tails[i]);
        unlink(file);
    }
}

static bool import(const char *output, bool resume, struct err *err)
{
    struct import_options options = {.output = output, .commit = COMMIT};
    const char *const logs[] = {log_path};
    bool finished;
    struct import_run *run = calloc(1, sizeof *run);
    assert_non_null(run);
    run->options = &options;
    err->text[0] = 0;
    bool ok = import_run_begin(run, logs, 1, resume, err) && import_run_read(run, &finished, err);
    import_run_end(run);
    free(run);
    return ok;
}

static bool record(const char *output, struct err *err)
{
    struct journal_writer *w = journal_create(output, err);
    if (!w)
        return false;
    journal_meta(w, "title", "made up");
    for (u64 i = 0; i < EVENTS; i++) {
        struct event e = {
            .seq = i, .time = i * 40000, .thread = (u32)(i % 5), .index = (u32)(i / 5), .kind = EVENT_print};
        char text[32];
        snprintf(text, sizeof text, "text %llu", (unsigned long long)i / 8);
        e.count = 1;
        e.v[0] = journal_intern(w, text, strlen(text));
        if (i % 11 == 0)
            journal_input(w, INPUT_pad, i, e.time, &i, sizeof i);
        journal_append(w, &e);
        if (i % 300 == 299)
            journal_flush(w);
    }
    return journal_finish(w, err);
}

/* One of two ways to make a journal; both make the same one each time. */
struct maker {
    const char *name;
    bool resumes;
};
static const struct maker makers[] = {{"import", true}, {"recording", false}};

static bool make(const struct maker *maker, const char *output, struct err *err)
{
    return maker->resumes ? import(output, false, err) : record(output, err);
}

/* ---- What is there. ---- */

/* As a reader takes them: an empty text where a number is expected is 0. */
static u64 hash_rows(sqlite3 *db, const char *table, u64 hash)
{
    char sql[64];
    sqlite3_stmt *row = NULL;
    snprintf(sql, sizeof sql, "SELECT * FROM %s", table);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &row, NULL), SQLITE_OK);
    while (sqlite3_step(row) == SQLITE_ROW)
        for (int i = 0; i < sqlite3_column_count(row); i++) {
            const void *bytes = sqlite3_column_blob(row, i);
            size_t size = bytes ? (size_t)sqlite3_column_bytes(row, i) : 1;
            hash = XXH3_64bits_withSeed(bytes ? bytes : "0", size, hash + (u64)i);
        }
    sqlite3_finalize(row);
    return hash;
}

static u64 hash_journal(const char *name)
{
    static const char *const tables[] = {"meta",   "strings", "ops",         "templates", "sites",
                                         "inputs", "blocks",  "block_heads", "block_data"};
    sqlite3 *db;
    u64 hash = 0;
    assert_int_equal(sqlite3_open(name, &db), SQLITE_OK);
    for (size_t i = 0; i < countof(tables); i++)
        hash = hash_rows(db, tables[i], hash);
    sqlite3_close(db);
    return hash;
}

static void print_sentence(void *context, const char *sentence)
{
    (void)context;
    print_error("%s\n", sentence);
}

/* The blocks that are there are the first ones of the whole journal. Returns how many events they hold. */
static u64 check_prefix(const char *name, bool *whole)
{
    struct err err = {""};
    struct journal_reader *r = journal_open(name, &err), *all = journal_open(reference, &err);
    if (!r)
        print_error("%s\n", err.text);
    assert_non_null(r);
    assert_non_null(all);
    assert_int_equal(journal_verify(r, print_sentence, NULL), 0);
    assert_in_range(journal_block_count(r), 0, journal_block_count(all));
    for (size_t i = 0; i < journal_block_count(r); i++)
        assert_true(journal_block_at(r, i)->hash == journal_block_at(all, i)->hash);
    assert_in_range(journal_string_count(r), 0, journal_string_count(all));
    assert_in_range(journal_input_count(r), 0, journal_input_count(all));
    *whole = journal_is_whole(r);
    u64 events = journal_event_count(r);
    assert_true(!*whole || events == journal_event_count(all));
    journal_close(r);
    journal_close(all);
    return events;
}

/* What was cut short is a prefix and not whole; an import goes on to the same end. */
static u64 check_cut(const struct maker *maker)
{
    struct err err;
    bool whole;
    u64 events = check_prefix(path, &whole);
    if (whole || !maker->resumes)
        return events;
    if (!import(path, true, &err))
        print_error("%s\n", err.text);
    assert_string_equal(err.text, "");
    assert_true(hash_journal(path) == hash_journal(reference));
    return events;
}

/* The journal that all others are compared with, and the writes that it takes. */
static u64 make_reference(const struct maker *maker)
{
    struct err err;
    remove_journal(reference);
    fault_begin(FAULT_NOTHING, 0);
    assert_true(make(maker, reference, &err));
    u64 writes = fault.writes;
    fault_end();
    return writes;
}

/* ---- Kills. ---- */

static void kill_at(const struct maker *maker, u64 write)
{
    struct err err;
    remove_journal(path);
    pid_t child = fork();
    if (!child) {
        fault_begin(FAULT_KILL, write);
        make(maker, path, &err);
        _exit(0);
    }
    assert_int_equal(waitpid(child, NULL, 0), child);
}

static void test_killed_in_a_write(void **state)
{
    (void)state;
    for (size_t m = 0; m < countof(makers); m++) {
        u64 writes = make_reference(&makers[m]), most = 0;
        for (u32 i = 0; i < count; i++) {
            u64 write = 1 + fault_random(&seed) % writes;
            struct err err;
            kill_at(&makers[m], write);
            struct journal_reader *r = journal_open(path, &err);
            journal_close(r);
            if (!r) { /* killed before there was a journal */
                assert_in_range(write, 1, 40);
                continue;
            }
            u64 events = check_cut(&makers[m]);
            most = events > most ? events : most;
        }
        assert_in_range(most, 1, UINT32_MAX);
    }
}

/* ---- A full disk. ---- */

static void test_full_disk(void **state)
{
    (void)state;
    for (size_t m = 0; m < countof(makers); m++) {
        u64 writes = make_reference(&makers[m]), most = 0;
        for (u32 i = 0; i < count; i++) {
            struct err err = {""};
            u64 write = 1 + fault_random(&seed) % writes;
            remove_journal(path);
            fault_begin(FAULT_FULL, write);
            bool ok = make(&makers[m], path, &err);
            fault_end();
            if (ok) { /* the last writes only take the log in */
                assert_true(hash_journal(path) == hash_journal(reference));
                continue;
            }
            assert_non_null(strstr(err.text, path));
            assert_non_null(strstr(err.text, "full"));
            struct journal_reader *r = journal_open(path, &err);
            journal_close(r);
            if (r)
                most = check_cut(&makers[m]) > most ? 1 : most;
            else
                assert_in_range(write, 1, 40);
        }
        assert_int_equal(most, 1);
    }
}

static void test_a_sync_that_fails_is_told(void **state)
{
    (void)state;
    for (size_t m = 0; m < countof(makers); m++) {
        struct err err;
        remove_journal(path);
        fault_begin(FAULT_SYNC, 0);
        assert_false(make(&makers[m], path, &err));
        fault_end();
        assert_non_null(strstr(err.text, path));
        assert_non_null(strstr(err.text, "disk I/O error"));
    }
}

/* ---- Power cuts. ---- */

enum { CHECKPOINTS_LEAST = 5 };

static size_t first_sync(void)
{
    size_t at = 0;
    while (at < fault.op_count && fault.ops[at].kind != OP_SYNC)
        at++;
    return at + 1;
}

static void cut_power(const struct maker *maker, const char *was, size_t ops, u32 odds)
{
    struct err err;
    bool whole = false;
    remove_journal(path);
    fault_power_cut(ops, odds, &seed, was, path);
    struct journal_reader *r = ops < first_sync() ? NULL : journal_open(path, &err);
    if (ops >= first_sync() && !r)
        print_error("%zu operations: %s\n", ops, err.text);
    assert_true(ops < first_sync() || r);
    journal_close(r);
    if (!r)
        return;
    check_prefix(path, &whole);
    assert_true(whole || ops < fault.op_count);
    check_cut(maker);
}

static void test_power_cut(void **state)
{
    (void)state;
    for (size_t m = 0; m < countof(makers); m++) {
        struct err err;
        char was[96];
        snprintf(was, sizeof was, "%s/was.lsj", folder);
        make_reference(&makers[m]);
        remove_journal(was);
        fault_begin(FAULT_NOTE, 0);
        assert_true(make(&makers[m], was, &err));
        fault_end();
        assert_true(fault_checkpoints() >= CHECKPOINTS_LEAST);
        for (u32 i = 0; i < count; i++) {
            static const u32 odds[] = {0, 128, 230, 256};
            cut_power(&makers[m], was, 1 + fault_random(&seed) % fault.op_count, odds[i % countof(odds)]);
        }
        cut_power(&makers[m], was, fault.op_count, 0);
        fault_forget();
        remove_journal(was);
    }
}

/* ---- Damage. ---- */

static void count_sentence(void *context, const char *sentence)
{
    (void)sentence;
    ++*(u32 *)context;
}

static void copy_damaged(size_t size, u8 *bytes)
{
    size_t place;
    do
        place = fault_random(&seed) % size;
    while (!bytes[place]);
    u8 old = bytes[place];
    bytes[place] ^= (u8)(1 + fault_random(&seed) % 255);
    FILE *out = fopen(path, "wb");
    assert_int_equal(fwrite(bytes, 1, size, out), size);
    fclose(out);
    bytes[place] = old;
}

/* A flipped byte of a finished import is told, or changes nothing; one of an import that was cut short is told, or does
 * not keep it from going on to the right end. */
static void check_flips(bool cut)
{
    struct err err;
    u32 told = 0;
    FILE *in = fopen(path, "rb");
    assert_non_null(in);
    fseek(in, 0, SEEK_END);
    size_t size = (size_t)ftell(in);
    rewind(in);
    u8 *bytes = malloc(size);
    assert_int_equal(fread(bytes, 1, size, in), size);
    fclose(in);
    for (u32 i = 0; i < 2 * count; i++) {
        u32 sentences = 0;
        remove_journal(path);
        copy_damaged(size, bytes);
        struct journal_reader *r = journal_open(path, &err);
        if (r)
            journal_verify(r, count_sentence, &sentences);
        journal_close(r);
        told += !r || sentences;
        if (r && !sentences && !cut)
            assert_true(hash_journal(path) == hash_journal(reference));
        if (cut && import(path, true, &err)) {
            assert_int_equal(sentences, 0);
            assert_true(hash_journal(path) == hash_journal(reference));
        }
    }
    assert_in_range(told, 1, 2 * count);
    free(bytes);
}

static void test_flipped_bytes(void **state)
{
    (void)state;
    struct err err;
    u64 writes = make_reference(&makers[0]);
    remove_journal(path);
    assert_true(import(path, false, &err));
    check_flips(false);
    kill_at(&makers[0], writes / 2);
    sqlite3 *db;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK); /* one file of it */
    assert_int_equal(sqlite3_exec(db, "PRAGMA wal_checkpoint(TRUNCATE)", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    check_flips(true);
}

static int setup(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/lockstep-durable-XXXXXX");
    assert_non_null(mkdtemp(folder));
    snprintf(log_path, sizeof log_path, "%s/log.jsonl", folder);
    snprintf(reference, sizeof reference, "%s/whole.lsj", folder);
    snprintf(path, sizeof path, "%s/run.lsj", folder);
    write_log();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    remove_journal(reference);
    remove_journal(path);
    unlink(log_path);
    return rmdir(folder);
}

int main(int argc, char **argv)
{
    if (argc == 3) {
        count = (u32)strtoul(argv[1], NULL, 0);
        seed = strtoull(argv[2], NULL, 0) * 2 + 1;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_killed_in_a_write),
        cmocka_unit_test(test_full_disk),
        cmocka_unit_test(test_a_sync_that_fails_is_told),
        cmocka_unit_test(test_power_cut),
        cmocka_unit_test(test_flipped_bytes),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
