/* SPDX-License-Identifier: BSD-3-Clause
 * What registers hold along straight code (emu/host/scan.h): enough to see addresses being made, pointers loaded from
 * fixed places, and entries of jump tables, of both vendor compilers' and gcc's making. */
#include "emu/host/scan.h"

enum { CTR = 9, BO_TRUE = 12, BO_FALSE = 4, BO_MASK = 0x1C, BIT_LT = 0, BIT_GT = 1 };

static struct scan_value constant(u32 value)
{
    return (struct scan_value){.kind = SCAN_CONST, .constant = value};
}

static struct scan_value opaque(struct scan_state *state)
{
    return (struct scan_value){.kind = SCAN_OPAQUE, .id = state->next_id++};
}

void scan_state_init(struct scan_state *state)
{
    memset(state, 0, sizeof *state);
    for (u32 i = 0; i < 32; i++)
        state->gpr[i] = (struct scan_value){.kind = SCAN_OPAQUE, .id = i};
    state->next_id = 32;
    state->ctr = opaque(state);
    for (u32 i = 0; i < countof(state->compared); i++)
        state->compared[i].id = UINT32_MAX;
}

void scan_state_call(struct scan_state *state)
{
    for (u32 i = 0; i <= 12; i++)
        if (i != 1 && i != 2)
            state->gpr[i] = opaque(state);
    state->ctr = opaque(state);
}

static void add_bound(struct scan_state *state, u32 id, u32 count)
{
    u32 at = state->bound_count++ % SCAN_BOUNDS;
    state->bounds[at].id = id;
    state->bounds[at].count = count;
}

/* What a comparison with a number and the branch on it say of the way that is gone. */
static void step_branch(const struct scan *scan, struct scan_state *state, u32 address, bool taken)
{
    u32 bo = (u32)scan_field(scan, address, 'd') & BO_MASK, bit = (u32)scan_field(scan, address, 'a');
    u32 id = state->compared[bit / 4].id, limit = state->compared[bit / 4].limit;
    if ((bo != BO_TRUE && bo != BO_FALSE) || id == UINT32_MAX)
        return;
    bool holds = taken == (bo == BO_TRUE);
    if (bit % 4 == BIT_GT && !holds)
        add_bound(state, id, limit + 1);
    else if (bit % 4 == BIT_LT && holds)
        add_bound(state, id, limit);
}

static void step_compare(const struct scan *scan, struct scan_state *state, u32 address, u32 limit)
{
    u32 field = (u32)scan_field(scan, address, 'f');
    struct scan_value *value = &state->gpr[scan_field(scan, address, 'a')];
    /* What is compared with a number is an index, though this way it came out of a table, or is known. */
    if (value->kind != SCAN_OPAQUE)
        *value = opaque(state);
    state->compared[field].id = value->kind == SCAN_OPAQUE && limit < 0x10000 ? value->id : UINT32_MAX;
    state->compared[field].limit = limit;
}

static struct scan_value add_number(struct scan_state *state, struct scan_value value, u32 number)
{
    if (value.kind != SCAN_CONST && value.kind != SCAN_ADDRESS)
        return opaque(state);
    value.constant += number;
    return value;
}

static struct scan_value shift_left(struct scan_state *state, struct scan_value value, u32 by)
{
    if (value.kind == SCAN_OPAQUE) {
        value.kind = SCAN_SCALED;
        value.shift = (u8)by;
    } else if (value.kind == SCAN_ENTRY && !value.scale && !value.base) {
        value.scale = (u8)by;
    } else if (value.kind == SCAN_CONST) {
        value.constant <<= by;
    } else {
        return opaque(state);
    }
    return value;
}

/* A rotation that shifts left and clears bits on the left: of a field of so many bits at the right. */
static struct scan_value rotate(const struct scan *scan, struct scan_state *state, u32 address)
{
    u32 h = (u32)scan_field(scan, address, 'h'), m = (u32)scan_field(scan, address, 'm');
    u32 e = (u32)scan_field(scan, address, 'e');
    struct scan_value value = state->gpr[scan_field(scan, address, 's')];
    if (e != 31 - h || m > e)
        return opaque(state);
    if (m == 0)
        return shift_left(state, value, h);
    value = opaque(state);
    if (e - m < 8)
        add_bound(state, value.id, 1u << (e - m + 1));
    return h ? shift_left(state, value, h) : value;
}

static struct scan_value add(struct scan_state *state, struct scan_value a, struct scan_value b)
{
    if (b.kind == SCAN_CONST) {
        struct scan_value swapped = a;
        a = b;
        b = swapped;
    }
    if (a.kind != SCAN_CONST)
        return opaque(state);
    if (b.kind == SCAN_CONST || b.kind == SCAN_ADDRESS)
        return add_number(state, b, a.constant);
    if (b.kind == SCAN_ENTRY && !b.base)
        b.base = a.constant;
    else if (b.kind == SCAN_OPAQUE || b.kind == SCAN_SCALED)
        b = (struct scan_value){.kind = SCAN_ADDRESS, .constant = a.constant, .id = b.id, .shift = b.shift};
    else
        return opaque(state);
    return b;
}

static struct scan_value load(struct scan_state *state, struct scan_value from, u32 width, bool is_signed)
{
    if (from.kind == SCAN_CONST && width == 4)
        from.kind = SCAN_LOADED;
    else if (from.kind == SCAN_ADDRESS)
        from = (struct scan_value){.kind = SCAN_ENTRY,
                                   .constant = from.constant,
                                   .id = from.id,
                                   .shift = from.shift,
                                   .width = (u8)width,
                                   .is_signed = is_signed};
    else
        return opaque(state);
    return from;
}

/* Registers that the instruction writes; what else it does is not followed. */
static void forget(const struct scan *scan, struct scan_state *state, u32 address)
{
    const struct ppc_insn *insn = scan_insn(scan, address);
    u32 word = scan_word(scan, address), i = 0;
    const struct ppc_effect *effect;
    while ((effect = ppc_effect_next(insn, word, &i))) {
        s32 n = 0;
        if (!effect->is_write || (effect->place != PPC_IN_GPR && effect->place != PPC_IN_GPRS))
            continue;
        ppc_field(insn, effect->place == PPC_IN_GPR ? effect->field : 'd', word, &n);
        for (u32 r = (u32)n; r < (effect->place == PPC_IN_GPR ? (u32)n + 1 : 32); r++)
            state->gpr[r] = opaque(state);
    }
}

static u32 width_of(const struct ppc_insn *insn)
{
    for (u32 i = 0; i < insn->effect_count; i++)
        if (insn->effects[i].place == PPC_IN_MEM)
            return insn->effects[i].size;
    return 0;
}

static void note(const struct scan *scan, struct scan_state *state, struct scan_value value)
{
    if ((value.kind == SCAN_CONST || value.kind == SCAN_LOADED) && scan_holds(scan, value.constant))
        state->reference = value.constant;
}

/* Loads and stores at a register and a number. */
static void step_memory(const struct scan *scan, struct scan_state *state, u32 address)
{
    const struct ppc_insn *insn = scan_insn(scan, address);
    u32 word = scan_word(scan, address);
    s32 a, number = 0, d = 0;
    bool has_base = ppc_field(insn, 'a', word, &a);
    bool has_number = ppc_field(insn, 'i', word, &number) || ppc_field(insn, 'j', word, &number);
    struct scan_value place = opaque(state);
    if (has_base && has_number && a)
        place = add_number(state, state->gpr[a], (u32)number);
    note(scan, state, place);
    forget(scan, state, address);
    bool loads_gpr = insn->id == PPC_lwz || insn->id == PPC_lhz || insn->id == PPC_lbz;
    if (loads_gpr && ppc_field(insn, 'd', word, &d))
        state->gpr[d] = load(state, place, width_of(insn), false);
}

static void step_indexed(const struct scan *scan, struct scan_state *state, u32 address)
{
    u32 a = (u32)scan_field(scan, address, 'a'), b = (u32)scan_field(scan, address, 'b');
    u32 id = scan_insn(scan, address)->id;
    struct scan_value place = a ? add(state, state->gpr[a], state->gpr[b]) : state->gpr[b];
    struct scan_value value = load(state, place, width_of(scan_insn(scan, address)), id == PPC_lhax || id == PPC_lwax);
    state->gpr[scan_field(scan, address, 'd')] = value;
}

/* Those that make a value that can be followed; false: another. */
static bool step_arithmetic(const struct scan *scan, struct scan_state *state, u32 address)
{
    struct scan_value *gpr = state->gpr;
    u32 d = (u32)scan_field(scan, address, 'd'), a = (u32)scan_field(scan, address, 'a');
    u32 s = (u32)scan_field(scan, address, 's'), b = (u32)scan_field(scan, address, 'b');
    u32 i = (u32)scan_field(scan, address, 'i'), u = (u32)scan_field(scan, address, 'u');
    switch (scan_insn(scan, address)->id) {
    case PPC_addis:
        gpr[d] = a ? add_number(state, gpr[a], i << 16) : constant(i << 16);
        return true;
    case PPC_addi:
        gpr[d] = a ? add_number(state, gpr[a], i) : constant(i);
        note(scan, state, gpr[d]);
        return true;
    case PPC_ori:
        gpr[a] = u == 0 ? gpr[s] : gpr[s].kind == SCAN_CONST ? constant(gpr[s].constant | u) : opaque(state);
        note(scan, state, gpr[a]);
        return true;
    case PPC_or:
        gpr[a] = s == b ? gpr[s] : opaque(state);
        return true;
    case PPC_add:
        gpr[d] = add(state, gpr[a], gpr[b]);
        return true;
    case PPC_rlwinm:
        gpr[a] = rotate(scan, state, address);
        return true;
    case PPC_rldicr: /* sldi */
        gpr[a] = scan_field(scan, address, 'm') == 63 - scan_field(scan, address, 'h')
                     ? shift_left(state, gpr[s], (u32)scan_field(scan, address, 'h') & 31)
                     : opaque(state);
        return true;
    case PPC_rldicl: /* clrldi of the upper half */
        gpr[a] = !scan_field(scan, address, 'h') && scan_field(scan, address, 'm') == 32 ? gpr[s] : opaque(state);
        return true;
    case PPC_extsw:
        gpr[a] = gpr[s];
        return true;
    default:
        return false;
    }
}

void scan_state_step(const struct scan *scan, struct scan_state *state, u32 address, bool taken)
{
    state->reference = 0;
    if (step_arithmetic(scan, state, address))
        return;
    switch (scan_insn(scan, address)->id) {
    case PPC_lwzx:
    case PPC_lhzx:
    case PPC_lbzx:
    case PPC_lhax:
    case PPC_lwax:
        step_indexed(scan, state, address);
        break;
    case PPC_cmpli:
        step_compare(scan, state, address, (u32)scan_field(scan, address, 'u'));
        break;
    case PPC_cmpi:
        step_compare(scan, state, address, (u32)scan_field(scan, address, 'i'));
        break;
    case PPC_bc:
    case PPC_bclr:
        step_branch(scan, state, address, taken);
        break;
    case PPC_mtspr:
        if (scan_field(scan, address, 'p') == CTR)
            state->ctr = state->gpr[scan_field(scan, address, 's')];
        break;
    default:
        step_memory(scan, state, address);
    }
    if (scan_field(scan, address, 'l') && scan_insn(scan, address)->class == PPC_BRANCH)
        scan_state_call(state);
}
