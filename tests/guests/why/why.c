/* SPDX-License-Identifier: BSD-3-Clause
 * One title with many ways to go wrong, for `lockstep explain`. why.cfg says which thing decides whether the work is
 * done or everything waits for ever; that thing, and only it, differs between a good and a bad run of the same disc.
 * Around it lie decoys: the time, random numbers, files and pads are asked for in every run, kept beside what decides,
 * and decide nothing. */
#include <stdbool.h>
#include <stddef.h>
#include <xam.h>
#include <xboxkrnl.h>

typedef u32 HANDLE;

enum {
    ACCESS_READ_FILE = 0x100080,
    FILE_OPEN = 1,
    FILE_SUPERSEDE = 0,
    FILE_OPEN_IF = 3,
    SYNCHRONOUS_FILE = 0x60,
    SHARE_READ = 1,
    CASELESS = 0x40,
    DIRECTORY = 0x10,
    STACK = 0x10000,
    TIMEOUT = 0x102,
};

struct information {
    u64 times[4];
    u64 allocated;
    u64 size;
    u32 attributes;
    u32 zero;
};

/* What decides lies among what does not. */
struct state {
    u32 decoy_time;
    u8 decoy_random[2];
    volatile u8 ready; /* set by a thread */
    u8 decoy_pad;
    u32 decoy_size;
    u8 file[64];
};

static struct state state;
static struct information information;
static HANDLE work, done, spare;

/* ---- Shorthands. ---- */

static __attribute__((noinline)) void name_file(struct object_attributes *object, struct ansi_string *name,
                                                const char *path)
{
    RtlInitAnsiString(name, path);
    object->root = 0;
    object->name = name;
    object->attributes = CASELESS;
}

static __attribute__((noinline)) u32 query(const char *path, struct information *out)
{
    struct object_attributes object;
    struct ansi_string name;
    name_file(&object, &name, path);
    return NtQueryFullAttributesFile(&object, out);
}

/* 0: it cannot be opened. */
static __attribute__((noinline)) HANDLE open_file(const char *path, u32 access, u32 disposition)
{
    struct object_attributes object;
    struct ansi_string name;
    struct io_status_block io = {0, 0};
    HANDLE file = 0;
    name_file(&object, &name, path);
    return NtCreateFile(&file, access, &object, &io, NULL, 0, SHARE_READ, disposition, SYNCHRONOUS_FILE) ? 0 : file;
}

static __attribute__((noinline)) u32 read_file(const char *path, void *data, u32 size)
{
    struct io_status_block io = {0, 0};
    HANDLE file = open_file(path, 0x80000000 | ACCESS_READ_FILE, FILE_OPEN);
    s64 offset = 0;
    if (!file)
        return 0;
    NtReadFile(file, 0, NULL, NULL, &io, data, size, &offset);
    NtClose(file);
    return io.information;
}

static __attribute__((noinline)) void write_file(const char *path, const void *data, u32 size)
{
    struct io_status_block io = {0, 0};
    HANDLE file = open_file(path, 0x40000000 | ACCESS_READ_FILE, FILE_SUPERSEDE);
    s64 offset = 0;
    if (!file)
        return;
    NtWriteFile(file, 0, NULL, NULL, &io, (void *)(size_t)data, size, &offset);
    NtClose(file);
}

static void rest(s64 units)
{
    s64 interval = -units;
    KeDelayExecutionThread(0, 0, &interval);
}

static HANDLE start(void (*routine)(void *), void *context, u32 hw, bool suspended)
{
    HANDLE thread = 0;
    u32 id = 0;
    ExCreateThread(&thread, STACK, &id, NULL, (void *)(size_t)routine, context, 1u << hw << 24 | suspended);
    return thread;
}

static u32 half(const u8 *p)
{
    return (u32)p[0] << 8 | p[1];
}

/* ---- Threads. ---- */

static void worker(void *context)
{
    (void)context;
    NtWaitForSingleObjectEx(work, 1, 0, NULL);
    NtSetEvent(done, NULL);
    ExTerminateThread(0);
}

/* Sets its context's field when a file has been read, which takes a while. */
static void setter(void *context)
{
    static u8 data[64];
    struct state *s = context;
    read_file("game:\\why.cfg", data, sizeof data);
    s->ready = 1;
    ExTerminateThread(0);
}

static void loader(void *context)
{
    static u8 data[64];
    read_file("game:\\why.cfg", data, sizeof data);
    NtSetEvent(*(HANDLE *)context, NULL);
    ExTerminateThread(0);
}

/* Does what its creator told it to. */
static void told(void *context)
{
    NtSetEvent((u32)(size_t)context & 0x100 ? done : spare, NULL);
    ExTerminateThread(0);
}

/* Leaves its answer in a file, where another thread looks for it. */
static void writer(void *context)
{
    static u8 data[64];
    struct information *about = context;
    query("cache:\\state.bin", about);
    for (u32 i = 0; i < sizeof data; i++)
        data[i] = i == 40 ? (u8)about->size : state.decoy_random[i & 1];
    write_file("cache:\\made.bin", data, sizeof data);
    ExTerminateThread(0);
}

/* Makes a file when it has read another, which takes a while. */
static void maker(void *context)
{
    static u8 data[64];
    (void)context;
    read_file("game:\\why.cfg", data, sizeof data);
    write_file("cache:\\made.bin", data, sizeof data);
    ExTerminateThread(0);
}

/* No lock, no wait: who is first is up to the scheduler. */
static void racer(void *context)
{
    struct state *s = context;
    s->ready = 1;
    ExTerminateThread(0);
}

/* ---- What decides. Each says whether the work is to be done. ---- */

static __attribute__((noinline)) bool by_cached(void)
{
    return query("cache:\\state.bin", &information) == 0;
}

static __attribute__((noinline)) bool by_size(void)
{
    query("cache:\\state.bin", &information);
    return information.size == 64;
}

static __attribute__((noinline)) bool by_attributes(void)
{
    query("cache:\\state.bin", &information);
    return !(information.attributes & DIRECTORY);
}

static __attribute__((noinline)) bool by_content(void)
{
    u32 sum = 0;
    read_file("cache:\\state.bin", state.file, sizeof state.file);
    for (u32 i = 0; i < sizeof state.file; i++)
        sum = sum * 31 + state.file[i];
    return sum == 0x80A7C020;
}

static __attribute__((noinline)) bool by_language(void)
{
    return XGetLanguage() == 1;
}

static __attribute__((noinline)) bool by_result(void)
{
    return XGetGameRegion() == 0xFF;
}

static __attribute__((noinline)) bool by_pad(void)
{
    u8 pad[16];
    rest(1000000);
    return XamInputGetState(0, 0, pad) == 0 && half(pad + 4) & 0x1000;
}

static __attribute__((noinline)) bool by_time(void)
{
    u64 time;
    KeQuerySystemTime(&time);
    return !(time >> 53 & 1);
}

static __attribute__((noinline)) bool by_deadline(void)
{
    static HANDLE loaded;
    s64 most = -50000;
    NtCreateEvent(&loaded, NULL, 1, 0);
    NtResumeThread(start(loader, &loaded, 3, true), NULL);
    return NtWaitForSingleObjectEx(loaded, 1, 0, &most) != TIMEOUT;
}

static __attribute__((noinline)) bool by_late_field(void)
{
    NtResumeThread(start(setter, &state, 3, true), NULL);
    rest(100000);
    return state.ready;
}

static __attribute__((noinline)) bool by_race(void)
{
    NtResumeThread(start(racer, &state, 3, true), NULL);
    for (volatile u32 i = 0; i < 650; i++) /* about a slice */
        ;
    return state.ready;
}

/* Leaves the time's low bits in its frame. */
static __attribute__((noinline)) void leave_garbage(void)
{
    volatile u32 frame[24];
    for (u32 i = 0; i < 24; i++)
        frame[i] = state.decoy_time;
    __asm__ volatile("" : : "m"(frame));
}

/* Reads a flag that nobody sets, from what the last function left there. */
static __attribute__((noinline)) bool by_uninitialised(void)
{
    volatile u32 frame[24];
    u32 flag;
    __asm__ volatile("lwz %0,%1" : "=r"(flag) : "m"(frame[12]));
    return !(flag & 0x1000);
}

/* The creator hands on what a query told it; the thread that it makes decides. */
static __attribute__((noinline)) bool by_context(void)
{
    query("cache:\\state.bin", &information);
    NtResumeThread(start(told, (void *)(size_t)(information.size << 2), 3, true), NULL);
    rest(100000);
    return false;
}

static __attribute__((noinline)) bool by_made(void)
{
    static u8 data[64];
    NtResumeThread(start(writer, &information, 3, true), NULL);
    rest(1000000);
    read_file("cache:\\made.bin", data, sizeof data);
    return data[40] == 64;
}

static __attribute__((noinline)) bool by_absent(void)
{
    NtResumeThread(start(maker, NULL, 3, true), NULL);
    rest(100000);
    return query("cache:\\made.bin", &information) == 0;
}

/* Opens it before, as one that makes it if it is not there: which changes nothing. */
static __attribute__((noinline)) bool by_kept(void)
{
    static u8 data[64];
    NtResumeThread(start(writer, &information, 3, true), NULL);
    rest(1000000);
    NtClose(open_file("cache:\\made.bin", 0x80000000 | ACCESS_READ_FILE, FILE_OPEN_IF));
    read_file("cache:\\made.bin", data, sizeof data);
    return data[40] == 64;
}

static __attribute__((noinline)) void wake(void)
{
    NtSetEvent(work, NULL);
}

static __attribute__((noinline)) void miss(void)
{
    NtSetEvent(spare, NULL);
}

/* No branch decides, but where a pointer leads. */
static __attribute__((noinline)) bool by_pointer(void)
{
    static void (*const handlers[])(void) = {wake, miss};
    query("cache:\\state.bin", &information);
    handlers[information.size >> 2 & 1]();
    return false;
}

static bool decide(u32 cause)
{
    static bool (*const deciders[])(void) = {by_cached, by_size,          by_attributes, by_content,  by_language,
                                             by_result, by_pad,           by_time,       by_deadline, by_late_field,
                                             by_race,   by_uninitialised, by_context,    NULL,        by_made,
                                             by_absent, by_pointer,       by_kept};
    if (cause == 11)
        leave_garbage();
    return deciders[cause]();
}

static const char *const causes[] = {"cached",  "size",      "attributes", "content", "language", "result",
                                     "pad",     "time",      "deadline",   "late",    "race",     "uninitialised",
                                     "context", "suspended", "made",       "absent",  "pointer",  "kept"};

static u32 read_cause(void)
{
    static char text[64];
    u32 size = read_file("game:\\why.cfg", text, sizeof text);
    for (u32 c = 0; c < sizeof causes / sizeof causes[0]; c++) {
        u32 i = 0;
        while (causes[c][i] && 6 + i < size && text[6 + i] == causes[c][i])
            i++;
        if (!causes[c][i])
            return c;
    }
    return 0;
}

static void ask_decoys(void)
{
    u64 time;
    u8 pad[16] = {0};
    struct information other = {0};
    KeQuerySystemTime(&time);
    state.decoy_time = (u32)(time >> 29);
    XeCryptRandom(state.decoy_random, sizeof state.decoy_random);
    XamInputGetState(1, 0, pad);
    state.decoy_pad = pad[4];
    query("cache:\\other.bin", &other);
    state.decoy_size = (u32)other.size;
    if (query("cache:\\decoy.bin", &other))
        state.decoy_size++;
}

int main(void)
{
    u32 cause = read_cause();
    ask_decoys();
    NtCreateEvent(&work, NULL, 1, 0);
    NtCreateEvent(&done, NULL, 1, 0);
    NtCreateEvent(&spare, NULL, 1, 0);
    HANDLE thread = start(worker, NULL, 1, true);
    if (cause == 13) { /* the worker is resumed if the file says so */
        read_file("cache:\\state.bin", state.file, sizeof state.file);
        if (state.file[3] & 1)
            NtResumeThread(thread, NULL);
        NtSetEvent(work, NULL);
    } else {
        NtResumeThread(thread, NULL);
        if (decide(cause))
            NtSetEvent(work, NULL);
        else
            NtSetEvent(spare, NULL);
    }
    NtWaitForSingleObjectEx(done, 1, 0, NULL);
    DbgPrint("why: %s, done, %u %u %u\n", causes[cause], state.decoy_time, state.decoy_random[0], state.decoy_size);
    return 0;
}
