/* SPDX-License-Identifier: BSD-3-Clause
 * Dispatch of kernel calls: arguments from registers and stack, events by the signature of the export's row, the
 * handler, the result. */
#include "emu/kernel/kcall.h"

#include "emu/change.h"
#include "emu/kernel/exception.h"
#include "emu/kernel/notify.h"
#include "emu/kernel/sched.h"
#include "emu/kernel/thread.h"
#include "emu/loader/library.h"
#include "emu/memory/memory.h"

enum { TEXT_MAX = 512, STACK_ARGUMENTS = 0x50 };

typedef u64 handler(struct kcall *k);

#define EXPORT(ordinal, name, class, signature, state, refusal) HANDLER_##state(MODULE_PREFIX, ordinal, name)
#define VARIABLE(ordinal, name, size, state)
#define HANDLER_NONE(prefix, ordinal, name)
#define HANDLER_DONE(prefix, ordinal, name)   HANDLER_ENTRY(prefix, ordinal, name)
#define HANDLER_STUB(prefix, ordinal, name)   HANDLER_ENTRY(prefix, ordinal, name)
#define HANDLER_ENTRY(prefix, ordinal, name)  HANDLER_ENTRY2(prefix, ordinal, name)
#define HANDLER_ENTRY2(prefix, ordinal, name) [ordinal] = prefix##_##name,

#define MODULE_PREFIX xboxkrnl
static handler *const xboxkrnl_handlers[0x1000] = {
    [0xFFF] = NULL,
#include "schema/xboxkrnl.def"
};
#undef MODULE_PREFIX
#define MODULE_PREFIX xam
static handler *const xam_handlers[0x1000] = {
    [0xFFF] = NULL,
#include "schema/xam.def"
};
#undef MODULE_PREFIX
#define MODULE_PREFIX xbdm
static handler *const xbdm_handlers[0x1000] = {
    [0xFFF] = NULL,
#include "schema/xbdm.def"
};
#undef MODULE_PREFIX

static handler *find_handler(u32 op)
{
    u32 ordinal = op & 0xFFFF;
    if (ordinal >= countof(xboxkrnl_handlers))
        return NULL;
    switch (op >> 16) {
    case MODULE_XBOXKRNL:
        return xboxkrnl_handlers[ordinal];
    case MODULE_XAM:
        return xam_handlers[ordinal];
    case MODULE_XBDM:
        return xbdm_handlers[ordinal];
    default:
        return NULL;
    }
}

static u64 read_argument(struct engine *e, const struct thread *thread, u32 i)
{
    if (i < 8)
        return thread->cpu.r[3 + i];
    return memory_get64(e, (u32)thread->cpu.r[1] + STACK_ARGUMENTS + 8 * (i - 8));
}

/* Fills arg[] for the export; its registers must still be those of the call. */
static void read_arguments(struct engine *e, const struct thread *thread, const struct export *x, u64 *arg)
{
    u32 count = x && x->count > 8 ? KCALL_ARGUMENTS : 8;
    for (u32 i = 0; i < count; i++)
        arg[i] = read_argument(e, thread, i);
}

u64 kcall_vararg(const struct kcall *k, u32 i)
{
    return read_argument(k->e, k->thread, i);
}

u64 kcall_retry(struct kcall *k)
{
    k->retry = true;
    return 0;
}

/* What the event shows of an argument: registers' upper halves are junk for 32-bit types. */
static u64 shown(const struct argument *argument, u64 value)
{
    bool wide = argument->direction == ARG_VALUE &&
                (argument->type == ARG_U64 || argument->type == ARG_S64 || argument->type == ARG_DOUBLE);
    return wide ? value : (u32)value;
}

static bool read_counted(struct engine *e, u32 address, char *out)
{
    u32 length = memory_get16(e, address);
    u32 buffer = memory_get32(e, address + 4);
    if (length >= TEXT_MAX)
        length = TEXT_MAX - 1;
    out[length] = '\0';
    return memory_read(e, buffer, out, length);
}

/* The text of the first argument that has one; "" for none. */
static void argument_text(const struct kcall *k, char *out)
{
    out[0] = '\0';
    for (u32 i = 0; i < k->export->count; i++) {
        const struct argument *a = &k->export->arguments[i];
        u32 value = kcall_u32(k, i);
        bool found = false;
        if (a->direction == ARG_OUT || value == 0)
            continue;
        if (a->type == ARG_STR)
            found = memory_read_string(k->e, value, out, TEXT_MAX);
        else if (a->type == ARG_USTRING)
            found = read_counted(k->e, value, out);
        else if (a->type == ARG_OBJATTR)
            found = memory_get32(k->e, value + 4) && read_counted(k->e, memory_get32(k->e, value + 4), out);
        if (found)
            return;
        out[0] = '\0';
    }
}

static void emit_call(const struct kcall *k)
{
    struct engine *e = k->e;
    struct event event = event_begin(e, EVENT_call, k->thread->id);
    event.op = k->op;
    event.lr = k->lr;
    const struct export *x = k->export;
    u32 count = x && x->has_signature ? x->count : 8;
    if (count > F_call_text)
        count = F_call_text;
    for (u32 i = 0; i < count; i++)
        event.v[F_call_a0 + i] = x && x->has_signature ? shown(&x->arguments[i], k->arg[i]) : k->arg[i];
    if (x && e->observer.intern) {
        char text[TEXT_MAX];
        argument_text(k, text);
        event.v[F_call_text] = event_string(e, text);
    }
    event.count = event.v[F_call_text] ? F_call_text + 1 : (u8)count;
    event_emit(e, &event);
}

/* Size of what a scalar out argument points to; 0: not a scalar. */
static u32 scalar_size(const struct argument *a)
{
    switch (a->type) {
    case ARG_U8:
        return 1;
    case ARG_U16:
        return 2;
    case ARG_U32:
    case ARG_S32:
    case ARG_BOOL:
    case ARG_PTR:
    case ARG_HANDLE:
    case ARG_STATUS:
        return 4;
    case ARG_U64:
    case ARG_S64:
        return 8;
    default:
        return 0;
    }
}

static u64 read_scalar(struct engine *e, u32 address, u32 size)
{
    switch (size) {
    case 1:
        return memory_get8(e, address);
    case 2:
        return memory_get16(e, address);
    case 4:
        return memory_get32(e, address);
    default:
        return memory_get64(e, address);
    }
}

/* The result that the call has. */
static u64 emit_return(struct engine *e, const struct thread *thread, u32 op, u32 lr, u64 result, const u64 *arg)
{
    result = change_return(e, thread, op, result, arg);
    const struct export *x = export_find(op);
    struct event event = event_begin(e, EVENT_return, thread->id);
    event.op = op;
    event.lr = lr;
    event.v[F_return_result] = result;
    u32 outs = 0;
    for (u32 i = 0; x && i < x->count && outs < 3; i++) {
        const struct argument *a = &x->arguments[i];
        u32 size = a->direction == ARG_OUT || a->direction == ARG_INOUT ? scalar_size(a) : 0;
        if (size && (u32)arg[i])
            event.v[F_return_out0 + outs++] = read_scalar(e, (u32)arg[i], size);
    }
    event.count = (u8)(F_return_out0 + outs);
    event_emit(e, &event);
    return result;
}

u64 kcall_return(struct engine *e, struct thread *thread, u64 result)
{
    u64 arg[KCALL_ARGUMENTS] = {0};
    read_arguments(e, thread, export_find(thread->wait.op), arg);
    result = emit_return(e, thread, thread->wait.op, thread->wait.lr, result, arg);
    thread->cpu.r[3] = result;
    return result;
}

void kcall_refuse(struct kcall *k, u64 result)
{
    k->m->unimplemented++;
    struct event event = event_begin(k->e, EVENT_unimplemented, k->thread->id);
    event.op = k->op;
    event.lr = k->lr;
    event.v[F_unimplemented_result] = result;
    event_emit(k->e, &event);
    if (k->e->strict) {
        k->no_return = true;
        machine_end(k->e, END_UNIMPLEMENTED, k->op);
    }
}

static u64 refuse(struct kcall *k)
{
    struct engine *e = k->e;
    const struct export *x = k->export;
    u64 result = x ? x->refusal : STATUS_NOT_IMPLEMENTED;
    char buffer[64];
    u8 *noted = x ? &e->noted[x - export_at(0)] : NULL;
    if (!noted || !*noted)
        engine_note(e, "unimplemented: %s called by thread %u from %08X; it gets %08X",
                    export_op_name(k->op, buffer, sizeof buffer), k->thread->id, k->lr, (u32)result);
    if (noted)
        *noted = 1;
    kcall_refuse(k, result);
    return result;
}

static void finish(struct kcall *k, u64 result)
{
    struct thread *t = k->thread;
    if (k->retry) {
        t->retrying = 1;
        t->cpu.pc -= 4;
        t->ready_at = k->m->slice_end;
        sched_give_up(k->e);
        return;
    }
    bool was_retried = t->retrying;
    t->retrying = 0;
    if (k->blocked || k->no_return || t->state == THREAD_TERMINATED || t->state == THREAD_FREE)
        return;
    t->cpu.r[3] = emit_return(k->e, t, k->op, k->lr, result, k->arg);
    if (was_retried) /* those that came meanwhile */
        apc_deliver_kernel(k->e, t, t->cpu.r[3]);
}

static bool is_trampoline(struct engine *e, struct thread *thread, u32 op)
{
    if (op == TRAMPOLINE_THREAD_RETURN)
        thread_on_return(e, thread);
    else if (op == TRAMPOLINE_CALLBACK_RETURN)
        callback_on_return(e, thread);
    else if (op == TRAMPOLINE_LIBRARY_RETURN)
        library_on_return(e, thread);
    else if (op == TRAMPOLINE_EXCEPTION_RETURN)
        exception_on_return(e, thread);
    else if (op == TRAMPOLINE_THREAD_CREATED)
        notify_on_created(e, thread);
    else if (op == TRAMPOLINE_TITLE_END)
        notify_on_title_end(e, thread);
    else
        return false;
    return true;
}

void kcall_dispatch(struct engine *e, u32 slot)
{
    struct machine *m = e->m;
    struct thread *t = &m->threads[slot];
    u32 op = memory_get32(e, t->cpu.pc + 4);
    if (is_trampoline(e, t, op))
        return;
    struct kcall k = {.e = e, .m = m, .thread = t, .slot = slot, .op = op, .lr = (u32)t->cpu.lr};
    k.export = export_find(op);
    read_arguments(e, t, k.export, k.arg);
    bool is_new = !t->retrying;
    if (is_new) {
        if (change_delay(&k))
            return;
        m->calls++;
        emit_call(&k);
    }
    m->hw[t->hw].retired += m->config.call_cost;
    e->call_op = op;
    e->call_lr = k.lr;
    u64 result;
    if (!is_new || !change_call(&k, &result)) {
        handler *run = find_handler(op);
        result = run ? run(&k) : refuse(&k);
    }
    finish(&k, result);
    e->call_op = 0;
}
