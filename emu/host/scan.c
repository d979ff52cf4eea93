/* SPDX-License-Identifier: BSD-3-Clause
 * Static analysis: decoding the image once, and how instructions go on (emu/host/scan.h). */
#include "emu/host/scan.h"

#include <stdlib.h>

enum { NOP = 0x60000000, BO_ALWAYS = 0x14, TRAP_ALWAYS = 31 };

void *scan_grow(void *list, u32 count, u32 *capacity, size_t size)
{
    if (count == *capacity) {
        *capacity = *capacity ? *capacity * 2 : 64;
        list = realloc(list, *capacity * size);
        CHECK(list, "no memory for %u entries", *capacity);
    }
    memset((u8 *)list + count * size, 0, size);
    return list;
}

const struct ppc_insn *scan_insn(const struct scan *scan, u32 address)
{
    return ppc_insn(scan->insns[scan_place(scan, address)] - 1u);
}

s32 scan_field(const struct scan *scan, u32 address, char letter)
{
    s32 value = 0;
    ppc_field(scan_insn(scan, address), letter, scan_word(scan, address), &value);
    return value;
}

bool scan_is_padding(const struct scan *scan, u32 address)
{
    u32 word = scan_word(scan, address);
    return word == 0 || word == NOP;
}

static enum scan_flow flow_of_branch(const struct scan *scan, u32 address, u32 *target)
{
    u32 id = scan->insns[scan_place(scan, address)] - 1u;
    bool links = scan_field(scan, address, 'l') != 0;
    bool always = id == PPC_b || (scan_field(scan, address, 'd') & BO_ALWAYS) == BO_ALWAYS;
    if (id == PPC_bclr)
        return links ? SCAN_CALLS_CTR : always ? SCAN_RETURNS : SCAN_MAY_RETURN;
    if (id == PPC_bcctr)
        return links ? SCAN_CALLS_CTR : always ? SCAN_JUMPS_CTR : SCAN_MAY_RETURN;
    ppc_branch_target(scan_word(scan, address), address, target);
    /* A "call" of what comes next only asks where it is. */
    if (links)
        return *target == address + 4 ? SCAN_NEXT : SCAN_CALLS;
    return always ? SCAN_JUMPS : SCAN_MAY_JUMP;
}

enum scan_flow scan_flow(const struct scan *scan, u32 address, u32 *target)
{
    *target = 0;
    if (!scan_is_code(scan, address))
        return SCAN_IS_BAD;
    switch (scan->insns[scan_place(scan, address)] - 1) {
    case PPC_b:
    case PPC_bc:
    case PPC_bclr:
    case PPC_bcctr:
        return flow_of_branch(scan, address, target);
    case PPC_tw:
        return scan_field(scan, address, 't') == TRAP_ALWAYS && !scan_field(scan, address, 'a') ? SCAN_STOPS
                                                                                                : SCAN_NEXT;
    default:
        return SCAN_NEXT;
    }
}

static void decode(struct scan *scan)
{
    for (u32 i = 0; i < scan->sections.count; i++) {
        const struct scan_section *s = &scan->sections.list[i];
        for (u32 at = (s->start + 3) & ~3u; s->is_code && at + 4 <= s->end; at += 4) {
            const struct ppc_insn *insn = ppc_decode(scan_word(scan, at));
            scan->insns[scan_place(scan, at)] = insn ? (u16)(insn->id + 1) : 0;
        }
    }
}

void scan_run(struct scan *scan)
{
    u32 words = scan->size / 4 + 1;
    scan->insns = calloc(words, sizeof *scan->insns);
    scan->hows = calloc(words, sizeof *scan->hows);
    scan->marks = calloc(words, sizeof *scan->marks);
    scan->stamps = calloc(words, sizeof *scan->stamps);
    CHECK(scan->insns && scan->hows && scan->marks && scan->stamps, "no memory for %u words", words);
    decode(scan);
    scan_find_helpers(scan);
    scan_find_functions(scan);
    scan_find_calls(scan);
    scan_find_wrappers(scan);
    scan_find_data(scan);
}

void scan_finish(struct scan *scan)
{
    free(scan->sections.list);
    free(scan->imports.list);
    free(scan->functions.list);
    free(scan->calls.list);
    free(scan->branches.list);
    free(scan->tables.list);
    free(scan->strings.list);
    free(scan->references.list);
    free(scan->wrappers.list);
    free(scan->helpers.list);
    free(scan->insns);
    free(scan->hows);
    free(scan->marks);
    free(scan->stamps);
    memset(scan, 0, sizeof *scan);
}

const struct scan_function *scan_function_at(const struct scan *scan, u32 address)
{
    u32 low = 0, high = scan->functions.count;
    while (low < high) {
        u32 middle = (low + high) / 2;
        if (scan->functions.list[middle].start <= address)
            low = middle + 1;
        else
            high = middle;
    }
    return low && address < scan->functions.list[low - 1].end ? &scan->functions.list[low - 1] : NULL;
}

const struct scan_import *scan_import_at(const struct scan *scan, u32 address)
{
    for (u32 i = 0; i < scan->imports.count; i++)
        if (scan->imports.list[i].address == address)
            return &scan->imports.list[i];
    return NULL;
}

const char *scan_how_name(u8 how)
{
    static const char *const names[] = {
        [SCAN_BY_NOTHING] = "nothing", [SCAN_BY_PDATA] = "pdata",     [SCAN_BY_IMPORT] = "import",
        [SCAN_BY_ENTRY] = "entry",     [SCAN_BY_HELPER] = "helper",   [SCAN_BY_CALL] = "call",
        [SCAN_BY_TAIL] = "tail",       [SCAN_BY_POINTER] = "pointer", [SCAN_BY_PROLOGUE] = "prologue",
        [SCAN_BY_LEAF] = "leaf",
    };
    return names[how];
}
