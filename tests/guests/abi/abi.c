/* SPDX-License-Identifier: BSD-3-Clause
 * Checks from inside that calls reach the kernel as the console makes them: 64-bit arguments and results in one
 * register, the ninth argument and up in the console's slots, variable arguments as 64-bit slots. The exit code is the
 * number of failures. */
#include <xboxkrnl.h>

enum { FILE_OPEN = 1, FILE_DIRECTORY = 0x01, FILE_SYNCHRONOUS = 0x20, FILE_NOT_DIRECTORY = 0x40, READ = 0x80100080 };
enum { CASELESS = 0x40, TIMER_SYNCHRONIZATION = 1 };

static u32 failures;

static void check(const char *name, int good)
{
    DbgPrint("%s %s\n", good ? "ok" : "FAIL", name);
    failures += !good;
}

static void check_text(const char *name, const char *got, const char *want)
{
    check(name, !strcmp(got, want));
    if (strcmp(got, want))
        DbgPrint("  got \"%s\", want \"%s\"\n", got, want);
}

/* The same exports by their symbols: these calls take the out-of-line shims. */
u64 frequency_shim(void) __asm__("KeQueryPerformanceFrequency");
u32 create_file_shim(u32 *file, u32 access, const struct object_attributes *attributes, struct io_status_block *io,
                     const u64 *allocation_size, u32 file_attributes, u32 share, u32 disposition,
                     u32 options) __asm__("NtCreateFile");

static void check_wide_results(void)
{
    check("u64 result, inlined", KeQueryPerformanceFrequency() == 50000000);
    check("u64 result, by its shim", frequency_shim() == 50000000);
    u64 before = KeQueryInterruptTime();
    s64 interval = -20000;
    KeDelayExecutionThread(0, 0, &interval);
    u64 passed = KeQueryInterruptTime() - before;
    check("u64 result that changes", passed >= 20000 && passed < 10000000);
}

/* The due time is by value: 3 ms from now. In halves or in another register it would be over at once, or never. */
static void check_wide_argument(void)
{
    u32 timer[10] = {0};
    s64 long_after = -10000000;
    KeInitializeTimerEx(timer, TIMER_SYNCHRONIZATION);
    u64 before = KeQueryInterruptTime();
    KeSetTimer(timer, -30000, NULL);
    u32 status = KeWaitForSingleObject(timer, 0, 0, 0, &long_after);
    u64 passed = KeQueryInterruptTime() - before;
    check("s64 argument: wait ended by the timer", status == 0);
    check("s64 argument: after its due time", passed >= 30000 && passed < 1000000);
}

/* The ninth argument says whether a file or a folder is meant. */
static void check_ninth_argument(void)
{
    char path[] = "game:\\nine.txt";
    struct ansi_string name = {sizeof path - 1, sizeof path, path};
    struct object_attributes object = {0, &name, CASELESS};
    struct io_status_block io;
    u32 file = 0, status;
    status = NtCreateFile(&file, READ, &object, &io, NULL, 0, 1, FILE_OPEN, FILE_SYNCHRONOUS | FILE_NOT_DIRECTORY);
    check("ninth argument: a file as a file", status == 0 && file);
    if (!status)
        NtClose(file);
    status = NtCreateFile(&file, READ, &object, &io, NULL, 0, 1, FILE_OPEN, FILE_SYNCHRONOUS | FILE_DIRECTORY);
    check("ninth argument: a file as a folder is refused", status == 0xC0000103);
    status = create_file_shim(&file, READ, &object, &io, NULL, 0, 1, FILE_OPEN, FILE_SYNCHRONOUS | FILE_NOT_DIRECTORY);
    check("ninth argument: the same by the shim", status == 0);
    if (!status)
        NtClose(file);
    status = create_file_shim(&file, READ, &object, &io, NULL, 0, 1, FILE_OPEN, FILE_SYNCHRONOUS | FILE_DIRECTORY);
    check("ninth argument: refused by the shim too", status == 0xC0000103);
}

/* capture.S: keeps the slots of the call; the result is the return address that it saw. */
u32 show(const char *format, ...);
extern u64 captured[16];

static u64 bits(double d)
{
    union {
        double d;
        u64 bits;
    } u = {d};
    return u.bits;
}

static void check_slots(const char *name, const u64 *want, u32 count)
{
    for (u32 i = 0; i < count; i++) {
        if (captured[i + 1] != want[i])
            DbgPrint("  slot %u: %llx, want %llx\n", i + 1, captured[i + 1], want[i]);
    }
    check(name, !memcmp(captured + 1, want, count * sizeof *want));
}

static __attribute__((noinline)) int is_called_from_here(void)
{
    u32 from = show("%d %d %d %d %d %d %d", 1, 2, 3, 4, 5, 6, 7);
    return from > (u32)is_called_from_here && from < (u32)is_called_from_here + 256;
}

static void check_shim(void)
{
    show("%d %lld %f %s", -2, 3LL, 0.75, "text");
    check("slots: the format first", captured[0] == (u32) "%d %lld %f %s");
    check_slots("slots: in registers", (u64[]){(u64)-2, 3, bits(0.75), (u32) "text"}, 4);
    show("%u %u %u %f %llx %d %p %g %I64d %c %.*f %x", 1, 2, 3, -4.5, 5ULL << 40, -6, (void *)7, 8.25, -9LL, 10, 11,
         12.5, 13);
    check_slots("slots: in registers and memory",
                (u64[]){1, 2, 3, bits(-4.5), 5ULL << 40, (u64)-6, 7, bits(8.25), (u64)-9, 10, 11, bits(12.5), 13}, 13);
    check("slots: the kernel sees the title's return address", is_called_from_here());
}

static void check_formats(void)
{
    char text[128];
    sprintf(text, "%d %u %x %s %c", -5, 4000000000u, 0xBEEF, "five", '6');
    check_text("sprintf: words", text, "-5 4000000000 beef five 6");
    sprintf(text, "%lld %I64u %llx", -1234567890123LL, 12345678901234567890ULL, 0x123456789ABCDEFULL);
    check_text("sprintf: 64 bits", text, "-1234567890123 12345678901234567890 123456789abcdef");
    sprintf(text, "%.3f %d %.1f %s", 3.14159, 2, -0.5, "end");
    check_text("sprintf: doubles among words", text, "3.142 2 -0.5 end");
    sprintf(text, "%d%d%d%d%d%d %d %lld %.2f %d", 1, 2, 3, 4, 5, 6, 7, 8888888888LL, 9.25, 10);
    check_text("sprintf: more than fit in registers", text, "123456 7 8888888888 9.25 10");
    sprintf(text, "[%*d|%-*d|%%]", 5, 42, 4, 7);
    check_text("sprintf: widths as arguments", text, "[   42|7   |%]");
    check("_snprintf: result and limit", _snprintf(text, 8, "%s", "1234567") == 7);
    check_text("_snprintf: text", text, "1234567");
}

static s32 format_list(char *text, u32 size, const char *format, ...)
{
    u64 slots[GUEST_SLOTS];
    va_list list;
    va_start(list, format);
    guest_gather(slots, 0, format, list);
    va_end(list);
    return _vsnprintf(text, size, format, slots);
}

static void check_list(void)
{
    char text[64];
    s32 length = format_list(text, sizeof text, "%s %lld %.1f %d", "list", -1LL, 1.5, 3);
    check("_vsnprintf: result", length == 13);
    check_text("_vsnprintf: slots as a list", text, "list -1 1.5 3");
}

int main(void)
{
    check_wide_results();
    check_wide_argument();
    check_ninth_argument();
    check_shim();
    check_formats();
    check_list();
    DbgPrint("abi: %u failures\n", failures);
    return (int)failures;
}
