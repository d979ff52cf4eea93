/* SPDX-License-Identifier: BSD-3-Clause
 * The journal as a whole: what is written comes back, in order of the run and of each thread. */
#include "replay/journal_read.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
// clang-format on
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[64], path[96];

enum { STRINGS = 20 };

static u64 next_random(u64 *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* Any kind, any number of values, values of all sizes. */
static struct event random_event(u64 *state, u64 seq, u32 *indexes, u32 threads)
{
    struct event e = {.seq = seq, .time = seq * 37 + next_random(state) % 20};
    e.thread = (u32)(next_random(state) % threads);
    e.index = indexes[e.thread]++;
    do
        e.kind = (u8)(next_random(state) % EVENT_KINDS);
    while (!event_type(e.kind));
    e.op = next_random(state) % 4 ? (u32)(1u << 16 | next_random(state) % 40) : (u32)next_random(state);
    e.lr = 0x82000000 + (u32)(next_random(state) % 50) * 4;
    e.count = (u8)(next_random(state) % (event_type(e.kind)->field_count + 1));
    for (u32 i = 0; i < e.count; i++)
        if (event_type(e.kind)->fields[i].meaning == MEANING_STRING)
            e.v[i] = next_random(state) % (STRINGS + 1);
        else
            e.v[i] = next_random(state) >> next_random(state) % 64;
    return e;
}

static void write_random(u64 count, u32 threads, u64 seed)
{
    u32 indexes[64] = {0};
    struct err err;
    struct journal_writer *w = journal_create(path, &err);
    assert_non_null(w);
    for (u32 i = 1; i <= STRINGS; i++)
        assert_int_equal(journal_intern(w, "twenty characters...", i), i);
    for (u64 i = 0; i < count; i++) {
        struct event e = random_event(&seed, i, indexes, threads);
        journal_append(w, &e);
    }
    assert_true(journal_finish(w, &err));
}

static void print_sentence(void *context, const char *sentence)
{
    (void)context;
    print_error("%s\n", sentence);
}

static void check_all(struct journal_reader *r, u64 count, u32 threads, u64 seed)
{
    u32 indexes[64] = {0};
    struct err err = {""};
    const struct event *got;
    struct journal_cursor *c = journal_cursor_all(r, 0, &err);
    for (u64 i = 0; i < count; i++) {
        struct event want = random_event(&seed, i, indexes, threads);
        int found = journal_cursor_next(c, &got, &err);
        if (found != 1)
            print_error("%s\n", err.text);
        assert_int_equal(found, 1);
        assert_memory_equal(got, &want, sizeof want);
    }
    assert_int_equal(journal_cursor_next(c, &got, &err), 0);
    journal_cursor_close(c);
}

static void check_threads(struct journal_reader *r, u64 count, u32 threads)
{
    u64 found = 0;
    struct err err;
    for (u32 thread = 0; thread < threads; thread++) {
        const struct event *got;
        struct journal_cursor *c = journal_cursor_thread(r, thread, 0, &err);
        for (u32 index = 0; journal_cursor_next(c, &got, &err) == 1; index++, found++) {
            assert_int_equal(got->thread, thread);
            assert_int_equal(got->index, index);
        }
        journal_cursor_close(c);
    }
    assert_int_equal(found, count);
}

static void test_round_trip(void **state)
{
    (void)state;
    static const struct {
        u64 count;
        u32 threads;
    } cases[] = {{0, 1}, {1, 1}, {1000, 3}, {65535, 1}, {65536, 1}, {65537, 7}, {150000, 40}};
    for (size_t i = 0; i < countof(cases); i++) {
        struct err err;
        write_random(cases[i].count, cases[i].threads, 88 + i);
        struct journal_reader *r = journal_open(path, &err);
        assert_non_null(r);
        assert_true(journal_is_whole(r));
        assert_int_equal(journal_event_count(r), cases[i].count);
        check_all(r, cases[i].count, cases[i].threads, 88 + i);
        check_threads(r, cases[i].count, cases[i].threads);
        assert_int_equal(journal_verify(r, print_sentence, NULL), 0);
        journal_close(r);
    }
}

/* ---- kill -9 ---- */

enum { FLUSHED = 3001 };

/* Tells the parent to begin killing: at once, or when a part is known to be committed. */
static void record_for_ever(int started, bool flushed)
{
    u64 seed = 5;
    u32 indexes[64] = {0};
    struct err err;
    struct journal_writer *w = journal_create(path, &err);
    for (u32 i = 1; w && i <= STRINGS; i++)
        journal_intern(w, "twenty characters...", i);
    for (u64 i = 0; w; i++) {
        struct event e = random_event(&seed, i, indexes, 5);
        e.time *= 1000;
        if (i % 16 == 0)
            journal_input(w, INPUT_pad, i, e.time, &i, sizeof i);
        journal_append(w, &e);
        if (flushed && i == FLUSHED - 1)
            journal_flush(w);
        if (i == (flushed ? FLUSHED - 1 : 0) && write(started, "x", 1) != 1)
            break;
    }
    _exit(1);
}

/* All inputs asked before the last event that is there. */
static void check_inputs(struct journal_reader *r, u64 events)
{
    struct journal_input_record record;
    struct err err;
    for (u64 i = 0; i < events; i += 16) {
        assert_int_equal(journal_next_input(r, &record, &err), 1);
        assert_int_equal(record.kind, INPUT_pad);
        assert_int_equal(record.key, i);
        assert_int_equal(record.size, sizeof i);
        assert_memory_equal(record.data, &i, sizeof i);
    }
}

static void check_prefix(struct journal_reader *r)
{
    u64 seed = 5, events = journal_event_count(r);
    u32 indexes[64] = {0};
    const struct event *got;
    struct err err;
    struct journal_cursor *c = journal_cursor_all(r, 0, &err);
    for (u64 i = 0; i < events; i++) {
        struct event want = random_event(&seed, i, indexes, 5);
        want.time *= 1000;
        assert_int_equal(journal_cursor_next(c, &got, &err), 1);
        assert_memory_equal(got, &want, sizeof want);
    }
    assert_int_equal(journal_cursor_next(c, &got, &err), 0);
    journal_cursor_close(c);
}

static u64 kill_after(u32 microseconds, bool flushed)
{
    int started[2];
    char byte;
    struct err err = {""};
    assert_int_equal(pipe(started), 0);
    pid_t child = fork();
    if (!child)
        record_for_ever(started[1], flushed);
    close(started[1]);
    assert_int_equal(read(started[0], &byte, 1), 1);
    usleep(microseconds);
    kill(child, SIGKILL);
    assert_int_equal(waitpid(child, NULL, 0), child);
    close(started[0]);
    struct journal_reader *r = journal_open(path, &err);
    assert_string_equal(err.text, "");
    assert_non_null(r);
    assert_false(journal_is_whole(r));
    u64 events = journal_event_count(r);
    check_inputs(r, events);
    check_prefix(r);
    assert_int_equal(journal_verify(r, print_sentence, NULL), 0);
    journal_close(r);
    return events;
}

static void test_killed_recording_is_a_prefix(void **state)
{
    (void)state;
    u64 random = 99;
    for (u32 i = 0; i < 10; i++) {
        u64 events = kill_after((u32)(next_random(&random) % 200000), i % 2);
        assert_true(!(i % 2) || events >= FLUSHED);
    }
    static const char *const tails[] = {"-wal", "-shm"};
    for (u32 i = 0; i < 2; i++) {
        char name[128];
        snprintf(name, sizeof name, "%s%s", path, tails[i]);
        unlink(name);
    }
}

/* A recording that runs can be read, and one whose folder cannot be written, from a copy. */
static void test_running_recording_is_read(void **state)
{
    (void)state;
    u64 seed = 5;
    u32 indexes[64] = {0};
    struct err err = {""};
    struct journal_writer *w = journal_create(path, &err);
    for (u64 i = 0; i < 1000; i++) {
        struct event e = random_event(&seed, i, indexes, 5);
        journal_append(w, &e);
    }
    journal_flush(w);
    struct journal_reader *r = journal_open(path, &err);
    assert_non_null(r);
    assert_int_equal(journal_event_count(r), 1000);
    assert_false(journal_is_whole(r));
    struct journal_reader copied = {.path = path};
    assert_true(reader_open_copy(&copied, &err));
    assert_non_null(copied.copy);
    char folder_name[256];
    snprintf(folder_name, sizeof folder_name, "%s", copied.copy);
    reader_close_file(&copied);
    assert_int_equal(access(folder_name, F_OK), -1);
    journal_close(r);
    assert_true(journal_finish(w, &err));
    char log[128];
    snprintf(log, sizeof log, "%s-wal", path);
    assert_int_equal(access(log, F_OK), -1);
}

/* ---- Identical runs ---- */

static void test_same_run_makes_same_blocks(void **state)
{
    (void)state;
    u64 hashes[64];
    struct err err;
    write_random(150000, 5, 3);
    struct journal_reader *r = journal_open(path, &err);
    size_t blocks = journal_block_count(r);
    assert_true(blocks > 10 && blocks < countof(hashes));
    for (size_t i = 0; i < blocks; i++)
        hashes[i] = journal_block_at(r, i)->hash;
    journal_close(r);
    write_random(150000, 5, 3);
    r = journal_open(path, &err);
    assert_int_equal(journal_block_count(r), blocks);
    for (size_t i = 0; i < blocks; i++)
        assert_int_equal(journal_block_at(r, i)->hash, hashes[i]);
    journal_close(r);
}

/* ---- Damage ---- */

static u8 *load(size_t *size)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    fseek(file, 0, SEEK_END);
    *size = (size_t)ftell(file);
    rewind(file);
    u8 *bytes = malloc(*size);
    assert_int_equal(fread(bytes, 1, *size, file), *size);
    fclose(file);
    return bytes;
}

static bool reads_identically(struct journal_reader *r, u64 count, u32 threads, u64 seed)
{
    u32 indexes[64] = {0};
    struct err err;
    const struct event *got;
    struct journal_cursor *c = journal_cursor_all(r, 0, &err);
    bool same = journal_is_whole(r) && journal_string_count(r) == STRINGS;
    for (u64 i = 0; same && i < count; i++) {
        struct event want = random_event(&seed, i, indexes, threads);
        same = journal_cursor_next(c, &got, &err) == 1 && !memcmp(got, &want, sizeof want);
    }
    same = same && journal_cursor_next(c, &got, &err) == 0;
    journal_cursor_close(c);
    for (u32 i = 1; same && i <= STRINGS; i++) {
        size_t size;
        same = !memcmp(journal_string(r, i, &size), "twenty characters...", i) && size == i;
    }
    return same;
}

static void count_sentence(void *context, const char *sentence)
{
    assert_true(strlen(sentence) > 10);
    ++*(u32 *)context;
}

static void test_flipped_bytes_are_told_or_harmless(void **state)
{
    (void)state;
    u64 random = 4242;
    size_t size;
    u32 told = 0, harmless = 0;
    write_random(3000, 3, 7);
    u8 *bytes = load(&size);
    for (u32 i = 0; i < 200; i++) {
        size_t place;
        /* Half of them where there is something: most of a small journal's pages is empty. */
        do
            place = next_random(&random) % size;
        while (i % 2 && !bytes[place]);
        u8 old = bytes[place];
        bytes[place] ^= (u8)(1 + next_random(&random) % 255);
        struct err err = {""};
        u32 sentences = 0;
        struct journal_reader *r = journal_open_bytes(bytes, size, &err);
        if (r)
            journal_verify(r, count_sentence, &sentences);
        if (!r || sentences) {
            assert_true(r || err.text[0]);
            told++;
        } else {
            assert_true(reads_identically(r, 3000, 3, 7));
            harmless++;
        }
        journal_close(r);
        bytes[place] = old;
    }
    free(bytes);
    assert_true(told > 50);
    assert_true(harmless > 10);
}

/* A damaged block is named and read around: all other events come. */
static void test_damaged_block_is_read_around(void **state)
{
    (void)state;
    struct err err;
    write_random(60000, 4, 11);
    sqlite3 *db;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "UPDATE block_data SET data=zeroblob(length(data)) WHERE id=2", NULL, NULL, NULL),
                     0);
    sqlite3_close(db);
    struct journal_reader *r = journal_open(path, &err);
    u64 lost = journal_block_at(r, 1)->count, found = 0;
    u32 damages = 0, sentences = 0;
    const struct event *event;
    struct journal_cursor *c = journal_cursor_all(r, 0, &err);
    for (int n; (n = journal_cursor_next(c, &event, &err));) {
        if (n < 0) {
            damages++;
            assert_non_null(strstr(err.text, "block 2 (thread"));
        } else {
            found++;
        }
    }
    journal_cursor_close(c);
    assert_int_equal(damages, 1);
    assert_int_equal(found, 60000 - lost);
    journal_verify(r, count_sentence, &sentences);
    assert_int_equal(sentences, 1);
    journal_close(r);
}

/* An id that was damaged would else cost memory for all strings before it. */
static void test_damaged_id_of_a_string_makes_no_others(void **state)
{
    (void)state;
    struct err err;
    u32 sentences = 0;
    sqlite3 *db;
    write_random(10, 1, 1);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "UPDATE strings SET id=1000000 WHERE id=20", NULL, NULL, NULL), 0);
    sqlite3_close(db);
    struct journal_reader *r = journal_open(path, &err);
    assert_int_equal(journal_string_count(r), STRINGS - 1);
    journal_verify(r, count_sentence, &sentences);
    assert_true(sentences > 0);
    journal_close(r);
}

static void check_refused(const char *sql, const char *word)
{
    struct err err = {""};
    sqlite3 *db;
    unlink(path);
    write_random(10, 1, 1);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    assert_null(journal_open(path, &err));
    assert_non_null(strstr(err.text, word));
    assert_non_null(strstr(err.text, path));
}

static void test_other_files_are_refused(void **state)
{
    (void)state;
    struct err err;
    check_refused("PRAGMA user_version=1", "format 1");
    check_refused("PRAGMA user_version=3", "format 3");
    check_refused("PRAGMA application_id=7", "is not a journal");
    check_refused("DROP TABLE inputs", "tables");
    assert_null(journal_open("/nowhere/run.lsj", &err));
    assert_non_null(strstr(err.text, "/nowhere/run.lsj"));
    assert_null(journal_open("/dev/null", &err));
    assert_non_null(strstr(err.text, "is not a journal"));
    assert_int_equal(access(path, F_OK), 0); /* the last one of check_refused is a journal without a table */
    FILE *other = fopen(path, "wb");
    fputs("somebody's log, which is no journal and must not be replaced by one: it has more bytes than a header has "
          "in such a file",
          other);
    fclose(other);
    assert_null(journal_create(path, &err));
    assert_non_null(strstr(err.text, "there is a file that is no journal"));
    assert_int_equal(access(path, F_OK), 0);
    unlink(path);
    assert_null(journal_create("/dev/null", &err));
    assert_int_equal(access("/dev/null", W_OK), 0);
    assert_null(journal_create("/nowhere/run.lsj", &err));
    assert_non_null(strstr(err.text, "/nowhere/run.lsj"));
}

/* ---- A full disk ---- */

static void test_full_disk_is_told_and_keeps_what_was_written(void **state)
{
    (void)state;
    struct rlimit old, small;
    struct err err = {""};
    u64 seed = 5;
    u32 indexes[64] = {0};
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &old);
    small = (struct rlimit){6 << 20, old.rlim_max};
    setrlimit(RLIMIT_FSIZE, &small);
    struct journal_writer *w = journal_create(path, &err);
    assert_non_null(w);
    for (u32 i = 1; i <= STRINGS; i++)
        journal_intern(w, "twenty characters...", i);
    for (u64 i = 0; i < 400000; i++) {
        struct event e = random_event(&seed, i, indexes, 5);
        e.time *= 1000;
        if (i % 16 == 0)
            journal_input(w, INPUT_pad, i, e.time, &i, sizeof i);
        journal_append(w, &e);
        if (i % 20000 == 0)
            journal_flush(w);
    }
    assert_true(journal_failed(w, &err));
    assert_non_null(strstr(err.text, path));
    struct err last = {""};
    assert_false(journal_finish(w, &last));
    assert_string_equal(last.text, err.text);
    setrlimit(RLIMIT_FSIZE, &old);
    struct journal_reader *r = journal_open(path, &err);
    assert_non_null(r);
    assert_false(journal_is_whole(r));
    assert_true(journal_event_count(r) > 0);
    check_prefix(r);
    assert_int_equal(journal_verify(r, print_sentence, NULL), 0);
    journal_close(r);
}

static int setup(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/lockstep-journal-XXXXXX");
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/run.lsj", folder);
    return 0;
}

static off_t size_of_file(const char *tail)
{
    char name[128];
    struct stat about;
    snprintf(name, sizeof name, "%s%s", path, tail);
    return stat(name, &about) ? 0 : about.st_size;
}

/* A recording ends when its journal is whole: so what a finish has to do must not grow with the run. */
static void test_finish_has_little_left_to_write(void **state)
{
    (void)state;
    u32 indexes[64] = {0};
    u64 seed = 12;
    struct err err;
    struct journal_writer *w = journal_create(path, &err);
    assert_non_null(w);
    for (u64 i = 0; i % 8192 || size_of_file("") + size_of_file("-wal") < 16 << 20; i++) {
        assert_in_range(i, 0, 2000000);
        struct event e = random_event(&seed, i, indexes, 7);
        journal_append(w, &e);
        if (i % 8192 == 8191)
            journal_flush(w);
    }
    assert_in_range(size_of_file("-wal"), 1, 4 << 20);
    assert_true(journal_finish(w, &err));
    assert_int_equal(size_of_file("-wal"), 0);
}

static int teardown(void **state)
{
    (void)state;
    static const char *const tails[] = {"", "-wal", "-shm"};
    for (u32 i = 0; i < countof(tails); i++) {
        char name[128];
        snprintf(name, sizeof name, "%s%s", path, tails[i]);
        unlink(name);
    }
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_killed_recording_is_a_prefix),
        cmocka_unit_test(test_running_recording_is_read),
        cmocka_unit_test(test_same_run_makes_same_blocks),
        cmocka_unit_test(test_flipped_bytes_are_told_or_harmless),
        cmocka_unit_test(test_damaged_block_is_read_around),
        cmocka_unit_test(test_damaged_id_of_a_string_makes_no_others),
        cmocka_unit_test(test_other_files_are_refused),
        cmocka_unit_test(test_finish_has_little_left_to_write),
        cmocka_unit_test(test_full_disk_is_told_and_keeps_what_was_written),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
