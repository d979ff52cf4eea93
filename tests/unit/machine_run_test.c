/* SPDX-License-Identifier: BSD-3-Clause
 * One run, many ways to get through it: stopped anywhere, stepped, with derived state thrown away at random, and moved
 * into another engine half-way. All end in the same state hash and the same number of events. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "emu/boot.h"
#include "emu/host/session.h"
#include "emu/memory/memory.h"

#include <stdio.h>

struct outcome {
    u64 hash;
    u64 events;
    u64 instructions;
    u32 reason;
    u32 code;
};

static struct session *open_session(const char *name)
{
    struct session *s = calloc(1, sizeof *s);
    struct err err = {{0}};
    char path[4096];
    const char *titles = getenv("TITLES");
    assert_non_null(s);
    s->quiet = true;
    s->mute = true;
    s->answers.boot_time = 127770912000000000ull;
    s->answers.seed = 5;
    s->answers.setting[SETTING_LANGUAGE] = 1;
    snprintf(path, sizeof path, "%s/%s", titles ? titles : "build/guests", name);
    if (!session_open_title(s, path, &err))
        fail_msg("%s (make builds the titles)", err.text);
    return s;
}

static void boot(struct session *s)
{
    struct err err = {{0}};
    struct config config;
    struct nondet_host host = {.context = &s->answers, .answer = answers_give};
    config_default(&config);
    config.chaos_seed = 3;
    s->gate = nondet_create(NONDET_LIVE, &host, NULL, NULL);
    if (!session_boot(s, &config, false, &err))
        fail_msg("%s", err.text);
}

static struct outcome outcome_of(struct session *s)
{
    const struct machine *m = s->engine->m;
    struct outcome o = {machine_hash(s->engine, NULL, NULL), m->events, m->instructions, m->ended, m->exit_code};
    session_finish(s);
    free(s);
    return o;
}

static struct outcome run_plain(const char *name)
{
    struct session *s = open_session(name);
    struct until until = {0};
    boot(s);
    assert_int_equal(machine_run(s->engine, &until), MACHINE_ENDED);
    return outcome_of(s);
}

static void assert_same(struct outcome a, struct outcome b)
{
    assert_int_equal(a.reason, END_EXITED);
    assert_int_equal(a.reason, b.reason);
    assert_int_equal(a.code, b.code);
    assert_int_equal(a.events, b.events);
    assert_int_equal(a.instructions, b.instructions);
    assert_int_equal(a.hash, b.hash);
}

static u64 draw(u64 *state)
{
    *state = *state * 6364136223846793005ull + 1442695040888963407ull;
    return *state >> 33;
}

/* A stop of one of the three kinds, somewhere ahead. */
static struct until next_stop(const struct machine *m, u64 *random)
{
    struct until until = {0};
    switch (draw(random) % 3) {
    case 0:
        until.instructions = m->instructions + 1 + draw(random) % 200000;
        break;
    case 1:
        until.events = m->events + 1 + draw(random) % 500;
        break;
    default:
        until.tick = m->slice_end + 1 + draw(random) % 500000;
    }
    return until;
}

static void test_run_does_not_depend_on_where_it_is_stopped(void **state)
{
    (void)state;
    struct session *s = open_session("coldboot");
    u64 random = 1;
    boot(s);
    while (!s->engine->m->ended) {
        struct until until = next_stop(s->engine->m, &random);
        machine_run(s->engine, &until);
    }
    assert_same(run_plain("coldboot"), outcome_of(s));
}

static void test_run_does_not_depend_on_derived_state(void **state)
{
    (void)state;
    struct session *s = open_session("coldboot");
    u64 random = 2;
    boot(s);
    while (!s->engine->m->ended) {
        struct until until = next_stop(s->engine->m, &random);
        machine_run(s->engine, &until);
        if (draw(&random) % 2)
            block_cache_clear(s->engine);
        if (draw(&random) % 8 == 0)
            engine_derive(s->engine);
        if (draw(&random) % 8 == 0)
            machine_hash(s->engine, NULL, NULL);
    }
    assert_same(run_plain("coldboot"), outcome_of(s));
}

static void test_run_stepped_by_instruction_is_the_same(void **state)
{
    (void)state;
    struct session *s = open_session("sync");
    u64 random = 3;
    boot(s);
    while (!s->engine->m->ended) {
        struct until until = next_stop(s->engine->m, &random);
        s->engine->stepping = draw(&random) % 2;
        machine_run(s->engine, &until);
    }
    assert_same(run_plain("sync"), outcome_of(s));
}

/* The arena holds all there is: copied into another engine at another host address, the run goes on as it would have.
 */
static void move(struct session *s)
{
    struct err err = {{0}};
    struct engine *from = s->engine;
    struct engine *to = engine_create(&err);
    assert_non_null(to);
    memcpy(to->m, from->m, sizeof *to->m);
    for (u32 page = 0; page < PAGES; page++) {
        if (from->m->page[page] & PAGE_COMMITTED)
            memory_poke(to, page << PAGE_SHIFT, from->mem + ((u64)page << PAGE_SHIFT), PAGE_SIZE);
    }
    engine_derive(to);
    to->gate = from->gate;
    to->observer = from->observer;
    engine_destroy(from);
    s->engine = to;
}

static void test_run_goes_on_in_another_engine(void **state)
{
    (void)state;
    struct session *s = open_session("coldboot");
    boot(s);
    for (u32 i = 1; i <= 4; i++) {
        struct until until = {.instructions = i * 4000000 + i};
        assert_int_equal(machine_run(s->engine, &until), MACHINE_REACHED);
        u64 before = machine_hash(s->engine, NULL, NULL);
        move(s);
        assert_int_equal(machine_hash(s->engine, NULL, NULL), before);
    }
    struct until until = {0};
    machine_run(s->engine, &until);
    assert_same(run_plain("coldboot"), outcome_of(s));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_run_does_not_depend_on_where_it_is_stopped),
        cmocka_unit_test(test_run_does_not_depend_on_derived_state),
        cmocka_unit_test(test_run_stepped_by_instruction_is_the_same),
        cmocka_unit_test(test_run_goes_on_in_another_engine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
