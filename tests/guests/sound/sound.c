/* SPDX-License-Identifier: BSD-3-Clause
 * Checks from inside that the audio driver asks its client for frames in time. Prints a line a check; the exit code is
 * the number of failures. */
#include <xboxkrnl.h>

enum { FRAMES = 30, SAMPLES = 6 * 256, SUCCESS = 0, INVALID_PARAMETER = 0xC000000D, INSUFFICIENT = 0xC000009A };
enum { CONTEXT = 0x1234, AUTO = 1, CLIENTS = 8 };

static u32 failures, driver, calls, wrong;
static float samples[SAMPLES];
static u64 first, last;
static struct {
    u32 words[4];
} event;

static void check(const char *name, int good)
{
    DbgPrint("%s %s\n", good ? "ok" : "FAIL", name);
    failures += !good;
}

/* The argument is where the context stands. */
static void on_frame(const u32 *context)
{
    last = KeQueryInterruptTime();
    if (calls++ == 0)
        first = last;
    wrong += *context != CONTEXT;
    for (u32 i = 0; i < SAMPLES; i++)
        samples[i] = (float)(i + calls) / 4096.0F;
    wrong += XAudioSubmitRenderDriverFrame(driver, samples) != SUCCESS;
    if (calls == FRAMES)
        KeSetEvent(&event, 1, 0);
}

static void check_driver(void)
{
    u32 client[2] = {(u32)on_frame, CONTEXT};
    KeInitializeEvent(&event, AUTO, 0);
    check("a client is registered", XAudioRegisterRenderDriverClient(client, &driver) == SUCCESS);
    check("its name", driver >> 16 == 0x4155);
    KeWaitForSingleObject(&event, 0, 1, 0, NULL);
    u64 passed = last - first;
    check("it is asked for frames", calls == FRAMES && !wrong);
    check("of 256 samples at 48 kHz", passed > (FRAMES - 1) * 52900ull && passed < (FRAMES - 1) * 53800ull);
    check("a client leaves", XAudioUnregisterRenderDriverClient(driver) == SUCCESS);
    u32 before = calls;
    s64 interval = -500000;
    KeDelayExecutionThread(1, 0, &interval);
    check("and is not asked any more", calls == before);
    check("which it can once", XAudioUnregisterRenderDriverClient(driver) == INVALID_PARAMETER);
    check("it has no frames then", XAudioSubmitRenderDriverFrame(driver, samples) == INVALID_PARAMETER);
}

static void on_nothing(const u32 *context)
{
    (void)context;
}

static void check_places(void)
{
    u32 client[2] = {(u32)on_nothing, 0}, drivers[CLIENTS + 1], good = 1;
    for (u32 i = 0; i < CLIENTS; i++)
        good &= XAudioRegisterRenderDriverClient(client, &drivers[i]) == SUCCESS;
    check("eight clients", good && drivers[0] != drivers[CLIENTS - 1]);
    check("not nine", XAudioRegisterRenderDriverClient(client, &drivers[CLIENTS]) == INSUFFICIENT);
    for (u32 i = 0; i < CLIENTS; i++)
        XAudioUnregisterRenderDriverClient(drivers[i]);
}

static void check_settings(void)
{
    u32 config = 0, mask = 1, volume = 0;
    check("the speakers", XAudioGetSpeakerConfig(&config) == SUCCESS && config == 0x00010001);
    check("volumes do not change", XAudioGetVoiceCategoryVolumeChangeMask(driver, &mask) == SUCCESS && mask == 0);
    check("they are full", XAudioGetVoiceCategoryVolume(0, &volume) == SUCCESS && volume == 0x3F800000);
}

enum { INIT_WORDS = 14, CONTEXTS = 320, XMA_CONTEXTS = 0x600 };

static u32 xma_register(u32 number)
{
    return __builtin_bswap32(*(volatile u32 *)(0x7FEA0000 + number * 4));
}

static void check_buffers(u32 *context, u32 *buffer)
{
    check("buffers are not valid at first",
          !XMAIsInputBuffer0Valid(context) && !XMAIsInputBuffer1Valid(context) && !XMAIsOutputBufferValid(context));
    XMASetInputBuffer0Valid(context);
    check("but when they are told to be", XMAIsInputBuffer0Valid(context) && !XMAIsInputBuffer1Valid(context));
    XMASetInputBuffer1Valid(context);
    XMASetOutputBufferValid(context);
    check("each", XMAIsInputBuffer1Valid(context) && XMAIsOutputBufferValid(context));
    XMASetInputBufferReadOffset(context, 0x1234567);
    XMASetOutputBufferReadOffset(context, 9);
    check("places in them", XMAGetInputBufferReadOffset(context) == 0x1234567 &&
                                XMAGetOutputBufferReadOffset(context) == 9 &&
                                XMAGetOutputBufferWriteOffset(context) == 0);
    check("other buffers", XMASetInputBuffer0(context, buffer, 5) == SUCCESS && (context[0] & 0xFFF) == 5 &&
                               XMASetInputBuffer1(context, buffer, 6) == SUCCESS && (context[1] & 0xFFF) == 6);
    check("of physical memory alone", XMASetInputBuffer0(context, (void *)0x1000, 5) == INVALID_PARAMETER);
    u32 loop[3] = {100, 200, 7u << 24};
    check("a loop", XMASetLoopData(context, loop) == SUCCESS && context[3] == 100 && context[4] == 200 &&
                        (context[0] >> 12 & 0xFF) == 7);
    check("nothing decoded", XMAGetPacketMetadata(context) == 0);
}

static void check_xma(void)
{
    u32 *buffer = MmAllocatePhysicalMemoryEx(0, 4096, 4, 0, 0xFFFFFFFF, 4096);
    u32 *context = NULL, *other = NULL;
    check("a context", XMACreateContext((void *)&context) == SUCCESS && context);
    check("another", XMACreateContext((void *)&other) == SUCCESS && other != context);
    check("in the decoder's array",
          MmGetPhysicalAddress(context) - xma_register(XMA_CONTEXTS) < CONTEXTS * 64 && (u32)context % 64 == 0);
    u32 init[INIT_WORDS] = {(u32)buffer, 3, 0, 0, 32, (u32)buffer, 8, 0, 4, 2, 1};
    check("is set up", XMAInitializeContext(context, init) == SUCCESS);
    check("with physical addresses", context[5] == MmGetPhysicalAddress(buffer) && context[6] == 0);
    check("packets, blocks, place", (context[0] & 0xFFF) == 3 && (context[0] >> 22 & 31) == 8 && context[2] == 32);
    check_buffers(context, buffer);
    check("it goes", XMAReleaseContext(context) == SUCCESS && XMAReleaseContext(context) == INVALID_PARAMETER);
    check("and comes again", XMACreateContext((void *)&buffer) == SUCCESS && buffer == context && context[5] == 0);
    check("no other memory is one", XMAReleaseContext(init) == INVALID_PARAMETER);
}

int main(void)
{
    check_xma();
    check_driver();
    check_places();
    check_settings();
    DbgPrint("sound: %u failures\n", failures);
    return (int)failures;
}
