/* SPDX-License-Identifier: BSD-3-Clause
 * Messages to the system's apps, the music player, screens of the system and what they tell. */
#include "checks.h"

enum { MUSIC = 0xFA, GAME = 0xFB, ONLINE = 0xFC, FAIL = 0x80004005, AREA_SYSTEM = 1, AREA_MUSIC = 0x20 };
enum { PLAY = 0x70002, PAUSE = 0x70005, NEXT = 0x70006, STOP = 0x70004, STATE = 0x70009, LIST = 0x7000D };
enum { DELETE = 0x70013, CONTROLLER = 0x7001A, BEHAVIOUR = 0x70008, GET_BEHAVIOUR = 0x70029, SIZE = 0x7002E };
enum { STATE_CHANGED = 0x0A000001, BEHAVIOUR_CHANGED = 0x0A000002, CONTROLLER_CHANGED = 0x0A000003 };

static u32 heard(u32 listener, u32 id, u32 parameter)
{
    u32 got = 0, value = 0;
    return XNotifyGetNext(listener, id, &got, &value) && got == id && value == parameter;
}

static u32 tell(u32 message, u32 a, u32 b, u32 c)
{
    u32 buffer[9] = {2, a, b, c};
    return XMsgInProcessCall(MUSIC, message, (u32)buffer, 0);
}

static u32 state(void)
{
    u32 now = 9;
    return tell(STATE, (u32)&now, 0, 0) == SUCCESS ? now : 9;
}

static void check_music(void)
{
    u32 listener = XamNotifyCreateListener(AREA_MUSIC, 0), deaf = XamNotifyCreateListener(2, 0), id;
    u32 size = 0, storage[65] = {0}, songs[3] = {0}, out = 0, mode = 7, repeat = 7;
    u32 make[9] = {2, (u32)storage, 260, 0, 3, 0, 0, (u32)songs, (u32)&out};
    s64 now = 0;
    check("the music player rests", state() == 0);
    check("a list of two songs", tell(SIZE, 2, (u32)&size, 0) == SUCCESS && size == 260);
    check("is made", XMsgInProcessCall(MUSIC, LIST, (u32)make, 36) == SUCCESS && out == (u32)storage && storage[0]);
    check("each song has a handle", songs[0] && songs[1] == songs[0] + 1 && songs[2] == songs[0] + 2);
    check("nobody heard anything", NtWaitForSingleObjectEx(listener, 1, 0, &now) == TIMEOUT);
    check("it plays", tell(PLAY, (u32)storage, 0, 0) == SUCCESS && state() == 1);
    check("who listens is woken", NtWaitForSingleObjectEx(listener, 1, 0, &now) == SUCCESS);
    check("and told", heard(listener, STATE_CHANGED, 1) && heard(listener, BEHAVIOUR_CHANGED, 1));
    check("other areas are not", !XNotifyGetNext(deaf, 0, &id, NULL));
    check("it waits", tell(PAUSE, 0, 0, 0) == SUCCESS && state() == 2 && heard(listener, STATE_CHANGED, 2));
    check("the next song plays", tell(NEXT, 0, 0, 0) == SUCCESS && state() == 1);
    check("behaviour is kept", tell(BEHAVIOUR, 3, 1, 0) == SUCCESS &&
                                   tell(GET_BEHAVIOUR, (u32)&mode, (u32)&repeat, 0) == SUCCESS && mode == 3 &&
                                   repeat == 1 && heard(listener, BEHAVIOUR_CHANGED, 0));
    check("the title has the say", tell(CONTROLLER, 0, 1, 0) == SUCCESS && heard(listener, CONTROLLER_CHANGED, 0));
    check("without its list it rests", tell(DELETE, (u32)storage, 0, 0) == SUCCESS && state() == 0);
    check("which is gone",
          tell(PLAY, (u32)storage, 0, 0) == NOT_FOUND && tell(DELETE, (u32)storage, 0, 0) == NOT_FOUND);
    check("there is no next", tell(NEXT, 0, 0, 0) == NOT_FOUND && tell(STOP, 0, 0, 0) == SUCCESS);
    check("an unknown message fails", tell(0x7FFFF, 0, 0, 0) == FAIL);
    NtClose(listener);
    NtClose(deaf);
}

static void check_apps(void)
{
    u32 set[6] = {0, 0, 0, 0, 0x8001, 5}, asked[2] = {0x8001, 9}, get[8] = {0, 0, 0, 0, (u32)asked}, value = 0;
    struct overlapped io = {.result = 9};
    check("a context", XMsgInProcessCall(GAME, 0xB0006, (u32)set, 24) == SUCCESS);
    check("is kept", XMsgInProcessCall(GAME, 0xB0041, (u32)get, 32) == SUCCESS && asked[1] == 5);
    set[5] = 6;
    check("and replaced", XMsgInProcessCall(GAME, 0xB0006, (u32)set, 24) == SUCCESS &&
                              XMsgInProcessCall(GAME, 0xB0041, (u32)get, 32) == SUCCESS && asked[1] == 6);
    asked[0] = 0x8002;
    check("others are 0", XMsgInProcessCall(GAME, 0xB0041, (u32)get, 32) == SUCCESS && asked[1] == 0);
    check("the service is not there", XMsgInProcessCall(ONLINE, 0x58007, (u32)&value, 0) == 0x80151802);
    check("a request that is over", XMsgStartIORequest(GAME, 0xB0071, &io, NULL, 0) == IO_PENDING && io.result == 0);
    check("one that failed",
          XMsgStartIORequest(GAME, 0xBFFFF, &io, NULL, 0) == IO_PENDING && io.result == FAIL && io.extended == FAIL);
    check("or at once", XMsgStartIORequest(GAME, 0xB0071, NULL, NULL, 0) == SUCCESS && GetLastError() == 0);
    check("to nobody", XMsgStartIORequest(0x12, 1, NULL, NULL, 0) == BAD_ARGUMENT && GetLastError() == 0x490);
    check("nobody is found", XMsgInProcessCall(0xFD, 1, 0, 0) == NOT_FOUND);
}

static u32 came_and_went(u32 listener)
{
    return heard(listener, 9, 1) && heard(listener, 9, 0);
}

static void check_screens(void)
{
    static const u16 text[] = {'h', 'e', 'l', 'l', 'o', 0};
    u32 listener = XamNotifyCreateListener(AREA_SYSTEM, 0), chosen = 9, id, device = 0;
    u16 typed[8] = {9, 9, 9, 9, 9, 9, 9, 9};
    u32 buttons[2] = {(u32)text, (u32)text};
    struct overlapped io = {.result = 9};
    while (XNotifyGetNext(listener, 0, &id, NULL))
        ;
    check("a message", XamShowMessageBoxUI(0, text, text, 2, (u8 *)buttons, 1, 0, &chosen, &io) == IO_PENDING);
    check("has its first choice", chosen == 1 && io.result == 0 && came_and_went(listener));
    chosen = 9;
    check("by the other call, too",
          XamShowMessageBoxUIEx(0, text, text, 2, (u8 *)buttons, 1, 0, 0, &chosen, &io) == IO_PENDING && chosen == 1 &&
              came_and_went(listener));
    check("a device", XamShowDeviceSelectorUI(0, 1, 0, 1000, &device, &io) == IO_PENDING && device == 1);
    check("was chosen", came_and_went(listener) && !XamIsUIActive());
    check("a text", XamShowKeyboardUI(0, 0, text, text, text, (u8 *)typed, 8, &io) == IO_PENDING && io.result == 0);
    check("is what stood there", is_wide(typed, "hello") && typed[7] == 0 && came_and_went(listener));
    check("as far as it fits", XamShowKeyboardUI(0, 0, text, NULL, NULL, (u8 *)typed, 4, &io) == IO_PENDING &&
                                   is_wide(typed, "hel") && came_and_went(listener));
    check("not without room", XamShowKeyboardUI(0, 0, text, text, text, NULL, 8, &io) == INVALID_PARAMETER &&
                                  XamShowKeyboardUI(0, 0, text, text, text, (u8 *)typed, 0, &io) == INVALID_PARAMETER);
    check("and nothing was shown", !XNotifyGetNext(listener, 9, &id, NULL));
    check("users", XamShowSigninUI(1, 0) == SUCCESS && came_and_went(listener));
    check("again", XamShowSigninUIp(0, 1, 0) == SUCCESS && came_and_went(listener));
    check("achievements", XamShowAchievementsUI(0, 0) == SUCCESS && came_and_went(listener));
    check("cards", XamShowGamerCardUI(0) == SUCCESS && XamShowGamerCardUIForXUID(0, 1) == SUCCESS &&
                       came_and_went(listener) && came_and_went(listener));
    check("people", XamShowFriendsUI(0) == SUCCESS && XamShowMessagesUI(0) == SUCCESS &&
                        XamShowPlayersUI(0) == SUCCESS && came_and_went(listener));
    check("the shop and the guide", XamShowMarketplaceUI(0, 0, 0, 0) == SUCCESS && XamShowGuideUI(0) == SUCCESS);
    NtClose(listener);
}

static void check_absent(void)
{
    u8 camera[24];
    u32 users = 0, voice = 1;
    memset(camera, 9, sizeof camera);
    XamNuiGetDeviceStatus(camera);
    check("no camera", camera[0] == 0 && camera[15] == 0);
    check("no headset", !XamVoiceHeadsetPresent(NULL) && !XamVoiceIsActiveProcess());
    check("no voice", XamVoiceCreate(0, 15, (void **)&voice) != SUCCESS && voice == 0);
    check("no party", XamPartyGetUserList(0, &users) == 0x807D0003);
}

void check_messages(void)
{
    check_music();
    check_apps();
    check_screens();
    check_absent();
}
