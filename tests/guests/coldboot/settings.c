/* SPDX-License-Identifier: BSD-3-Clause
 * The settings: `key=value` lines of game:\coldboot.cfg. `#` begins a comment; unknown keys are named and passed over.
 */
#include "coldboot.h"

struct settings settings = {.items = 24, .frames = 20, .jobs = 12, .misbehave = MISBEHAVE_NONE};

static const char *const misbehaviours[MISBEHAVIOURS] = {
    "none",         "worker-not-resumed", "lost-wakeup",     "lock-order",
    "missed-timer", "uninitialised-flag", "semaphore-limit", "stale-cache",
};

static bool equal(const char *text, u32 length, const char *word)
{
    u32 i = 0;
    while (i < length && word[i] && text[i] == word[i])
        i++;
    return i == length && !word[i];
}

static u32 number(const char *text, u32 length, u32 most)
{
    u32 value = 0;
    for (u32 i = 0; i < length && text[i] >= '0' && text[i] <= '9' && value <= most; i++)
        value = value * 10 + (u32)(text[i] - '0');
    return value > most ? most : value;
}

static void set(const char *key, u32 key_length, const char *value, u32 length)
{
    if (equal(key, key_length, "items")) {
        settings.items = number(value, length, ITEMS_MAX);
    } else if (equal(key, key_length, "frames")) {
        settings.frames = number(value, length, 100000);
    } else if (equal(key, key_length, "jobs")) {
        settings.jobs = number(value, length, 64);
    } else if (equal(key, key_length, "misbehave")) {
        for (u32 i = 0; i < MISBEHAVIOURS; i++)
            if (equal(value, length, misbehaviours[i]))
                settings.misbehave = i;
    } else {
        DbgPrint("coldboot: a key of coldboot.cfg is unknown\n");
    }
}

static void set_line(const char *line, u32 length)
{
    u32 equals = 0;
    while (length && (line[length - 1] == '\r' || line[length - 1] == ' '))
        length--;
    while (equals < length && line[equals] != '=')
        equals++;
    if (equals < length && line[0] != '#')
        set(line, equals, line + equals + 1, length - equals - 1);
}

bool settings_load(void)
{
    static char text[2048];
    u32 size = 0;
    u32 status = file_read("game:\\coldboot.cfg", text, sizeof text, &size);
    if (status) {
        DbgPrint("coldboot: no coldboot.cfg: error %u\n", RtlNtStatusToDosError(status));
        return false;
    }
    for (u32 at = 0; at < size;) {
        u32 end = at;
        while (end < size && text[end] != '\n')
            end++;
        set_line(text + at, end - at);
        at = end + 1;
    }
    DbgPrint("coldboot: items %u, frames %u, jobs %u, misbehave %s\n", settings.items, settings.frames, settings.jobs,
             misbehaviours[settings.misbehave]);
    return true;
}
