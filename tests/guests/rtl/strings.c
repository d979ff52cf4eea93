/* SPDX-License-Identifier: BSD-3-Clause
 * Counted strings of bytes and of Unicode. */
#include "rtl.h"

static int same(const struct ansi_string *s, const char *text)
{
    return s->length == strlen(text) && !memcmp(s->text, text, s->length);
}

static int same_wide(const struct unicode_string *s, const char *text)
{
    u32 length = (u32)strlen(text), good = s->length == 2 * length;
    for (u32 i = 0; good && i < length; i++)
        good = s->text[i] == (u8)text[i];
    return (int)good;
}

void check_strings(void)
{
    char room[12] = "";
    struct ansi_string target = {0, sizeof room, room}, a, b, none;
    RtlInitAnsiString(&a, "hello");
    RtlInitAnsiString(&none, NULL);
    check("a string knows its size", a.length == 5 && a.capacity == 6 && none.length == 0 && none.text == NULL);
    RtlCopyString(&target, &a);
    check("is copied", same(&target, "hello"));
    check("is appended to", RtlAppendStringToString(&target, &a) == 0 && same(&target, "hellohello"));
    check("as far as there is room", RtlAppendStringToString(&target, &a) == 0xC0000023 && same(&target, "hellohello"));
    RtlInitAnsiString(&b, "HELLO");
    check("is compared", RtlCompareString(&a, &b, 0) > 0 && RtlCompareString(&a, &b, 1) == 0);
    check("in part", RtlCompareStringN("abcx", 3, "ABCy", 3, 1) == 0 && RtlCompareStringN("abc", 3, "abd", 3, 0) < 0);
    check("letters", RtlUpperChar('a') == 'A' && RtlUpperChar('1') == '1' && RtlLowerChar('Z') == 'z');
}

void check_unicode(void)
{
    u16 room[16] = {0};
    static const u16 words[] = {'w', 'o', 'r', 'd', 's', 0};
    struct unicode_string target = {0, sizeof room, room}, source, made = {0, 0, NULL};
    struct ansi_string bytes, back = {0, 0, NULL};
    RtlInitUnicodeString(&source, words);
    check("a wide string knows its size", source.length == 10 && source.capacity == 12);
    RtlCopyUnicodeString(&target, &source);
    check("is copied, wide", same_wide(&target, "words"));
    check("is appended to, wide", RtlAppendUnicodeToString(&target, words) == 0 && same_wide(&target, "wordswords"));
    check("by another string", RtlAppendUnicodeStringToString(&target, &source) == 0 && target.length == 30);
    check("as far as there is room, wide", RtlAppendUnicodeToString(&target, words) == 0xC0000023);
    check("one is made", RtlCreateUnicodeString(&made, words) == 1 && same_wide(&made, "words") && made.text != words);
    RtlFreeUnicodeString(&made);
    check("and freed", made.text == NULL && made.length == 0);
    RtlInitAnsiString(&bytes, "bytes");
    check("bytes become wide", RtlAnsiStringToUnicodeString(&made, &bytes, 1) == 0 && same_wide(&made, "bytes"));
    check("and bytes again", RtlUnicodeStringToAnsiString(&back, &made, 1) == 0 && same(&back, "bytes"));
    RtlFreeAnsiString(&back);
    RtlFreeUnicodeString(&made);
    check("both are freed", back.text == NULL && made.text == NULL);
    u32 size = 0;
    char narrow[8] = "";
    u16 wide[8] = {0};
    check("sizes are told", RtlMultiByteToUnicodeSize(&size, "abc", 3) == 0 && size == 6);
    check("both ways", RtlUnicodeToMultiByteSize(&size, words, 10) == 0 && size == 5);
    check("pieces become wide",
          RtlMultiByteToUnicodeN(wide, 6, &size, "abcd", 4) == 0 && size == 6 && wide[2] == 'c' && !wide[3]);
    check("and narrow",
          RtlUnicodeToMultiByteN(narrow, 3, &size, words, 10) == 0 && size == 3 && !strcmp(narrow, "wor"));
}
