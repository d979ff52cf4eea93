/* SPDX-License-Identifier: BSD-3-Clause
 * Decoding one instruction into a struct ppc_op: the dispatch table, and which field goes where. */
#include "emu/cpu/op.h"
#include "emu/trace.h"

void ppc_fault(struct ppc *c, u32 fault, u32 address)
{
    c->stop = CPU_FAULT;
    c->fault = fault;
    c->fault_address = address;
}

static void run_illegal(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    ppc_fault(c, FAULT_ILLEGAL, o->word);
}

__attribute__((unused)) static void run_unimplemented(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    ppc_fault(c, FAULT_INSTRUCTION_UNIMPLEMENTED, o->word);
}

static void run_privileged(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    ppc_fault(c, FAULT_PRIVILEGED, o->word);
}

/* or r31,r31,r31 ("db16cyc"): titles spin with it, and it ends the block. */
static void run_spin_hint(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    c->pc = o->pc + 4;
    c->stop = CPU_YIELD;
}

#define PPC_BODY_DONE(name)       ppc_run_##name
#define PPC_BODY_NONE(name)       run_unimplemented
#define PPC_BODY_PRIVILEGED(name) run_privileged

static ppc_run *const bodies[PPC_INSNS + 1] = {
#define INSN(name, pattern, operands, effects, class, state) [PPC_##name] = PPC_BODY_##state(name),
#include "schema/ppc.def"
    [PPC_INSNS] = run_illegal,
};

/* An instruction without a form. */
const struct ppc_op *ppc_form_of_body(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    o->run(c, o, e);
    if (unlikely(c->stop))
        return o;
    return o[1].form(c, o + 1, e);
}

/* The same for whoever looks closer. */
static const struct ppc_op *form_of_traced(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    trace_run(e, c, o);
    if (unlikely(c->stop))
        return o;
    if (o->id < PPC_INSNS && ppc_insn(o->id)->class == PPC_BRANCH)
        return NULL;
    return o[1].form(c, o + 1, e);
}

/* Behind the last instruction of a block that no branch ended, or a trap that was not met. */
static const struct ppc_op *form_of_end(struct ppc *c, const struct ppc_op *o, struct engine *e)
{
    (void)e;
    c->pc = o->pc;
    return NULL;
}

/* clang-format off */
#define IS(field, value)           && k.field == (value)
#define NOT_ZERO(field)            && k.field != 0
#define BITS(field, mask, value)   && (k.field & (mask)) == (value)
#define SUCH(condition)            && (condition)
#define STRAIGHT(access, ea, size)
#define FORM(group, name, kind, conditions) \
    static bool fits_##name##_##kind(struct ppc_op k) { (void)k; return true conditions; }
/* clang-format on */
#include "emu/cpu/form.def"

static const struct {
    u32 id;
    bool (*fits)(struct ppc_op k);
    ppc_form *form;
} forms[] = {
#define FORM(group, name, kind, conditions) {PPC_##name, fits_##name##_##kind, ppc_form_##name##_##kind},
#include "emu/cpu/form.def"
};

static ppc_form *find_form(const struct ppc_op *o)
{
    for (u32 i = 0; i < countof(forms); i++)
        if (forms[i].id == o->id && o->run == bodies[o->id] && forms[i].fits(*o))
            return forms[i].form;
    return ppc_form_of_body;
}

void ppc_op_end(struct ppc_op *o, u32 pc)
{
    *o = (struct ppc_op){.form = form_of_end, .pc = pc};
}

#define SLOT(member) offsetof(struct ppc_op, member)

static const u8 slots[26] = {
    ['i' - 'a'] = SLOT(i), ['u' - 'a'] = SLOT(i),  ['j' - 'a'] = SLOT(i),  ['p' - 'a'] = SLOT(i),
    ['w' - 'a'] = SLOT(i), ['d' - 'a'] = SLOT(d),  ['s' - 'a'] = SLOT(d),  ['t' - 'a'] = SLOT(d),
    ['a' - 'a'] = SLOT(a), ['g' - 'a'] = SLOT(a),  ['n' - 'a'] = SLOT(a),  ['x' - 'a'] = SLOT(a),
    ['b' - 'a'] = SLOT(b), ['c' - 'a'] = SLOT(c),  ['h' - 'a'] = SLOT(h),  ['z' - 'a'] = SLOT(h),
    ['m' - 'a'] = SLOT(m), ['y' - 'a'] = SLOT(m),  ['e' - 'a'] = SLOT(e),  ['k' - 'a'] = SLOT(e),
    ['f' - 'a'] = SLOT(f), ['l' - 'a'] = SLOT(rc), ['o' - 'a'] = SLOT(oe), ['q' - 'a'] = SLOT(oe),
};

u32 ppc_op_slot(char letter)
{
    if (letter == '.')
        return SLOT(rc);
    return letter >= 'a' && letter <= 'z' ? slots[letter - 'a'] : 0;
}

/* Bits m to e, counted from the most significant, of a word; they may wrap. */
static u32 mask32(u32 m, u32 e)
{
    u32 from = 0xFFFFFFFFu >> m, to = 0xFFFFFFFFu << (31 - e);
    return m <= e ? from & to : from | to;
}

/* What can be computed once instead of at each execution. */
static void prepare(struct ppc_op *o)
{
    switch (o->id) {
    case PPC_b:
    case PPC_bc:
        o->i = (s32)((u32)o->i + (o->oe ? 0 : o->pc));
        break;
    case PPC_rlwinm:
    case PPC_rlwimi:
    case PPC_rlwnm:
        o->i = (s32)mask32(o->m, o->e);
        break;
    case PPC_addis:
        o->i = (s32)((u32)o->i << 16);
        break;
    case PPC_or:
        if (o->word == PPC_SPIN_HINT)
            o->run = run_spin_hint;
        break;
    default:
        break;
    }
}

void ppc_op_decode(struct ppc_op *o, u32 word, u32 pc)
{
    const struct ppc_insn *insn = ppc_decode(word);
    *o = (struct ppc_op){.pc = pc, .word = word, .id = insn ? insn->id : PPC_INSNS};
    o->run = bodies[o->id];
    for (u32 i = 0; insn && i < insn->field_count; i++) {
        s32 value = ppc_field_value(&insn->fields[i], word);
        u32 slot = ppc_op_slot(insn->fields[i].letter);
        if (slot == SLOT(i))
            o->i = value;
        else
            ((u8 *)o)[slot] = (u8)value;
    }
    prepare(o);
    o->form = find_form(o);
}

void ppc_op_trace(struct ppc_op *o)
{
    o->form = form_of_traced;
}
