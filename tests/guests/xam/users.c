/* SPDX-License-Identifier: BSD-3-Clause
 * The one user, and those who are not there; notifications. */
#include "checks.h"

enum { LOCALLY = 1, OFFLINE = 1, ONLINE = 2, ANY = 0xFF, NOT_LOGGED_ON = 0x4DD, NO_USER = 0x525 };

void check_users(void)
{
    u64 xuid = 0, other = 1;
    u32 value = 9, flags = 9;
    char name[16] = "";
    u16 tag[16];
    u8 info[40];
    check("a user is signed in", XamUserGetSigninState(0) == LOCALLY && XamUserGetSigninState(ANY) == LOCALLY);
    check("the others are not", XamUserGetSigninState(1) == 0 && XamUserGetSigninState(3) == 0);
    check("an identity", XamUserGetXUID(0, OFFLINE, &xuid) == SUCCESS && xuid >> 60 == 0xE);
    check("none on line", XamUserGetXUID(0, ONLINE, &other) == NO_SUCH_USER && other == 0);
    check("none of others", XamUserGetXUID(2, OFFLINE, &other) == NO_SUCH_USER);
    check("nor of pads that are not", XamUserGetXUID(4, OFFLINE, &other) == BAD_ARGUMENT);
    check("the user of an identity", XamUserGetIndexFromXUID(xuid, 0, &value) == SUCCESS && value == 0);
    check("or of nobody's", XamUserGetIndexFromXUID(5, 0, &value) == NO_SUCH_USER);
    check("a name", XamUserGetName(0, name, 16) == SUCCESS && !strcmp(name, "Player"));
    check("cut", XamUserGetName(0, name, 4) == SUCCESS && !strcmp(name, "Pla"));
    check("no name", XamUserGetName(1, name, 16) == NO_SUCH_USER && XamUserGetName(7, name, 16) == BAD_ARGUMENT);
    check("a tag", XamUserGetGamerTag(0, tag, 16) == SUCCESS && is_wide(tag, "Player"));
    check("needs its room", XamUserGetGamerTag(0, tag, 15) == BAD_ARGUMENT);
    check("all at once", XamUserGetSigninInfo(0, 0, info) == SUCCESS && !memcmp(info, &xuid, 8));
    check("with state and name", info[15] == LOCALLY && !strcmp((char *)info + 24, "Player"));
    check("of nobody", XamUserGetSigninInfo(1, 0, info) == NO_SUCH_USER && info[15] == 0);
    check("no privileges", XamUserCheckPrivilege(0, 254, &value) == SUCCESS && value == 0);
    check("of nobody either", XamUserCheckPrivilege(1, 254, &value) == NO_USER);
    check("no account", XamUserGetMembershipTier(0) == 0 && XamUserGetMembershipTierFromXUID(xuid) == 0);
    check("no guest", !XamUserIsGuest(0) && !XamUserIsPartial(0) && !XamUserIsOnlineEnabled(0));
    check("no friends", XamUserAreUsersFriends(0, &xuid, 1, &value, NULL) == NOT_LOGGED_ON && value == 0);
    check("no restrictions", XamUserContentRestrictionGetFlags(0, &flags) == SUCCESS && flags == 0);
    check("nor ratings", XamUserContentRestrictionGetRating(0, 0, &value, &flags) == SUCCESS && value == 0xFF);
    check("all may be seen",
          XamUserContentRestrictionCheckAccess(0, 0, 0, 0, 0, &value, NULL) == SUCCESS && value == 1);
    check("but not by nobody", XamUserContentRestrictionCheckAccess(1, 0, 0, 0, 0, &value, NULL) == NO_USER);
}

enum { SYSTEM = 1, LIVE = 2, UI = 9, SIGNIN_CHANGED = 10, INPUT_CHANGED = 0x12 };

void check_notifications(void)
{
    u32 id = 0, parameter = 0;
    u32 live = XamNotifyCreateListener(LIVE, 0);
    check("a listener", live && !XNotifyGetNext(live, 0, &id, &parameter) && id == 0);
    u32 listener = XamNotifyCreateListener(SYSTEM | LIVE, 0);
    s64 now = 0;
    check("the first hears how things stand", NtWaitForSingleObjectEx(listener, 1, 0, &now) == SUCCESS);
    check("who signed in", XNotifyGetNext(listener, SIGNIN_CHANGED, &id, &parameter) && parameter == 1);
    check("once", !XNotifyGetNext(listener, SIGNIN_CHANGED, &id, NULL) && id == 0);
    check("in order", XNotifyGetNext(listener, 0, &id, &parameter) && id == UI && parameter == 1);
    check("that no system note is there", XNotifyGetNext(listener, 0, &id, &parameter) && id == UI && parameter == 0);
    check("that there are pads", XNotifyGetNext(listener, 0, &id, &parameter) && id == INPUT_CHANGED);
    while (XNotifyGetNext(listener, 0, &id, NULL))
        ;
    check("then nothing", NtWaitForSingleObjectEx(listener, 1, 0, &now) == TIMEOUT);
    u32 second = XamNotifyCreateListenerInternal(SYSTEM, 0, 0);
    check("the second hears nothing", second && !XNotifyGetNext(second, 0, &id, &parameter));
    check("nor do other handles", !XNotifyGetNext(0x1234, 0, &id, &parameter));
    NtClose(live);
    NtClose(listener);
    NtClose(second);
}
