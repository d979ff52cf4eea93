/* SPDX-License-Identifier: BSD-3-Clause
 * See abi.h. Source: System V ABI, PowerPC supplement, "Argument Passing"; the console's side as Xenia reads it. */
#include "guest/tool/abi.h"

static bool is_wide(const struct argument *a)
{
    return a->direction == ARG_VALUE && (a->type == ARG_U64 || a->type == ARG_S64);
}

static bool is_float(const struct argument *a)
{
    return a->direction == ARG_VALUE && a->type == ARG_DOUBLE;
}

/* The compiler's next free GPR (counted from 0) and stack byte. A pair begins at r3, r5, r7 or r9; once one has gone to
 * the stack no register is used any more. */
static void place_one(struct abi_place *p, u32 *gpr, u32 *stack)
{
    u32 words = p->is_wide ? 2 : 1;
    if (p->is_float) {
        p->gpr = -1;
        return;
    }
    if (p->is_wide)
        *gpr = (*gpr + 1) & ~1u;
    if (*gpr + words <= ABI_REGISTERS) {
        p->gpr = (s8)(3 + *gpr);
        *gpr += words;
        return;
    }
    *gpr = ABI_REGISTERS;
    if (p->is_wide)
        *stack = (*stack + 7) & ~7u;
    p->gpr = -1;
    p->offset = (u8)*stack;
    *stack += words * 4;
}

void abi_place(struct abi *abi, const struct export *e)
{
    u32 gpr = 0, stack = 0;
    *abi = (struct abi){.count = e->count};
    abi->has_wide_result = e->has_signature && (e->result == ARG_U64 || e->result == ARG_S64);
    for (u32 i = 0; i < e->count; i++) {
        struct abi_place *p = &abi->place[i];
        if (e->arguments[i].type == ARG_VARARGS) {
            abi->has_varargs = true;
            abi->count = i;
            break;
        }
        p->is_wide = is_wide(&e->arguments[i]);
        p->is_float = is_float(&e->arguments[i]);
        place_one(p, &gpr, &stack);
        if (!p->is_float && (p->is_wide || p->gpr != (s8)(3 + i)))
            abi->needs_moves = true;
    }
    abi->needs_frame = abi->count > ABI_REGISTERS;
}

bool abi_is_plain(const struct abi *abi)
{
    return !abi->has_varargs && !abi->has_wide_result && !abi->needs_moves && !abi->needs_frame;
}

u32 abi_frame_size(const struct abi *abi)
{
    u32 slots = abi->count > ABI_REGISTERS ? abi->count - ABI_REGISTERS : 0;
    return (ABI_STACK_SLOTS + 8 * slots + 15) & ~15u;
}
