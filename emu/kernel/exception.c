/* SPDX-License-Identifier: BSD-3-Clause
 * Raising exceptions and asking handlers. */
#include "emu/kernel/exception.h"

#include "emu/kernel/exception_frame.h"
#include "emu/kernel/kcall.h"
#include "emu/kernel/sync.h"
#include "emu/memory/memory.h"
#include "schema/ppc.h"

#define THREAD_NAME_EXCEPTION 0x406D1388u

/* No handler took it: what it would have been without handlers. */
static void give_up(struct engine *e, struct thread *thread, u32 top)
{
    u32 kind = memory_get32(e, top + FRAME_FAULT), address = memory_get32(e, top + FRAME_FAULT_ADDRESS);
    u32 code = memory_get32(e, memory_get32(e, top + FRAME_RECORD) + RECORD_CODE);
    frame_resume(e, thread, top + FRAME_CONTEXT);
    if (kind == FAULT_NONE && code == THREAD_NAME_EXCEPTION)
        return;
    bool is_fault = kind > FAULT_NONE && kind != FAULT_INSTRUCTION_UNIMPLEMENTED && kind <= FAULT_BUGCHECK;
    frame_fault(thread, is_fault ? kind : FAULT_TRAP, is_fault ? address : code);
}

/* Calls the next handler from w on. */
static void search(struct engine *e, struct thread *thread, u32 top, struct walk *w)
{
    u32 establisher;
    if (!walk_find_handler(e, thread, w) || !walk_establisher(e, w, &establisher) ||
        !frame_set_dispatcher(e, top, w, establisher)) {
        give_up(e, thread, top);
        return;
    }
    const u32 arguments[] = {memory_get32(e, top + FRAME_RECORD), establisher, top + FRAME_CONTEXT,
                             top + FRAME_DISPATCHER};
    frame_call(e, thread, top, w->function.handler, arguments, countof(arguments), establisher);
}

static void on_search(struct engine *e, struct thread *thread, u32 top, u32 disposition)
{
    struct walk w = {.c = thread->cpu};
    u32 flags = memory_get32(e, memory_get32(e, top + FRAME_RECORD) + RECORD_FLAGS);
    if (disposition == CONTINUE_EXECUTION && !(flags & NONCONTINUABLE)) {
        if (!frame_resume(e, thread, top + FRAME_CONTEXT))
            frame_fault(thread, FAULT_READ, top + FRAME_CONTEXT);
    } else if (disposition == CONTINUE_SEARCH && frame_read_walk(e, top, &w) && walk_step(e, &w)) {
        search(e, thread, top, &w);
    } else {
        /* Continued though it cannot, or a disposition that there is none of: on NT an exception of its own. */
        give_up(e, thread, top);
    }
}

void exception_on_return(struct engine *e, struct thread *thread)
{
    u32 top = (u32)thread->cpu.r[1], result = (u32)thread->cpu.r[3];
    switch (memory_get32(e, top + FRAME_KIND)) {
    case FRAME_SEARCH:
        on_search(e, thread, top, result);
        break;
    case FRAME_UNWIND:
        unwind_on_return(e, thread, top, result);
        break;
    case FRAME_FILTER:
        scope_on_filter(e, thread, top, (s32)result);
        break;
    case FRAME_TERMINATION:
        scope_on_termination(e, thread, top);
        break;
    default:
        frame_fault(thread, FAULT_READ, top);
    }
}

/* ---- Raising ---- */

static void emit(struct engine *e, const struct thread *thread, u32 record, u32 op)
{
    struct event event = event_begin(e, EVENT_exception, thread->id);
    event.op = op;
    event.lr = (u32)thread->cpu.lr;
    event.v[F_exception_code] = memory_get32(e, record + RECORD_CODE);
    event.v[F_exception_flags] = memory_get32(e, record + RECORD_FLAGS);
    event.v[F_exception_address] = memory_get32(e, record + RECORD_ADDRESS);
    event.v[F_exception_parameter] = memory_get32(e, record + RECORD_SIZE - 4 * 14);
    event_emit(e, &event);
}

/* Raised by a call: the place of the exception is behind it. */
static u64 raise(struct kcall *k, u32 top)
{
    struct walk w = walk_from_call(k->thread);
    u32 record = memory_get32(k->e, top + FRAME_RECORD);
    if (!memory_set32(k->e, record + RECORD_ADDRESS, w.c.pc) || !context_write(k->e, top + FRAME_CONTEXT, &w.c))
        return sync_fault(k, FAULT_WRITE, record);
    emit(k->e, k->thread, record, k->op);
    k->no_return = true;
    search(k->e, k->thread, top, &w);
    return 0;
}

u64 xboxkrnl_RtlRaiseException(struct kcall *k)
{
    u32 record = kcall_u32(k, 0);
    if (!memory_is_readable(k->e, record, RECORD_SIZE))
        return sync_fault(k, FAULT_READ, record);
    u32 top = frame_make(k->e, k->thread, FRAME_SEARCH, record);
    return top ? raise(k, top) : sync_fault(k, FAULT_WRITE, (u32)k->thread->cpu.r[1]);
}

u64 xboxkrnl_RtlRaiseStatus(struct kcall *k)
{
    u32 top = frame_make(k->e, k->thread, FRAME_SEARCH, 0);
    if (!top)
        return sync_fault(k, FAULT_WRITE, (u32)k->thread->cpu.r[1]);
    memory_set32(k->e, top + FRAME_RECORD, top + FRAME_OWN_RECORD);
    memory_set32(k->e, top + FRAME_OWN_RECORD + RECORD_CODE, kcall_u32(k, 0));
    memory_set32(k->e, top + FRAME_OWN_RECORD + RECORD_FLAGS, NONCONTINUABLE);
    return raise(k, top);
}

u64 exception_raise(struct kcall *k, u32 status)
{
    struct walk w = walk_from_call(k->thread);
    u32 top = walk_find_handler(k->e, k->thread, &w) ? frame_make(k->e, k->thread, FRAME_SEARCH, 0) : 0;
    if (!top)
        return sync_fault(k, FAULT_BUGCHECK, status);
    memory_set32(k->e, top + FRAME_RECORD, top + FRAME_OWN_RECORD);
    memory_set32(k->e, top + FRAME_OWN_RECORD + RECORD_CODE, status);
    memory_set32(k->e, top + FRAME_OWN_RECORD + RECORD_FLAGS, NONCONTINUABLE);
    memory_set32(k->e, top + FRAME_FAULT, FAULT_BUGCHECK);
    memory_set32(k->e, top + FRAME_FAULT_ADDRESS, status);
    return raise(k, top);
}

#define BREAK_POINT (0x0FE00000u | CPU_DEBUG_BREAK) /* twi 31,r0,22 */

/* The trap that faulted. DbgBreakPoint is one in the kernel's own code. */
static u32 trap_word(struct engine *e, const struct ppc *c)
{
    u32 word;
    const struct ppc_insn *insn = memory_fetch(e, c->pc, &word) ? ppc_decode(word) : NULL;
    return insn && insn->class == PPC_TRAP ? word : BREAK_POINT;
}

/* The vendor's compiler has these before divisions: of a divisor that is 0, and of one that is -1 where the dividend is
 * the least number. [NT's for this processor; UNKNOWN of the console: the second.] */
static u32 code_of_trap(u32 word)
{
    u32 to = word >> 21 & 31, immediate = word & 0xFFFF;
    bool is_immediate = word >> 26 == 2 || word >> 26 == 3;
    if (is_immediate && (to == 6 || to == 7) && immediate == 0)
        return STATUS_INTEGER_DIVIDE_BY_ZERO;
    return is_immediate && to == 5 && immediate == 0xFFFF ? STATUS_INTEGER_OVERFLOW : STATUS_BREAKPOINT;
}

static u32 code_of(struct engine *e, const struct ppc *c)
{
    switch (c->fault) {
    case FAULT_READ:
    case FAULT_WRITE:
    case FAULT_EXECUTE:
        return STATUS_ACCESS_VIOLATION;
    case FAULT_ILLEGAL:
        return STATUS_ILLEGAL_INSTRUCTION;
    case FAULT_PRIVILEGED:
        return STATUS_PRIVILEGED_INSTRUCTION;
    case FAULT_TRAP:
        return code_of_trap(trap_word(e, c));
    case FAULT_ALIGNMENT:
        return STATUS_DATATYPE_MISALIGNMENT;
    default:
        return 0;
    }
}

/* Of an access: 0 read, 1 write, 8 execute, and the address. Of a break point: its instruction. */
static void fill_record(struct engine *e, u32 ea, const struct ppc *c)
{
    u32 code = code_of(e, c);
    memory_set32(e, ea + RECORD_CODE, code);
    memory_set32(e, ea + RECORD_ADDRESS, c->pc);
    if (code == STATUS_BREAKPOINT) {
        memory_set32(e, ea + RECORD_COUNT, 1);
        memory_set32(e, ea + RECORD_COUNT + 4, trap_word(e, c));
    }
    if (code != STATUS_ACCESS_VIOLATION)
        return;
    memory_set32(e, ea + RECORD_COUNT, 2);
    memory_set32(e, ea + RECORD_COUNT + 4, c->fault == FAULT_READ ? 0 : c->fault == FAULT_WRITE ? 1 : 8);
    memory_set32(e, ea + RECORD_COUNT + 8, c->fault_address);
}

/* A title that catches its own crash may end as if all were well: whoever looks for the crash is told. */
static void note_fault(struct engine *e, const struct thread *thread, u32 function)
{
    enum { TOLD_MAX = 8 };
    const struct ppc *c = &thread->cpu;
    if (e->exceptions++ < TOLD_MAX)
        engine_note(e,
                    "guest fault: %s %08X, pc %08X, lr %08X, thread %u; it goes to the handler of the function at %08X",
                    fault_kind_name(c->fault), c->fault_address, c->pc, (u32)c->lr, thread->id, function);
}

bool exception_deliver(struct engine *e, struct thread *thread)
{
    struct ppc *c = &thread->cpu;
    struct walk w = walk_from_fault(c, c->fault);
    if (thread->unhandled || !code_of(e, c))
        return false;
    if (!walk_find_handler(e, thread, &w))
        return false;
    u32 top = frame_make(e, thread, FRAME_SEARCH, 0);
    if (!top || !context_write(e, top + FRAME_CONTEXT, c))
        return false;
    fill_record(e, top + FRAME_OWN_RECORD, c);
    memory_set32(e, top + FRAME_RECORD, top + FRAME_OWN_RECORD);
    memory_set32(e, top + FRAME_FAULT, c->fault);
    memory_set32(e, top + FRAME_FAULT_ADDRESS, c->fault_address);
    emit(e, thread, top + FRAME_OWN_RECORD, 0);
    note_fault(e, thread, w.function.begin);
    c->stop = CPU_RUN;
    c->fault = FAULT_NONE;
    c->fault_address = 0;
    search(e, thread, top, &w);
    return true;
}

/* ---- For titles that walk their own stack ---- */

u64 xboxkrnl_RtlCaptureContext(struct kcall *k)
{
    struct ppc caller = walk_from_call(k->thread).c;
    return context_write(k->e, kcall_u32(k, 0), &caller) ? 0 : sync_fault(k, FAULT_WRITE, kcall_u32(k, 0));
}

u64 xboxkrnl_RtlLookupFunctionEntry(struct kcall *k)
{
    struct function f;
    unwind_find(k->e, kcall_u32(k, 0) & ~3u, &f);
    return f.row;
}

/* NT's, of the same machines: (pc, row, context, out in_body, out establisher, pointers). UNKNOWN: whether the console
 * takes the row's word or the pc's; the last argument, where registers were saved, is not filled. */
u64 xboxkrnl_RtlVirtualUnwind(struct kcall *k)
{
    u32 pc = kcall_u32(k, 0) & ~3u, context = kcall_u32(k, 2), establisher;
    struct function f;
    struct ppc c = k->thread->cpu;
    if (!context_read(k->e, context, &c))
        return sync_fault(k, FAULT_READ, context);
    unwind_find(k->e, pc, &f);
    if (!unwind_step(k->e, &c, pc, &f, &establisher))
        return 0;
    if (!context_write(k->e, context, &c) || !memory_set8(k->e, kcall_u32(k, 3), unwind_is_in_body(&f, pc)) ||
        !memory_set32(k->e, kcall_u32(k, 4), establisher))
        return sync_fault(k, FAULT_WRITE, context);
    return c.pc;
}

/* Return addresses, from the caller's own on; false: the stack ends before. */
static bool next_caller(struct kcall *k, struct walk *w)
{
    if (!walk_is_on_stack(k->e, k->thread, w))
        return false;
    unwind_find(k->e, w->pc, &w->function);
    return walk_step(k->e, w) && walk_is_on_stack(k->e, k->thread, w);
}

/* Where the function that calls this was called, and where that one's caller was; 0: nowhere. */
u64 xboxkrnl_RtlGetCallersAddress(struct kcall *k)
{
    struct walk w = walk_from_call(k->thread);
    u32 found[2] = {0, 0};
    for (u32 i = 0; i < 2 && next_caller(k, &w); i++)
        found[i] = w.c.pc;
    for (u32 i = 0; i < 2; i++)
        if (!memory_set32(k->e, kcall_u32(k, i), found[i]))
            return sync_fault(k, FAULT_WRITE, kcall_u32(k, i));
    return 0;
}

/* (skip, count, out frames, out hash): the hash is the frames' sum, as on NT. */
u64 xboxkrnl_RtlCaptureStackBackTrace(struct kcall *k)
{
    struct walk w = walk_from_call(k->thread);
    u32 skip = kcall_u32(k, 0), most = kcall_u32(k, 1), out = kcall_u32(k, 2), count = 0, hash = 0;
    bool more = true;
    for (u32 i = 0; more && count < most && i < FRAMES_MAX; i++, more = next_caller(k, &w)) {
        if (i < skip)
            continue;
        if (!memory_set32(k->e, out + 4 * count++, w.c.pc))
            return sync_fault(k, FAULT_WRITE, out);
        hash += w.c.pc;
    }
    if (kcall_u32(k, 3) && !memory_set32(k->e, kcall_u32(k, 3), hash))
        return sync_fault(k, FAULT_WRITE, kcall_u32(k, 3));
    return count;
}
