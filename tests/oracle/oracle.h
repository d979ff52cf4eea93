/* SPDX-License-Identifier: BSD-3-Clause
 * A case of the differential test: one instruction and the registers before it; the answer has the registers after it.
 * Both are arrays of big-endian 64-bit words; these are the places in them. */
#ifndef TESTS_ORACLE_ORACLE_H
#define TESTS_ORACLE_ORACLE_H

enum {
    ORACLE_R = 0, /* r0..r31; r1, r2, r13, r30 and r31 are the program's own */
    ORACLE_F = 32,
    ORACLE_V = 64, /* two a register */
    ORACLE_CR = 128,
    ORACLE_XER = 129,
    ORACLE_FPSCR = 130, /* as mffs gives it */
    ORACLE_WORD = 131,  /* the instruction */
    ORACLE_VSCR = 132,  /* as mfvscr gives it */
    ORACLE_MEMORY = 134,
    ORACLE_MEMORY_WORDS = 16,
    ORACLE_WORDS = ORACLE_MEMORY + ORACLE_MEMORY_WORDS,
};

/* Where the memory of a case lies in both machines. */
#define ORACLE_MEMORY_AT 0x10000100ul

#endif
