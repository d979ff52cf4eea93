/* SPDX-License-Identifier: BSD-3-Clause
 * The gate (replay/nondet.h). */
#include "replay/nondet.h"
#include "replay/hash.h"
#include "replay/journal.h"

#include <stdio.h>
#include <stdlib.h>

struct nondet {
    enum nondet_mode mode;
    struct nondet_host host;
    struct journal_writer *writer;
    struct journal_reader *reader;
    u64 asked;
    struct journal_input_record ahead; /* replaying: the journal's next input, once it was looked at */
    struct err ahead_err;
    int ahead_found; /* as journal_next_input says */
    bool looked;
    bool diverged;
    bool exhausted;
    struct err err; /* why it stopped: a gate that failed stays failed */
    bool failed;
};

struct question {
    enum input_kind kind;
    u64 key;
    u64 tick;
};

struct nondet *nondet_create(enum nondet_mode mode, const struct nondet_host *host, struct journal_writer *writer,
                             struct journal_reader *reader)
{
    CHECK(mode != NONDET_RECORD || writer, "recording needs a journal to write");
    CHECK(mode != NONDET_REPLAY || reader, "replaying needs a journal to read");
    struct nondet *gate = calloc(1, sizeof *gate);
    CHECK(gate, "out of memory");
    *gate = (struct nondet){.mode = mode, .writer = writer, .reader = reader};
    if (host)
        gate->host = *host;
    return gate;
}

void nondet_destroy(struct nondet *gate)
{
    free(gate);
}

bool nondet_has_diverged(const struct nondet *gate)
{
    return gate->diverged;
}
bool nondet_is_exhausted(const struct nondet *gate)
{
    return gate->exhausted;
}

static const char *kind_name(u32 kind)
{
    const struct input_type *type = input_type(kind);
    return type ? type->name : "unknown";
}

static bool host_answer(struct nondet *gate, struct question q, struct nondet_answer *answer, struct err *err)
{
    if (!gate->host.answer)
        return err_set(err, "nobody answers the question %s (key 0x%llX) at tick %llu", kind_name(q.kind),
                       (unsigned long long)q.key, (unsigned long long)q.tick);
    return gate->host.answer(gate->host.context, q.kind, q.key, q.tick, answer, err);
}

static bool no_more(struct nondet *gate, struct question q, struct err *err)
{
    if (!journal_is_whole(gate->reader)) {
        gate->exhausted = true;
        return err_set(err,
                       "the journal was cut short: it ends before the answer to question %llu, %s (key 0x%llX) at "
                       "tick %llu",
                       (unsigned long long)gate->asked, kind_name(q.kind), (unsigned long long)q.key,
                       (unsigned long long)q.tick);
    }
    gate->diverged = true;
    return err_set(err, "question %llu: the journal holds no more, the replay asks %s (key 0x%llX) at tick %llu",
                   (unsigned long long)gate->asked, kind_name(q.kind), (unsigned long long)q.key,
                   (unsigned long long)q.tick);
}

/* The title is there in a replay too: what it gives now must be what it gave then. */
static bool compare_with_host(struct nondet *gate, struct question q, const struct journal_input_record *record,
                              struct nondet_answer *answer, struct err *err)
{
    if (!host_answer(gate, q, answer, err))
        return false;
    if (answer->size == record->size && hash_bytes(answer->data, answer->size) == record->hash)
        return true;
    return err_set(err,
                   "the title is not the one recorded: %s (key 0x%llX) gives %zu bytes with another hash than the "
                   "%zu recorded",
                   kind_name(q.kind), (unsigned long long)q.key, answer->size, record->size);
}

static void look_ahead(struct nondet *gate)
{
    if (gate->looked)
        return;
    gate->ahead_found = journal_next_input(gate->reader, &gate->ahead, &gate->ahead_err);
    gate->looked = true;
}

static bool replay_answer(struct nondet *gate, struct question q, struct nondet_answer *answer, struct err *err)
{
    look_ahead(gate);
    struct journal_input_record record = gate->ahead;
    if (gate->ahead_found < 0)
        return err_set(err, "%s", gate->ahead_err.text);
    if (!gate->ahead_found)
        return no_more(gate, q, err);
    gate->looked = false;
    if (record.kind != q.kind || record.key != q.key || record.tick != q.tick) {
        gate->diverged = true;
        return err_set(err,
                       "question %llu: the journal holds %s (key 0x%llX) at tick %llu, the replay asks %s (key 0x%llX) "
                       "at tick %llu",
                       (unsigned long long)gate->asked, kind_name(record.kind), (unsigned long long)record.key,
                       (unsigned long long)record.tick, kind_name(q.kind), (unsigned long long)q.key,
                       (unsigned long long)q.tick);
    }
    if (input_type(q.kind)->kept == INPUT_HASHED)
        return compare_with_host(gate, q, &record, answer, err);
    *answer = (struct nondet_answer){record.data, record.size};
    return true;
}

static bool ask(struct nondet *gate, struct question q, struct nondet_answer *answer, struct err *err)
{
    if (gate->mode == NONDET_REPLAY)
        return replay_answer(gate, q, answer, err);
    if (!host_answer(gate, q, answer, err))
        return false;
    if (gate->mode == NONDET_RECORD)
        journal_input(gate->writer, q.kind, q.key, q.tick, answer->data, answer->size);
    return true;
}

/* The journal's next input, if it is a change. */
static const struct journal_input_record *next_change(struct nondet *gate)
{
    if (gate->mode != NONDET_REPLAY || gate->failed)
        return NULL;
    look_ahead(gate);
    bool is_change = gate->ahead_found > 0 && input_type(gate->ahead.kind)->kept == INPUT_CHANGE;
    return is_change ? &gate->ahead : NULL;
}

bool nondet_has_changes(struct nondet *gate)
{
    return gate->mode == NONDET_REPLAY ? next_change(gate) != NULL : gate->host.change != NULL;
}

u64 nondet_due(struct nondet *gate, u64 thread)
{
    if (gate->mode != NONDET_REPLAY)
        return gate->host.due ? gate->host.due(gate->host.context, thread) : UINT64_MAX;
    const struct journal_input_record *next = next_change(gate);
    bool is_due = next && (next->kind == INPUT_hold || next->kind == INPUT_poke) && next->key == thread;
    return is_due ? next->tick : UINT64_MAX;
}

bool nondet_take(struct nondet *gate, enum input_kind kind, u64 key, u64 about, u64 tick, struct nondet_answer *answer)
{
    CHECK(input_type(kind)->kept == INPUT_CHANGE, "%s is no change", kind_name(kind));
    if (gate->mode != NONDET_REPLAY) {
        if (!gate->host.change || !gate->host.change(gate->host.context, kind, key, about, tick, answer))
            return false;
        if (gate->mode == NONDET_RECORD)
            journal_input(gate->writer, kind, key, tick, answer->data, answer->size);
        return true;
    }
    const struct journal_input_record *next = next_change(gate);
    if (!next || next->kind != kind || next->key != key || next->tick != tick)
        return false;
    *answer = (struct nondet_answer){next->data, next->size};
    gate->looked = false;
    return true;
}

bool nondet_ask(struct nondet *gate, enum input_kind kind, u64 key, u64 tick, struct nondet_answer *answer,
                struct err *err)
{
    CHECK(input_type(kind), "no such kind of question: %u", (u32)kind);
    if (!gate->failed)
        gate->failed = !ask(gate, (struct question){kind, key, tick}, answer, &gate->err);
    if (gate->failed)
        return err_set(err, "%s", gate->err.text);
    gate->asked++;
    return true;
}

bool nondet_ask_u64(struct nondet *gate, enum input_kind kind, u64 key, u64 tick, u64 *value, struct err *err)
{
    struct nondet_answer answer;
    if (!nondet_ask(gate, kind, key, tick, &answer, err))
        return false;
    if (answer.size > 8)
        return err_set(err, "%s (key 0x%llX) was answered with %zu bytes where a number is wanted", kind_name(kind),
                       (unsigned long long)key, answer.size);
    u64 number = 0;
    for (size_t i = 0; i < answer.size; i++)
        number |= (u64)answer.data[i] << 8 * i;
    *value = number;
    return true;
}
