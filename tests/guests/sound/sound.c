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

int main(void)
{
    check_driver();
    check_places();
    check_settings();
    DbgPrint("sound: %u failures\n", failures);
    return (int)failures;
}
