/* SPDX-License-Identifier: BSD-3-Clause
 * The disassembler: prints a word by its row's operand string, as `objdump -M raw` does. */
#include "schema/ppc.h"

#include <stdio.h>

struct text {
    char *at;
    size_t capacity;
    size_t length;
};

__attribute__((format(printf, 2, 3))) static void put(struct text *text, const char *format, ...)
{
    __builtin_va_list args;
    __builtin_va_start(args, format);
    size_t left = text->length < text->capacity ? text->capacity - text->length : 0;
    int n = vsnprintf(left ? text->at + text->length : NULL, left, format, args);
    __builtin_va_end(args);
    text->length += n > 0 ? (size_t)n : 0;
}

static s32 value_of(const struct ppc_insn *insn, char letter, u32 word)
{
    s32 value = 0;
    ppc_field(insn, letter, word, &value);
    return value;
}

/* r0 as a base register means the value 0. */
static bool is_zero_base(const struct ppc_insn *insn, char letter)
{
    for (u32 i = 0; i < insn->effect_count; i++)
        if (insn->effects[i].is_zero_base && insn->effects[i].field == letter)
            return true;
    return false;
}

static void put_register(struct text *text, const struct ppc_insn *insn, char letter, u32 word)
{
    s32 value = value_of(insn, letter, word);
    if (!value && is_zero_base(insn, letter))
        put(text, "0");
    else
        put(text, "r%d", (int)value);
}

static void put_cr_bit(struct text *text, u32 bit)
{
    static const char *const names[] = {"lt", "gt", "eq", "so"};
    if (bit >> 2)
        put(text, "4*cr%u+", (unsigned)(bit >> 2));
    put(text, "%s", names[bit & 3]);
}

/* Prints the operand at p and returns what follows it. */
static const char *put_operand(struct text *text, const struct ppc_insn *insn, const char *p, u32 word, u32 address)
{
    size_t length = strcspn(p, ",(");
    char last = p[length - 1];
    s32 value = value_of(insn, last, word);
    if (*p == '@')
        put(text, "0x%x", (unsigned)((value_of(insn, 'q', word) ? 0 : address) + (u32)value));
    else if (length == 1)
        put(text, "%d", (int)value);
    else if (length == 2 && *p == 'r')
        put_register(text, insn, last, word);
    else if (length == 2)
        put(text, "%c%d", *p, (int)value);
    else if (length == 3)
        put(text, "cr%d", (int)value);
    else
        put_cr_bit(text, (u32)value);
    p += length;
    if (*p == '(') {
        put(text, "(");
        put_register(text, insn, p[2], word);
        put(text, ")");
        p += 4;
    }
    return p;
}

size_t ppc_disassemble(u32 word, u32 address, char *buffer, size_t capacity)
{
    struct text text = {buffer, capacity, 0};
    const struct ppc_insn *insn = ppc_decode(word);
    if (!insn) {
        put(&text, ".long 0x%x", (unsigned)word);
        return text.length;
    }
    size_t stem = strlen(insn->name);
    bool dot = insn->name[stem - 1] == '_';
    put(&text, "%.*s%s%s%s%s", (int)(stem - dot), insn->name, value_of(insn, 'o', word) ? "o" : "",
        value_of(insn, 'l', word) ? "l" : "", value_of(insn, 'q', word) ? "a" : "",
        dot || value_of(insn, '.', word) ? "." : "");
    if (!*insn->operands)
        return text.length;
    do
        put(&text, " ");
    while (text.length < 8);
    const char *p = insn->operands;
    for (;;) {
        p = put_operand(&text, insn, p, word, address);
        if (*p != ',')
            break;
        p++;
        put(&text, ",");
    }
    return text.length;
}
