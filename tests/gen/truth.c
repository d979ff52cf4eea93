/* SPDX-License-Identifier: BSD-3-Clause
 * truth.json of a pair: what its README says. */
#include "tests/gen/pair.h"

static void put_key(struct gen_out *out, const char *before, const char *key)
{
    out_text(out, before);
    out_char(out, '"');
    out_text(out, key);
    out_text(out, "\":");
}

static void put_number(struct gen_out *out, const char *before, const char *key, u64 value)
{
    put_key(out, before, key);
    out_decimal(out, value);
}

static void put_string(struct gen_out *out, const char *before, const char *key, const char *value)
{
    put_key(out, before, key);
    out_char(out, '"');
    out_text(out, value);
    out_char(out, '"');
}

static void put_hex(struct gen_out *out, const char *before, const char *key, const char *prefix, u64 value, u32 digits)
{
    put_key(out, before, key);
    out_char(out, '"');
    out_text(out, prefix);
    out_hex(out, value, digits, false);
    out_char(out, '"');
}

/* ---- Where threads part. ---- */

static bool is_written(const struct gen_thread *thread, const struct gen_step *step)
{
    return step->op != GEN_NO_OP && !step->is_spared && step->call < thread->index;
}

enum without { WITHOUT_NOTHING, WITHOUT_SECTIONS, WITHOUT_NOISE };

static bool is_left_out(u32 op, enum without without)
{
    return (without == WITHOUT_SECTIONS && gen_op_is_section(op)) || (without == WITHOUT_NOISE && gen_op_is_noise(op));
}

/* The number of the first event of step n or later. */
static u32 index_from(const struct gen_thread *thread, u32 n, enum without without)
{
    for (; n < thread->step_count; n++)
        if (is_written(thread, &thread->steps[n]) && !is_left_out(thread->steps[n].op, without))
            return thread->steps[n].call;
    return thread->index;
}

static u64 time_of(const struct gen_run *run, u64 time)
{
    return run->engine.style == STYLE_CANARY ? time - time % 100 : time;
}

static void put_side(struct gen_out *out, const char *key, const struct gen_run *run, const struct gen_thread *thread,
                     u32 n, bool in_result)
{
    while (n < thread->step_count && thread->steps[n].is_spared)
        n++;
    const struct gen_step *step = n < thread->step_count ? &thread->steps[n] : NULL;
    u32 call = index_from(thread, n, WITHOUT_NOTHING);
    if (step && step->call >= thread->index)
        step = NULL;
    put_key(out, "", key);
    put_number(out, "{", "thread", thread->tid);
    put_number(out, ",", "index", in_result ? step->result : call);
    put_number(out, ",", "call", call);
    put_number(out, ",", "index_without_sections", in_result ? step->result : index_from(thread, n, WITHOUT_SECTIONS));
    put_number(out, ",", "index_without_noise", in_result ? step->result : index_from(thread, n, WITHOUT_NOISE));
    if (step) {
        put_string(out, ",", "op", gen_ops[step->op].name);
        put_hex(out, ",", "lr", "0x", step->lr, 8);
        put_hex(out, ",", "status", "0x", step->status, 8);
        put_number(out, ",", "time", time_of(run, in_result ? step->result_time : step->time));
    } else {
        out_text(out, ",\"op\":null,\"lr\":null,\"status\":null,\"time\":null");
    }
    out_text(out, "}");
}

/* The last call before the parting that both logs have. */
static void put_common(struct gen_out *out, const struct gen_pair *pair, const struct gen_thread *a,
                       const struct gen_thread *b, struct gen_parting at)
{
    u32 steps[2] = {at.a, at.b};
    put_key(out, ",", "common");
    while (steps[0] > 0 && steps[1] > 0) {
        do
            steps[0]--;
        while (steps[0] > 0 && pair_leaves_out(pair, &a->steps[steps[0]]));
        do
            steps[1]--;
        while (steps[1] > 0 && pair_leaves_out(pair, &b->steps[steps[1]]));
        if (!is_written(a, &a->steps[steps[0]]) || !is_written(b, &b->steps[steps[1]]))
            continue;
        put_number(out, "{", "a", a->steps[steps[0]].call);
        put_number(out, ",", "b", b->steps[steps[1]].call);
        out_text(out, "}");
        return;
    }
    out_text(out, "null");
}

/* An early end's is the thread that the cut log's last event is of. */
static u32 last_slot(const struct gen_pair *pair)
{
    u32 best = 0;
    u64 time = 0;
    for (u32 i = 0; i < pair->b.thread_count; i++) {
        const struct gen_thread *thread = &pair->b.threads[i];
        if (pair_parting(pair, i).is_there && thread->step_count &&
            thread->steps[thread->step_count - 1].time >= time) {
            time = thread->steps[thread->step_count - 1].time;
            best = i;
        }
    }
    return best;
}

static u64 parting_time(const struct gen_pair *pair, u32 slot, bool of_b)
{
    struct gen_parting at = pair_parting(pair, slot);
    u32 n = of_b ? at.b : at.a;
    const struct gen_thread *thread = of_b ? &pair->b.threads[pair_twin(pair, slot)] : &pair->a.threads[slot];
    return n < thread->step_count ? thread->steps[n].time : UINT64_MAX;
}

/* Where the divergence is that comes first in A; *also: that of another fault, which comes first in B. */
static u32 first_slot(const struct gen_pair *pair, u32 *also)
{
    const struct gen_plant *plants = pair->b.plants;
    u32 slot = pair->fault == FAULT_EARLY_END ? last_slot(pair) : plants[0].slot, other = plants[1].slot;
    *also = slot;
    if (!plants[1].fault || slot == other)
        return slot;
    bool in_a = parting_time(pair, other, false) < parting_time(pair, slot, false);
    bool in_b = parting_time(pair, other, true) < parting_time(pair, slot, true);
    *also = in_b ? other : slot;
    return in_a ? other : slot;
}

static void put_parting(struct gen_out *out, const char *key, const struct gen_pair *pair, u32 slot)
{
    const struct gen_thread *a = &pair->a.threads[slot], *b = &pair->b.threads[pair_twin(pair, slot)];
    struct gen_parting at = pair_parting(pair, slot);
    put_key(out, ",\n", key);
    out_char(out, '{');
    put_side(out, "a", &pair->a, a, at.a, at.in_result);
    out_char(out, ',');
    put_side(out, "b", &pair->b, b, at.b, at.in_result);
    put_common(out, pair, a, b, at);
    out_char(out, '}');
}

static void put_first(struct gen_out *out, const struct gen_pair *pair)
{
    u32 also, slot = first_slot(pair, &also);
    if (pair->fault == FAULT_NONE && !(pair->kind->way == WAY_SPAWN_SWAP && pair_parting(pair, 0).is_there)) {
        put_key(out, ",\n", "first");
        out_text(out, "null");
        return;
    }
    put_parting(out, "first", pair, slot);
    if (also != slot)
        put_parting(out, "also", pair, also);
}

/* ---- Threads. ---- */

static const char *end_of(const struct gen_thread *thread)
{
    switch (thread->state) {
    case THREAD_DONE:
        return "exited";
    case THREAD_BLOCKED:
        return "blocked";
    case THREAD_NONE:
        return "absent";
    default:
        return "running";
    }
}

static void put_threads(struct gen_out *out, const struct gen_pair *pair)
{
    put_key(out, ",\n", "threads");
    for (u32 i = 0; i < pair->a.thread_count; i++) {
        u32 twin = pair_twin(pair, i);
        const struct gen_thread *a = &pair->a.threads[i], *b = &pair->b.threads[twin];
        const struct gen_entry *entry = &pair->title.entries[a->entry];
        put_number(out, i ? ",\n {" : "[\n {", "a", a->tid);
        put_number(out, ",", "b", pair->b.engine.tids[twin]);
        put_hex(out, ",", "entry", "0x", entry->address, 8);
        put_number(out, ",", "a_events", a->index);
        put_number(out, ",", "b_events", b->index);
        put_string(out, ",", "a_end", end_of(a));
        put_string(out, ",", "b_end", end_of(b));
        put_number(out, ",", "a_next", index_from(a, pair_parting(pair, i).a, WITHOUT_NOTHING));
        out_text(out, "}");
        out_flush_if_full(out);
    }
    out_text(out, "]");
}

/* ---- The wedge. ---- */

static const char *type_name(u8 type)
{
    return type == GEN_SEMAPHORE ? "semaphore" : type == GEN_THREAD ? "thread" : "event";
}

/* The same object in the good run. */
static const struct gen_object_state *twin_of(const struct gen_pair *pair, const struct gen_object_state *object)
{
    for (u32 i = 0; i < pair->a.object_count; i++) {
        const struct gen_object_state *other = &pair->a.objects[i];
        if (other->maker == object->maker && other->insn == object->insn && other->nth == object->nth)
            return other;
    }
    return NULL;
}

static void put_object(struct gen_out *out, const struct gen_pair *pair, u32 number)
{
    const struct gen_object_state *b = &pair->b.objects[number], *a = twin_of(pair, b);
    put_string(out, "{", "type", type_name(b->type));
    if (a) {
        put_hex(out, ",", "a_hsid", "", a->hsid, 16);
        put_hex(out, ",", "a_handle", "0x", a->raw, 8);
    }
    put_hex(out, ",", "b_hsid", "", b->hsid, 16);
    put_hex(out, ",", "b_handle", "0x", b->raw, 8);
    out_text(out, "}");
}

static void put_blocked(struct gen_out *out, const struct gen_pair *pair)
{
    bool is_first = true;
    put_key(out, ",\n ", "blocked");
    out_char(out, '[');
    for (u32 i = 0; i < pair->b.thread_count; i++) {
        const struct gen_thread *thread = &pair->b.threads[i];
        if (thread->state != THREAD_BLOCKED)
            continue;
        put_number(out, is_first ? "\n  {" : ",\n  {", "a", pair->a.threads[i].tid);
        put_number(out, ",", "b", thread->tid);
        for (u32 k = 0; k < thread->wait_count; k++) {
            out_text(out, k ? "," : ",\"objects\":[");
            put_object(out, pair, thread->wait_objects[k]);
        }
        out_text(out, "]}");
        out_flush_if_full(out);
        is_first = false;
    }
    out_char(out, ']');
}

static void put_wedge(struct gen_out *out, const struct gen_pair *pair)
{
    const struct gen_plant *plants = pair->b.plants, *plant = &plants[plants[0].fault != FAULT_MISSING_SIGNAL];
    const struct gen_insn *insn = &pair->title.insns[plant->insn];
    put_key(out, ",\n", "wedge");
    put_key(out, "{", "object");
    put_object(out, pair, pair->b.lost.object);
    put_number(out, ",\n \"producer\":{", "a", pair->a.threads[plant->slot].tid);
    put_number(out, ",", "b", pair->b.threads[plant->slot].tid);
    put_string(out, ",", "op", gen_ops[insn->op].name);
    put_hex(out, ",", "lr", "0x", insn->lr, 8);
    out_char(out, '}');
    put_blocked(out, pair);
    out_char(out, '}');
}

void pair_write_truth(struct gen_pair *pair)
{
    struct gen_out *out = &pair->out;
    put_string(out, "{", "class", pair->kind->name);
    put_number(out, ",", "seed", pair->seed);
    put_string(out, ",", "verdict", pair->kind->verdict);
    if (pair->b.engine.untold)
        put_string(out, ",", "untold", gen_ops[pair->b.engine.untold].name);
    put_string(out, ",", "style_a", pair->a.engine.style == STYLE_CANARY ? "canary" : "ours");
    put_string(out, ",", "style_b", pair->b.engine.style == STYLE_CANARY ? "canary" : "ours");
    put_number(out, ",", "jitter_a", pair->a.engine.jitter);
    put_number(out, ",", "jitter_b", pair->b.engine.jitter);
    put_first(out, pair);
    put_threads(out, pair);
    if (pair->b.is_wedged)
        put_wedge(out, pair);
    out_text(out, "}\n");
}
