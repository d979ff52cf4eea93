/* SPDX-License-Identifier: BSD-3-Clause
 * Notifications of threads, what runs down with a thread, and changing the stack. */
#include "sync.h"

struct registration {
    void (*routine)(struct registration *, void *thread, u32 created);
    u32 priority;
    u32 links[2];
};

enum { CREATED = 0x10000, ENDED = 0x20000, HIGH = 0x7C800000 };

static volatile u32 has_begun;
static void *self;

static void *running(void)
{
    register u32 pcr __asm__("r13");
    return *(void *volatile *)(pcr + 0x100);
}

/* Priorities 0 and 1 mark who was told; the creator is told before the thread begins, by itself. */
static void on_thread(struct registration *registration, void *thread, u32 created)
{
    u32 good = created ? running() == self && !has_begun : running() == thread;
    trace_add((created ? CREATED : ENDED) | registration->priority >> 24 | (good ? 0 : 0x8000));
}

static void end_with(void *context)
{
    has_begun = 1;
    trace_add((u32)context);
    ExTerminateThread((u32)context);
}

static struct registration low = {on_thread, 0, {0, 0}}, high = {on_thread, HIGH, {0, 0}},
                           low_too = {on_thread, 0x1000000, {0, 0}};

static void check_threads_told(void)
{
    self = running();
    traced = 0;
    ExRegisterThreadNotification(&low, 1);
    ExRegisterThreadNotification(&high, 1);
    ExRegisterThreadNotification(&low_too, 1);
    check("registrations are linked by priority",
          high.links[0] == (u32)low_too.links && low_too.links[0] == (u32)low.links);
    u32 thread = spawn(end_with, (void *)9, 2);
    check("a thread is told of before it begins",
          traced >= 3 && trace[0] == (CREATED | 0x7C) && trace[1] == (CREATED | 1));
    check("by who makes it", trace[2] == CREATED);
    join(thread);
    check("then it begins, and ends", traced == 7 && trace[3] == 9 && trace[4] == (ENDED | 0x7C));
    check("which it tells itself", trace[5] == (ENDED | 1) && trace[6] == ENDED);
    ExRegisterThreadNotification(&high, 0);
    ExRegisterThreadNotification(&low_too, 0);
    has_begun = traced = 0;
    thread = 0;
    ExCreateThread(&thread, 0x10000, NULL, NULL, (void *)end_with, (void *)8, SUSPENDED | 4u << 24);
    sleep_ms(1);
    check("one that is made suspended stays so", traced == 1 && trace[0] == CREATED && !has_begun);
    NtResumeThread(thread, NULL);
    join(thread);
    check("until it is resumed", traced == 3 && trace[1] == 8 && trace[2] == ENDED);
    ExRegisterThreadNotification(&low, 0);
    join(spawn(end_with, (void *)7, 2));
    check("nobody is told who does not ask", traced == 4 && trace[3] == 7);
}

static u32 first[10], second[10], third[10], kernel[10], refused[10];

static void on_apc(u32 context, u32 argument1, u32 argument2)
{
    trace_add(0xBAD0 | context);
    (void)argument1;
    (void)argument2;
}

/* The thread takes no more APCs then. */
static void on_rundown(u32 *apc)
{
    KeInitializeApc(refused, running(), NULL, NULL, (void *)on_apc, USER, NULL);
    u32 taken = KeInsertQueueApc(refused, NULL, NULL, 0);
    trace_add((apc == first ? 1 : apc == third ? 3 : 99) + (((u8 *)apc)[3] ? 100 : 0) + (taken ? 200 : 0));
}

static void leave_apcs(void *context)
{
    void *thread = running();
    KeInitializeApc(first, thread, NULL, (void *)on_rundown, (void *)on_apc, USER, NULL);
    KeInitializeApc(second, thread, NULL, NULL, (void *)on_apc, USER, NULL);
    KeInitializeApc(third, thread, NULL, (void *)on_rundown, (void *)on_apc, USER, NULL);
    KeInsertQueueApc(first, NULL, NULL, 0);
    KeInsertQueueApc(second, NULL, NULL, 0);
    KeInsertQueueApc(third, NULL, NULL, 0);
    NtQueueApcThread(0xFFFFFFFE, (void *)on_apc, NULL, NULL, NULL);
    KeEnterCriticalRegion();
    KeInitializeApc(kernel, thread, NULL, (void *)on_rundown, (void *)on_apc, 0, NULL);
    KeInsertQueueApc(kernel, NULL, NULL, 0);
    ExTerminateThread((u32)context);
}

static void check_rundown(void)
{
    traced = 0;
    u32 thread = spawn(leave_apcs, (void *)6, 2);
    void *pointer = pointer_of(thread);
    join(thread);
    check("user APCs of a thread that ends are run down", traced == 2 && trace[0] == 1 && trace[1] == 3);
    check("and are free", !((u8 *)first)[3] && !((u8 *)second)[3] && !((u8 *)third)[3] && !((u8 *)kernel)[3]);
    check("its exit code is its own", *(u32 *)((u8 *)pointer + 0x140) == 6);
    ObDereferenceObject(pointer);
}

void check_notifications(void)
{
    check_threads_told();
    check_rundown();
}

static u8 other_stack[0x4000] __attribute__((aligned(16)));
static void *there[2];
static u32 r1_there;

/* Calls on_other_stack() there, with the kernel told of the change; then only r1 is as it was. */
void run_there(void *stack, void *thread, void *allocation, void *base, void *limit);
__asm__(".globl run_there\nrun_there:\n"
        "mflr 0; stw 0,4(1); stwu 1,-32(1); stw 31,24(1); mr 31,1\n"
        "bl __import_KeSetCurrentStackPointers\n"
        "bl on_other_stack\n"
        "mr 1,31; lwz 31,24(1); addi 1,1,32; lwz 0,4(1); mtlr 0; blr\n");

static u32 stack_pointer(void)
{
    u32 r1;
    __asm__ volatile("mr %0,1" : "=r"(r1));
    return r1;
}

void on_other_stack(void)
{
    r1_there = stack_pointer();
    RtlGetStackLimits(&there[0], &there[1]);
}

void check_fibers(void)
{
    void *before[2], *after[2];
    u8 *thread = running(), *top = other_stack + sizeof other_stack;
    RtlGetStackLimits(&before[0], &before[1]);
    run_there(top - 64, thread, top, top, other_stack);
    u32 r1 = stack_pointer();
    KeSetCurrentStackPointers((void *)r1, thread, before[1], before[1], before[0]);
    RtlGetStackLimits(&after[0], &after[1]);
    check("a call returns on another stack", r1_there < (u32)top && r1_there >= (u32)top - 256);
    check("whose limits are told", there[0] == other_stack && there[1] == top);
    check("and on the old one again", after[0] == before[0] && after[1] == before[1]);
    check("which the thread shows", *(void **)(thread + 0x5C) == before[1] && *(void **)(thread + 0x60) == before[0]);
}
