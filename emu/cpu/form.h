/* SPDX-License-Identifier: BSD-3-Clause
 * Makes the forms of one file's instructions (emu/cpu/form.def): included at the end of interp_<group>.c, with
 *     #define FORM_<group> FORM_BODY
 * A form ends by calling the next instruction's, so that a block runs in one chain of jumps. A chain is a block long at
 * most: without optimisation, where the jumps are calls, that bounds the stack. */
#ifndef EMU_CPU_FORM_H
#define EMU_CPU_FORM_H

#include "emu/cpu/access.h"
#include "emu/cpu/op.h"

enum {
#define INSN(name, pattern, operands, effects, class, state) FORM_CLASS_##name = PPC_##class,
#include "schema/ppc.def"
};

/* clang-format off */
#define IS(field, value)         k.field = (value);
#define NOT_ZERO(field)          if (k.field == 0) __builtin_unreachable();
#define BITS(field, mask, value) k.field = (value);
#define SUCH(condition)          if (!(condition)) __builtin_unreachable();
#define STRAIGHT(access, ea, size)                              \
    if (unlikely(!memory_is_straight(e, ea, size, access)))     \
        return ppc_form_of_body(c, o, e);                       \
    stops = false;

#define FORM_BODY(name, kind, conditions)                                                        \
    __attribute__((flatten))                                                                     \
    const struct ppc_op *ppc_form_##name##_##kind(struct ppc *c, const struct ppc_op *o, struct engine *e) \
    {                                                                                            \
        struct ppc_op k = *o;                                                                    \
        bool stops = (u32)FORM_CLASS_##name != (u32)PPC_ALU;                                     \
        conditions                                                                               \
        ppc_run_##name(c, &k, e);                                                                \
        if ((u32)FORM_CLASS_##name == (u32)PPC_BRANCH)                                           \
            return NULL;                                                                         \
        if (stops && unlikely(c->stop))                                                          \
            return o;                                                                            \
        o++;                                                                                     \
        __asm__("" : "+r"(o)); /* so that gcc adds to o once, instead of to two copies of it */  \
        return o->form(c, o, e);                                                                 \
    }
/* clang-format on */

#endif

#ifndef FORM_int
#define FORM_int(name, kind, conditions)
#endif
#ifndef FORM_logic
#define FORM_logic(name, kind, conditions)
#endif
#ifndef FORM_mem
#define FORM_mem(name, kind, conditions)
#endif
#ifndef FORM_fp_mem
#define FORM_fp_mem(name, kind, conditions)
#endif
#ifndef FORM_vmx_mem
#define FORM_vmx_mem(name, kind, conditions)
#endif
#ifndef FORM_branch
#define FORM_branch(name, kind, conditions)
#endif
#ifndef FORM_sys
#define FORM_sys(name, kind, conditions)
#endif

#define FORM(group, name, kind, conditions) FORM_##group(name, kind, conditions)
#include "emu/cpu/form.def"
