/* SPDX-License-Identifier: BSD-3-Clause
 * Finding functions (emu/host/scan.h): rounds of walks until no start and no function that never returns is new. */
#include "emu/host/scan.h"
#include "schema/export.h"

#include <stdlib.h>

enum { ROUNDS_MAX = 64, PROLOGUE_MAX = 8, MFLR = 8, R1 = 1, DEAD_MAX = 32, ENTRY_SIZE = 8, THUNK_SIZE = 16 };

/* Kernel calls that do not come back. */
static const char *const endless[] = {"ExTerminateThread",       "KeBugCheck",           "KeBugCheckEx",
                                      "HalReturnToFirmware",     "RtlRaiseStatus",       "XamTerminateTitle",
                                      "XamLoaderTerminateTitle", "XamLoaderLaunchTitle", "KiBugCheck"};

struct walk {
    struct scan *scan;
    u32 start;
    u32 limit;
    u32 end; /* behind the last word reached */
    bool returns;
    bool is_bad;
    bool is_trial; /* leave no trace */
    u32 *stack;
    u32 depth;
    u32 capacity;
};

static u8 *mark(struct scan *scan, u32 address)
{
    return &scan->marks[scan_place(scan, address)];
}

static u8 how(const struct scan *scan, u32 address)
{
    return scan->hows[scan_place(scan, address)];
}

static bool add_start(struct scan *scan, u32 address, u8 by)
{
    if (!scan_is_code(scan, address) || how(scan, address) || *mark(scan, address) & SCAN_NO_START)
        return false;
    scan->hows[scan_place(scan, address)] = by;
    return true;
}

/* ---- One walk. ---- */

static void push(struct walk *w, u32 address)
{
    if (w->depth == w->capacity) {
        w->capacity = w->capacity ? w->capacity * 2 : 256;
        w->stack = realloc(w->stack, w->capacity * sizeof *w->stack);
        CHECK(w->stack, "out of memory");
    }
    w->stack[w->depth++] = address;
}

static bool is_inside(const struct walk *w, u32 address)
{
    return address >= w->start && address < w->limit;
}

/* Nobody jumps to what comes next anyway, but for a function that ends with a call of the one behind it. */
static bool is_next_function(const struct walk *w, u32 from, u32 target)
{
    u32 at = from + 4;
    while (at < target && scan_is_padding(w->scan, at))
        at += 4;
    return at == target;
}

static void jump_to(struct walk *w, u32 target)
{
    struct scan *scan = w->scan;
    if (is_inside(w, target)) {
        if (!w->is_trial)
            *mark(scan, target) |= SCAN_TARGET;
        push(w, target);
        return;
    }
    w->returns |= !scan_holds(scan, target) || !(*mark(scan, target) & SCAN_NO_RETURN);
}

static void jump_by_table(struct walk *w, u32 site)
{
    struct scan_table table;
    if (!scan_jump_table(w->scan, site, w->start, w->limit, &table)) {
        w->returns = true;
        return;
    }
    for (u32 i = 0; i < table.count; i++)
        jump_to(w, scan_table_target(w->scan, &table, i));
    if (w->is_trial)
        return;
    table.function = w->start;
    *SCAN_ADD(&w->scan->tables) = table;
    for (u32 at = table.start & ~3u; at < table.start + table.count * table.width; at += 4)
        *mark(w->scan, at) |= SCAN_TABLE | SCAN_NO_START;
}

/* Is what stands behind a call that never returns still this function's: an epilogue that the compiler did not know to
 * be dead, a trap, a jump back? Or does the next function begin there? */
static bool is_dead_code(const struct walk *w, u32 at)
{
    const struct scan *scan = w->scan;
    u32 target;
    for (u32 i = 0; i < DEAD_MAX && at < w->limit; i++, at += 4) {
        enum scan_flow flow = scan_flow(scan, at, &target);
        if (flow == SCAN_STOPS || (flow == SCAN_JUMPS && is_inside(w, target) && target < at))
            return true;
        if (flow == SCAN_JUMPS || flow == SCAN_RETURNS || flow == SCAN_JUMPS_CTR || flow == SCAN_IS_BAD)
            return false;
        const struct ppc_insn *insn = scan_insn(scan, at);
        bool uses_frame = scan_field(scan, at, 'a') == R1;
        if (uses_frame && (insn->class == PPC_LOAD || insn->id == PPC_addi))
            return insn->id != PPC_addi || scan_field(scan, at, 'd') == R1;
        if ((uses_frame && insn->class == PPC_STORE) || (insn->id == PPC_mfspr && scan_field(scan, at, 'p') == MFLR))
            return false;
    }
    return false;
}

/* Follows straight code until something ends it. */
static void walk_run(struct walk *w, u32 at)
{
    struct scan *scan = w->scan;
    for (; at < w->limit && scan->stamps[scan_place(scan, at)] != scan->stamp; at += 4) {
        u32 target;
        enum scan_flow flow = scan_flow(scan, at, &target);
        scan->stamps[scan_place(scan, at)] = scan->stamp;
        if (flow == SCAN_IS_BAD) {
            w->is_bad = true;
            return;
        }
        if (!w->is_trial)
            *mark(scan, at) |= SCAN_REACHED;
        w->end = at + 4 > w->end ? at + 4 : w->end;
        w->returns |= flow == SCAN_RETURNS || flow == SCAN_MAY_RETURN;
        if (flow == SCAN_JUMPS && is_next_function(w, at, target))
            w->limit = target;
        if (flow == SCAN_JUMPS || flow == SCAN_MAY_JUMP)
            jump_to(w, target);
        if (flow == SCAN_JUMPS_CTR)
            jump_by_table(w, at);
        bool is_last = flow == SCAN_CALLS && scan_holds(scan, target) && *mark(scan, target) & SCAN_NO_RETURN;
        is_last = is_last && (at + 4 >= w->limit || !is_dead_code(w, at + 4));
        if (is_last || flow == SCAN_JUMPS || flow == SCAN_RETURNS || flow == SCAN_JUMPS_CTR || flow == SCAN_STOPS)
            return;
    }
    w->returns |= at >= w->limit; /* it runs into what comes next */
}

static void walk(struct walk *w)
{
    w->scan->stamp++;
    w->end = w->start;
    push(w, w->start);
    while (w->depth)
        walk_run(w, w->stack[--w->depth]);
    free(w->stack);
    w->stack = NULL;
    w->capacity = 0;
}

/* ---- Rounds. ---- */

static u32 section_end(const struct scan *scan, u32 address)
{
    for (u32 i = 0; i < scan->sections.count; i++)
        if (address >= scan->sections.list[i].start && address < scan->sections.list[i].end)
            return scan->sections.list[i].end & ~3u;
    return address;
}

/* Where a function from here ends at the latest. */
static u32 limit_of(const struct scan *scan, u32 start)
{
    u32 end = section_end(scan, start), at = start + 4;
    while (at < end && !how(scan, at) && !(scan->marks[scan_place(scan, at)] & SCAN_PDATA_END))
        at += 4;
    return at < end ? at : end;
}

/* Calls and jumps of what was walked are starts, unless a walk came by there. */
static bool add_targets(struct scan *scan, const struct scan_function *f)
{
    bool any = false;
    for (u32 at = f->start; at < f->end; at += 4) {
        u32 target;
        if (!(*mark(scan, at) & SCAN_REACHED))
            continue;
        enum scan_flow flow = scan_flow(scan, at, &target);
        if (flow == SCAN_CALLS)
            any |= add_start(scan, target, SCAN_BY_CALL);
        else if ((flow == SCAN_JUMPS || flow == SCAN_MAY_JUMP) && (target < f->start || target >= f->end) &&
                 scan_is_code(scan, target) && !(*mark(scan, target) & SCAN_REACHED))
            any |= add_start(scan, target, SCAN_BY_TAIL);
    }
    return any;
}

static void walk_function(struct scan *scan, u32 start)
{
    struct scan_function *f = SCAN_ADD(&scan->functions);
    struct walk w = {.scan = scan, .start = start, .limit = limit_of(scan, start)};
    const struct scan_import *import = scan_import_at(scan, start);
    f->start = start;
    f->how = how(scan, start);
    if (f->how == SCAN_BY_IMPORT) {
        f->op = import ? import->op : 0;
        f->end = start + THUNK_SIZE;
        f->returns = !(*mark(scan, start) & SCAN_NO_RETURN);
        return;
    }
    walk(&w);
    f->end = w.end > start ? w.end : start + 4;
    f->returns = w.returns || w.is_bad;
    /* The exception table knows better how far it reaches. */
    bool is_exact =
        f->how == SCAN_BY_PDATA && w.limit < scan->base + scan->size && *mark(scan, w.limit) & SCAN_PDATA_END;
    if (is_exact)
        f->end = w.limit;
}

static void add_helper(struct scan *scan, u32 start)
{
    for (u32 i = 0; i < scan->helpers.count; i++)
        if (scan->helpers.list[i].start == start)
            *SCAN_ADD(&scan->functions) = scan->helpers.list[i];
}

static void walk_all(struct scan *scan)
{
    scan->functions.count = scan->tables.count = 0;
    for (u32 i = 0; i < scan->size / 4; i++)
        scan->marks[i] &= (u8) ~(SCAN_REACHED | SCAN_TARGET);
    for (u32 i = 0; i < scan->size / 4; i++) {
        u32 address = scan->base + 4 * i;
        if (scan->hows[i] == SCAN_BY_HELPER)
            add_helper(scan, address);
        else if (scan->hows[i])
            walk_function(scan, address);
    }
}

static bool learn(struct scan *scan)
{
    bool any = false;
    for (u32 i = 0; i < scan->functions.count; i++) {
        const struct scan_function *f = &scan->functions.list[i];
        any |= f->how != SCAN_BY_HELPER && add_targets(scan, f);
        if (f->returns || *mark(scan, f->start) & SCAN_NO_RETURN)
            continue;
        *mark(scan, f->start) |= SCAN_NO_RETURN;
        any = true;
    }
    return any;
}

static void settle(struct scan *scan)
{
    u32 rounds = 0;
    do
        walk_all(scan);
    while (learn(scan) && ++rounds < ROUNDS_MAX);
}

/* ---- Where to look. ---- */

static void seed_imports(struct scan *scan)
{
    for (u32 i = 0; i < scan->imports.count; i++) {
        const struct scan_import *import = &scan->imports.list[i];
        if (import->kind != SCAN_THUNK || !scan_holds(scan, import->address))
            continue;
        const struct export *export = export_find(import->op);
        scan->hows[scan_place(scan, import->address)] = SCAN_BY_IMPORT;
        for (u32 at = import->address + 4; at < import->address + THUNK_SIZE; at += 4)
            *mark(scan, at) |= SCAN_NO_START;
        for (u32 k = 0; export && k < countof(endless); k++)
            if (!strcmp(export->name, endless[k]))
                *mark(scan, import->address) |= SCAN_NO_RETURN;
    }
}

/* Entries {address, prologue's length : 8, function's length : 22, flags : 2}, lengths in instructions, the prologue's
 * in the lowest bits. */
static void seed_pdata(struct scan *scan)
{
    for (u32 at = scan->pdata; scan->pdata && at + ENTRY_SIZE <= scan->pdata + scan->pdata_size; at += ENTRY_SIZE) {
        u32 start = scan_word(scan, at), size = (scan_word(scan, at + 4) >> 8 & 0x3FFFFF) * 4;
        if (!scan_is_code(scan, start) || !size || size > scan->base + scan->size - start || how(scan, start))
            continue;
        add_start(scan, start, SCAN_BY_PDATA);
        for (u32 inside = start + 4; inside < start + size; inside += 4)
            *mark(scan, inside) |= SCAN_NO_START;
        if (start + size < scan->base + scan->size)
            *mark(scan, start + size) |= SCAN_PDATA_END;
    }
}

static bool has_prologue(const struct scan *scan, u32 address)
{
    u32 target;
    for (u32 i = 0; i < PROLOGUE_MAX && scan_flow(scan, address, &target) == SCAN_NEXT; i++, address += 4) {
        u32 id = scan_insn(scan, address)->id;
        if (((id == PPC_stwu || id == PPC_stdu) && scan_field(scan, address, 'a') == R1) ||
            (id == PPC_mfspr && scan_field(scan, address, 'p') == MFLR))
            return true;
    }
    return false;
}

/* Would a walk from here meet instructions alone, and end? Then *end is behind them. */
static bool is_plausible(struct scan *scan, u32 address, u32 *end)
{
    struct walk w = {.scan = scan, .start = address, .limit = limit_of(scan, address), .is_trial = true};
    walk(&w);
    u32 target, last = w.end - 4;
    *end = w.end;
    if (w.is_bad || w.end <= address)
        return false;
    /* The last may be a call that, as is not known yet, never returns. */
    while (w.end == w.limit && last > address && scan_is_padding(scan, last))
        last -= 4;
    return w.end < w.limit || scan_flow(scan, last, &target) != SCAN_NEXT;
}

static bool is_free(const struct scan *scan, u32 address)
{
    return scan_is_code(scan, address) && !(scan->marks[scan_place(scan, address)] & (SCAN_REACHED | SCAN_NO_START)) &&
           !how(scan, address) && !scan_is_padding(scan, address);
}

/* Words of data, and addresses that code makes, that lead to code which nothing has reached. */
static bool seed_pointers(struct scan *scan)
{
    bool any = false;
    for (u32 i = 0; i < scan->sections.count; i++) {
        const struct scan_section *s = &scan->sections.list[i];
        bool is_pdata = s->start <= scan->pdata && scan->pdata < s->end;
        for (u32 at = (s->start + 3) & ~3u; !s->is_code && !is_pdata && at + 4 <= s->end; at += 4) {
            u32 target = scan_word(scan, at), end;
            if (!(*mark(scan, at) & SCAN_TABLE) && is_free(scan, target) && is_plausible(scan, target, &end))
                any |= add_start(scan, target, SCAN_BY_POINTER);
        }
    }
    for (u32 i = 0; i < scan->functions.count; i++) {
        struct scan_state state;
        scan_state_init(&state);
        for (u32 at = scan->functions.list[i].start; at < scan->functions.list[i].end; at += 4) {
            if (!scan_is_code(scan, at))
                continue;
            scan_state_step(scan, &state, at, false);
            u32 end;
            if (state.reference && is_free(scan, state.reference) && is_plausible(scan, state.reference, &end))
                any |= add_start(scan, state.reference, SCAN_BY_POINTER);
        }
    }
    return any;
}

/* Does the code go on into what was reached before? Then it is dead, or no code. */
static bool runs_into_reached(const struct scan *scan, u32 address)
{
    u32 target;
    while (!(scan->marks[scan_place(scan, address)] & SCAN_REACHED) && scan_flow(scan, address, &target) == SCAN_NEXT)
        address += 4;
    return scan_holds(scan, address) && scan->marks[scan_place(scan, address)] & SCAN_REACHED;
}

/* A function that begins in unreached code at the address; returns its last word, or the address itself. */
static u32 seed_gap(struct scan *scan, u32 address, bool *any)
{
    u32 end, target;
    /* Compilers leave a return behind a jump to another function. */
    bool is_dead =
        scan_flow(scan, address, &target) == SCAN_RETURNS && scan_flow(scan, address - 4, &target) == SCAN_JUMPS;
    if (is_dead || runs_into_reached(scan, address) || !is_plausible(scan, address, &end))
        return address;
    *any |= add_start(scan, address, has_prologue(scan, address) ? SCAN_BY_PROLOGUE : SCAN_BY_LEAF);
    return end - 4;
}

/* What stands unreached behind the end of something. */
static bool seed_gaps(struct scan *scan)
{
    bool any = false;
    for (u32 i = 0; i < scan->sections.count; i++) {
        const struct scan_section *s = &scan->sections.list[i];
        bool may_begin = true;
        for (u32 at = (s->start + 3) & ~3u; s->is_code && at + 4 <= s->end; at += 4) {
            u32 target;
            bool is_reached = *mark(scan, at) & (SCAN_REACHED | SCAN_NO_START) || how(scan, at);
            if (may_begin && !is_reached && is_free(scan, at)) {
                at = seed_gap(scan, at, &any);
                may_begin = false;
            }
            enum scan_flow flow = scan_flow(scan, at, &target);
            may_begin |= is_reached || flow == SCAN_RETURNS || flow == SCAN_JUMPS || flow == SCAN_JUMPS_CTR;
        }
    }
    return any;
}

void scan_find_functions(struct scan *scan)
{
    seed_imports(scan);
    seed_pdata(scan);
    add_start(scan, scan->entry, SCAN_BY_ENTRY);
    do
        settle(scan);
    while (seed_pointers(scan) || seed_gaps(scan));
}
