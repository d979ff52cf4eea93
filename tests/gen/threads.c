/* SPDX-License-Identifier: BSD-3-Clause
 * The threads of a made-up title. */
#include "tests/gen/builder.h"

enum { TASKS = 2, FIXED_THREADS = 5 + TASKS };

static u32 variable(struct builder *b, u32 count)
{
    u32 first = b->title->vars;
    b->title->vars += count;
    return first;
}

static void wait_for(struct builder *b, u16 op, enum gen_mode mode, u32 var)
{
    builder_kernel(b, CODE_WAIT, op, mode, var, 1);
}

/* Where a thread waits until main has made everything, and its loop begins. */
static u32 begin(struct builder *b)
{
    wait_for(b, OP_NtWaitForSingleObjectEx, MODE_GLOBAL, b->gate);
    builder_plain(b, gen_between(&b->random, 1, 3));
    return builder_loop(b, b->frames, b->frames);
}

static void end(struct builder *b, u32 loop)
{
    builder_next(b, loop);
    u16 op = gen_chance(&b->random, 500) ? OP_ExTerminateThread : GEN_NO_OP;
    builder_put(b, CODE_EXIT, MODE_GLOBAL, 0, 0)->op = op;
}

/* An event that a thread makes, signals and waits for itself, as titles do to pump. */
static void barrier(struct builder *b)
{
    builder_kernel(b, CODE_CREATE, OP_NtCreateEvent, MODE_LOCAL, 0, 0);
    builder_kernel(b, CODE_DUPLICATE, OP_NtDuplicateObject, MODE_LOCAL, 1, 0);
    builder_plain(b, gen_below(&b->random, 2));
    builder_kernel(b, CODE_SIGNAL, OP_NtSetEvent, MODE_LOCAL, 1, 0);
    builder_kernel(b, CODE_CLOSE, OP_NtClose, MODE_LOCAL, 1, 0);
    wait_for(b, OP_NtWaitForSingleObjectEx, MODE_LOCAL, 0);
    builder_kernel(b, CODE_CLOSE, OP_NtClose, MODE_LOCAL, 0, 0);
}

/* Looks for a file: where it is not there, another path makes it. */
static void look_for_file(struct builder *b, u32 percent_missing)
{
    builder_kernel(b, CODE_PLAIN, OP_RtlInitAnsiString, MODE_GLOBAL, 0, 0);
    builder_kernel(b, CODE_QUERY, OP_NtQueryFullAttributesFile, MODE_GLOBAL, 0, percent_missing);
    u32 test = b->title->insn_count;
    builder_put(b, CODE_IF_FAILED, MODE_GLOBAL, 0, 0);
    builder_kernel(b, CODE_PLAIN, OP_RtlNtStatusToDosError, MODE_GLOBAL, 0, 0);
    builder_kernel(b, CODE_OPEN, OP_NtCreateFile, MODE_LOCAL, 2, 0);
    u32 loop = builder_loop(b, 1, 3);
    builder_kernel(b, CODE_PLAIN, OP_NtWriteFile, MODE_GLOBAL, 0, 0);
    builder_next(b, loop);
    builder_kernel(b, CODE_CLOSE, OP_NtClose, MODE_LOCAL, 2, 0);
    u32 jump = b->title->insn_count;
    builder_put(b, CODE_JUMP, MODE_GLOBAL, 0, 0);
    b->title->insns[test].jump = b->title->insn_count;
    builder_kernel(b, CODE_OPEN, OP_NtCreateFile, MODE_LOCAL, 2, 0);
    builder_kernel(b, CODE_PLAIN, OP_NtReadFile, MODE_GLOBAL, 0, 0);
    builder_kernel(b, CODE_CLOSE, OP_NtClose, MODE_LOCAL, 2, 0);
    b->title->insns[jump].jump = b->title->insn_count;
}

static void build_worker(struct builder *b, struct family *family)
{
    family->entry = builder_entry(b);
    u32 loop = begin(b);
    wait_for(b, OP_NtWaitForSingleObjectEx, MODE_INSTANCE, family->queue);
    builder_helpers(b, gen_between(&b->random, 1, 2));
    builder_choice(b, gen_between(&b->random, 20, 80));
    if (gen_chance(&b->random, 400))
        look_for_file(b, gen_between(&b->random, 10, 60));
    builder_helpers(b, gen_below(&b->random, 2));
    if (family->is_chain)
        builder_kernel(b, CODE_SIGNAL, OP_NtReleaseSemaphore, MODE_AFTER, family->queue, 0);
    else
        builder_kernel(b, CODE_SIGNAL, family->signal, MODE_INSTANCE, family->done, 0);
    end(b, loop);
}

static void build_audio(struct builder *b)
{
    b->audio[0] = builder_entry(b);
    u32 loop = begin(b);
    wait_for(b, OP_KeWaitForSingleObject, MODE_GLOBAL, b->ring);
    builder_plain(b, 2);
    builder_kernel(b, CODE_SIGNAL, OP_KeReleaseSemaphore, MODE_GLOBAL, b->voices, 0);
    builder_helpers(b, 1);
    end(b, loop);
    b->audio[1] = builder_entry(b);
    loop = begin(b);
    wait_for(b, OP_KeWaitForMultipleObjects, MODE_GLOBAL, b->voices);
    builder_helpers(b, 1);
    builder_kernel(b, CODE_SIGNAL, OP_KeSetEvent, MODE_GLOBAL, b->mixed, 0);
    end(b, loop);
}

/* Of a loop's round: what comes behind it is done in that one alone. Ends with at_end. */
static u32 at_round(struct builder *b, u32 round)
{
    builder_put(b, CODE_AT, MODE_GLOBAL, 0, round);
    return b->title->insn_count - 1;
}

static void at_end(struct builder *b, u32 at)
{
    b->title->insns[at].jump = b->title->insn_count;
}

static void open_late_gate(struct builder *b)
{
    u32 at = at_round(b, 0);
    builder_kernel(b, CODE_SIGNAL, OP_NtSetEvent, MODE_GLOBAL, b->late, 0);
    at_end(b, at);
}

static void poll(struct builder *b, u32 var)
{
    u16 op = gen_chance(&b->random, 500) ? OP_KeDelayExecutionThread : OP_KeQuerySystemTime;
    builder_kernel(b, CODE_POLL, op, MODE_GLOBAL, var, 0);
}

static void wait_for_worked(struct builder *b)
{
    if (b->title->shape & SHAPE_POLLS) {
        poll(b, b->worked);
        return;
    }
    if (!(b->title->shape & SHAPE_TIMED)) {
        wait_for(b, OP_NtWaitForSingleObjectEx, MODE_GLOBAL, b->worked);
        return;
    }
    builder_kernel(b, CODE_WAIT_TIMED, OP_NtWaitForSingleObjectEx, MODE_GLOBAL, b->worked, 1);
    u32 test = b->title->insn_count;
    builder_put(b, CODE_IF_FAILED, MODE_GLOBAL, 0, 0);
    builder_kernel(b, CODE_PLAIN, OP_RtlNtStatusToDosError, MODE_GLOBAL, 0, 0);
    wait_for(b, OP_NtWaitForSingleObjectEx, MODE_GLOBAL, b->worked);
    at_end(b, test);
}

static void build_loader(struct builder *b)
{
    b->loader = builder_entry(b);
    u32 loop = begin(b);
    wait_for(b, OP_NtWaitForSingleObjectEx, MODE_GLOBAL, b->request);
    look_for_file(b, 50);
    barrier(b);
    builder_kernel(b, CODE_SIGNAL, OP_NtReleaseSemaphore, MODE_GLOBAL, b->work, 0);
    builder_helpers(b, 1);
    wait_for_worked(b);
    builder_plain(b, 1);
    builder_kernel(b, CODE_SIGNAL, OP_NtSetEvent, MODE_GLOBAL, b->loaded, 0);
    end(b, loop);
    b->consumer = builder_entry(b);
    loop = begin(b);
    wait_for(b, OP_NtWaitForSingleObjectEx, MODE_GLOBAL, b->work);
    if (b->title->shape & SHAPE_LATE_GATE)
        open_late_gate(b);
    builder_helpers(b, 2);
    builder_kernel(b, CODE_SIGNAL, OP_NtSetEvent, MODE_GLOBAL, b->worked, 0);
    end(b, loop);
}

/* Lives shortly: no gate, a few calls, and its handle is what main waits for. */
static u32 build_task(struct builder *b)
{
    u32 entry = builder_entry(b);
    builder_helpers(b, 2);
    look_for_file(b, 30);
    builder_put(b, CODE_EXIT, MODE_GLOBAL, 0, 0)->op = OP_ExTerminateThread;
    return entry;
}

static void choose_families(struct builder *b, u32 workers)
{
    bool is_crowd = b->title->shape & SHAPE_CROWD;
    b->family_count = is_crowd ? 1 : gen_between(&b->random, 1, workers < FAMILIES_MAX ? workers : FAMILIES_MAX);
    for (u32 i = 0; i < b->family_count; i++) {
        struct family *family = &b->families[i];
        u32 left = b->family_count - i - 1;
        family->count = left ? gen_between(&b->random, 1, workers - left) : workers;
        workers -= family->count;
        family->is_chain = !is_crowd && gen_chance(&b->random, 400);
        family->queue = variable(b, family->count + 1);
        family->done = variable(b, family->count);
        family->signal = gen_chance(&b->random, 500) ? OP_NtSetEvent : OP_KeSetEvent;
        family->wait_all = family->count > 1 && family->count <= GEN_WAIT_MAX && gen_chance(&b->random, 400);
    }
}

static void create(struct builder *b, u16 op, u32 var, u32 count, bool is_manual)
{
    u32 loop = count > 1 ? builder_loop(b, count, count) : 0;
    builder_kernel(b, CODE_CREATE, op, count > 1 ? MODE_LOOP : MODE_GLOBAL, var, is_manual);
    if (count > 1)
        builder_next(b, loop);
}

static void main_creates(struct builder *b)
{
    const u32 events[] = {b->ring, b->mixed, b->request, b->loaded, b->worked};
    for (u32 i = 0; i < TITLE_SECTIONS; i++) {
        u16 op =
            gen_chance(&b->random, 700) ? OP_RtlInitializeCriticalSection : OP_RtlInitializeCriticalSectionAndSpinCount;
        builder_kernel(b, CODE_PLAIN, op, MODE_GLOBAL, 0, 0);
    }
    create(b, OP_NtCreateEvent, b->gate, 1, true);
    for (u32 i = 0; i < countof(events); i++)
        create(b, OP_NtCreateEvent, events[i], 1, false);
    if (b->title->shape & SHAPE_LATE_GATE)
        create(b, OP_NtCreateEvent, b->late, 1, false);
    create(b, OP_NtCreateSemaphore, b->voices, 1, false);
    create(b, OP_NtCreateSemaphore, b->work, 1, false);
    for (u32 i = 0; i < b->family_count; i++) {
        create(b, OP_NtCreateSemaphore, b->families[i].queue, b->families[i].count + 1, false);
        if (!b->families[i].is_chain)
            create(b, OP_NtCreateEvent, b->families[i].done, b->families[i].count, false);
    }
}

static void spawn(struct builder *b, u32 entry, enum gen_mode mode, u32 var)
{
    builder_kernel(b, CODE_SPAWN, OP_ExCreateThread, mode, var, entry);
    if (gen_chance(&b->random, 300))
        builder_kernel(b, CODE_PLAIN, OP_KeSetBasePriorityThread, MODE_GLOBAL, 0, 0);
    builder_kernel(b, CODE_RESUME, gen_chance(&b->random, 300) ? OP_KeResumeThread : OP_NtResumeThread, mode, var, 0);
}

/* Returns how many handles are to be joined and closed at the end. */
static u32 main_spawns(struct builder *b)
{
    u32 var = b->handles;
    const u32 single[] = {b->audio[0], b->audio[1], b->loader, b->consumer};
    for (u32 i = 0; i < countof(single); i++)
        spawn(b, single[i], MODE_GLOBAL, var++);
    for (u32 i = 0; i < b->family_count; i++) {
        u32 count = b->families[i].count, loop = builder_loop(b, count, count);
        spawn(b, b->families[i].entry, MODE_LOOP, var);
        builder_next(b, loop);
        var += count;
    }
    for (u32 i = 0; i < TASKS; i++) {
        spawn(b, b->task, MODE_LOCAL, 3);
        builder_plain(b, 1);
        wait_for(b, OP_NtWaitForSingleObjectEx, MODE_LOCAL, 3);
        builder_kernel(b, CODE_CLOSE, OP_NtClose, MODE_LOCAL, 3, 0);
    }
    return var - b->handles;
}

static void main_hands_out(struct builder *b)
{
    for (u32 i = 0; i < b->family_count; i++) {
        struct family *family = &b->families[i];
        u32 loop = family->is_chain ? 0 : builder_loop(b, family->count, family->count);
        builder_kernel(b, CODE_SIGNAL, OP_NtReleaseSemaphore, family->is_chain ? MODE_GLOBAL : MODE_LOOP, family->queue,
                       0);
        if (!family->is_chain)
            builder_next(b, loop);
    }
}

static void main_collects(struct builder *b)
{
    for (u32 i = 0; i < b->family_count; i++) {
        struct family *family = &b->families[i];
        if (family->is_chain) {
            wait_for(b, OP_NtWaitForSingleObjectEx, MODE_GLOBAL, family->queue + family->count);
        } else if (family->wait_all) {
            builder_kernel(b, CODE_WAIT, OP_KeWaitForMultipleObjects, MODE_GLOBAL, family->done, family->count);
        } else {
            u32 loop = builder_loop(b, family->count, family->count);
            wait_for(b, OP_NtWaitForSingleObjectEx, MODE_LOOP, family->done);
            builder_next(b, loop);
        }
    }
}

static void make_late_task(struct builder *b)
{
    u32 at = at_round(b, (b->frames - 1) * 3 / 4);
    builder_kernel(b, CODE_SPAWN, OP_ExCreateThread, MODE_LOCAL, 3, b->late_task);
    builder_kernel(b, CODE_RESUME, OP_NtResumeThread, MODE_LOCAL, 3, 0);
    at_end(b, at);
}

static void main_frame(struct builder *b)
{
    u32 loop = builder_loop(b, b->frames, b->frames);
    if (b->title->shape & SHAPE_LATE_TASK)
        make_late_task(b);
    builder_helpers(b, 1);
    main_hands_out(b);
    builder_kernel(b, CODE_SIGNAL, OP_KeSetEvent, MODE_GLOBAL, b->ring, 0);
    builder_helpers(b, 1);
    builder_kernel(b, CODE_SIGNAL, OP_NtSetEvent, MODE_GLOBAL, b->request, 0);
    builder_choice(b, 50);
    if (b->title->shape & SHAPE_POLLS)
        poll(b, b->mixed);
    else
        wait_for(b, OP_KeWaitForSingleObject, MODE_GLOBAL, b->mixed);
    main_collects(b);
    if (gen_chance(&b->random, 500))
        barrier(b);
    wait_for(b, OP_NtWaitForSingleObjectEx, MODE_GLOBAL, b->loaded);
    builder_kernel(b, CODE_PLAIN, OP_VdSwap, MODE_GLOBAL, 0, 0);
    builder_next(b, loop);
}

static void main_ends_frames(struct builder *b)
{
    if (b->title->shape & SHAPE_LATE_GATE)
        wait_for(b, OP_NtWaitForSingleObjectEx, MODE_GLOBAL, b->late);
    if (b->title->shape & SHAPE_LATE_TASK) {
        wait_for(b, OP_NtWaitForSingleObjectEx, MODE_LOCAL, 3);
        builder_kernel(b, CODE_CLOSE, OP_NtClose, MODE_LOCAL, 3, 0);
    }
}

static void build_main(struct builder *b)
{
    builder_main_entry(b);
    builder_plain(b, gen_between(&b->random, 3, 8));
    main_creates(b);
    builder_helpers(b, 3);
    u32 handles = main_spawns(b);
    builder_helpers(b, 2);
    builder_kernel(b, CODE_SIGNAL, OP_NtSetEvent, MODE_GLOBAL, b->gate, 0);
    main_frame(b);
    main_ends_frames(b);
    u32 loop = builder_loop(b, handles, handles);
    wait_for(b, OP_NtWaitForSingleObjectEx, MODE_LOOP, b->handles);
    builder_kernel(b, CODE_CLOSE, OP_NtClose, MODE_LOOP, b->handles, 0);
    builder_next(b, loop);
    builder_put(b, CODE_EXIT, MODE_GLOBAL, 0, 0);
}

void builder_threads(struct builder *b, u32 threads)
{
    u32 *const shared[] = {&b->gate, &b->ring, &b->voices, &b->mixed, &b->request, &b->loaded, &b->work, &b->worked};
    CHECK(threads > FIXED_THREADS && threads <= TITLE_THREADS_MAX, "a title of %u threads", threads);
    for (u32 i = 0; i < countof(shared); i++)
        *shared[i] = variable(b, 1);
    b->title->loaded = b->loaded;
    b->title->late = b->late = b->title->shape & SHAPE_LATE_GATE ? variable(b, 1) : 0;
    choose_families(b, threads - FIXED_THREADS);
    b->handles = variable(b, threads);
    for (u32 i = 0; i < b->family_count; i++)
        build_worker(b, &b->families[i]);
    build_audio(b);
    build_loader(b);
    b->task = build_task(b);
    if (b->title->shape & SHAPE_LATE_TASK)
        b->late_task = build_task(b);
    build_main(b);
}
