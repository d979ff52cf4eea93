/* SPDX-License-Identifier: BSD-3-Clause
 * What views are made from (marks, waits) is read by columns; it must be what the whole events tell, read one by one,
 * in journals of our own and of imported logs. */
#include "cli/cli.h"
#include "diff/commands.h"
#include "diff/marks.h"
#include "diff/waits.h"
#include "tests/unit/diff_sample.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
// clang-format on

enum { EVENTS = 90000, THREADS = 6, LINES = 20000 };

static u64 next_random(u64 *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static const char *const ops[] = {"NtSetEvent",
                                  "NtWaitForSingleObjectEx",
                                  "RtlEnterCriticalSection",
                                  "NtCreateEvent",
                                  "KeSetEvent",
                                  "NtDuplicateObject",
                                  "NtReadFile",
                                  "ObReferenceObjectByHandle"};
static const u8 kinds[] = {EVENT_call,
                           EVENT_call,
                           EVENT_call,
                           EVENT_return,
                           EVENT_return,
                           EVENT_wait_begin,
                           EVENT_wait_end,
                           EVENT_handle_create,
                           EVENT_handle_destroy,
                           EVENT_signal_match,
                           EVENT_handle_duplicate,
                           EVENT_file};

static void make_own(struct sample *s)
{
    u64 seed = 41;
    sample_begin(s);
    for (u32 i = 0; i < EVENTS; i++) {
        u8 kind = kinds[next_random(&seed) % countof(kinds)];
        struct event e = sample_event(kind, 1 + (u32)next_random(&seed) % THREADS, i * 3,
                                      next_random(&seed) % 9 ? ops[next_random(&seed) % countof(ops)] : NULL,
                                      0x82000000 + (u32)(next_random(&seed) % 5) * 4);
        for (u32 f = 0; f < e.count; f++)
            e.v[f] = next_random(&seed) % 40;
        e.missing = next_random(&seed) % 5 ? 0 : (u16)(next_random(&seed) & ((1u << e.count) - 1));
        for (u32 f = 0; f < e.count; f++)
            e.v[f] = e.missing >> f & 1 ? 0 : e.v[f];
        sample_add(s, e);
        if (next_random(&seed) % 9000 == 0)
            journal_flush(s->w);
    }
    sample_end(s);
}

static const char *const endings[] = {
    "\"kernel.call\",\"payload\":{\"name\":\"NtSetEvent\",\"lr\":\"0x820000%02x\",\"args\":{\"handle\":\"0x%x\"}}",
    "\"kernel.call\",\"payload\":{\"name\":\"NtWaitForSingleObjectEx\",\"lr\":\"0x820000%02x\",\"args\":{\"handle\":"
    "\"0x%x\"}}",
    "\"kernel.return\",\"payload\":{\"name\":\"NtWaitForSingleObjectEx\",\"return_value\":%u,\"status\":\"0x%08x\"}",
    "\"wait.begin\",\"payload\":{\"handles_semantic_ids\":[\"3bd922fb%08x\"],\"timeout_ns\":%u,\"alertable\":false}",
    "\"wait.begin\",\"payload\":{\"handles_semantic_ids\":[\"3bd922fb%08x\"],\"timeout_ns\":-1,\"alertable\":true}",
    "\"handle.create\",\"payload\":{\"handle_semantic_id\":\"3bd922fb%08x\",\"object_type\":1,\"raw_handle_id\":\"0x%"
    "x\"}",
    "\"handle.destroy\",\"payload\":{\"handle_semantic_id\":\"3bd922fb%08x\",\"raw_handle_id\":\"0x%x\"}",
    "\"strange\",\"payload\":{\"n\":%u}",
};

static void import(const char *log, const char *journal)
{
    struct err err = {""};
    const char *argv[] = {"import", log, "-o", journal, NULL};
    struct cli cli = {.verb = cli_verb_find("import")};
    assert_true(cli_parse(&cli, countof(argv) - 1, (char **)(uintptr_t)argv, &err));
    assert_int_equal(cmd_import(&cli), EXIT_OK);
}

static void make_imported(struct sample *s)
{
    char log[] = "/tmp/lockstep-picks-log-XXXXXX";
    u64 seed = 5;
    *s = (struct sample){.path = "/tmp/lockstep-picks-XXXXXX"};
    close(mkstemp(s->path));
    FILE *out = fdopen(mkstemp(log), "w");
    assert_non_null(out);
    for (u32 i = 0; i < LINES; i++) {
        u32 n = (u32)next_random(&seed) % 90, tid = (u32)next_random(&seed) % 4;
        fprintf(out,
                "{\"schema_version\":1,\"engine\":\"e\",\"tid\":%u,\"tid_event_idx\":%u,\"host_ns\":%u,"
                "\"deterministic\":true,\"kind\":",
                tid, i, i * 50000);
        fprintf(out, endings[next_random(&seed) % countof(endings)], n, n * 4);
        fputs("}\n", out);
    }
    assert_int_equal(fclose(out), 0);
    import(log, s->path);
    unlink(log);
}

static struct run *open_run(const struct sample *s)
{
    struct err err = {""};
    struct run *run = run_open(s->path, &err);
    assert_string_equal(err.text, "");
    assert_non_null(run);
    return run;
}

/* ---- Marks. ---- */

static void fill_plainly(struct mark *mark, const struct event *e, const struct site_fact *fact)
{
    const u8 of_call[] = {fact->role.argument, F_call_a0, F_call_text, F_call_a6};
    mark->missing = 0;
    memset(mark->v, 0, sizeof mark->v);
    u32 count = e->kind == EVENT_call ? countof(of_call) : e->kind == EVENT_return ? F_return_out0 + 1 : MARK_VALUES;
    for (u32 i = 0; i < count; i++) {
        u32 field = e->kind == EVENT_call ? of_call[i] : i;
        mark->v[i] = e->v[field];
        mark->missing |= (u16)(!event_tells(e, field) << i);
    }
}

/* What is wanted of a site, if it is: a wait's begin only behind the call of a wait. */
static u8 wanted_of(const struct site_fact *fact, bool is_wanted)
{
    bool leads = fact->kind == EVENT_call && fact->role.role == ROLE_WAIT;
    bool may = is_wanted && fact->kind != EVENT_line && fact->kind != EVENT_foreign;
    return (u8)((!may ? 0 : fact->kind == EVENT_wait_begin ? MARKS_LED : MARKS_WANTED) | (leads ? MARKS_LEADS : 0));
}

/* Every n-th site is wanted. */
static void check_marks(const struct sample *s, u32 n)
{
    struct err err = {""};
    struct run *run = open_run(s);
    struct site_fact *facts = sites_make(run);
    u32 sites = run_site_count(run), threads = run_thread_count(run);
    u8 *wanted = calloc(sites, 1), *is_led = calloc(threads, 1);
    u64 *positions = calloc(threads, sizeof *positions), found = 0, led = 0;
    const struct event *e;
    const struct mark *m;
    for (u32 i = 0; i < sites; i++)
        wanted[i] = wanted_of(&facts[i], i % n == 0);
    struct marks *marks = marks_open(run, facts, wanted, NULL);
    struct journal_cursor *c = journal_cursor_all(run_journal(run), 0, &err);
    for (; journal_cursor_next(c, &e, &err) == 1;) {
        struct run_span span;
        u32 place = run_thread_place(run, e->thread);
        u64 position = positions[place]++;
        assert_true(run_read(run, place, position, &span, &err));
        u8 how = wanted[span.site[0]];
        is_led[place] = e->kind == EVENT_call ? how & MARKS_LEADS : is_led[place];
        led += how & MARKS_LED && is_led[place];
        if (!(how & MARKS_WANTED) && !(how & MARKS_LED && is_led[place]))
            continue;
        assert_int_equal(marks_next(marks, &m, &err), 1);
        assert_true(m->seq == e->seq && m->time == e->time && m->place == place && m->position == position);
        assert_true(m->site == span.site[0] && m->kind == e->kind);
        struct mark plain = *m;
        fill_plainly(&plain, e, &facts[m->site]);
        assert_memory_equal(&plain, m, sizeof plain);
        assert_true(m->kind != EVENT_call || (m->call_site == m->site && !m->call_back));
        found++;
    }
    assert_int_equal(marks_next(marks, &m, &err), 0);
    assert_true(found > 100 && (n > 1 || led > 100));
    journal_cursor_close(c);
    marks_close(marks);
    free(positions);
    free(is_led);
    free(wanted);
    free(facts);
    run_close(run);
}

static void test_marks_are_the_events(void **state)
{
    struct sample *samples = *state;
    for (u32 i = 0; i < 2; i++)
        for (u32 n = 1; n < 6; n += 2)
            check_marks(&samples[i], n);
}

/* ---- Waits. ---- */

static void check_begin(struct run *run, const struct wait *w)
{
    struct err err;
    struct event e;
    assert_true(run_event(run, w->place, w->begin, &e, &err));
    assert_true(w->begin_seq == e.seq && w->begin_time == e.time);
    if (!w->blocked)
        return;
    assert_int_equal(e.kind, EVENT_wait_begin);
    bool told = event_tells(&e, F_wait_begin_deadline);
    assert_int_equal(w->has_deadline, told);
    assert_true(w->deadline == (told ? e.v[F_wait_begin_deadline] : UINT64_MAX));
    assert_int_equal(w->alertable, e.v[F_wait_begin_alertable] != 0);
    assert_int_equal(w->all, e.v[F_wait_begin_all] != 0);
}

static void check_end(struct run *run, const struct objects *objects, const struct wait *w)
{
    struct err err;
    struct event e;
    assert_true(run_event(run, w->place, w->end, &e, &err));
    assert_true(w->end_seq == e.seq && w->end_time == e.time);
    u32 field = e.kind == EVENT_return ? (u32)F_return_result : (u32)F_wait_end_status;
    bool told = event_tells(&e, field);
    assert_int_equal(w->has_status, told);
    assert_int_equal(w->status, told ? (u32)e.v[field] : 0);
    if (e.kind == EVENT_wait_end && w->waker == WAKER_NONE)
        assert_int_equal(w->ended_by, objects_by_hsid(objects, e.v[F_wait_end_object]));
}

static void test_waits_are_their_events(void **state)
{
    struct sample *samples = *state;
    for (u32 i = 0; i < 2; i++) {
        struct err err = {""};
        struct objects objects;
        struct waits waits;
        struct run *run = open_run(&samples[i]);
        u32 blocked = 0, ended = 0;
        assert_true(waits_make(&waits, &objects, run, &err));
        for (u32 n = 0; n < waits.count; n++) {
            const struct wait *w = &waits.rows[n];
            check_begin(run, w);
            blocked += w->blocked;
            if (w->state == WAIT_ENDED && !waits.eager) {
                check_end(run, &objects, w);
                ended++;
            }
        }
        assert_true(blocked > 1000 && ended > 1000);
        waits_free(&waits);
        objects_free(&objects);
        run_close(run);
    }
}

/* ---- Some sites, some indexes. ---- */

static bool is_chosen(const struct journal_filter *f, struct journal_reader *r, const struct event *e)
{
    if (f->by_index && (e->index < f->least_index || e->index > f->most_index))
        return false;
    for (u32 i = 0; i < journal_site_count(r); i++) {
        const struct journal_site *site = journal_site(r, i);
        if (f->sites[i] && site->kind == e->kind && site->op == e->op && site->lr == e->lr)
            return true;
    }
    return false;
}

/* Asks one cursor for all events and one for some: of what is wanted nothing is left out, and it comes as it is. */
static u64 check_cursor(struct journal_reader *r, const struct journal_filter *filter)
{
    struct err err = {""};
    const struct event *e, *f;
    u64 found = 0;
    struct journal_cursor *all = journal_cursor_all(r, 0, &err), *some = journal_cursor_open(r, filter, &err);
    while (journal_cursor_next(all, &e, &err) == 1) {
        if (!is_chosen(filter, r, e))
            continue;
        do
            assert_int_equal(journal_cursor_next(some, &f, &err), 1);
        while (!is_chosen(filter, r, f));
        assert_memory_equal(e, f, sizeof *e);
        found++;
    }
    journal_cursor_close(all);
    journal_cursor_close(some);
    return found;
}

static void test_some_sites_give_their_events(void **state)
{
    struct sample *samples = *state;
    for (u32 i = 0; i < 2; i++) {
        struct err err;
        struct journal_reader *r = journal_open(samples[i].path, &err);
        u8 *sites = calloc(journal_site_count(r), 1);
        for (u32 n = 0; n < journal_site_count(r); n++) { /* those alike but for how they are kept together */
            const struct journal_site *site = journal_site(r, n);
            sites[n] = (site->kind * 31 + site->op * 7 + site->lr) % 5 == 0;
        }
        struct journal_filter filter = {.last_time = UINT64_MAX, .last_seq = UINT64_MAX, .sites = sites};
        assert_true(check_cursor(r, &filter) > 100);
        filter.by_index = true;
        filter.least_index = 2000;
        filter.most_index = 2999;
        assert_true(check_cursor(r, &filter) > 10);
        free(sites);
        journal_close(r);
    }
}

static int setup(void **state)
{
    static struct sample samples[2];
    make_own(&samples[0]);
    make_imported(&samples[1]);
    *state = samples;
    return 0;
}

static int teardown(void **state)
{
    struct sample *samples = *state;
    for (u32 i = 0; i < 2; i++)
        sample_remove(&samples[i]);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_marks_are_the_events),
        cmocka_unit_test(test_waits_are_their_events),
        cmocka_unit_test(test_some_sites_give_their_events),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
