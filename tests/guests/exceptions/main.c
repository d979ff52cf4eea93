/* SPDX-License-Identifier: BSD-3-Clause
 * Checks from inside that exceptions go to filters, handlers and termination handlers as the console's do. Prints a
 * line a check; the exit code is the number of failures. With `leave` in game:\exceptions.cfg it then makes a fault
 * that its filters leave; with `break`, a break point that is jumped to. */
#include <xboxkrnl.h>

struct record {
    u32 code, flags;
    struct record *next;
    u32 address, count, parameter[15];
};

struct context {
    u32 flags, msr, iar, lr;
    u64 ctr, gpr[32];
    u32 cr, xer;
    u64 fpscr, fpr[32];
    u32 mode, fill, vscr[4], vr[128][4];
};

struct pointers {
    struct record *record;
    struct context *context;
};

typedef u32 filter(struct pointers *pointers, u32 frame);
filter take, leave;

u32 guarded(void (*routine)(u32), u32 argument, filter *filter);
void finished(void (*routine)(u32), u32 argument);
void through_saves(void (*routine)(u32), u32 argument);
u32 with_values(void (*routine)(u32), u32 argument, filter *filter);
void raise_record(u32 record);
void raise_status(u32 status);
void raise_kept(u32 status);
void read_word(u32 address);
void write_word(u32 address);
void reserve(u32 address);
void jump(u32 address);
void initialise(u32 address);
void sleep_alertably(u32 interval);
void illegal(u32 none);
void privileged(u32 none);
void trap(u32 none);
void break_trap(u32 none);
void check_trap(u32 none);
void tweq_trap(u32 none);
void divide(u32 divisor);
void divide_64(u32 divisor);
void divide_signed(u32 divisor);
void break_by_call(u32 none);
u32 say_by_trap(const char *text, u32 length);
u32 say_assertion(const char *text, u32 length);
void quiet(u32 none);
void release_mutant(u32 mutant);
void release_semaphore(u32 semaphore);
void raise_finished(u32 status);
void raise_guarded(u32 status);
void raise_twice(u32 status);
void save_and_raise(u32 status);
u32 caught(void (*routine)(u32), u32 argument);
u32 caught_2(void (*routine)(u32), u32 argument);
void walk(struct context *context, u32 *rows);
void walk_from(struct context *context, u32 *rows);
void middle(u32 *caller, u32 *above, u32 *frames, u32 *count);
extern const char walk_here[], callers_here[], middle_here[];

enum {
    SEARCH = 0,
    TAKE = 1,
    CONTINUE = (u32)-1,
    ACCESS = 0xC0000005,
    STATUS = 0xC0001234,
    OTHER = 0xC0005678,
    BREAK = 0x80000003
};

static u32 failures;
static char noted[32];
static u32 noted_count;
u32 in_termination;
static struct record seen;
static u32 seen_iar, seen_frame;

static void check(const char *name, int good)
{
    DbgPrint("%s %s\n", good ? "ok" : "FAIL", name);
    failures += !good;
}

void note(u32 letter)
{
    if (noted_count + 1 < sizeof noted)
        noted[noted_count++] = (char)letter;
}

void note_told(u32 letter, u32 abnormal)
{
    note(letter);
    note(abnormal ? '!' : '.');
}

static void forget(void)
{
    memset(noted, 0, sizeof noted);
    memset(&seen, 0, sizeof seen);
    noted_count = 0;
}

static void see(const struct pointers *pointers, u32 frame)
{
    seen = *pointers->record;
    seen_iar = pointers->context->iar;
    seen_frame = frame;
    note('f');
}

u32 take(struct pointers *pointers, u32 frame)
{
    see(pointers, frame);
    return TAKE;
}

u32 leave(struct pointers *pointers, u32 frame)
{
    see(pointers, frame);
    return SEARCH;
}

/* On behind the instruction that faulted. */
static u32 skip(struct pointers *pointers, u32 frame)
{
    see(pointers, frame);
    pointers->context->iar += 4;
    return CONTINUE;
}

static u32 good_word = 77;

/* The routine's argument stands in r3: it is made a good one, and the same instruction is tried again. */
static u32 repair(struct pointers *pointers, u32 frame)
{
    see(pointers, frame);
    pointers->context->gpr[3] = (u32)&good_word;
    return CONTINUE;
}

static u32 go_on(struct pointers *pointers, u32 frame)
{
    see(pointers, frame);
    return CONTINUE;
}

u32 word_read;

static void check_faults(void)
{
    check("nothing is raised", guarded(quiet, 0, take) == 0 && seen.code == 0);
    check("a read of nothing is taken", guarded(read_word, 0x124, take) == ACCESS);
    check("with its place", seen.address == (u32)read_word && seen_iar == seen.address && seen.flags == 0);
    check("and its address", seen.count == 2 && seen.parameter[0] == 0 && seen.parameter[1] == 0x124);
    check("a write",
          guarded(write_word, 0x128, take) == ACCESS && seen.parameter[0] == 1 && seen.parameter[1] == 0x128);
    check("a jump to nowhere", guarded(jump, 0x130, take) == ACCESS && seen.parameter[1] == 0x130);
    check("an instruction that is none", guarded(illegal, 0, take) == 0xC000001D && seen.address == (u32)illegal);
    check("one that titles may not use", guarded(privileged, 0, take) == 0xC0000096);
    check("a trap", guarded(trap, 0, take) == 0x80000003);
    check("a reservation across its word", guarded(reserve, (u32)&word_read + 1, take) == 0x80000002);
    check("a fault in a kernel call", guarded(initialise, 0x40, take) == ACCESS);
    check("is one of its own address", seen.parameter[0] == 1 && seen.parameter[1] == 0x40);
}

static int is_break(void (*routine)(u32), u32 word)
{
    forget();
    return guarded(routine, 0, take) == BREAK && seen.count == 1 && seen.parameter[0] == word;
}

static void check_traps(void)
{
    check("a break point is raised with its instruction", is_break(trap, 0x0FE00000));
    check("the compiler's too", is_break(break_trap, 0x0FE00016) && seen.address == (u32)break_trap);
    check("a check that failed", is_break(check_trap, 0x0FE00019));
    check("a trap that compares", is_break(tweq_trap, 0x7C831808));
    check("the kernel's", is_break(break_by_call, 0x0FE00016));
    forget();
    check("a filter may go on behind it", guarded(break_trap, 0, skip) == 0 && noted_count == 1);
    forget();
    check("a divisor that is good", guarded(divide, 3, take) == 0 && guarded(divide_signed, 3, take) == 0 && !noted[0]);
    check("a division by zero", guarded(divide, 0, take) == 0xC0000094 && seen.count == 0);
    check("of 64 bits", guarded(divide_64, 0, take) == 0xC0000094);
    check("one that overflows", guarded(divide_signed, (u32)-1, take) == 0xC0000095);
}

static void check_output(void)
{
    static const char text[] = "said by a trap\nand more, but not this";
    forget();
    check("text is given by a trap", say_by_trap(text, 23) == (u32)text);
    check("as an assertion too", say_assertion(text, 14) == (u32)text);
    check("none of it", say_by_trap(text, 0) == (u32)text);
    check("which is nowhere", say_by_trap((const char *)0x10, 4) == 0x10);
    check("the length has 16 bits", say_by_trap("short", 0x10005) && noted_count == 0);
}

static void check_statuses(void)
{
    static u32 mutant[8], semaphore[5];
    KeInitializeMutant(mutant, 0);
    KeInitializeSemaphore(semaphore, 1, 2);
    check("a mutant that is not owned raises", guarded(release_mutant, (u32)mutant, take) == 0xC0000046);
    check("a semaphore beyond its limit too", guarded(release_semaphore, (u32)semaphore, take) == 0xC0000047);
    check("which changes nothing", seen.flags == 1 && semaphore[1] == 1);
}

static void check_continuing(void)
{
    forget();
    check("a filter may go on behind it", guarded(write_word, 0x128, skip) == 0 && noted_count == 1);
    word_read = 0;
    check("or have it tried again", guarded(read_word, 0x124, repair) == 0 && word_read == 77);
    struct record record = {.code = STATUS, .count = 1, .parameter = {9}};
    forget();
    check("or behind the call that raised", guarded(raise_record, (u32)&record, go_on) == 0 && !strcmp(noted, "fc"));
    check("which gave what it raised", seen.code == STATUS && seen.count == 1 && seen.parameter[0] == 9);
    check("from its place", seen.address > (u32)raise_record && seen.address < (u32)raise_record + 0x40);
}

static void check_frames(void)
{
    forget();
    check("frames below are undone", guarded(raise_status, STATUS, take) == STATUS && seen.flags == 1);
    check("one keeps its way back in a register", guarded(raise_kept, STATUS, take) == STATUS);
    check("with what they saved", with_values(save_and_raise, STATUS, take) == STATUS);
    forget();
    check("termination handlers run", guarded(raise_finished, STATUS, take) == STATUS);
    check("after the filter, inner ones first", !strcmp(noted, "fi!o!"));
    forget();
    check("what an inner filter leaves", guarded(raise_guarded, STATUS, take) == STATUS);
    check("an outer one is asked", !strcmp(noted, "ff"));
}

static u32 calls;

static void count_call(u32 context)
{
    calls += context;
}

/* Sleeps with an APC that has no handler of its own. */
static u32 sleep_with(void (*routine)(u32), u32 argument)
{
    s64 interval = -10000;
    forget();
    NtQueueApcThread(0xFFFFFFFE, (void *)routine, (void *)argument, NULL, NULL);
    return guarded(sleep_alertably, (u32)&interval, take);
}

static u32 code_within;

static void sleep_within(u32 status)
{
    s64 interval = -10000;
    NtQueueApcThread(0xFFFFFFFE, (void *)raise_status, (void *)status, NULL, NULL);
    code_within = guarded(sleep_alertably, (u32)&interval, take);
}

static void check_callbacks(void)
{
    s64 interval = -10000;
    for (u32 i = 0; i < 40; i++) {
        u32 code = sleep_with(i & 1 ? raise_status : read_word, i & 1 ? STATUS : 0x124);
        if (code != (i & 1 ? STATUS : ACCESS) || noted_count != 1)
            check("what an APC raises is taken by the code it interrupts", 0);
    }
    check("an exception in an APC", seen.code == STATUS);
    sleep_with(raise_finished, STATUS);
    check("undoes its frames", !strcmp(noted, "fi!o!"));
    check("within another", sleep_with(sleep_within, OTHER) == 0 && code_within == OTHER);
    check("then sleep is sleep", guarded(sleep_alertably, (u32)&interval, take) == 0);
    check("and APCs are APCs", sleep_with(count_call, 3) == 0 && calls == 3);
}

/* The first termination handler raises: a new search, from there; then the frames are undone on from behind it. */
static void check_collision(void)
{
    forget();
    in_termination = OTHER;
    check("raised by a termination handler", guarded(raise_twice, STATUS, leave) == 0);
    check("the inner filter takes it too", !strcmp(noted, "fi!fo!"));
    check("as what it is", seen.code == OTHER);
}

static void check_own_handler(void)
{
    forget();
    check("a handler of one's own", caught(raise_status, STATUS) == 7);
    check("undoes frames between", caught(raise_finished, STATUS) == 7 && !strcmp(noted, "i!o!"));
    check("and is left alone", caught(quiet, 0) == 0);
    check("also for a fault", caught(read_word, 0x10) == 7);
    check("and by the other call", caught_2(raise_status, STATUS) == 7);
}

void walk_from(struct context *context, u32 *rows)
{
    static struct context copy;
    u32 in_body = 0, frame = 0, pc = context->iar;
    rows[0] = pc;
    rows[1] = *(u32 *)RtlLookupFunctionEntry((void *)pc);
    copy = *context;
    rows[2] = (u32)RtlVirtualUnwind((void *)(pc - 4), (void *)RtlLookupFunctionEntry((void *)pc), &copy, (u8 *)&in_body,
                                    (void *)&frame, NULL);
    rows[3] = in_body >> 24;
    rows[4] = frame;
    rows[5] = (u32)copy.gpr[1];
    rows[6] = (u32)RtlLookupFunctionEntry((void *)&check);
}

static void check_walking(void)
{
    static struct context context;
    u32 rows[7];
    walk(&context, rows);
    check("a context is captured", rows[0] == (u32)walk_here && context.msr == 0x9030);
    check("its function is found", rows[1] == (u32)walk);
    check("and its caller", rows[2] > (u32)check_walking && rows[2] < (u32)check_walking + 0x100);
    check("whose stack pointer it had", rows[3] == 1 && rows[4] == rows[5] && rows[4] > (u32)context.gpr[1]);
    check("a function without a row", rows[6] == 0);
}

static void check_callers(void)
{
    u32 caller = 0, above = 0, frames[3] = {0}, count = 9;
    middle(&caller, &above, frames, &count);
    check("who called", caller == (u32)middle_here);
    check("and who that", above > (u32)check_callers && above < (u32)check_callers + 0x100);
    check("as far as there are rows",
          count == 3 && frames[0] == (u32)callers_here && frames[1] == caller && frames[2] == above);
}

static void read_settings(char *text, u32 capacity)
{
    char path[] = "game:\\exceptions.cfg";
    struct ansi_string name = {sizeof path - 1, sizeof path, path};
    struct object_attributes attributes = {0, &name, 0x40};
    struct io_status_block io = {0, 0};
    u32 file;
    if (NtOpenFile(&file, 0x80100080, &attributes, &io, 1, 0x20 | 0x40))
        return;
    NtReadFile(file, 0, NULL, NULL, &io, text, capacity, NULL);
    NtClose(file);
}

int main(void)
{
    char text[8] = "";
    check_faults();
    check_traps();
    check_output();
    check_statuses();
    check_continuing();
    check_frames();
    check_collision();
    check_callbacks();
    check_own_handler();
    check_walking();
    check_callers();
    DbgPrint("exceptions: %u failures\n", failures);
    read_settings(text, sizeof text - 1);
    if (!memcmp(text, "leave", 5))
        guarded(read_word, 0x124, leave);
    if (!memcmp(text, "break", 5))
        guarded(break_by_call, 0, leave);
    return (int)failures;
}
