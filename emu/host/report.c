/* SPDX-License-Identifier: BSD-3-Clause */
#include "emu/host/report.h"

#include "emu/memory/memory.h"

#include <stdio.h>

enum { BACKTRACE_MAX = 16 };

int report_exit_code(const struct machine *m)
{
    switch (m->ended) {
    case END_WEDGED:
        return EXIT_WEDGED;
    case END_FAULT:
        return EXIT_FAULT;
    case END_UNIMPLEMENTED:
        return EXIT_UNIMPLEMENTED;
    default:
        return EXIT_OK;
    }
}

static bool is_code(const struct engine *e, u32 address)
{
    return !(address & 3) && (e->m->page[address >> PAGE_SHIFT] & PAGE_EXECUTE);
}

u32 report_backtrace(struct engine *e, const struct ppc *c, u32 *out, u32 capacity)
{
    u32 count = 0;
    u32 frame = (u32)c->r[1];
    for (u32 depth = 0; depth < 64 && count < capacity; depth++) {
        u32 caller = memory_get32(e, frame);
        if (caller <= frame || (caller & 3))
            break;
        /* Two ABIs: the word above the back chain (SysV), or the doubleword below it (the console's). */
        u32 sysv = memory_get32(e, caller + 4);
        u32 xenon = memory_get32(e, caller - 4);
        if (is_code(e, sysv))
            out[count++] = sysv;
        else if (is_code(e, xenon))
            out[count++] = xenon;
        frame = caller;
    }
    return count;
}

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

void report_fault(struct engine *e)
{
    const struct thread *t = stopped_thread(e->m);
    if (!t)
        return;
    u32 trace[BACKTRACE_MAX];
    u32 count = report_backtrace(e, &t->cpu, trace, BACKTRACE_MAX);
    fprintf(stderr, "lockstep: guest fault: %s %08X, pc %08X, lr %08X, thread %u (entry %08X, lineage %016llx)\n",
            fault_kind_name(t->cpu.fault), t->cpu.fault_address, t->cpu.pc, (u32)t->cpu.lr, t->id, t->entry,
            (unsigned long long)t->lineage);
    print_registers(&t->cpu);
    fprintf(stderr, "  back trace: %08X", t->cpu.pc);
    for (u32 i = 0; i < count; i++)
        fprintf(stderr, " < %08X", trace[i]);
    fputc('\n', stderr);
}

void report_unimplemented(const struct session *s)
{
    if (s->engine->m->unimplemented)
        fprintf(stderr, "lockstep: %llu calls of unimplemented exports (each is named above, once)\n",
                (unsigned long long)s->engine->m->unimplemented);
}

void report_summary(const struct session *s)
{
    const struct machine *m = s->engine->m;
    fprintf(stderr, "lockstep: %s", end_reason_name(m->ended));
    if (m->ended == END_EXITED)
        fprintf(stderr, " with code %u", m->exit_code);
    fprintf(stderr, " after %.6f s of virtual time: %llu instructions, %llu kernel calls, %llu events\n",
            (double)engine_time(s->engine) / TICKS_PER_SECOND, (unsigned long long)m->instructions,
            (unsigned long long)m->calls, (unsigned long long)m->events);
}

void report_json(const struct session *s)
{
    const struct machine *m = s->engine->m;
    struct json j;
    json_begin(&j, stdout);
    json_object(&j, NULL);
    json_text(&j, "end", end_reason_name(m->ended));
    json_u64(&j, "code", m->exit_code);
    json_u64(&j, "ticks", engine_time(s->engine));
    json_u64(&j, "instructions", m->instructions);
    json_hex(&j, "hash", s->last_hash, 16);
    json_u64(&j, "calls", m->calls);
    json_u64(&j, "events", m->events);
    json_u64(&j, "unimplemented", m->unimplemented);
    json_close(&j);
    json_finish(&j);
}
