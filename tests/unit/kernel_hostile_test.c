/* SPDX-License-Identifier: BSD-3-Clause
 * Every export that has a body, called by title threads with anything: wild, null, misaligned and self-referential
 * pointers, sizes near 4 GiB, handles of the wrong type, negative counts, paths that climb, over memory that is full of
 * the same. Each call gives a status or a guest fault, and the kernel's lists stay whole. */
#include "tests/unit/rig.h"

#include "emu/kernel/object.h"
#include "emu/kernel/thread.h"
#include "emu/kernel/wait.h"

enum {
    THUNK = RIG_DATA,
    STACKS = RIG_DATA + 0x1000,
    TEXTS = RIG_DATA + 0x2000,
    ATTRIBUTES = RIG_DATA + 0x4000,
    WORDS = RIG_DATA + 0x8000,
    WORDS_SIZE = 0x8000,
    STOCK = 0x180, /* of them, for objects that live a while */
    FOLDER = RIG_DATA + 0x1800,
    READ_ONLY = RIG_DATA + 0x10000,
    NOTHING = RIG_DATA + RIG_DATA_SIZE,
    TEXT_SIZE = 0x100,
    STEPS = 12000,
    CHECK_EVERY = 16,
};

struct hostile {
    struct rig *rig;
    struct engine *e;
    struct machine *m;
    u64 random;
    u32 ops[1024];
    u32 op_count;
    u32 op; /* the last one */
};

static u32 pick(struct hostile *h, u32 n)
{
    h->random = h->random * 6364136223846793005ull + 1442695040888963407ull;
    return (u32)(h->random >> 33) % n;
}

static const char *const texts[] = {
    "game:\\data\\big.bin",
    "cache:\\..\\..\\..\\..\\..\\..\\tmp\\lockstep-hostile",
    "cache:\\old\\..\\..\\z.bin",
    "cache:\\new",
    "cache:\\old\\*",
    "\\Device\\Cdrom0\\..\\..\\etc\\passwd",
    "\\??\\",
    "..",
    "\\\\\\\\\\",
    "/../../../../tmp/lockstep-hostile",
    "%n%n%s%s%s%9999999999d%*.*f%ls%Z%wZ",
    "%2147483647d|%.2147483647f|%-99999s",
    "a name that is far too long for any object: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "xam.xex",
    "",
};

static u32 any_handle(struct hostile *h)
{
    return h->m->handle_pool.high ? handle_number(1 + pick(h, h->m->handle_pool.high)) : 0;
}

static u32 any_kthread(struct hostile *h)
{
    return h->m->threads[1 + pick(h, h->m->thread_pool.high)].kthread;
}

static u32 any_header(struct hostile *h)
{
    return h->m->object_pool.high ? h->m->objects[1 + pick(h, h->m->object_pool.high)].guest : 0;
}

static u32 any_number(struct hostile *h)
{
    static const u32 numbers[] = {0,          1,          2,          3,          4,          5,          7,
                                  8,          12,         16,         0x20,       0x22,       0x40,       0x80,
                                  0xFF,       0x100,      0x104,      0x1000,     0x2000,     0x3000,     0x8000,
                                  0xFFFF,     0x10000,    0x7FFFFFFF, 0x80000000, 0x80000001, 0xFFFFFFFF, 0xFFFFFFFE,
                                  0xFFFFF000, 0xFFFF0000, 0x20000000, 0xE0000000, 0x7FFE0000, 0x8FFF0000, 0x8E000020,
                                  0xC0000000, 0xA0000000, 0x82000000, 0x40000000, 0x70010000, 0x00100000, 0x01000000};
    return numbers[pick(h, countof(numbers))];
}

static u32 any_value(struct hostile *h)
{
    switch (pick(h, 12)) {
    case 0:
    case 1:
        return any_handle(h);
    case 2:
        return pick(h, 2) ? any_kthread(h) : any_header(h);
    case 3:
        return any_header(h) + 4 * pick(h, 8);
    case 4:
        return ATTRIBUTES + 0x20 * pick(h, countof(texts));
    case 5:
        return TEXTS + TEXT_SIZE * pick(h, countof(texts));
    case 6:
        return pick(h, 4) ? WORDS + 0x20 * pick(h, WORDS_SIZE / 0x20) : WORDS + pick(h, WORDS_SIZE);
    case 7:
        return pick(h, 2) ? READ_ONLY + pick(h, 0x1000) : NOTHING - pick(h, 0x20);
    case 8:
        return (u32)h->random;
    case 9:
        return pick(h, 0x100);
    default:
        return any_number(h);
    }
}

/* A handle of the kind that the argument is named after, if there is one. */
static u32 fitting_handle(struct hostile *h, const char *name)
{
    u32 high = h->m->handle_pool.high, start = high ? pick(h, high) : 0;
    for (u32 i = 0; i < high; i++) {
        u32 slot = 1 + (start + i) % high;
        const struct object *object = &h->m->objects[h->m->handles[slot].object];
        if (h->m->handles[slot].object && !strcmp(object_type_name((enum object_type)object->type), name))
            return handle_number(slot);
    }
    return any_handle(h);
}

/* What the signature asks for; else no call would get far. */
static u64 fitting_value(struct hostile *h, const struct argument *a)
{
    u32 words = WORDS + 0x20 * pick(h, WORDS_SIZE / 0x20);
    bool is_plain = a->direction == ARG_VALUE &&
                    (a->type == ARG_PTR || a->type == ARG_OBJATTR || a->type == ARG_STR || a->type == ARG_USTRING);
    if (argument_is_pointer(a) && !is_plain)
        return a->optional && pick(h, 2) ? 0 : words;
    switch (a->type) {
    case ARG_HANDLE:
        return pick(h, 4) ? fitting_handle(h, a->name) : any_handle(h);
    case ARG_OBJATTR:
        return ATTRIBUTES + 0x20 * pick(h, countof(texts));
    case ARG_USTRING:
        return ATTRIBUTES + 0x20 * pick(h, countof(texts)) + 0x10;
    case ARG_STR:
        return TEXTS + TEXT_SIZE * pick(h, countof(texts));
    case ARG_PTR:
        if (pick(h, 3) == 0)
            return WORDS + 0x40 * pick(h, 6); /* see stock_up */
        return pick(h, 3) == 0 ? any_kthread(h) : pick(h, 2) ? any_header(h) : words;
    case ARG_S64:
    case ARG_U64:
        return pick(h, 2) ? -(u64)pick(h, 100000) : any_value(h);
    default:
        return pick(h, 3) ? pick(h, pick(h, 2) ? 3 : 40) : any_number(h);
    }
}

/* The guest writes what it likes wherever it may: headers of objects, too. */
static void scribble(struct hostile *h, u32 words)
{
    for (u32 i = 0; i < words; i++) {
        u32 ea = WORDS + STOCK + 4 * pick(h, (WORDS_SIZE - STOCK) / 4);
        if (pick(h, 32) == 0)
            ea = pick(h, 2) ? WORDS + 4 * pick(h, STOCK / 4) : any_header(h) + 4 * pick(h, 0x20);
        memory_set32(h->e, ea, pick(h, 4) ? any_value(h) : WORDS + 4 * pick(h, WORDS_SIZE / 4));
    }
}

static void put_texts(struct hostile *h)
{
    for (u32 i = 0; i < countof(texts); i++) {
        u32 text = TEXTS + i * TEXT_SIZE, attributes = ATTRIBUTES + i * 0x20;
        rig_text(h->rig, text, texts[i]);
        memory_set32(h->e, attributes, pick(h, 3) ? 0 : any_handle(h));
        memory_set32(h->e, attributes + 4, attributes + 0x10);
        memory_set32(h->e, attributes + 8, 0x40 | pick(h, 2) * 0x80);
        memory_set16(h->e, attributes + 0x10, (u16)(pick(h, 16) ? strlen(texts[i]) : 0xFFFF));
        memory_set16(h->e, attributes + 0x12, (u16)(strlen(texts[i]) + 1));
        memory_set32(h->e, attributes + 0x14, text);
    }
}

static void add_thread(struct hostile *h)
{
    struct thread *parent = NULL;
    for (u32 slot = 1; slot <= h->m->thread_pool.high && !parent; slot++)
        parent = h->m->threads[slot].state ? &h->m->threads[slot] : NULL;
    struct kcall k = {.e = h->e, .m = h->m, .thread = parent, .lr = 0x82002000};
    struct thread_request request = {
        .start_pc = 0x82000000, .entry = 0x82000000 + pick(h, 4) * 16, .flags = pick(h, 64) << 24};
    struct thread *thread = thread_create(h->e, parent ? &k : NULL, &request);
    if (thread)
        thread->started = 1;
}

/* Any that is there, whatever it waits for. */
static void end_thread(struct hostile *h)
{
    u32 high = h->m->thread_pool.high, start = high ? pick(h, high) : 0;
    for (u32 i = 0; i < high; i++) {
        struct thread *thread = &h->m->threads[1 + (start + i) % high];
        if (thread->state == THREAD_FREE || thread->state == THREAD_TERMINATED)
            continue;
        thread_terminate(h->e, thread, 0);
        h->m->ended = 0;
        return;
    }
}

/* A slot of a thread that can make a call, from a random place on; 0: none. */
static u32 any_caller(struct hostile *h)
{
    u32 high = h->m->thread_pool.high, start = high ? pick(h, high) : 0;
    for (u32 i = 0; i < high; i++) {
        u32 slot = 1 + (start + i) % high;
        if (h->m->threads[slot].state == THREAD_READY)
            return slot;
    }
    return 0;
}

/* Arguments in registers and, at r1, on the stack: more or less what the export expects. */
static void put_arguments(struct hostile *h, struct thread *t)
{
    const struct export *x = export_find(h->op);
    u32 wildness = pick(h, 4); /* 0: all fit */
    for (u32 i = 0; i < 16; i++) {
        bool fits = i < x->count && pick(h, 8) >= wildness * 2;
        u64 value = fits ? fitting_value(h, &x->arguments[i]) : any_value(h);
        if (pick(h, 16) == 0)
            value |= (u64)any_value(h) << 32;
        if (i < 8)
            t->cpu.r[3 + i] = value;
        else
            memory_set64(h->e, STACKS + 0x50 + (i - 8) * 8, value);
    }
    if (x->count > 8)
        t->cpu.r[1] = STACKS;
    else if (pick(h, 16) == 0)
        t->cpu.r[1] = any_value(h);
}

/* Afterwards the thread is as if its code went on, with its stack at sp. */
static void dispatch(struct hostile *h, u32 slot, u32 op, u64 sp)
{
    struct thread *t = &h->m->threads[slot];
    memory_set32(h->e, THUNK + 4, op);
    t->cpu.pc = THUNK;
    t->cpu.lr = 0x82000000 + 4 * pick(h, 64);
    h->m->running = slot;
    kcall_dispatch(h->e, slot);
    h->m->running = 0;
    if (t->state != THREAD_FREE) {
        t->retrying = 0;
        t->cpu.stop = CPU_RUN;
        t->cpu.fault = 0;
        if (t->in_callback == 0)
            t->cpu.r[1] = sp;
    }
    h->m->ended = 0;
}

static void make_call(struct hostile *h, u32 slot)
{
    struct thread *t = &h->m->threads[slot];
    h->op = h->ops[pick(h, h->op_count)];
    u64 sp = t->cpu.r[1];
    put_arguments(h, t);
    dispatch(h, slot, h->op, sp);
}

static void step(struct hostile *h)
{
    u32 slot = any_caller(h);
    if (!slot)
        end_thread(h);
    if (!slot || pick(h, 200) == 0)
        add_thread(h);
    if (slot && h->m->threads[slot].in_callback && pick(h, 2)) {
        h->m->running = slot;
        callback_on_return(h->e, &h->m->threads[slot]);
        h->m->running = 0;
    } else if (slot) {
        make_call(h, slot);
    }
    if (pick(h, 4) == 0)
        scribble(h, 8);
    if (pick(h, 64) == 0)
        put_texts(h);
    if (pick(h, 8) == 0) {
        h->m->tick += pick(h, 200000);
        h->m->slice_end = h->m->tick;
        wait_expire(h->e);
    }
}

static void check_waiters(const struct machine *m)
{
    u32 linked = 0, expected = 0;
    for (u32 slot = 1; slot <= m->object_pool.high; slot++) {
        u32 before = 0;
        for (u32 n = m->objects[slot].first_waiter; n; linked++) {
            const struct thread *thread = &m->threads[(n - 1) / WAIT_OBJECTS_MAX];
            const struct wait_node *node = &thread->wait.node[(n - 1) % WAIT_OBJECTS_MAX];
            assert_int_equal(thread->state, THREAD_WAITING);
            assert_int_equal(node->object, slot);
            assert_int_equal(node->previous, before);
            before = n;
            n = node->next;
        }
        assert_int_equal(m->objects[slot].last_waiter, before);
    }
    for (u32 slot = 1; slot <= m->thread_pool.high; slot++)
        if (m->threads[slot].state == THREAD_WAITING && !m->threads[slot].suspend_count)
            expected += m->threads[slot].wait.count;
    assert_int_equal(linked, expected);
}

static void check_references(const struct machine *m)
{
    static u32 count[OBJECTS_MAX];
    memset(count, 0, sizeof count);
    for (u32 i = 1; i <= m->handle_pool.high; i++)
        count[m->handles[i].object]++;
    for (u32 slot = 1; slot <= m->thread_pool.high; slot++) {
        const struct thread *thread = &m->threads[slot];
        for (u32 i = 0; i < thread->wait.count; i++)
            count[thread->wait.node[i].object]++;
        if (thread->state != THREAD_FREE && thread->state != THREAD_TERMINATED)
            count[thread->object]++;
    }
    for (u32 slot = 1; slot <= m->object_pool.high; slot++) {
        const struct object *object = &m->objects[slot];
        u32 own = object->guest && !object->owns_guest; /* known by address */
        if (object->type != OBJECT_FREE)
            assert_int_equal(object->references, count[slot] + object->pointers + own);
    }
}

/* What there should be some of whatever becomes of it: an object of each kind, by handle and in the title's memory. */
static void stock_up(struct hostile *h)
{
    static const struct {
        const char *name;
        u32 arguments[9];
    } calls[] = {
        {"NtCreateEvent", {WORDS, 0, 1, 0}},
        {"NtCreateEvent", {WORDS, 0, 0, 1}},
        {"NtCreateSemaphore", {WORDS, 0, 1, 5}},
        {"NtCreateMutant", {WORDS, 0, 1}},
        {"NtCreateTimer", {WORDS, 0, 1}},
        {"NtOpenFile", {WORDS, 0x80100000, ATTRIBUTES, WORDS + 8, 7, 0x20}},
        {"NtCreateFile", {WORDS, 0xC0110000, ATTRIBUTES + 0x60, WORDS + 8, 0, 0, 7, 3, 0x20}},
        {"NtOpenFile", {WORDS, 0x80100000, FOLDER, WORDS + 8, 7, 0x21}},
        {"ExCreateThread", {WORDS, 0, 0, 0, 0x82000010, 0, 1}},
        {"ExCreateThread", {WORDS, 0, 0, 0, 0x82000010, 0, 0x80}},
        {"KeInitializeEvent", {WORDS, 1, 0}},
        {"KeInitializeSemaphore", {WORDS + 0x40, 1, 5}},
        {"KeInitializeMutant", {WORDS + 0x80, 0}},
        {"KeInitializeTimerEx", {WORDS + 0xC0, 1}},
        {"RtlInitializeCriticalSection", {WORDS + 0x100}},
        {"KeInitializeDpc", {WORDS + 0x140, 0x82000020, 7}},
    };
    u8 bits = PAGE_READ | PAGE_RESERVED | PAGE_COMMITTED;
    memory_protect(h->e, RIG_DATA, RIG_DATA_SIZE, bits | PAGE_WRITE); /* which it may have freed */
    memory_protect(h->e, READ_ONLY, 0x1000, bits);
    put_texts(h);
    rig_attributes(h->rig, FOLDER, "cache:\\old");
    for (u32 i = 0; i < countof(calls); i++) {
        u32 slot = any_caller(h);
        const struct export *x = export_by_name(calls[i].name);
        assert_non_null(x);
        if (!slot)
            return;
        for (u32 j = 0; j < 8; j++)
            h->m->threads[slot].cpu.r[3 + j] = calls[i].arguments[j];
        memory_set64(h->e, STACKS + 0x50, calls[i].arguments[8]);
        u64 sp = h->m->threads[slot].cpu.r[1];
        h->m->threads[slot].cpu.r[1] = STACKS;
        dispatch(h, slot, x->op, sp);
    }
}

static void run_hostile(u64 seed)
{
    struct rig *rig = rig_create();
    struct hostile h = {.rig = rig, .e = rig->e, .m = rig->e->m, .random = seed * 77 + 1};
    memset(&h.m->threads[1], 0, sizeof h.m->threads[1]);
    h.m->thread_pool.high = 0;
    h.m->next_thread_id = 1;
    h.m->running = 0;
    h.m->return_pc = 0x8FFF0000;
    rig->disc = "d data\nf 200000 1000 data\\big.bin\nf 5 1000 data\\Small.txt\n";
    rig->partitions[DEVICE_CACHE0] = "d old\nf 5000 7 old\\a.bin\nf 3 8 z.bin\n";
    rig_mount(rig);
    for (size_t i = 0; i < export_count(); i++) {
        const struct export *x = export_at(i);
        if (!x->is_variable && x->state != EXPORT_IS_NONE)
            h.ops[h.op_count++] = x->op;
    }
    for (u32 i = 0; i < 6; i++)
        add_thread(&h);
    scribble(&h, WORDS_SIZE / 4);
    for (u32 i = 0; i < STEPS; i++) {
        if (i % 256 == 0)
            stock_up(&h);
        step(&h);
        if (i % CHECK_EVERY)
            continue;
        check_waiters(h.m);
        check_references(h.m);
    }
    rig_destroy(rig);
}

static void test_anything_is_survived(void **state)
{
    (void)state;
    for (u64 seed = 1; seed <= 6; seed++)
        run_hostile(seed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_anything_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
