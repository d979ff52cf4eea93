/* SPDX-License-Identifier: BSD-3-Clause
 * What a user is told of a guest fault: what and where, registers, back trace, the thread's last kernel calls, and what
 * would let the title go on. */
#include "emu/host/report.h"

#include "emu/loader/loader.h"
#include "emu/memory/memory.h"
#include "schema/export.h"
#include "schema/ppc.h"
#include "schema/status.h"

#include <stdio.h>

enum { BACKTRACE_MAX = 32 };

static void print_registers(const struct ppc *c)
{
    for (u32 i = 0; i < 32; i++)
        fprintf(stderr, "%s r%-2u %016llx%s", i % 4 ? "" : " ", i, (unsigned long long)c->r[i], i % 4 == 3 ? "\n" : "");
    fprintf(stderr, "  lr %08x ctr %08x cr %08x xer %08x msr %08x\n", (u32)c->lr, (u32)c->ctr, c->cr, c->xer, c->msr);
}

static const struct thread *stopped_thread(const struct machine *m)
{
    for (u32 slot = 1; slot <= m->thread_pool.high; slot++) {
        if (m->threads[slot].id && m->threads[slot].cpu.fault)
            return &m->threads[slot];
    }
    return NULL;
}

static void print_named(const struct session *s, u32 address)
{
    const struct name *name = names_find(&s->names, address);
    if (name)
        fprintf(stderr, "    %08X %s+0x%X\n", address, name->text, address - name->address);
    else
        fprintf(stderr, "    %08X\n", address);
}

static void print_trace(const struct session *s, const struct thread *t)
{
    u32 trace[BACKTRACE_MAX];
    u32 count = report_backtrace(s->engine, &t->cpu, trace, BACKTRACE_MAX);
    fprintf(stderr, "  back trace: %08X", t->cpu.pc);
    for (u32 i = 0; i < count; i++)
        fprintf(stderr, " < %08X", trace[i]);
    fputc('\n', stderr);
    if (!s->names.count)
        return;
    print_named(s, t->cpu.pc);
    for (u32 i = 0; i < count; i++)
        print_named(s, trace[i]);
}

static void print_call(const struct recent_call *call)
{
    char buffer[64];
    fprintf(stderr, "    %s(", export_op_name(call->op, buffer, sizeof buffer));
    for (u32 i = 0; i < call->count; i++)
        fprintf(stderr, "%s%X", i ? ", " : "", call->arguments[i]);
    fprintf(stderr, ")");
    if (call->returned)
        fprintf(stderr, " = %llX", (unsigned long long)call->result);
    fprintf(stderr, "%s lr %08X", call->refused ? " (not implemented)" : "", call->lr);
    if (call->times > 1)
        fprintf(stderr, ", %u times", call->times);
    fputc('\n', stderr);
}

static void print_calls(const struct session *s, const struct thread *t)
{
    const struct recent_call *call;
    if (!recent_at(s->recent, t->id, 0))
        return;
    fprintf(stderr, "  last kernel calls of thread %u:\n", t->id);
    for (u32 i = 0; (call = recent_at(s->recent, t->id, i)) != NULL; i++)
        print_call(call);
}

/* The commonest reason why a title gives up: something is not where its folder should have it. */
static void print_misses(const struct recent *recent)
{
    if (recent->misses)
        fprintf(stderr, "  last files that were not there:\n");
    for (u32 i = 0; i < recent->misses; i++) {
        const struct recent_miss *miss = &recent->miss[i];
        const char *status = status_name(miss->status);
        fprintf(stderr, "    %s, asked for by thread %u at %.6f s: %s\n", miss->path, miss->thread,
                (double)miss->time / TICKS_PER_SECOND, status ? status : "?");
    }
}

/* Addresses that imports get which lead nowhere name the export. */
static const struct export *poisoned(u32 address)
{
    for (size_t i = 0; i < export_count(); i++)
        if (loader_poison(export_at(i)->op) == (address & ~3u) || loader_poison(export_at(i)->op) == address)
            return export_at(i);
    return NULL;
}

/* The export that the thread was refused last, of its last calls. */
static u32 refused(const struct session *s, const struct thread *t)
{
    u32 op = 0;
    const struct recent_call *call;
    for (u32 i = 0; (call = recent_at(s->recent, t->id, i)) != NULL; i++)
        op = call->refused ? call->op : op;
    return op;
}

static void print_advice(const struct session *s, const struct thread *t)
{
    const struct ppc *c = &t->cpu;
    const struct export *export = poisoned(c->fault_address);
    char buffer[64];
    u32 op = refused(s, t);
    bool is_access = c->fault == FAULT_READ || c->fault == FAULT_WRITE;
    if (c->fault == FAULT_INSTRUCTION_UNIMPLEMENTED)
        fprintf(stderr, "  to go on: give the instruction %08X a body (its row in schema/ppc.def says NONE)\n",
                c->fault_address);
    else if (export)
        fprintf(stderr, "  to go on: implement %s of %s, which the title imports and which is not there\n",
                export->name, module_name(export->module));
    else if (is_access && c->fault_address >= 0x7F000000 && c->fault_address < 0x80000000)
        fprintf(stderr, "  to go on: implement the device register at %08X\n", c->fault_address & ~3u);
    else if (op)
        fprintf(stderr, "  to go on: implement %s first, which the thread was refused just before\n",
                export_op_name(op, buffer, sizeof buffer));
}

void report_fault(const struct session *s)
{
    const struct engine *e = s->engine;
    const struct thread *t = stopped_thread(e->m);
    if (!t)
        return;
    fprintf(stderr, "lockstep: guest fault: %s %08X, pc %08X, lr %08X, thread %u (entry %08X, lineage %016llx)\n",
            fault_kind_name(t->cpu.fault), t->cpu.fault_address, t->cpu.pc, (u32)t->cpu.lr, t->id, t->entry,
            (unsigned long long)t->lineage);
    print_registers(&t->cpu);
    print_trace(s, t);
    print_calls(s, t);
    print_misses(s->recent);
    print_advice(s, t);
}

void report_unimplemented(const struct session *s)
{
    const struct machine *m = s->engine->m;
    char buffer[64];
    if (!m->unimplemented)
        return;
    fprintf(stderr, "lockstep: %llu calls of unimplemented exports (each is named above, once)\n",
            (unsigned long long)m->unimplemented);
    if (m->ended == END_UNIMPLEMENTED && s->engine->strict)
        fprintf(stderr, "lockstep: to go on: implement %s, its row in schema/%.*s.def says NONE\n",
                export_op_name(m->exit_code, buffer, sizeof buffer),
                (int)strcspn(module_name((enum module)(m->exit_code >> 16)), "."),
                module_name((enum module)(m->exit_code >> 16)));
}
