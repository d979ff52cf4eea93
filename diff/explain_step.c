/* SPDX-License-Identifier: BSD-3-Clause
 * From one spot to the one before, through registers and branches (diff/explain.h). */
#include "diff/explain.h"

#include <stdio.h>

static const struct trail_step *step_of(const struct explain *x, const struct explain_spot *spot, u32 k)
{
    return &x->trail[k].steps[spot->step[k]];
}

static bool differs(u32 place, u64 a, u64 b)
{
    return place < PLACE_F0 ? (u32)a != (u32)b : a != b;
}

/* ---- Which way only one run went. ---- */

/* The branch that both took, and behind which only one comes to the step. */
static u32 control_of(const struct trail *t, u32 step)
{
    u32 control = step;
    do
        control = t->steps[control].control;
    while (control != TRAIL_NONE && t->steps[control].partner == TRAIL_NONE);
    return control;
}

/* The later of the branches that part the two definitions from each other. */
static enum explain_next go_to_control(struct explain *x, struct explain_spot *spot, const u32 definition[2])
{
    u32 best = TRAIL_NONE;
    for (u32 k = 0; k < 2; k++) {
        if (definition[k] == TRAIL_NONE || x->trail[k].steps[definition[k]].partner != TRAIL_NONE)
            continue;
        u32 control = control_of(&x->trail[k], definition[k]);
        if (control == TRAIL_NONE)
            continue;
        u32 in_a = k ? x->trail[k].steps[control].partner : control;
        if (best == TRAIL_NONE || in_a > best)
            best = in_a;
    }
    if (best == TRAIL_NONE) {
        explain_stop(x, "the runs wrote it at different places, and no branch tells why");
        return NEXT_END;
    }
    spot->step[0] = best;
    spot->step[1] = x->trail[0].steps[best].partner;
    return NEXT_SPOT;
}

/* ---- Registers. ---- */

/* The call that made the thread. */
static bool find_spawn(struct explain *x, u32 k, u32 place, struct values_call *call, u32 *pair)
{
    const struct run_thread *thread = run_thread(x->run[k], place);
    struct event event;
    struct err err;
    if (thread->parent == UINT32_MAX || thread->created_seq == UINT64_MAX)
        return false;
    *pair = (k ? x->pairing->of_b : x->pairing->of_a)[thread->parent];
    for (u64 position = run_position_at_seq(x->run[k], thread->parent, thread->created_seq); position-- > 0;)
        if (run_event(x->run[k], thread->parent, position, &event, &err) && event.kind == EVENT_call)
            return event.op == thread->spawn_op && explain_read_call(x, *pair, k, event.index, call);
    return false;
}

/* What a thread begins with is its creator's argument. */
static enum explain_next at_thread_start(struct explain *x, struct explain_spot *spot, u32 place, struct err *err)
{
    char name[16];
    struct values_call call[2];
    u32 pair[2] = {0, 1};
    effects_place_name(place, name, sizeof name);
    struct explain_link *link = explain_add(x, LINK_PASSED, "%s is as the thread began with it", name);
    explain_put_steps(x, link, spot);
    bool found = find_spawn(x, 0, explain_place(x, x->pair, 0), &call[0], &pair[0]) &&
                 find_spawn(x, 1, explain_place(x, x->pair, 1), &call[1], &pair[1]) && pair[0] == pair[1];
    u32 argument = found ? explain_argument(call[0].call.op, "context") : UINT32_MAX;
    if (argument < 8 && (place == PLACE_R0 + 3 || place == PLACE_R0 + 4))
        return explain_passed(x, pair[0], call, argument, spot, err);
    explain_stop(x, "the thread began with another %s in each run", name);
    return NEXT_END;
}

enum explain_next explain_register(struct explain *x, struct explain_spot *spot, u32 place, struct err *err)
{
    u32 definition[2];
    for (;;) {
        for (u32 k = 0; k < 2; k++)
            definition[k] = trail_definition(&x->trail[k], spot->step[k], place);
        if (definition[0] != TRAIL_NONE && definition[1] != TRAIL_NONE)
            break;
        if (explain_widen(x, spot, err))
            continue;
        if (err->text[0])
            return NEXT_FAILED;
        if (definition[0] == definition[1])
            return at_thread_start(x, spot, place, err);
        break;
    }
    if (definition[0] == TRAIL_NONE || definition[1] == TRAIL_NONE ||
        x->trail[0].steps[definition[0]].partner != definition[1])
        return go_to_control(x, spot, definition);
    spot->step[0] = definition[0];
    spot->step[1] = definition[1];
    const struct trail_step *s[2] = {step_of(x, spot, 0), step_of(x, spot, 1)};
    const struct effects *effects = effects_of(s[0]->word);
    if (effects->is_call) {
        u32 index[2] = {s[0]->event, s[1]->event};
        return explain_call(x, x->pair, index, NULL, spot, err);
    }
    if (effects->is_multiple && effects->loads)
        return explain_memory(x, spot, s[0]->address + 4 * (place - effects->first_register), 4, err);
    return NEXT_SPOT;
}

/* ---- One step. ---- */

static bool is_move(const struct trail_step *s, const struct effects *effects)
{
    return (s->word >> 26 == 31 && (s->word >> 1 & 0x3FF) == 444 && (s->word >> 21 & 31) == (s->word >> 11 & 31)) ||
           (effects->class == PPC_ALU && s->word >> 26 == 24 && !(s->word & 0xFFFF)); /* or rA,rS,rS; ori rA,rS,0 */
}

static void tell_operands(struct explain *x, const struct explain_spot *spot, char *out, size_t capacity)
{
    const struct effects *effects = effects_of(step_of(x, spot, 0)->word);
    size_t at = 0;
    out[0] = '\0';
    for (u32 i = 0; i < effects->read_count && at + 1 < capacity; i++) {
        u64 v[2];
        char name[16];
        u32 place = effects->read[i];
        if (!trail_value_read(&x->trail[0], spot->step[0], place, &v[0]) ||
            !trail_value_read(&x->trail[1], spot->step[1], place, &v[1]))
            continue;
        effects_place_name(place, name, sizeof name);
        if (differs(place, v[0], v[1]))
            at += (size_t)snprintf(out + at, capacity - at, "; %s 0x%llX in A, 0x%llX in B", name,
                                   (unsigned long long)(place < 32 ? (u32)v[0] : v[0]),
                                   (unsigned long long)(place < 32 ? (u32)v[1] : v[1]));
    }
}

static void tell_spot(struct explain *x, const struct explain_spot *spot, u8 kind)
{
    char name[128], text[80], operands[160];
    const struct trail_step *s[2] = {step_of(x, spot, 0), step_of(x, spot, 1)};
    explain_instruction(s[0]->word, s[0]->pc, text, sizeof text);
    explain_name(x, s[0]->pc, name, sizeof name);
    tell_operands(x, spot, operands, sizeof operands);
    struct explain_link *link = explain_add(x, kind, "%s at %s%s", text, name, operands);
    explain_put_steps(x, link, spot);
    link->address = s[0]->address;
    for (u32 k = 0; k < 2; k++) {
        const struct effects *effects = effects_of(s[k]->word);
        u32 at = spot->step[k];
        if (kind == LINK_BRANCH)
            link->at[k].value = at + 1 < x->trail[k].count ? x->trail[k].steps[at + 1].pc : 0;
        else if (effects->loads || effects->stores)
            link->at[k].value = s[k]->value;
        else if (effects->write_count)
            trail_value_written(&x->trail[k], at, effects->write[0], &link->at[k].value);
    }
}

/* The bit of CR that a conditional branch looks at. */
static u64 condition(const struct trail *t, u32 step)
{
    u64 field = 0;
    u32 bit = t->steps[step].word >> 16 & 31;
    trail_value_read(t, step, PLACE_CR0 + bit / 4, &field);
    return field >> (3 - bit % 4) & 1;
}

static enum explain_next back_from_branch(struct explain *x, struct explain_spot *spot, struct err *err)
{
    const struct effects *effects = effects_of(step_of(x, spot, 0)->word);
    u64 v[2];
    tell_spot(x, spot, LINK_BRANCH);
    for (u32 i = 0; i < effects->read_count; i++) {
        u32 place = effects->read[i];
        if (place >= PLACE_CR0 && place < PLACE_V0) {
            v[0] = condition(&x->trail[0], spot->step[0]);
            v[1] = condition(&x->trail[1], spot->step[1]);
        } else if (!trail_value_read(&x->trail[0], spot->step[0], place, &v[0]) ||
                   !trail_value_read(&x->trail[1], spot->step[1], place, &v[1])) {
            continue;
        }
        if (v[0] != v[1])
            return explain_register(x, spot, place, err);
    }
    explain_stop(x, "the branch went two ways on the same operands");
    x->story.cause.kind = EXPLAIN_ENGINE;
    return NEXT_END;
}

/* The first register that it read with another value; those that the value comes from before those of the address. */
static u32 differing_register(struct explain *x, const struct explain_spot *spot)
{
    const struct effects *effects = effects_of(step_of(x, spot, 0)->word);
    for (u32 i = 0; i < effects->read_count; i++) {
        u64 v[2];
        u32 place = effects->read[i];
        if (trail_value_read(&x->trail[0], spot->step[0], place, &v[0]) &&
            trail_value_read(&x->trail[1], spot->step[1], place, &v[1]) && differs(place, v[0], v[1]))
            return place;
    }
    return PLACES;
}

static u32 access_size(const struct trail_step *s)
{
    const struct ppc_insn *insn = ppc_decode(s->word);
    for (u32 i = 0; insn && i < insn->effect_count; i++)
        if (insn->effects[i].place == PPC_IN_MEM)
            return insn->effects[i].size ? insn->effects[i].size : 4;
    return 0;
}

static void find_engine(struct explain *x, const struct explain_spot *spot)
{
    struct explain_cause *cause = &x->story.cause;
    const struct trail_step *s = step_of(x, spot, 0);
    char text[80], name[128];
    const struct explain_link *last = &x->story.link[x->story.link_count - 1];
    cause->kind = EXPLAIN_ENGINE;
    cause->pc = s->pc;
    cause->at[0] = last->at[0];
    cause->at[1] = last->at[1];
    snprintf(cause->text, sizeof cause->text, "%s at %s made another result of the same operands: the engines differ",
             explain_instruction(s->word, s->pc, text, sizeof text), explain_name(x, s->pc, name, sizeof name));
}

enum explain_next explain_back(struct explain *x, struct explain_spot *spot, struct err *err)
{
    const struct trail_step *s[2] = {step_of(x, spot, 0), step_of(x, spot, 1)};
    const struct effects *effects = effects_of(s[0]->word);
    if (effects->is_branch)
        return back_from_branch(x, spot, err);
    u32 place = differing_register(x, spot);
    bool from_memory = effects->loads && s[0]->address == s[1]->address;
    u8 kind = from_memory              ? LINK_LOADED
              : effects->stores        ? LINK_STORED
              : is_move(s[0], effects) ? LINK_MOVED
                                       : LINK_COMPUTED;
    tell_spot(x, spot, kind);
    if (from_memory && s[0]->value != s[1]->value)
        return explain_memory(x, spot, s[0]->address, access_size(s[0]), err);
    if (place != PLACES)
        return explain_register(x, spot, place, err);
    for (u32 i = 0; i < effects->read_count; i++) {
        u64 v[2];
        u32 flag = effects->read[i];
        if (flag >= PLACE_XER && trail_value_read(&x->trail[0], spot->step[0], flag, &v[0]) &&
            trail_value_read(&x->trail[1], spot->step[1], flag, &v[1]) && v[0] != v[1])
            return explain_register(x, spot, flag, err);
    }
    find_engine(x, spot);
    return NEXT_END;
}
