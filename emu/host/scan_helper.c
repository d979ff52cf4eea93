/* SPDX-License-Identifier: BSD-3-Clause
 * The compilers' helpers that save and restore registers 14 to 31 (vectors: 64 to 127 too) for their callers: runs of
 * stores or loads with an entry for each register (emu/host/scan.h). */
#include "emu/host/scan.h"

#include <stdio.h>

enum { FIRST = 14, LAST = 31, FIRST_HIGH = 64, LAST_HIGH = 127, R1 = 1, R11 = 11, R12 = 12 };

static const struct {
    u32 id;
    u32 base; /* register */
    const char *name;
} kinds[] = {
    {PPC_std, R1, "__savegprlr"}, {PPC_ld, R1, "__restgprlr"},     {PPC_stfd, R12, "__savefpr"},
    {PPC_lfd, R12, "__restfpr"},  {PPC_stw, R11, "_savegpr"},      {PPC_lwz, R11, "_restgpr"},
    {PPC_stfd, R11, "_savefpr"},  {PPC_lfd, R11, "_restfpr"},      {PPC_stvx, R12, "__savevmx"},
    {PPC_lvx, R12, "__restvmx"},  {PPC_stvx128, R12, "__savevmx"}, {PPC_lvx128, R12, "__restvmx"},
};

static bool is_vector(u32 kind)
{
    u32 class = ppc_insn(kinds[kind].id)->class;
    return class == PPC_VLOAD || class == PPC_VSTORE;
}

/* The register that the instruction at the address saves or restores, as a helper of this kind does; 0: it does not. */
static u32 register_at(const struct scan *scan, u32 address, u32 kind)
{
    if (!scan_is_code(scan, address) || scan_insn(scan, address)->id != kinds[kind].id)
        return 0;
    u32 base = (u32)scan_field(scan, address, is_vector(kind) ? 'b' : 'a');
    s32 reg = 0;
    if (!ppc_field(scan_insn(scan, address), 's', scan_word(scan, address), &reg))
        reg = scan_field(scan, address, 'd');
    return base == kinds[kind].base ? (u32)reg : 0;
}

static void add_entry(struct scan *scan, u32 address, u32 size, u32 kind, u32 reg)
{
    struct scan_function *helper = SCAN_ADD(&scan->helpers);
    *helper = (struct scan_function){.start = address, .end = address + size, .how = SCAN_BY_HELPER, .returns = true};
    snprintf(helper->name, sizeof helper->name, "%s_%u", kinds[kind].name, reg);
    scan->hows[scan_place(scan, address)] = SCAN_BY_HELPER;
}

/* The run that begins here; returns what is behind it, or 0. Vectors take two instructions each. */
static u32 add_run(struct scan *scan, u32 address, u32 kind)
{
    u32 lead = is_vector(kind) ? 4 : 0, step = 4 + lead;
    u32 first = register_at(scan, address + lead, kind);
    if (first != FIRST && first != FIRST_HIGH)
        return 0;
    u32 last = first == FIRST ? LAST : LAST_HIGH;
    for (u32 reg = first; reg <= last; reg++)
        if (register_at(scan, address + lead + (reg - first) * step, kind) != reg)
            return 0;
    u32 end = address + (last - first + 1) * step, target;
    while (scan_is_code(scan, end) && scan_flow(scan, end, &target) == SCAN_NEXT)
        end += 4;
    end += 4;
    for (u32 at = address; at < end; at += 4)
        scan->marks[scan_place(scan, at)] |= SCAN_NO_START;
    for (u32 reg = first; reg <= last; reg++, address += step)
        add_entry(scan, address, reg == last ? end - address : step, kind, reg);
    return end;
}

void scan_find_helpers(struct scan *scan)
{
    for (u32 address = scan->base; address < scan->base + scan->size; address += 4)
        for (u32 kind = 0; kind < countof(kinds) && scan_is_code(scan, address); kind++) {
            u32 end = add_run(scan, address, kind);
            if (!end)
                continue;
            address = end - 4;
            break;
        }
}
