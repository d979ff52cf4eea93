/* SPDX-License-Identifier: BSD-3-Clause
 * Calls one export with anything, again and again, until a fault or the count is reached. game:\hostile.cfg says which,
 * from which seed, how often: three hex words, "op seed count"; op 0 is none: it returns to the kernel's trampolines
 * with any stack pointer, on what looks like frames of the kernel. The calls are made by a thread while the main thread
 * waits for it a while, so that a call that never returns ends the run too. Works by a thunk of its own making, as the
 * loader makes them, in memory that may be executed. */
#include <xboxkrnl.h>

enum {
    READ = 0x80100080,
    SYNCHRONOUS = 0x20,
    COMMIT = 0x3000,
    EXECUTE = 0x40,
    READ_WRITE = 4,
    READ_ONLY = 2,
    WORDS = 0x4000,
    HANDLES = 16,
    SLOTS = 16
};

static struct {
    u32 op, seed, count;
} settings;
static u32 *thunk;
static u32 *words;   /* WORDS of them */
static u32 *nothing; /* a page that may only be read */
static u32 handles[HANDLES];
static u32 timer[10], semaphore[5], mutant[8], event[4], section[7], queue[10], kthread[1];
static u64 state;

static const char *const texts[] = {
    "game:\\hostile.cfg",
    "cache:\\..\\..\\..\\..\\..\\tmp\\lockstep-hostile",
    "cache:\\lockstep-hostile",
    "cache:\\a\\..\\..\\lockstep-hostile",
    "\\Device\\Harddisk0\\Partition0\\..\\..\\..\\lockstep-hostile",
    "..\\lockstep-hostile",
    "/tmp/lockstep-hostile",
    "%n%s%s%s%9999d%*.*f%ls%Z%wZ",
    "\\??",
    "\\??\\game:",
};
enum { TEXTS = sizeof texts / sizeof texts[0] };
static struct ansi_string names[TEXTS];
static struct object_attributes attributes[TEXTS];

static u32 pick(u32 n)
{
    state = state * 6364136223846793005ull + 1442695040888963407ull;
    return (u32)(state >> 33) % n;
}

static u32 any_number(void)
{
    static const u32 numbers[] = {0,          1,          2,          3,          4,          7,          8,
                                  0x10,       0x20,       0x22,       0x40,       0x100,      0x1000,     0x3000,
                                  0xFFFF,     0x10000,    0x7FFFFFFF, 0x80000000, 0x80000001, 0xFFFFFFFF, 0xFFFFFFFE,
                                  0xFFFFF000, 0xFFFF0000, 0x20000000, 0x8E000020, 0x8FFF0000, 0xA0000000, 0xE0000000};
    return numbers[pick(sizeof numbers / sizeof numbers[0])];
}

static u32 any_value(void)
{
    u32 *const objects[] = {timer, semaphore, mutant, event, section, queue, (u32 *)kthread[0]};
    switch (pick(10)) {
    case 0:
    case 1:
        return handles[pick(HANDLES)];
    case 2:
        return (u32)objects[pick(7)];
    case 3:
        return (u32)&attributes[pick(TEXTS)];
    case 4:
        return pick(2) ? (u32)&names[pick(TEXTS)] : (u32)texts[pick(TEXTS)];
    case 5:
    case 6:
        return (u32)words + (pick(4) ? 8 * pick(WORDS / 2 - 64) : pick(WORDS * 4));
    case 7:
        return pick(2) ? (u32)nothing + pick(0x1000) : (u32)words + WORDS * 4 - pick(32);
    case 8:
        return (u32)state;
    default:
        return any_number();
    }
}

static void *memory(u32 size, u32 protection)
{
    void *base = NULL;
    NtAllocateVirtualMemory((void *)&base, &size, COMMIT, protection, 0);
    return base;
}

static void idle(void *context)
{
    s64 ever = -1000000000;
    for (;;)
        KeDelayExecutionThread(1, 1, (void *)context ? context : &ever);
}

static void open(u32 *handle, u32 path, u32 access, u32 disposition, u32 options)
{
    struct io_status_block io;
    NtCreateFile(handle, access, &attributes[path], &io, NULL, 0x80, 7, disposition, options | SYNCHRONOUS);
}

static void make_objects(void)
{
    for (u32 i = 0; i < TEXTS; i++) {
        RtlInitAnsiString(&names[i], texts[i]);
        attributes[i] = (struct object_attributes){0, &names[i], 0x40};
    }
    NtCreateEvent(&handles[0], NULL, 1, 0);
    NtCreateEvent(&handles[1], NULL, 0, 1);
    NtCreateSemaphore(&handles[2], NULL, 1, 4);
    NtCreateMutant(&handles[3], NULL, 0);
    NtCreateTimer(&handles[4], NULL, 1);
    open(&handles[5], 0, READ, 1, 0x40);
    open(&handles[6], 2, 0xC0110080, 3, 0x40);
    ExCreateThread(&handles[7], 0, NULL, NULL, idle, NULL, 1);
    ExCreateThread(&handles[8], 0, NULL, NULL, idle, NULL, 0);
    handles[9] = 0xFFFFFFFE;
    handles[10] = 0xF8001000;
    handles[11] = 0xF8000003;
    NtCreateIoCompletion(&handles[12], 0, NULL, 2);
    NtSetIoCompletion(handles[12], 1, 2, 3, 4);
    NtCreateDirectoryObject(&handles[13], &attributes[6]);
    NtOpenDirectoryObject(&handles[14], &attributes[TEXTS - 2]);
    NtOpenSymbolicLinkObject(&handles[15], &attributes[TEXTS - 1]);
    KeInitializeQueue(queue, 1);
    ObReferenceObjectByHandle(handles[7], NULL, (void *)kthread);
    KeInitializeTimerEx(timer, 1);
    KeInitializeSemaphore(semaphore, 1, 4);
    KeInitializeMutant(mutant, 0);
    KeInitializeEvent(event, 1, 0);
    RtlInitializeCriticalSection(section);
    for (u32 i = 0; i < WORDS; i++)
        words[i] = pick(3) ? any_value() : (u32)&words[pick(WORDS)];
}

static void attack(void *context)
{
    u64 slots[SLOTS];
    (void)context;
    for (u32 i = 0; i < settings.count; i++) {
        for (u32 k = 0; k < SLOTS; k++)
            slots[k] = pick(8) ? any_value() : (u64)any_value() << 32 | any_value();
        if (!settings.op)
            slots[0] = (u32)words + 16 * pick(WORDS / 8);
        guest_call(thunk, slots, SLOTS);
        words[pick(WORDS)] = any_value();
    }
    ExTerminateThread(0);
}

static u32 hex_word(const char **p)
{
    u32 value = 0;
    for (; **p == ' '; ++*p)
        ;
    for (; **p > ' '; ++*p)
        value = value << 4 | (u32)(**p <= '9' ? **p - '0' : (**p & 0xDF) - 'A' + 10);
    return value;
}

static void read_settings(void)
{
    char text[64] = "";
    const char *p = text;
    struct ansi_string name;
    struct object_attributes object = {0, &name, 0x40};
    struct io_status_block io;
    u32 file = 0;
    RtlInitAnsiString(&name, texts[0]);
    NtOpenFile(&file, READ, &object, &io, 1, SYNCHRONOUS | 0x40);
    NtReadFile(file, 0, NULL, NULL, &io, text, sizeof text - 1, NULL);
    NtClose(file);
    settings.op = hex_word(&p);
    settings.seed = hex_word(&p);
    settings.count = hex_word(&p);
}

int main(void)
{
    s64 while_ = -5000000;
    u32 thread = 0;
    read_settings();
    state = settings.seed * 77 + 1;
    thunk = memory(0x1000, EXECUTE);
    words = memory(WORDS * 4, READ_WRITE);
    nothing = memory(0x1000, READ_ONLY);
    make_objects();
    const u32 code[] = {0x44000042, 0x4E800020, settings.op, 0x60000000};
    /* mr r1,r3; lis r12,0x8FFF; ori r12,r12,..; mtctr r12; bctr */
    const u32 back[] = {0x7C611B78, 0x3D808FFF, 0x618C0000 | (settings.seed % 6 * 16), 0x7D8903A6, 0x4E800420};
    if (settings.op)
        memcpy(thunk, code, sizeof code);
    else
        memcpy(thunk, back, sizeof back);
    for (u32 i = 0; settings.op == 0 && i < WORDS; i += 1 + pick(3))
        words[i] = pick(5) ? 0x53454152 + pick(4) : 0x4B415043;
    __asm__ volatile("dcbst 0,%0; sync; icbi 0,%0; isync" : : "r"(thunk) : "memory");
    ExCreateThread(&thread, 0x20000, NULL, NULL, attack, NULL, 0);
    NtWaitForSingleObjectEx(thread, 1, 0, &while_);
    return 0;
}
