/* SPDX-License-Identifier: BSD-3-Clause
 * Names beside addresses in text (diff/symbols.h). */
#include "diff/symbols.h"

enum { DIGITS = 8 };

static void print_name(struct symbols *s, u32 inside, const char *name, bool is_wrapper, FILE *out)
{
    struct symbols_function function;
    if (!name)
        return;
    fprintf(out, is_wrapper ? " (%s, wrapper" : " (%s", name);
    if (symbols_function(s, inside, &function) && function.note)
        fprintf(out, ", note %s", function.note);
    fputc(')', out);
}

void symbols_print(struct symbols *s, u32 address, FILE *out)
{
    char name[SYMBOLS_TEXT];
    print_name(s, address, symbols_find_name(s, address, name, sizeof name), false, out);
}

void symbols_print_return(struct symbols *s, u32 lr, FILE *out)
{
    char name[SYMBOLS_TEXT];
    struct symbols_wrapper wrapper;
    print_name(s, lr - 4, symbols_find_return_name(s, lr, name, sizeof name), symbols_wrapper(s, lr, &wrapper), out);
}

static bool is_word_char(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
}

/* "0x" and exactly eight digits. */
static bool read_address(const char *text, u32 *address)
{
    if (text[0] != '0' || text[1] != 'x')
        return false;
    *address = 0;
    for (u32 i = 0; i < DIGITS; i++) {
        char c = text[2 + i];
        u32 digit = c >= '0' && c <= '9' ? (u32)(c - '0') : c >= 'A' && c <= 'F' ? (u32)(c - 'A') + 10 : 16;
        if (digit == 16)
            return false;
        *address = *address << 4 | digit;
    }
    return !is_word_char(text[2 + DIGITS]);
}

/* Does the word before the address say that it is a return address? */
static bool follows(const char *start, const char *at, const char *word)
{
    size_t size = strlen(word);
    return (size_t)(at - start) >= size && !memcmp(at - size, word, size);
}

/* Does the address's name stand behind it already? */
static bool is_named(struct symbols *s, u32 address, bool is_return, const char *behind)
{
    char buffer[SYMBOLS_TEXT];
    const char *name = (is_return ? symbols_find_return_name : symbols_find_name)(s, address, buffer, sizeof buffer);
    return name && !strncmp(behind, " (", 2) && !strncmp(behind + 2, name, strlen(name));
}

void symbols_annotate(struct symbols *s, const char *text, FILE *out)
{
    u32 address;
    for (const char *p = text; *p; p++) {
        if ((p > text && is_word_char(p[-1])) || !symbols_are_there(s) || !read_address(p, &address)) {
            fputc(*p, out);
            continue;
        }
        fwrite(p, 1, 2 + DIGITS, out);
        bool is_return =
            follows(text, p, "lr ") || follows(text, p, "lr=") || follows(text, p, "from ") || follows(text, p, "< ");
        if (!is_named(s, address, is_return, p + 2 + DIGITS))
            (is_return ? symbols_print_return : symbols_print)(s, address, out);
        p += 1 + DIGITS;
    }
}
