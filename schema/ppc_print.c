/* SPDX-License-Identifier: BSD-3-Clause
 * The disassembler: prints a word by its row's operand string, as `objdump -M raw` does; or by a simplified mnemonic's
 * (schema/ppc_alias.def), as `objdump` does. */
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

/* "7", "31-e" or "b": a number, a number less a field, a field. */
static s32 term(const struct ppc_insn *insn, const char *p, u32 word)
{
    s32 number = 0;
    if (*p < '0' || *p > '9')
        return value_of(insn, *p, word);
    for (; *p >= '0' && *p <= '9'; p++)
        number = number * 10 + (*p - '0');
    return *p == '-' ? number - value_of(insn, p[1], word) : number;
}

/* Prints the operand at p and returns what follows it. */
static const char *put_operand(struct text *text, const struct ppc_insn *insn, const char *p, u32 word, u32 address)
{
    size_t length = strcspn(p, ",(");
    char last = p[length - 1];
    s32 value = value_of(insn, last, word);
    if (*p >= '0' && *p <= '9')
        put(text, "%d", (int)term(insn, p, word));
    else if (*p == '@')
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

/* Operands begin at the ninth column, or behind a blank. */
static void put_operands(struct text *text, const struct ppc_insn *insn, const char *p, u32 word, u32 address)
{
    if (!*p)
        return;
    do
        put(text, " ");
    while (text->length < 8);
    for (;;) {
        p = put_operand(text, insn, p, word, address);
        if (*p != ',')
            return;
        p++;
        put(text, ",");
    }
}

static void put_raw(struct text *text, const struct ppc_insn *insn, u32 word, u32 address)
{
    size_t stem = strlen(insn->name);
    bool dot = insn->name[stem - 1] == '_';
    put(text, "%.*s%s%s%s%s", (int)(stem - dot), insn->name, value_of(insn, 'o', word) ? "o" : "",
        value_of(insn, 'l', word) ? "l" : "", value_of(insn, 'q', word) ? "a" : "",
        dot || value_of(insn, '.', word) ? "." : "");
    put_operands(text, insn, insn->operands, word, address);
}

static const struct alias {
    u32 id;
    const char *when;
    const char *name;
    const char *operands;
} aliases[] = {
#define ALIAS(row, when, name, operands) {PPC_##row, when, name, operands},
#include "schema/ppc_alias.def"
};

static bool alias_fits(const struct alias *alias, const struct ppc_insn *insn, u32 word)
{
    const char *p = alias->when;
    while (alias->id == insn->id && *p) {
        if (value_of(insn, *p, word) != term(insn, p + 2, word))
            return false;
        p += strcspn(p, " ");
        p += *p == ' ';
    }
    return alias->id == insn->id;
}

static bool put_alias(struct text *text, const struct ppc_insn *insn, u32 word, u32 address)
{
    for (u32 i = 0; i < countof(aliases); i++)
        if (alias_fits(&aliases[i], insn, word)) {
            put(text, "%s%s%s", aliases[i].name, value_of(insn, 'o', word) ? "o" : "",
                value_of(insn, '.', word) ? "." : "");
            put_operands(text, insn, aliases[i].operands, word, address);
            return true;
        }
    return false;
}

/* The mnemonic's stem by BO: whether CTR counts, and the hint. NULL: it has none of its own. [PEM 4.2.4.2] */
static const char *branch_stem(u32 bo, u32 bi, const char **hint)
{
    static const char *const conditions[2][4] = {{"ge", "le", "ne", "ns"}, {"lt", "gt", "eq", "so"}};
    static const char *const hints[4] = {"", NULL, "-", "+"};
    if (bo == 20)
        return bi ? NULL : "";
    if (bo & 16) { /* counts alone; the hint's bits stand apart */
        *hint = hints[(bo >> 2 & 2) | (bo & 1)];
        return bo & 4 || bi || !*hint ? NULL : bo & 2 ? "dz" : "dnz";
    }
    if (bo & 4) {
        *hint = hints[bo & 3];
        return *hint ? conditions[bo >> 3 & 1][bi & 3] : NULL;
    }
    static const char *const both[4] = {"dnzf", "dzf", "dnzt", "dzt"};
    return bo & 1 ? NULL : both[(bo >> 2 & 2) | (bo >> 1 & 1)];
}

/* bc, bclr and bcctr: beq cr6,0x..., bdnz 0x..., blr. */
static bool put_branch(struct text *text, const struct ppc_insn *insn, u32 word, u32 address)
{
    u32 bo = (u32)value_of(insn, 'd', word), bi = (u32)value_of(insn, 'a', word);
    bool is_direct = insn->id == PPC_bc, reads_bit = !(bo & 16), counts = !(bo & 4);
    const char *hint = "", *stem = branch_stem(bo, bi, &hint);
    if (!stem || value_of(insn, 'h', word) || (is_direct && bo == 20) || (insn->id == PPC_bcctr && counts))
        return false;
    put(text, "b%s%s%s%s%s", stem,
        is_direct              ? ""
        : insn->id == PPC_bclr ? "lr"
                               : "ctr",
        value_of(insn, 'l', word) ? "l" : "", value_of(insn, 'q', word) ? "a" : "", hint);
    if (reads_bit && counts) {
        put_operands(text, insn, is_direct ? "bita,@j" : "bita", word, address);
        return true;
    }
    if (reads_bit && bi >> 2) {
        do
            put(text, " ");
        while (text->length < 8);
        put(text, "cr%u%s", (unsigned)(bi >> 2), is_direct ? "," : "");
        if (is_direct)
            put_operand(text, insn, "@j", word, address);
    } else if (is_direct) {
        put_operands(text, insn, "@j", word, address);
    }
    return true;
}

/* Traps by what is compared: tweq r3,r4. */
static bool put_trap(struct text *text, const struct ppc_insn *insn, u32 word, u32 address)
{
    static const char *const conditions[32] = {[1] = "lgt", [2] = "llt", [4] = "eq",  [5] = "lge", [6] = "lle",
                                               [8] = "gt",  [12] = "ge", [16] = "lt", [20] = "le", [24] = "ne"};
    u32 to = (u32)value_of(insn, 't', word);
    bool is_word = insn->id == PPC_tw || insn->id == PPC_twi, immediate = insn->id == PPC_twi || insn->id == PPC_tdi;
    if (!conditions[to] && to != 31)
        return false;
    put(text, "t%c%s%s", is_word ? 'w' : 'd', to == 31 ? "u" : conditions[to], immediate ? "i" : "");
    put_operands(text, insn, immediate ? "ra,i" : "ra,rb", word, address);
    return true;
}

static bool put_simplified(struct text *text, const struct ppc_insn *insn, u32 word, u32 address)
{
    if (put_alias(text, insn, word, address))
        return true;
    switch (insn->id) {
    case PPC_bc:
    case PPC_bclr:
    case PPC_bcctr:
        return put_branch(text, insn, word, address);
    case PPC_tw:
    case PPC_twi:
    case PPC_td:
    case PPC_tdi:
        return put_trap(text, insn, word, address);
    default:
        return false;
    }
}

size_t ppc_disassemble_as(enum ppc_style style, u32 word, u32 address, char *buffer, size_t capacity)
{
    struct text text = {buffer, capacity, 0};
    const struct ppc_insn *insn = ppc_decode(word);
    if (!insn)
        put(&text, ".long 0x%x", (unsigned)word);
    else if (style == PPC_RAW || !put_simplified(&text, insn, word, address))
        put_raw(&text, insn, word, address);
    return text.length;
}

size_t ppc_disassemble(u32 word, u32 address, char *buffer, size_t capacity)
{
    return ppc_disassemble_as(PPC_RAW, word, address, buffer, capacity);
}

bool ppc_branch_target(u32 word, u32 address, u32 *target)
{
    const struct ppc_insn *insn = ppc_decode(word);
    if (!insn || (insn->id != PPC_b && insn->id != PPC_bc))
        return false;
    *target = (value_of(insn, 'q', word) ? 0 : address) + (u32)value_of(insn, 'j', word);
    return true;
}
