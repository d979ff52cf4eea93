/* SPDX-License-Identifier: BSD-3-Clause
 * Faults in the way that game:\faults.cfg names, on a thread of its own, three calls deep: first() calls second(), that
 * calls the way. Says what it will do before, and "went on" if nothing stopped it. */
#include <xam.h>
#include <xboxkrnl.h>

enum { OPEN = 1, SYNCHRONOUS = 0x20, NOT_DIRECTORY = 0x40, READ = 0x80100080, COMMIT = 0x3000, READ_WRITE = 4 };

static volatile u32 sink;
static void (*way)(void);
static const u32 constant = 7;
static volatile u32 *volatile nowhere = (u32 *)0x10;

static void read_null(void)
{
    sink = *nowhere;
}
static void read_wild(void)
{
    sink = *(volatile u32 *)0x7EFF0124;
}
static void write_code(void)
{
    *(volatile u32 *)(u32)&read_null = 0;
}
static void write_constant(void)
{
    *(volatile u32 *)(u32)&constant = 0;
}
static void write_wild(void)
{
    *(volatile u32 *)0x7EFF0120 = 1;
}
static void call_null(void)
{
    ((void (*)(void))(u32)sink)();
}
static void illegal(void)
{
    __asm__ volatile(".long 0");
}
static void privileged(void)
{
    __asm__ volatile("mtspr 272,3");
}
static void trap(void)
{
    __asm__ volatile("trap");
}
static void break_trap(void)
{
    __asm__ volatile("twi 31,0,22");
}
static void check_trap(void)
{
    __asm__ volatile("twi 31,0,25");
}
static void break_point(void)
{
    DbgBreakPoint();
}
static void bug_check(void)
{
    KeBugCheck(0x1234);
}
static void break_with(void)
{
    DbgBreakPointWithStatus(0x77);
}
static void bug_check_with(void)
{
    KeBugCheckEx(0x5678, 1, 2, 3, 4);
}
static void end_title(void)
{
    ExTerminateTitleProcess(42);
}
static volatile u32 routines_take_long;
static void end_from_beside(void *context)
{
    (void)context;
    ExTerminateTitleProcess(42);
}
/* Another thread ends the title; its routines still run when the first thread returns. */
static void end_beside(void)
{
    u32 thread;
    s64 a_moment = -20000;
    routines_take_long = 1;
    ExCreateThread(&thread, 0x10000, NULL, NULL, (void *)end_from_beside, NULL, 2u << 24);
    KeDelayExecutionThread(1, 0, &a_moment);
}
/* And one more asks for the end meanwhile. */
static void end_twice(void)
{
    end_beside();
    ExTerminateTitleProcess(43);
}
static void launch(void)
{
    static const u8 data[] = {1, 2, 0xAB};
    u8 got[4] = {0};
    u32 size = 0;
    if (XamLoaderGetLaunchDataSize(&size) == 0 && XamLoaderGetLaunchData(got, sizeof got) == 0)
        DbgPrint("was left %u bytes, %02x first\n", size, got[0]);
    XamLoaderSetLaunchData(data, sizeof data);
    XamLoaderLaunchTitle("game:\\level.xex", 0);
    DbgPrint("went on\n");
}

static void leave_for_dashboard(void)
{
    HalReturnToFirmware(1);
}
static void terminate_title(void)
{
    XamLoaderTerminateTitle();
}
static void dirty_disc(void)
{
    XamShowDirtyDiscErrorUI(0);
}
static void unimplemented(void)
{
    sink = (u32)DumpGetRawDumpInfo;
    DumpGetRawDumpInfo(0, 0, 0, 0, 0, 0, 0, 0);
}

static void call_data(void)
{
    u32 *base = NULL, size = 0x1000;
    NtAllocateVirtualMemory((void *)&base, &size, COMMIT, READ_WRITE, 0);
    base[0] = 0x4E800020;
    ((void (*)(void))base)();
}

static void reserve_unaligned(void)
{
    u32 word[2] = {0, 0}, value;
    __asm__ volatile("lwarx %0,0,%1" : "=r"(value) : "r"((u32)word + 1) : "memory");
    sink = value;
}

/* Gives up as the vendor's samples do when a file is not there. */
static void without_file(void)
{
    char path[] = "game:\\media\\missing.xpr";
    struct ansi_string name = {sizeof path - 1, sizeof path, path};
    struct object_attributes attributes = {0, &name, 0x40};
    struct io_status_block io = {0, 0};
    u32 file;
    volatile u32 rounds = 3; /* of one call site */
    while (rounds--)
        KeGetCurrentProcessType();
    for (u32 i = 0; i < 2; i++)
        NtOpenFile(&file, READ, &attributes, &io, 1, SYNCHRONOUS | NOT_DIRECTORY);
    break_trap();
}

static u32 deeper(u32 depth)
{
    volatile u32 room[64];
    room[depth % 64] = depth;
    return (sink == 1 ? 0 : deeper(depth + 1)) + room[depth % 64];
}

static void overflow(void)
{
    sink = deeper(0);
}

static void on_apc(void) {}

/* Its APC is run down on a stack that is none. */
static void end_without_stack(void)
{
    static u32 apc[10];
    register u32 pcr __asm__("r13");
    KeInitializeApc(apc, *(void *volatile *)(pcr + 0x100), NULL, (void *)on_apc, (void *)on_apc, 1, NULL);
    KeInsertQueueApc(apc, NULL, NULL, 0);
    __asm__ volatile("li 1,0x10\n\tli 3,0\n\tmtctr %0\n\tbctr" : : "r"(ExTerminateThread) : "r3", "ctr");
}

static const struct {
    const char *name;
    void (*way)(void);
} ways[] = {
    {"read-null", read_null},
    {"read-wild", read_wild},
    {"write-code", write_code},
    {"write-constant", write_constant},
    {"write-wild", write_wild},
    {"call-null", call_null},
    {"call-data", call_data},
    {"illegal", illegal},
    {"privileged", privileged},
    {"trap", trap},
    {"break-trap", break_trap},
    {"check-trap", check_trap},
    {"break-point", break_point},
    {"bug-check", bug_check},
    {"break-with", break_with},
    {"bug-check-with", bug_check_with},
    {"end-title", end_title},
    {"end-beside", end_beside},
    {"end-twice", end_twice},
    {"terminate-title", terminate_title},
    {"dirty-disc", dirty_disc},
    {"leave-for-dashboard", leave_for_dashboard},
    {"launch", launch},
    {"reserve-unaligned", reserve_unaligned},
    {"without-file", without_file},
    {"overflow", overflow},
    {"end-without-stack", end_without_stack},
    {"unimplemented", unimplemented},
};

static __attribute__((noinline)) void second(void)
{
    way();
    sink++;
}

static __attribute__((noinline)) void first(void *context)
{
    (void)context;
    second();
    sink++;
    DbgPrint("went on\n");
    ExTerminateThread(0);
}

static void tell_early(void)
{
    s64 long_enough = -200000;
    if (routines_take_long)
        KeDelayExecutionThread(1, 0, &long_enough);
    DbgPrint("told early\n");
}
static void tell_late(void)
{
    DbgPrint("told late\n");
}
static void tell_later(void)
{
    DbgPrint("told later\n");
    ExTerminateTitleProcess(77);
}
static void tell_never(void)
{
    DbgPrint("told though it asked no more\n");
}

static struct {
    void (*routine)(void);
    u32 priority, links[2];
} ends[] = {{tell_late, 0, {0, 0}}, {tell_early, 0x7C800000, {0, 0}}, {tell_never, 5, {0, 0}}, {tell_later, 0, {0, 0}}};

static void ask_for_the_end(void)
{
    for (u32 i = 0; i < sizeof ends / sizeof ends[0]; i++)
        ExRegisterTitleTerminateNotification(&ends[i], 1);
    ExRegisterTitleTerminateNotification(&ends[2], 0);
}

static u32 read_settings(char *text, u32 capacity)
{
    char path[] = "game:\\faults.cfg";
    struct ansi_string name = {sizeof path - 1, sizeof path, path};
    struct object_attributes attributes = {0, &name, 0x40};
    struct io_status_block io = {0, 0};
    u32 file;
    if (NtOpenFile(&file, READ, &attributes, &io, 1, SYNCHRONOUS | NOT_DIRECTORY))
        return 0;
    NtReadFile(file, 0, NULL, NULL, &io, text, capacity, NULL);
    NtClose(file);
    return io.information;
}

int main(void)
{
    char text[64] = "";
    u32 size = read_settings(text, sizeof text - 1), thread;
    while (size && (text[size - 1] == '\n' || text[size - 1] == '\r'))
        text[--size] = '\0';
    for (u32 i = 0; i < sizeof ways / sizeof ways[0]; i++)
        if (!strcmp(text, ways[i].name))
            way = ways[i].way;
    if (!way)
        return 99;
    DbgPrint("%s\n", text);
    ask_for_the_end();
    if (ExCreateThread(&thread, 0x10000, NULL, NULL, first, NULL, 0))
        return 98;
    return (int)NtWaitForSingleObjectEx(thread, 1, 0, NULL);
}
