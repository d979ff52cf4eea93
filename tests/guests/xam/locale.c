/* SPDX-License-Identifier: BSD-3-Clause
 * Countries, languages, locales. */
#include "checks.h"

enum { USA = 103, GERMANY = 24, JAPAN = 53, LOCALE_USA = 36, LOCALE_GERMANY = 13, ENGLISH = 1, JAPANESE = 2 };

void check_locale(void)
{
    u16 text[8];
    check("the console's locale", XamGetLocale() == LOCALE_USA);
    check("for who knows it", XamGetLocaleEx(111, 43) == LOCALE_USA);
    check("and by region for who does not", XamGetLocaleEx(10, 10) == LOCALE_USA);
    check("countries of locales",
          XamGetOnlineCountryFromLocale(LOCALE_USA) == USA && XamGetOnlineCountryFromLocale(LOCALE_GERMANY) == GERMANY);
    check("none", XamGetOnlineCountryFromLocale(99) == 0 && XamGetLocaleFromOnlineCountry(250) == 0);
    check("locales of countries",
          XamGetLocaleFromOnlineCountry(USA) == LOCALE_USA && XamGetLocaleFromOnlineCountry(GERMANY) == LOCALE_GERMANY);
    check("without one", XamGetLocaleFromOnlineCountry(3) == 0);
    check("countries on line are the console's", XamGetCountryFromOnlineCountry(USA) == USA);
    check("as far as it has them", XamGetCountryFromOnlineCountry(113) == 0);
    check("a country's letters", XamGetCountryString(JAPAN, 8, text) == SUCCESS && is_wide(text, "JP"));
    check("on line", XamGetOnlineCountryString(111, 8, text) == SUCCESS && is_wide(text, "AF"));
    check("the last", XamGetOnlineCountryString(236, 8, text) == SUCCESS && is_wide(text, "ZZ"));
    check("not one without letters", XamGetCountryString(17, 8, text) == NOT_FOUND);
    check("nor beyond the end", XamGetCountryString(200, 8, text) == NOT_FOUND);
    check("nor in no room", XamGetCountryString(JAPAN, 2, text) == TOO_SMALL);
    check("a language's", XamGetLanguageString(JAPANESE, 8, text) == SUCCESS && is_wide(text, "ja"));
    check("a language's on line", XamGetOnlineLanguageString(22, 8, text) == SUCCESS && is_wide(text, "id"));
    check("a locale's", XamGetLocaleString(LOCALE_GERMANY, 8, text) == SUCCESS && is_wide(text, "DE"));
    check("both", XamGetLanguageLocaleString(ENGLISH, LOCALE_USA, 8, text) == SUCCESS && is_wide(text, "en-US"));
    check("both on line",
          XamGetOnlineLanguageAndCountryString(ENGLISH, USA, 8, text) == SUCCESS && is_wide(text, "en-US"));
    check("languages from on line",
          XamGetLanguageFromOnlineLanguage(JAPANESE) == JAPANESE && XamGetLanguageFromOnlineLanguage(17) == 13);
    check("English for others", XamGetLanguageFromOnlineLanguage(30) == ENGLISH);
}
