/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/gen/title.h"
#include "tests/gen/builder.h"

#include <stdio.h>

static const u16 plain_ops[] = {
    OP_RtlInitAnsiString,
    OP_RtlFillMemoryUlong,
    OP_RtlCompareMemoryUlong,
    OP_RtlTimeToTimeFields,
    OP_KeTlsGetValue,
    OP_KeTlsSetValue,
    OP_KeQueryPerformanceFrequency,
    OP_KeQuerySystemTime,
    OP_KeGetCurrentProcessType,
    OP_NtAllocateVirtualMemory,
    OP_NtFreeVirtualMemory,
    OP_MmGetPhysicalAddress,
    OP_MmQueryAddressProtect,
    OP_RtlNtStatusToDosError,
    OP_XNotifyGetNext,
    OP_XamInputGetState,
};

u16 builder_plain_op(struct builder *b)
{
    return plain_ops[gen_below(&b->random, countof(plain_ops))];
}

/* ---- Functions and their addresses. ---- */

u32 builder_function(struct builder *b)
{
    struct gen_title *t = b->title;
    CHECK(t->function_count < TITLE_FUNCTIONS_MAX, "a title has too many functions");
    struct gen_function *last = t->function_count ? &t->functions[t->function_count - 1] : NULL;
    struct gen_function *f = &t->functions[t->function_count++];
    if (last)
        last->size = b->cursor - last->address;
    f->address = ((b->cursor + 15) & ~15u) + 16 * gen_below(&b->random, 400);
    f->start = t->insn_count;
    b->cursor = f->address + 12;
    return t->function_count - 1;
}

u32 builder_address(struct builder *b)
{
    b->cursor += 4 * gen_between(&b->random, 2, 12);
    return b->cursor;
}

struct gen_insn *builder_put(struct builder *b, enum gen_code code, enum gen_mode mode, u32 var, u32 arg)
{
    struct gen_title *t = b->title;
    CHECK(t->insn_count < TITLE_INSNS_MAX, "a title has too many instructions");
    struct gen_insn *insn = &t->insns[t->insn_count++];
    *insn = (struct gen_insn){.code = (u8)code, .mode = (u8)mode, .var = var, .arg = arg};
    insn->lr = builder_address(b);
    return insn;
}

/* Most titles reach these calls through a wrapper of their own, whose one call site all callers share. */
static u32 wrapper_of(struct builder *b, u16 op)
{
    for (u32 i = 0; i < b->wrapper_count; i++)
        if (b->wrappers[i].op == op)
            return b->wrappers[i].lr;
    return 0;
}

struct gen_insn *builder_kernel(struct builder *b, enum gen_code code, u16 op, enum gen_mode mode, u32 var, u32 arg)
{
    struct gen_insn *insn = builder_put(b, code, mode, var, arg);
    u32 wrapper = wrapper_of(b, op);
    insn->op = op;
    if (wrapper && gen_chance(&b->random, 600))
        insn->lr = wrapper;
    return insn;
}

static void build_wrappers(struct builder *b)
{
    static const u16 ops[] = {OP_NtSetEvent, OP_NtReleaseSemaphore, OP_NtWaitForSingleObjectEx,
                              OP_NtClose,    OP_NtCreateEvent,      OP_NtDuplicateObject,
                              OP_KeSetEvent, OP_NtReadFile};
    for (u32 i = 0; i < countof(ops); i++) {
        builder_function(b);
        b->wrappers[b->wrapper_count++] = (struct wrapper){ops[i], builder_address(b)};
        builder_put(b, CODE_RETURN, MODE_GLOBAL, 0, 0);
    }
}

/* ---- Pieces of code. ---- */

void builder_plain(struct builder *b, u32 count)
{
    while (count-- > 0)
        builder_kernel(b, CODE_PLAIN, builder_plain_op(b), MODE_GLOBAL, 0, 0);
}

/* A critical section around a few calls. */
static void section(struct builder *b)
{
    u32 which = gen_below(&b->random, TITLE_SECTIONS);
    builder_kernel(b, CODE_ENTER, OP_RtlEnterCriticalSection, MODE_GLOBAL, which, 0);
    builder_plain(b, gen_below(&b->random, 2));
    builder_kernel(b, CODE_LEAVE, OP_RtlLeaveCriticalSection, MODE_GLOBAL, which, 0);
}

static void spin_lock(struct builder *b)
{
    static const u16 ops[] = {OP_KeRaiseIrqlToDpcLevel, OP_KeAcquireSpinLockAtRaisedIrql,
                              OP_KeReleaseSpinLockFromRaisedIrql, OP_KfLowerIrql};
    for (u32 i = 0; i < countof(ops); i++)
        builder_kernel(b, CODE_PLAIN, ops[i], MODE_GLOBAL, 0, 0);
}

u32 builder_loop(struct builder *b, u32 low, u32 high)
{
    u32 loop = b->title->insn_count;
    builder_put(b, CODE_LOOP, MODE_GLOBAL, low, high);
    return loop;
}

void builder_next(struct builder *b, u32 loop)
{
    builder_put(b, CODE_NEXT, MODE_GLOBAL, 0, 0)->jump = loop + 1;
    b->title->insns[loop].jump = b->title->insn_count;
}

static void call_helper(struct builder *b)
{
    u32 which = gen_below(&b->random, b->helper_count);
    builder_put(b, CODE_CALL, MODE_GLOBAL, 0, 0)->jump = b->helpers[which];
}

void builder_helpers(struct builder *b, u32 count)
{
    while (count-- > 0)
        call_helper(b);
}

/* Two ways through, each with a call that the other lacks. */
void builder_choice(struct builder *b, u32 percent)
{
    u32 choose = b->title->insn_count;
    u16 one = builder_plain_op(b), other = builder_plain_op(b);
    builder_put(b, CODE_CHOOSE, MODE_GLOBAL, 0, percent);
    builder_kernel(b, CODE_PLAIN, one, MODE_GLOBAL, 0, 0);
    builder_plain(b, gen_below(&b->random, 3));
    u32 jump = b->title->insn_count;
    builder_put(b, CODE_JUMP, MODE_GLOBAL, 0, 0);
    b->title->insns[choose].jump = b->title->insn_count;
    builder_kernel(b, CODE_PLAIN, other == one ? OP_NtQueryInformationFile : other, MODE_GLOBAL, 0, 0);
    if (b->helper_count)
        builder_helpers(b, gen_below(&b->random, 2));
    b->title->insns[jump].jump = b->title->insn_count;
}

static void helper_part(struct builder *b)
{
    u32 kind = gen_below(&b->random, 10);
    if (kind < 4)
        section(b);
    else if (kind < 6)
        builder_plain(b, gen_between(&b->random, 1, 3));
    else if (kind == 6)
        spin_lock(b);
    else if (kind == 7)
        builder_choice(b, gen_between(&b->random, 20, 80));
    else if (kind == 8 && b->helper_count > 2) {
        builder_put(b, CODE_CALL, MODE_GLOBAL, 0, 0)->jump = b->helpers[gen_below(&b->random, 2)];
    } else {
        u32 loop = builder_loop(b, 1, gen_between(&b->random, 2, 4));
        section(b);
        builder_plain(b, 1);
        builder_next(b, loop);
    }
}

/* Functions without waits, that every thread may call. */
static void build_helpers(struct builder *b)
{
    u32 count = gen_between(&b->random, 6, HELPERS_MAX);
    for (u32 i = 0; i < count; i++) {
        u32 f = builder_function(b);
        for (u32 parts = gen_between(&b->random, 1, 4); parts > 0; parts--)
            helper_part(b);
        builder_put(b, CODE_RETURN, MODE_GLOBAL, 0, 0);
        b->helpers[b->helper_count++] = b->title->functions[f].start;
    }
}

static void build_paths(struct builder *b)
{
    static const char *const words[] = {"stage", "sound", "model", "texture", "script", "font", "movie", "save"};
    for (u32 i = 0; i < TITLE_PATHS; i++)
        snprintf(b->title->paths[i], sizeof b->title->paths[i], "%s:\\%s%02u\\%s_%03x.bin",
                 gen_chance(&b->random, 500) ? "cache" : "game", words[gen_below(&b->random, 8)],
                 gen_below(&b->random, 20), words[gen_below(&b->random, 8)], i);
}

static struct gen_entry entry_of(struct builder *b, u32 function)
{
    static const u32 stacks[] = {0x10000, 0x20000, 0x40000, 0x80000};
    const struct gen_function *f = &b->title->functions[function];
    u32 context = 0x82800000 + 16 * gen_below(&b->random, 0x10000);
    return (struct gen_entry){f->start, f->address, context, stacks[gen_below(&b->random, countof(stacks))]};
}

u32 builder_entry(struct builder *b)
{
    struct gen_title *t = b->title;
    CHECK(t->entry_count < TITLE_ENTRIES_MAX, "a title has too many entries");
    u32 f = builder_function(b);
    struct gen_entry *entry = &t->entries[t->entry_count++];
    *entry = entry_of(b, f);
    return t->entry_count - 1;
}

/* Main is entry 0, but comes last: it names all others. */
void builder_main_entry(struct builder *b)
{
    u32 f = builder_function(b);
    b->title->entries[0] = entry_of(b, f);
}

void title_build(struct gen_title *title, u64 seed, u32 threads, u32 frames)
{
    struct builder b = {.title = title, .random = {gen_mix(seed)}, .cursor = 0x82100000, .frames = frames};
    title->seed = seed;
    title->threads = threads + !!(title->shape & SHAPE_LATE_TASK);
    title->insn_count = title->function_count = title->vars = title->swapped = 0;
    title->entry_count = 1;
    build_paths(&b);
    build_wrappers(&b);
    build_helpers(&b);
    builder_threads(&b, threads);
    struct gen_function *last = &title->functions[title->function_count - 1];
    last->size = b.cursor - last->address + 16;
}

const struct gen_function *title_function(const struct gen_title *title, u32 address)
{
    for (u32 i = 0; i < title->function_count; i++)
        if (address - title->functions[i].address <= title->functions[i].size)
            return &title->functions[i];
    return NULL;
}
