/* SPDX-License-Identifier: BSD-3-Clause
 * Countries, languages and locales by the console's numbers: two letters each, `--` where there is none. */
#include "emu/kernel/xam.h"
#include "emu/memory/memory.h"

enum { COUNTRY_USA = 103, COUNTRY_LAST = 111, LOCALE_LAST = 43, LOCALE_JAPAN = 20, LOCALE_KOREA = 21 };
enum { LOCALE_BRITAIN = 35, LOCALE_USA = 36, ONLINE_LAST = 236, CODE = 2 };

/* Countries from 0; on line, those from 111 on follow. */
static const char countries[] =
    "ZZAEALAMARATAUAZBEBGBHBNBOBRBYBZCA--CHCLCNCOCRCZDEDKDODZECEEEGESFIFOFRGBGEGRGTHKHNHRHUIDIE"
    "ILINIQIRISITJMJOJPKEKGKRKWKZLBLILTLULVLYMAMCMKMNMOMVMXMYNINLNONZOMPAPEPHPKPLPRPTPYQARORUSA"
    "SESGSISK--SVSYTHTNTRTTTWUAUSUYUZVEVNYEZAZWZZ";
static const char online[] =
    "AF--ADAOAI--AGAWBSBDBBBJBMBTBABWBFBIKHCMCVKYCFTDCXCCKMCGCDCKCICYDJDM--GQERETFKFJGFPFGAGMGHGIGL"
    "GDGP--GGGNGWGYHTJEKILALSLRMGMWMLMTMHMQMRMUYTFMMDMEMSMZMMNANRNPANNCNENGNUNF--PWPSPGPNRERWWSSMST"
    "SNRSSCSLSBSOLKSHKNLCPMVCSRSZTJTZTLTGTKTOTMTCTVUGVUVA--VGWFEHZMZZ";
static const char languages[] = "zzenjadefresitkozhpt--plrusvtrnbnlzh";
static const char online_languages[] =
    "zzenjadefresitkozhptzhplrudafinbnlsvcselhuskidmsarbgethrheiskkltlvroslthtrukvipssqhybnbekm"
    "amfokaklswkylbmkmtmnneurrwwositk";
static const char locales[] =
    "ZZAUATBEBRCACLCNCOCZDKFIFRDEGRHKHUINIEITJPKRMXNLNZNOPLPTSGSKZAESSECHTWGBUSRUZZTRARSAILAE";

static bool find(const char *table, size_t size, u32 id, char code[CODE + 1])
{
    if (id >= (size - 1) / CODE || table[id * CODE] == '-')
        return false;
    memcpy(code, table + id * CODE, CODE);
    code[CODE] = '\0';
    return true;
}

static bool find_online(u32 id, char code[CODE + 1])
{
    if (id < COUNTRY_LAST)
        return find(countries, sizeof countries, id, code);
    return find(online, sizeof online, id - COUNTRY_LAST, code);
}

/* The locale of a country: the one with its letters. 0: none. */
static u32 locale_of(u32 country)
{
    char code[CODE + 1], other[CODE + 1];
    if (!find_online(country, code) || country == 0)
        return 0;
    if (strcmp(code, "ZZ") == 0)
        return 38;
    for (u32 locale = 1; locale <= LOCALE_LAST; locale++) {
        if (find(locales, sizeof locales, locale, other) && strcmp(code, other) == 0)
            return locale;
    }
    return 0;
}

/* The user's country says, if the caller knows it and its locale; else the console's region. */
static u32 locale(const struct kcall *k, u32 max_country, u32 max_locale)
{
    u32 region = k->m->setting[SETTING_REGION];
    u32 found = locale_of(COUNTRY_USA);
    if (max_country >= COUNTRY_USA && found <= max_locale)
        return found;
    if ((region >> 8 & 0xFF) == 1)
        return region == 0x101 ? LOCALE_JAPAN : LOCALE_KOREA;
    return (region >> 8 & 0xFF) == 2 ? LOCALE_BRITAIN : LOCALE_USA;
}

u64 xam_XamGetLocale(struct kcall *k)
{
    return locale(k, COUNTRY_LAST, LOCALE_LAST);
}

u64 xam_XamGetLocaleEx(struct kcall *k)
{
    return locale(k, kcall_u32(k, 0) & 0xFF, kcall_u32(k, 1) & 0xFF);
}

u64 xam_XamGetOnlineCountryFromLocale(struct kcall *k)
{
    char code[CODE + 1], other[CODE + 1];
    if (!find(locales, sizeof locales, kcall_u32(k, 0), code))
        return 0;
    if (kcall_u32(k, 0) == 0)
        return 2;
    for (u32 country = 1; country <= ONLINE_LAST; country++) {
        if (find_online(country, other) && strcmp(code, other) == 0)
            return country;
    }
    return 0;
}

u64 xam_XamGetLocaleFromOnlineCountry(struct kcall *k)
{
    return locale_of(kcall_u32(k, 0) & 0xFF);
}

/* The same numbers, as far as the console has them itself. */
u64 xam_XamGetCountryFromOnlineCountry(struct kcall *k)
{
    u32 country = kcall_u32(k, 0) & 0xFF;
    char code[CODE + 1];
    if (country == ONLINE_LAST)
        return COUNTRY_LAST;
    return country < COUNTRY_LAST && find(countries, sizeof countries, country, code) ? country : 0;
}

static u64 give(struct kcall *k, bool found, const char *text, u32 count, u32 out)
{
    return xam_give_wide(k, kcall_u32(k, out), kcall_u32(k, count), found ? text : NULL);
}

u64 xam_XamGetOnlineCountryString(struct kcall *k)
{
    char code[CODE + 1];
    bool found = find_online(kcall_u32(k, 0) & 0xFF, code);
    return give(k, found, code, 1, 2);
}

u64 xam_XamGetCountryString(struct kcall *k)
{
    char code[CODE + 1];
    bool found = find(countries, sizeof countries, kcall_u32(k, 0) & 0xFF, code);
    return give(k, found, code, 1, 2);
}

u64 xam_XamGetLanguageString(struct kcall *k)
{
    char code[CODE + 1];
    bool found = find(languages, sizeof languages, kcall_u32(k, 0) & 0xFF, code);
    return give(k, found, code, 1, 2);
}

u64 xam_XamGetOnlineLanguageString(struct kcall *k)
{
    char code[CODE + 1];
    bool found = find(online_languages, sizeof online_languages, kcall_u32(k, 0) & 0xFF, code);
    return give(k, found, code, 1, 2);
}

u64 xam_XamGetLocaleString(struct kcall *k)
{
    char code[CODE + 1];
    bool found = find(locales, sizeof locales, kcall_u32(k, 0) & 0xFF, code);
    return give(k, found, code, 1, 2);
}

/* "en-US" of two codes. */
static void join(char text[2 * CODE + 2], const char *language, const char *place)
{
    memcpy(text, language, CODE);
    text[CODE] = '-';
    memcpy(text + CODE + 1, place, CODE + 1);
}

u64 xam_XamGetLanguageLocaleString(struct kcall *k)
{
    char language[CODE + 1] = "", place[CODE + 1] = "", text[2 * CODE + 2];
    bool found = find(languages, sizeof languages, kcall_u32(k, 0) & 0xFF, language) &&
                 find(locales, sizeof locales, kcall_u32(k, 1) & 0xFF, place);
    join(text, language, place);
    return give(k, found, text, 2, 3);
}

u64 xam_XamGetOnlineLanguageAndCountryString(struct kcall *k)
{
    char language[CODE + 1] = "", place[CODE + 1] = "", text[2 * CODE + 2];
    bool found = find(online_languages, sizeof online_languages, kcall_u32(k, 0) & 0xFF, language) &&
                 find_online(kcall_u32(k, 1) & 0xFF, place);
    join(text, language, place);
    return give(k, found, text, 2, 3);
}

/* The console's languages by their numbers on line; English for those that it does not speak. */
u64 xam_XamGetLanguageFromOnlineLanguage(struct kcall *k)
{
    static const struct {
        u8 online;
        u8 language;
    } moved[] = {{10, 17}, {13, 1}, {14, 1}, {17, 13}, {36, 14}};
    u32 id = kcall_u32(k, 0) & 0xFF;
    if (id >= (sizeof online_languages - 1) / CODE)
        return 0;
    for (u32 i = 0; i < countof(moved); i++) {
        if (moved[i].online == id)
            return moved[i].language;
    }
    return id <= 16 ? id : 1;
}
