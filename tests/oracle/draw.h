/* SPDX-License-Identifier: BSD-3-Clause
 * Random cases for the oracle (oracle.h): an instruction of a row with random fields, and random or corner operands.
 * The same seed gives the same cases. */
#ifndef TESTS_ORACLE_DRAW_H
#define TESTS_ORACLE_DRAW_H

#include "emu/cpu/op.h"
#include "emu/cpu/softfp.h"
#include "tests/oracle/oracle.h"

/* xorshift64*; the state is never 0. */
static inline u64 draw(u64 *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed * 0x2545F4914F6CDD1Dull;
}

static inline u32 draw_below(u64 *seed, u32 n)
{
    return (u32)(draw(seed) >> 33) % n;
}

static inline u64 draw_integer(u64 *seed)
{
    static const u64 corners[] = {0,          1,           0x7F,       0x80,           0xFFFF,
                                  0x7FFFFFFF, 0x80000000u, UINT32_MAX, 1ull << 32,     INT64_MAX,
                                  1ull << 63, UINT64_MAX,  ~0x7Full,   ~0x7FFFFFFFull, 31};
    u64 value = draw_below(seed, 3) ? draw(seed) >> draw_below(seed, 64) : corners[draw_below(seed, countof(corners))];
    return draw_below(seed, 2) ? value : (u64)(s64)(s32)value;
}

static inline u32 draw_single(u64 *seed)
{
    static const u32 corners[] = {0,          0x80000000, 1,          0x807FFFFF, 0x3F800000, 0xBF800000, 0x00800000,
                                  0x7F800000, 0xFF800000, 0x7FC00001, 0x7F800001, 0x7F7FFFFF, 0x4EFFFFFF, 0x4F000000,
                                  0xCF000000, 0x3F000000, 0x3FC00000, 0x40200000, 0xC0200000, 0x42280000};
    if (draw_below(seed, 3) == 0)
        return corners[draw_below(seed, countof(corners))];
    return (u32)draw(seed) & (draw_below(seed, 2) ? 0xFFFFFFFFu : 0xFFFF0000u);
}

static inline u64 draw_double(u64 *seed)
{
    static const u64 corners[] = {0x0010000000000000, 0x7FEFFFFFFFFFFFFF, 0x43E0000000000000, 0xC3E0000000000000,
                                  0x41DFFFFFFFC00000, 0x41E0000000000000, 0xC1E0000000200000, 0x3FDFFFFFFFFFFFFF,
                                  0x7FF0000000000001, 0x000FFFFFFFFFFFFF, 0x47EFFFFFF0000000, 0x380FFFFFFFFFFFFF,
                                  0x36A0000000000001, 0x3FE0000000000000, 0x4004000000000000};
    switch (draw_below(seed, 5)) {
    case 0:
        return corners[draw_below(seed, countof(corners))] ^ (draw(seed) & FP_SIGN);
    case 1:
        return fp_widen(draw_single(seed));
    case 2:
        return draw(seed);
    default:
        return (draw(seed) & 0x800FFFFFFFFFFFFFull) | (u64)(1023 - 40 + draw_below(seed, 80)) << 52;
    }
}

/* The bits of a word that give a field this value. */
static inline u32 draw_put(const struct ppc_field *field, u32 value)
{
    u32 word = 0;
    for (u32 i = field->pieces; i-- > 0;) {
        word |= (value & ((1u << field->piece[i].width) - 1)) << field->piece[i].shift;
        value >>= field->piece[i].width;
    }
    return word;
}

static inline bool row_is_vmx128(const struct ppc_insn *insn)
{
    size_t length = strlen(insn->name);
    return length > 3 && !strcmp(insn->name + length - 3, "128");
}

static inline bool row_is_memory(const struct ppc_insn *insn)
{
    return insn->class == PPC_LOAD || insn->class == PPC_STORE || insn->class == PPC_VLOAD || insn->class == PPC_VSTORE;
}

/* The field names a general register. */
static inline bool row_is_general(const struct ppc_insn *insn, char letter)
{
    for (u32 i = 0; i < insn->effect_count; i++)
        if (insn->effects[i].field == letter && insn->effects[i].place == PPC_IN_GPR)
            return true;
    return false;
}

#endif
