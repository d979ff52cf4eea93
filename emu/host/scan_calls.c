/* SPDX-License-Identifier: BSD-3-Clause
 * Calls, branches and references of the functions that were found (emu/host/scan.h). */
#include "emu/host/scan.h"

#include <stdio.h>
#include <string.h>

enum { BO_IGNORES_BIT = 16, BO_IF_TRUE = 8, BO_LEAVES_CTR = 4, BO_CTR_ZERO = 2, CR_FIELDS = 8 };

/* Who last set each field of CR in the straight run so far; 0: nobody. */
struct setters {
    u32 address[CR_FIELDS];
};

static bool is_reached(const struct scan *scan, u32 address)
{
    return scan->marks[scan_place(scan, address)] & SCAN_REACHED;
}

static u8 kind_of(const struct scan *scan, u32 target, u8 otherwise)
{
    const struct scan_function *f = scan_function_at(scan, target);
    if (!f || f->how != SCAN_BY_HELPER)
        return otherwise;
    return strstr(f->name, "save") ? SCAN_SAVE : SCAN_RESTORE;
}

static void add_call(struct scan *scan, u32 site, u32 target, u32 function, u8 kind)
{
    *SCAN_ADD(&scan->calls) = (struct scan_call){site, target, function, kind};
}

static void note_setters(const struct scan *scan, struct setters *setters, u32 address)
{
    const struct ppc_insn *insn = scan_insn(scan, address);
    u32 word = scan_word(scan, address), i = 0;
    const struct ppc_effect *effect;
    while ((effect = ppc_effect_next(insn, word, &i))) {
        s32 field = -1;
        if (!effect->is_write)
            continue;
        if (effect->place == PPC_IN_CRF)
            ppc_field(insn, effect->field, word, &field);
        else if (effect->place == PPC_IN_CRBIT && ppc_field(insn, effect->field, word, &field))
            field /= 4;
        else if (effect->place == PPC_IN_CR0 || effect->place == PPC_IN_CR1 || effect->place == PPC_IN_CR6)
            field = effect->place == PPC_IN_CR0 ? 0 : effect->place == PPC_IN_CR1 ? 1 : 6;
        for (s32 k = 0; effect->place == PPC_IN_CR && k < CR_FIELDS; k++)
            setters->address[k] = address;
        if (field >= 0 && field < CR_FIELDS)
            setters->address[field] = address;
    }
}

static void describe_condition(const struct scan *scan, struct scan_branch *b)
{
    static const char *const bits[] = {"lt", "gt", "eq", "so"};
    u32 bo = (u32)scan_field(scan, b->pc, 'd'), bit = (u32)scan_field(scan, b->pc, 'a');
    const char *ctr = bo & BO_LEAVES_CTR ? "" : bo & BO_CTR_ZERO ? "--ctr=0" : "--ctr";
    if (bo & BO_IGNORES_BIT)
        snprintf(b->condition, sizeof b->condition, "%s", ctr);
    else
        snprintf(b->condition, sizeof b->condition, "%s%s%scr%u.%s", ctr, ctr[0] ? " " : "", bo & BO_IF_TRUE ? "" : "!",
                 bit / 4, bits[bit % 4]);
}

/* The registers that the comparison read. */
static void describe_compare(const struct scan *scan, const struct setters *setters, struct scan_branch *b)
{
    u32 bo = (u32)scan_field(scan, b->pc, 'd'), i = 0, size = 0;
    const struct ppc_effect *effect;
    b->compare = bo & BO_IGNORES_BIT ? 0 : setters->address[scan_field(scan, b->pc, 'a') / 4];
    if (!b->compare)
        return;
    const struct ppc_insn *insn = scan_insn(scan, b->compare);
    u32 word = scan_word(scan, b->compare);
    while ((effect = ppc_effect_next(insn, word, &i)) && size < sizeof b->registers) {
        s32 n;
        const char *prefix = effect->place == PPC_IN_GPR   ? "r"
                             : effect->place == PPC_IN_FPR ? "f"
                             : effect->place == PPC_IN_VR  ? "v"
                                                           : NULL;
        if (!effect->is_write && prefix && ppc_field(insn, effect->field, word, &n))
            size +=
                (u32)snprintf(b->registers + size, sizeof b->registers - size, "%s%s%d", size ? " " : "", prefix, n);
    }
}

static void add_branch(struct scan *scan, const struct setters *setters, u32 pc, u32 target, u32 function)
{
    struct scan_branch *b = SCAN_ADD(&scan->branches);
    b->pc = pc;
    b->function = function;
    b->target = target;
    b->kind = scan_insn(scan, pc)->name;
    describe_condition(scan, b);
    describe_compare(scan, setters, b);
}

/* Where a call through CTR goes, if that was loaded from a fixed place: an import's pointer. */
static u32 indirect_target(const struct scan *scan, const struct scan_state *state)
{
    const struct scan_import *pointer =
        state->ctr.kind == SCAN_LOADED ? scan_import_at(scan, state->ctr.constant) : NULL;
    for (u32 i = 0; pointer && i < scan->imports.count; i++)
        if (scan->imports.list[i].kind == SCAN_THUNK && scan->imports.list[i].op == pointer->op)
            return scan->imports.list[i].address;
    return pointer ? pointer->address : state->ctr.kind == SCAN_CONST ? state->ctr.constant : 0;
}

static void scan_flow_at(struct scan *scan, const struct scan_state *state, const struct setters *setters, u32 at,
                         const struct scan_function *f)
{
    u32 target;
    bool is_outside;
    switch (scan_flow(scan, at, &target)) {
    case SCAN_CALLS:
        add_call(scan, at, target, f->start, kind_of(scan, target, SCAN_BL));
        break;
    case SCAN_CALLS_CTR:
        add_call(scan, at, scan_insn(scan, at)->id == PPC_bcctr ? indirect_target(scan, state) : 0, f->start,
                 SCAN_INDIRECT);
        break;
    case SCAN_JUMPS:
    case SCAN_MAY_JUMP:
        is_outside = target < f->start || target >= f->end;
        if (is_outside)
            add_call(scan, at, target, f->start, kind_of(scan, target, SCAN_TAIL_CALL));
        if (scan_flow(scan, at, &target) == SCAN_MAY_JUMP)
            add_branch(scan, setters, at, target, f->start);
        break;
    case SCAN_MAY_RETURN:
        add_branch(scan, setters, at, 0, f->start);
        break;
    default:
        break;
    }
}

static void scan_function(struct scan *scan, const struct scan_function *f)
{
    struct scan_state state;
    struct setters setters = {{0}};
    scan_state_init(&state);
    for (u32 at = f->start; at < f->end; at += 4) {
        if (!is_reached(scan, at))
            continue;
        if (scan->marks[scan_place(scan, at)] & SCAN_TARGET)
            setters = (struct setters){{0}};
        scan_flow_at(scan, &state, &setters, at, f);
        note_setters(scan, &setters, at);
        scan_state_step(scan, &state, at, false);
        if (state.reference)
            *SCAN_ADD(&scan->references) = (struct scan_reference){at, state.reference, f->start};
        u32 target;
        enum scan_flow flow = scan_flow(scan, at, &target);
        if (flow == SCAN_CALLS || flow == SCAN_CALLS_CTR)
            setters = (struct setters){{0}};
        /* What follows an end is entered from elsewhere. */
        if (flow == SCAN_JUMPS || flow == SCAN_RETURNS || flow == SCAN_JUMPS_CTR)
            scan_state_call(&state);
    }
}

/* A function that ends by jumping to a thunk, with nothing but moves before it, is another name of the import. */
static void find_jumps(struct scan *scan)
{
    enum { MOVES_MAX = 24 };
    for (u32 i = 0; i < scan->functions.count; i++) {
        const struct scan_function *f = &scan->functions.list[i];
        u32 at = f->start, target;
        while (at < f->end && at - f->start < 4 * MOVES_MAX && scan_flow(scan, at, &target) == SCAN_NEXT)
            at += 4;
        if (at + 4 != f->end || f->how == SCAN_BY_IMPORT || scan_flow(scan, at, &target) != SCAN_JUMPS)
            continue;
        const struct scan_import *thunk = scan_import_at(scan, target);
        if (thunk && thunk->kind == SCAN_THUNK)
            *SCAN_ADD(&scan->imports) = (struct scan_import){f->start, thunk->op, SCAN_JUMP};
    }
}

void scan_find_calls(struct scan *scan)
{
    find_jumps(scan);
    for (u32 i = 0; i < scan->functions.count; i++)
        if (scan->functions.list[i].how != SCAN_BY_HELPER && scan->functions.list[i].how != SCAN_BY_IMPORT)
            scan_function(scan, &scan->functions.list[i]);
}
