/* SPDX-License-Identifier: BSD-3-Clause
 * The user's settings: defaults, what is written, sizes; and small calls that have nothing to show but their result. */
#include "checks.h"

enum {
    TITLE = 0,
    VIBRATION = 0x10040003,
    MOTTO = 0x402C0011,
    OWN = 0x63E83FFF,
    OTHER = 0x63E83FFE,
    VOLUME = 0x1004000E
};
enum { FROM_NOWHERE, FROM_DEFAULT, FROM_TITLE, NO_USER = 0x525, SMALL = 0x7A };

struct setting {
    u32 source, zero0;
    u64 whose;
    u32 id, zero1;
    u8 type, zero2[7];
    u32 value, address;
};
struct answer {
    u32 count;
    struct setting *settings;
    u8 rest[4096];
};

static struct answer answer;

static u32 read_one(u32 user, u32 id, u32 size)
{
    memset(&answer, 0xEE, sizeof answer);
    return XamUserReadProfileSettings(TITLE, user, 0, NULL, 1, (u8 *)&id, &size, (u8 *)&answer, NULL);
}

static u32 write_one(u32 user, u32 id, u32 type, u32 value, const void *bytes)
{
    struct setting setting = {.id = id, .type = (u8)type, .value = value, .address = (u32)bytes};
    return XamUserWriteProfileSettings(TITLE, user, 1, (u8 *)&setting, NULL);
}

static void check_sizes(void)
{
    u32 ids[3] = {VIBRATION, MOTTO, OWN}, size = 0;
    check("a size is asked", XamUserReadProfileSettings(TITLE, 0, 0, NULL, 3, (u8 *)ids, &size, NULL, NULL) == SMALL &&
                                 size == 8 + 3 * 40 + 0x2C + 0x3E8);
    size--;
    check("less is too little",
          XamUserReadProfileSettings(TITLE, 0, 0, NULL, 3, (u8 *)ids, &size, (u8 *)&answer, NULL) == SMALL);
    size++;
    check("all three",
          XamUserReadProfileSettings(TITLE, 0, 0, NULL, 3, (u8 *)ids, &size, (u8 *)&answer, NULL) == SUCCESS &&
              answer.count == 3 && answer.settings == (void *)answer.rest);
    check("in their order", answer.settings[0].id == VIBRATION && answer.settings[1].id == MOTTO &&
                                answer.settings[2].id == OWN && answer.settings[2].type == 6);
    check("none is too few",
          XamUserReadProfileSettings(TITLE, 0, 0, NULL, 0, (u8 *)ids, &size, (u8 *)&answer, NULL) == INVALID_PARAMETER);
    check("33 are too many", XamUserReadProfileSettings(TITLE, 0, 0, NULL, 33, (u8 *)ids, &size, (u8 *)&answer, NULL) ==
                                 INVALID_PARAMETER);
}

void check_settings(void)
{
    static const u8 save[5] = {1, 2, 3, 4, 5};
    struct overlapped io = {.result = 9};
    u32 size = sizeof answer, id = VIBRATION;
    u64 xuid = 0;
    check_sizes();
    check("a default", read_one(0, VIBRATION, sizeof answer) == SUCCESS && answer.settings->source == FROM_DEFAULT &&
                           answer.settings->value == 3);
    check("nothing", read_one(0, OWN, sizeof answer) == SUCCESS && answer.settings->source == FROM_NOWHERE &&
                         answer.settings->value == 0 && answer.settings->address == 0);
    check("is written", write_one(0, OWN, 6, 5, save) == SUCCESS);
    check("and read", read_one(0, OWN, sizeof answer) == SUCCESS && answer.settings->source == FROM_TITLE &&
                          answer.settings->value == 5 && !memcmp((void *)answer.settings->address, save, 5));
    check("another is not", read_one(0, OTHER, sizeof answer) == SUCCESS && answer.settings->source == FROM_NOWHERE);
    check("shorter", write_one(0, OWN, 6, 2, save + 3) == SUCCESS && read_one(0, OWN, sizeof answer) == SUCCESS &&
                         answer.settings->value == 2 && *(u8 *)answer.settings->address == 4);
    check("a number", write_one(0, VOLUME, 1, 55, NULL) == SUCCESS && read_one(0, VOLUME, sizeof answer) == SUCCESS &&
                          answer.settings->value == 55);
    check("of another type", write_one(0, VOLUME, 6, 5, save) == INVALID_PARAMETER);
    check("too long", write_one(0, OWN, 6, 0x3E9, &answer) == INVALID_PARAMETER);
    check("from nowhere", write_one(0, OWN, 6, 5, NULL) == INVALID_PARAMETER);
    check("nobody has settings",
          read_one(1, VIBRATION, sizeof answer) == NO_USER && write_one(1, VOLUME, 1, 5, NULL) == NO_USER);
    XamUserGetXUID(0, 1, &xuid);
    check("by identity, later",
          XamUserReadProfileSettings(TITLE, 0, 1, (u8 *)&xuid, 1, (u8 *)&id, &size, (u8 *)&answer, &io) == IO_PENDING &&
              io.result == SUCCESS && answer.settings->whose == xuid);
    xuid++;
    check("nobody has that identity",
          XamUserReadProfileSettings(TITLE, 0, 1, (u8 *)&xuid, 1, (u8 *)&id, &size, (u8 *)&answer, NULL) == NO_USER);
    memset(&answer, 0xEE, sizeof answer);
    io.result = 9;
    check("by the other call, too",
          XamUserReadProfileSettingsEx(TITLE, 0, 0, NULL, 1, (u8 *)&id, &size, 0, (u8 *)&answer, &io) == IO_PENDING &&
              io.result == SUCCESS && answer.count == 1 && answer.settings->id == VIBRATION &&
              answer.settings->value == 3);
}

void check_small_calls(void)
{
    u8 vibration[4] = {0xFF, 0xFF, 0, 0};
    struct overlapped io = {.result = 0};
    check("no motor without a pad", XamInputSetState(1, 0, vibration) == NOT_CONNECTED);
    check("nothing to cancel", XMsgCancelIORequest(&io, 0) == SUCCESS && io.result == 0);
    check("a task may go on", !XamTaskShouldExit(0));
    check("the console stays awake", XamEnableInactivityProcessing(1, 0) == SUCCESS && XamResetInactivity() == SUCCESS);
    check("notes are later", XNotifyDelayUI(100) == SUCCESS);
    XNotifyPositionUI(5);
    check("a console of a shop", XamGetStagingMode() == 0);
}
