/* SPDX-License-Identifier: BSD-3-Clause
 * Walking a guest thread's stack. The back chain is the same in both ABIs; the return address stands in the caller's
 * frame at +4 (System V) or at -8 (the console's, stored as a word by the function or by __savegprlr; some code stores
 * a doubleword there). What stands behind a call is believed first. Where the image has a table of its functions, that
 * tells more: a function that was jumped to at another's end, and one that is still in its prologue. */
#include "emu/host/report.h"

#include "emu/kernel/unwind.h"
#include "emu/memory/memory.h"

enum { DEPTH_MAX = 64, FUNCTION_MAX = 0x4000, MFLR = 0x7C0802A6 };

static bool is_code(const struct engine *e, u32 address)
{
    return address && !(address & 3) && (e->m->page[address >> PAGE_SHIFT] & PAGE_EXECUTE);
}

static bool is_trampoline(const struct engine *e, u32 address)
{
    return (address & ~0xFFu) == e->m->return_pc;
}

/* bl, bla, bcl, blrl, bctrl. */
static bool is_call(u32 word)
{
    u32 primary = word >> 26;
    bool is_register_branch = primary == 19 && ((word >> 1 & 0x3FF) == 16 || (word >> 1 & 0x3FF) == 528);
    return (primary == 18 || primary == 16 || is_register_branch) && (word & 1);
}

/* The kernel's trampolines are returned to without a call before them. */
static bool is_return_address(struct engine *e, u32 address)
{
    return is_code(e, address) && (is_trampoline(e, address) || is_call(memory_get32(e, address - 4)));
}

static u32 return_address(struct engine *e, u32 caller)
{
    const u32 places[] = {memory_get32(e, caller - 8), memory_get32(e, caller + 4), memory_get32(e, caller - 4)};
    for (u32 i = 0; i < countof(places); i++)
        if (is_return_address(e, places[i]))
            return places[i];
    return 0;
}

/* Where the call before a return address went; of a call through a register, CTR still tells. */
static u32 call_target(struct engine *e, const struct ppc *c, u32 address)
{
    u32 at = address - 4, word = memory_get32(e, at);
    if (word >> 26 == 19)
        return (u32)c->ctr & ~3u;
    s32 offset = word >> 26 == 18 ? (s32)(word << 6) >> 6 & ~3 : (s16)(word & 0xFFFC);
    return word & 2 ? (u32)offset : at + (u32)offset;
}

/* The function at PC was called from where LR says, and has not saved LR: it makes no calls, or not yet. A jump to
 * nowhere came from there too. */
static bool lr_counts(struct engine *e, const struct ppc *c)
{
    u32 lr = (u32)c->lr;
    if (!is_return_address(e, lr) || is_trampoline(e, lr))
        return false;
    u32 start = call_target(e, c, lr);
    if (!is_code(e, c->pc) || start == c->pc)
        return true;
    if (start > c->pc || c->pc - start > FUNCTION_MAX)
        return false;
    for (u32 at = start; at < c->pc; at += 4)
        if ((memory_get32(e, at) & 0xFC1FFFFF) == MFLR)
            return false;
    return true;
}

/* To the caller by the table; false: it knows nothing of the function. One without a row is a leaf where its caller has
 * one. */
static bool step_by_table(struct engine *e, struct ppc *c, u32 pc, bool is_first)
{
    struct function f, caller;
    struct ppc next = *c;
    u32 lr = (u32)c->lr & ~3u, establisher;
    if (!unwind_find(e, pc, &f) && !(is_first && unwind_find(e, lr - 4, &caller)))
        return false;
    if (!unwind_step(e, &next, pc, &f, &establisher) || (u32)next.r[1] < (u32)c->r[1])
        return false;
    if (!is_return_address(e, next.pc))
        return false;
    *c = next;
    return true;
}

static u32 trace_by_table(struct engine *e, struct ppc *c, u32 *out, u32 capacity)
{
    u32 count = 0, pc = c->pc;
    while (count < capacity && count < DEPTH_MAX && step_by_table(e, c, pc, count == 0)) {
        out[count++] = c->pc;
        pc = c->pc - 4;
    }
    return count;
}

u32 report_backtrace(struct engine *e, const struct ppc *start, u32 *out, u32 capacity)
{
    struct ppc at = *start, *c = &at;
    u32 count = trace_by_table(e, c, out, capacity), frame = (u32)c->r[1];
    if (count && is_trampoline(e, out[count - 1]))
        return count;
    if (!count && capacity && lr_counts(e, c))
        out[count++] = (u32)c->lr;
    for (u32 depth = 0; depth < DEPTH_MAX && count < capacity; depth++) {
        u32 caller = memory_get32(e, frame);
        if (caller <= frame || (caller & 3))
            break;
        u32 address = return_address(e, caller);
        if (address && !(count && depth == 0 && out[0] == address))
            out[count++] = address;
        frame = caller;
    }
    return count;
}
