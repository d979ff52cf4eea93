/* SPDX-License-Identifier: BSD-3-Clause
 * Jump tables (emu/host/scan.h): the code before a bctr is followed by its values; a bctr whose CTR is an entry of a
 * table, or made of one, has a jump table there. */
#include "emu/host/scan.h"

enum { STEPS_MAX = 96, RUN_MAX = 48, JOINS_MAX = 3, ENTRIES_MAX = 4096, UNBOUNDED_MAX = 1024 };

/* The instructions that lead to the bctr, last first; taken: the branch jumps there. */
struct trail {
    u32 count;
    struct {
        u32 address;
        bool taken;
    } step[STEPS_MAX];
};

static bool goes_on(const struct scan *scan, u32 address)
{
    u32 target;
    enum scan_flow flow = scan_flow(scan, address, &target);
    return flow != SCAN_JUMPS && flow != SCAN_RETURNS && flow != SCAN_JUMPS_CTR && flow != SCAN_STOPS &&
           flow != SCAN_IS_BAD;
}

/* The straight code that ends before `address`; returns where it begins. */
static u32 add_run(const struct scan *scan, struct trail *trail, u32 address, u32 start)
{
    for (u32 i = 0; i < RUN_MAX && address > start && goes_on(scan, address - 4) && trail->count < STEPS_MAX; i++) {
        address -= 4;
        trail->step[trail->count].taken = false;
        trail->step[trail->count++].address = address;
    }
    return address;
}

/* A branch in the function that goes to the address; 0: none. */
static u32 branch_to(const struct scan *scan, u32 address, u32 start, u32 limit)
{
    u32 target;
    for (u32 at = start; at < limit; at += 4) {
        enum scan_flow flow = scan_flow(scan, at, &target);
        if ((flow == SCAN_MAY_JUMP || flow == SCAN_JUMPS) && target == address)
            return at;
    }
    return 0;
}

static void collect(const struct scan *scan, struct trail *trail, u32 site, u32 start, u32 limit)
{
    u32 from = add_run(scan, trail, site, start);
    for (u32 joins = 0; joins < JOINS_MAX && from > start && trail->count < STEPS_MAX; joins++) {
        u32 branch = branch_to(scan, from, start, limit);
        if (!branch || branch >= site)
            return;
        trail->step[trail->count].taken = true;
        trail->step[trail->count++].address = branch;
        from = add_run(scan, trail, branch, start);
    }
}

/* A register that the trail does not set may have one address for the whole function: a table's that was moved out of
 * a loop. 0: it does not. */
static u32 constant_of(const struct scan *scan, u32 reg, u32 start, u32 limit)
{
    struct scan_state state;
    u32 found = 0;
    scan_state_init(&state);
    for (u32 at = start; at < limit && scan_is_code(scan, at); at += 4) {
        u32 id = state.gpr[reg].id;
        bool was_constant = state.gpr[reg].kind == SCAN_CONST;
        scan_state_step(scan, &state, at, false);
        const struct scan_value *value = &state.gpr[reg];
        if (value->kind != SCAN_CONST || !state.reference || value->constant != state.reference ||
            (was_constant && value->id == id && found == value->constant))
            continue;
        if (found && found != value->constant)
            return 0;
        found = value->constant;
    }
    return found;
}

/* What the trail's first registers hold, where something depends on them. */
static void preset(const struct scan *scan, struct scan_state *state, const struct trail *trail, u32 start, u32 limit)
{
    const struct ppc_effect *effect;
    u32 written = 0;
    for (u32 i = trail->count; i--;) {
        const struct ppc_insn *insn = scan_insn(scan, trail->step[i].address);
        u32 word = scan_word(scan, trail->step[i].address), writes = 0;
        for (u32 k = 0; (effect = ppc_effect_next(insn, word, &k));) {
            s32 reg;
            if (effect->place != PPC_IN_GPR || !ppc_field(insn, effect->field, word, &reg))
                continue;
            if (effect->is_write)
                writes |= 1u << reg;
            else if ((insn->id == PPC_add || insn->id == PPC_lwzx || insn->id == PPC_lbzx || insn->id == PPC_lhzx) &&
                     reg > 13 && !(written >> reg & 1)) {
                u32 value = constant_of(scan, (u32)reg, start, limit);
                if (value)
                    state->gpr[reg] = (struct scan_value){.kind = SCAN_CONST, .constant = value};
            }
        }
        written |= writes;
    }
}

static void follow(const struct scan *scan, struct scan_state *state, const struct trail *trail)
{
    for (u32 i = trail->count; i--;)
        scan_state_step(scan, state, trail->step[i].address, trail->step[i].taken);
}

static u32 bound_of(const struct scan_state *state, u32 id)
{
    u32 count = 0;
    for (u32 i = 0; i < SCAN_BOUNDS; i++)
        if (state->bounds[i].count && state->bounds[i].id == id && (!count || state->bounds[i].count < count))
            count = state->bounds[i].count;
    return count;
}

u32 scan_table_target(const struct scan *scan, const struct scan_table *table, u32 i)
{
    const u8 *entry = scan->data + (table->start - scan->base) + i * table->width;
    u32 value = table->width == 1 ? entry[0] : table->width == 2 ? load_be16(entry) : load_be32(entry);
    if (table->is_signed && table->width == 2)
        value = (u32)(s32)(s16)value;
    return (value << table->scale) + table->base;
}

/* As many entries as there are, or lead into the function. */
static u32 count_entries(const struct scan *scan, const struct scan_table *table, u32 bound, u32 start, u32 limit)
{
    u32 room = (scan->size - (table->start - scan->base)) / table->width;
    u32 most = bound ? bound : UNBOUNDED_MAX, i;
    for (i = 0; i < most && i < room; i++) {
        u32 target = scan_table_target(scan, table, i);
        if (target < start || target >= limit || !scan_is_code(scan, target))
            break;
    }
    return bound && i < bound ? 0 : i;
}

bool scan_jump_table(const struct scan *scan, u32 site, u32 start, u32 limit, struct scan_table *table)
{
    struct trail trail = {0};
    struct scan_state state;
    collect(scan, &trail, site, start, limit);
    scan_state_init(&state);
    preset(scan, &state, &trail, start, limit);
    follow(scan, &state, &trail);
    const struct scan_value *ctr = &state.ctr;
    if (ctr->kind != SCAN_ENTRY || !ctr->width || !scan_holds(scan, ctr->constant) || ctr->width != 1u << ctr->shift)
        return false;
    u32 bound = bound_of(&state, ctr->id);
    if (bound > ENTRIES_MAX)
        bound = 0;
    *table = (struct scan_table){.start = ctr->constant,
                                 .width = ctr->width,
                                 .site = site,
                                 .base = ctr->base,
                                 .scale = ctr->scale,
                                 .kind = SCAN_JUMP_TABLE,
                                 .is_bounded = bound != 0,
                                 .is_signed = ctr->is_signed};
    table->count = count_entries(scan, table, bound, start, limit);
    if (bound && !table->count) {
        /* What was compared was something else, or only says what cannot be. */
        table->is_bounded = false;
        table->count = count_entries(scan, table, 0, start, limit);
    }
    return table->count >= (table->is_bounded ? 1 : 2);
}
