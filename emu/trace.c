/* SPDX-License-Identifier: BSD-3-Clause
 * A run seen closer (emu/trace.h). */
#include "emu/trace.h"

#include "emu/cpu/block.h"
#include "emu/memory/memory.h"

void trace_change(struct engine *e)
{
    e->retrace = true;
}

void trace_renew(struct engine *e)
{
    e->retrace = false;
    memory_derive(e);
}

static bool is_probed(const struct trace *trace, u32 pc)
{
    for (u32 i = 0; i < trace->probe_count; i++)
        if (trace->probe[i].pc == pc)
            return true;
    return false;
}

static bool moves_memory(const struct ppc_insn *insn)
{
    for (u32 i = 0; i < insn->effect_count; i++)
        if (insn->effects[i].place == PPC_IN_MEM)
            return true;
    return false;
}

bool trace_wants(const struct trace *trace, const struct ppc_op *o)
{
    if (trace->is_quiet || o->id == PPC_INSNS)
        return false;
    if ((trace->kinds & TRACE_INSTRUCTIONS) || is_probed(trace, o->pc))
        return true;
    const struct ppc_insn *insn = ppc_insn(o->id);
    return ((trace->kinds & TRACE_BRANCHES) && insn->class == PPC_BRANCH) ||
           ((trace->kinds & TRACE_MEMORY) && moves_memory(insn));
}

/* A byte of physical memory is one, whatever address it is reached by. */
static u32 canonical(u32 ea)
{
    u32 pa;
    return memory_physical(ea, &pa) ? 0xA0000000u + pa : ea;
}

static bool is_watched(const struct trace *trace, u32 ea, u32 size)
{
    u32 first = canonical(ea), last = first + (size - 1);
    for (u32 i = 0; i < trace->watch_count; i++)
        if (first <= trace->watch[i].last && last >= trace->watch[i].first)
            return true;
    return !trace->watch_count;
}

bool trace_hides(const struct trace *trace, u32 page)
{
    if (trace->is_quiet)
        return false;
    return (trace->kinds & TRACE_INSTRUCTIONS) ||
           ((trace->kinds & TRACE_MEMORY) && is_watched(trace, page << PAGE_SHIFT, PAGE_SIZE));
}

static u64 number_now(const struct engine *e, const struct ppc_op *o)
{
    return e->m->instructions + (o ? cpu_instructions_before(e, o) : 0);
}

/* The time at the instruction that runs, without a trace in what the machine itself asks for. */
static u64 time_now(struct engine *e, const struct ppc_op *o)
{
    u32 kept = e->in_block;
    e->in_block = o ? cpu_instructions_before(e, o) : kept;
    u64 time = engine_time(e);
    e->in_block = kept;
    return time;
}

static struct event begin(struct engine *e, enum event_kind kind)
{
    const struct ppc_op *o = e->trace->op;
    const struct thread *t = &e->m->threads[e->m->running];
    struct event event = {.time = time_now(e, o), .thread = t->id, .kind = (u8)kind, .lr = (u32)t->cpu.lr};
    event.count = (u8)event_type(kind)->field_count;
    return event;
}

static u64 next_event(const struct engine *e)
{
    return e->m->running ? e->m->threads[e->m->running].stream.count : e->m->machine_stream.count;
}

static bool is_wanted(struct engine *e)
{
    const struct trace *trace = e->trace;
    if (!trace->wanted)
        return true;
    return trace->wanted(trace->context, e->m->threads[e->m->running].id, number_now(e, trace->op),
                         time_now(e, trace->op));
}

/* ---- Memory. ---- */

static u64 first_bytes(const u8 *bytes, u32 size)
{
    u64 value = 0;
    for (u32 i = 0; i < size && i < 8; i++)
        value = value << 8 | bytes[i];
    return value;
}

static void tell_access(struct engine *e, enum event_kind kind, u32 ea, u32 size, const u8 *bytes)
{
    struct trace *trace = e->trace;
    if (trace->op && !trace->address)
        trace->address = ea;
    if (trace->op)
        trace->value = first_bytes(size > 8 ? bytes + size - 8 : bytes, size);
    bool is_kernel = kind == EVENT_store && !trace->op;
    if (trace->is_quiet || !((trace->kinds & TRACE_MEMORY) || (is_kernel && (trace->kinds & TRACE_INSTRUCTIONS))))
        return;
    if (!size || !is_watched(trace, ea, size) || !is_wanted(e))
        return;
    struct event event = begin(e, kind);
    if (!trace->op) {
        event.op = e->call_op;
        event.lr = e->call_op ? e->call_lr : 0;
    }
    event.v[F_store_pc] = trace->op ? trace->op->pc : 0;
    event.v[F_store_address] = ea;
    event.v[F_store_size] = size;
    event.v[F_store_value] = first_bytes(bytes, size);
    event.v[F_store_number] = number_now(e, trace->op);
    event.v[F_store_event] = next_event(e);
    event.v[F_store_stack] = e->m->running ? (u32)e->m->threads[e->m->running].cpu.r[1] : 0;
    if (kind == EVENT_store)
        event.v[F_store_before] = first_bytes(e->mem + ea, size);
    trace->emit(trace->context, &event);
}

void trace_tell_watched(struct engine *e)
{
    const struct trace *trace = e->trace;
    for (u32 i = 0; i < trace->watch_count; i++)
        for (u64 at = trace->watch[i].first; at <= trace->watch[i].last; at += 8) {
            u8 bytes[8] = {0};
            u64 left = trace->watch[i].last - at + 1;
            u32 size = left < 8 ? (u32)left : 8;
            if (memory_read(e, (u32)at, bytes, size))
                tell_access(e, EVENT_load, (u32)at, size, bytes);
        }
}

/* Of a long write that touches watched bytes, those alone. */
static void tell_store(struct engine *e, u32 ea, u32 size, const u8 *bytes)
{
    const struct trace *trace = e->trace;
    if (size <= 8 || !trace->watch_count) {
        tell_access(e, EVENT_store, ea, size, bytes);
        return;
    }
    for (u32 i = 0; i < trace->watch_count; i++) {
        u32 start = canonical(ea), end = start + size;
        u32 first = trace->watch[i].first > start ? trace->watch[i].first : start;
        u32 stop = trace->watch[i].last + 1 < end ? trace->watch[i].last + 1 : end;
        for (u32 at = first; at < stop; at += 8)
            tell_access(e, EVENT_store, ea + (at - start), stop - at < 8 ? stop - at : 8, bytes + (at - start));
    }
}

void trace_load(struct engine *e, u32 ea, u32 size)
{
    tell_access(e, EVENT_load, ea, size, e->mem + ea);
}

void trace_store(struct engine *e, u32 ea, u32 size, const void *bytes)
{
    tell_store(e, ea, size, bytes);
}

void trace_zero(struct engine *e, u32 ea, u32 size)
{
    static const u8 zeros[PAGE_SIZE];
    for (u32 at = 0; at < size; at += PAGE_SIZE)
        tell_store(e, ea + at, size - at < PAGE_SIZE ? size - at : PAGE_SIZE, zeros);
}

/* ---- Instructions. ---- */

enum { SPR_XER = 1, SPR_LR = 8, SPR_CTR = 9 };

static u64 fold(const struct vector *v)
{
    u64 low = load_be64(v->b + 8);
    return load_be64(v->b) ^ (low << 1 | low >> 63);
}

static bool read_spr(const struct ppc *c, u32 spr, u64 *value)
{
    if (spr == SPR_LR)
        *value = c->lr;
    else if (spr == SPR_CTR)
        *value = c->ctr;
    else
        *value = c->xer;
    return spr == SPR_LR || spr == SPR_CTR || spr == SPR_XER;
}

/* The value of what an effect names, if it is a register that events tell. */
static bool read_place(const struct ppc *c, const struct ppc_insn *insn, u32 word, const struct ppc_effect *effect,
                       u64 *value)
{
    s32 field = 0;
    if (effect->field)
        ppc_field(insn, effect->field, word, &field);
    switch (effect->place) {
    case PPC_IN_GPR:
        *value = c->r[field & 31];
        return true;
    case PPC_IN_FPR:
        *value = c->f[field & 31];
        return true;
    case PPC_IN_VR:
        *value = fold(&c->v[field & 127]);
        return true;
    case PPC_IN_LR:
        *value = c->lr;
        return true;
    case PPC_IN_CTR:
        *value = c->ctr;
        return true;
    case PPC_IN_SPR:
        ppc_field(insn, 'p', word, &field);
        return read_spr(c, (u32)field, value);
    default:
        return false;
    }
}

static void read_registers(const struct ppc *c, const struct ppc_op *o, bool is_write, u64 *out, u32 room)
{
    const struct ppc_insn *insn = ppc_insn(o->id);
    const struct ppc_effect *effect;
    u32 n = 0;
    for (u32 i = 0; (effect = ppc_effect_next(insn, o->word, &i)) && n < room;)
        if (effect->is_write == is_write && read_place(c, insn, o->word, effect, &out[n]))
            n++;
}

static void tell_branch(struct engine *e, struct ppc *c, const struct ppc_op *o, u32 cr)
{
    struct event event = begin(e, EVENT_branch);
    event.v[F_branch_pc] = o->pc;
    event.v[F_branch_word] = o->word;
    event.v[F_branch_target] = c->pc;
    event.v[F_branch_cr] = cr;
    event.v[F_branch_ctr] = c->ctr;
    event.v[F_branch_number] = number_now(e, o);
    event.v[F_branch_event] = next_event(e);
    e->trace->emit(e->trace->context, &event);
}

static u64 read_register(const struct ppc *c, u32 which)
{
    switch (which) {
    case TRACE_LR:
        return c->lr;
    case TRACE_CTR:
        return c->ctr;
    case TRACE_CR:
        return c->cr;
    case TRACE_XER:
        return c->xer;
    default:
        return c->r[which & 31];
    }
}

static void tell_probes(struct engine *e, const struct ppc *c, const struct ppc_op *o)
{
    const struct trace *trace = e->trace;
    for (u32 i = 0; i < trace->probe_count; i++) {
        if (trace->probe[i].pc != o->pc)
            continue;
        struct event event = begin(e, EVENT_probe);
        event.v[F_probe_pc] = o->pc;
        event.v[F_probe_number] = number_now(e, o);
        event.v[F_probe_event] = next_event(e);
        for (u32 r = 0; r < trace->probe[i].count; r++)
            event.v[F_probe_v0 + r] = read_register(c, trace->probe[i].registers[r]);
        event.count = (u8)(F_probe_v0 + trace->probe[i].count);
        trace->emit(trace->context, &event);
    }
}

static void tell_instruction(struct engine *e, struct ppc *c, const struct ppc_op *o, struct event *event)
{
    const struct trace *trace = e->trace;
    event->v[F_instruction_pc] = o->pc;
    event->v[F_instruction_word] = o->word;
    event->v[F_instruction_number] = number_now(e, o);
    event->v[F_instruction_event] = next_event(e);
    event->v[F_instruction_address] = trace->address;
    event->v[F_instruction_value] = trace->value;
    read_registers(c, o, true, &event->v[F_instruction_out0], 2);
    event->v[F_instruction_flags] = (u64)c->cr << 32 | c->xer;
    trace->emit(trace->context, event);
}

void trace_run(struct engine *e, struct ppc *c, const struct ppc_op *o)
{
    struct trace *trace = e->trace;
    trace->op = o;
    trace->address = 0;
    trace->value = 0;
    if (trace->is_quiet || o->id == PPC_INSNS || !is_wanted(e)) {
        o->run(c, o, e);
        trace->op = NULL;
        return;
    }
    u32 cr = c->cr;
    struct event event = {0};
    if (trace->probe_count)
        tell_probes(e, c, o);
    if (trace->kinds & TRACE_INSTRUCTIONS) {
        event = begin(e, EVENT_instruction);
        read_registers(c, o, false, &event.v[F_instruction_in0], 3);
    }
    o->run(c, o, e);
    if (c->stop != CPU_FAULT) {
        if (trace->kinds & TRACE_INSTRUCTIONS)
            tell_instruction(e, c, o, &event);
        if ((trace->kinds & TRACE_BRANCHES) && o->id < PPC_INSNS && ppc_insn(o->id)->class == PPC_BRANCH)
            tell_branch(e, c, o, cr);
    }
    trace->op = NULL;
}
