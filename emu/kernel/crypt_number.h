/* SPDX-License-Identifier: BSD-3-Clause
 * Whole numbers of up to 4096 bits: digits of 64 bits, the least one first. Moduli are odd; nothing here takes a time
 * that matters to anybody, so nothing hides how long it takes. Results may stand in the place of arguments. */
#ifndef EMU_KERNEL_CRYPT_NUMBER_H
#define EMU_KERNEL_CRYPT_NUMBER_H

#include "schema/base.h"

enum { NUMBER_DIGITS = 64 };

/* -1, 0, 1. */
int number_compare(const u64 *a, const u64 *b, u32 digits);
/* a * inverse = 1 modulo 2^64, for an odd a; defined, though of no use, for an even one. */
u64 number_inverse(u64 a);
/* a * b / 2^(64 * digits) modulo m (Montgomery 1985). inverse is that of m's least digit. */
void number_multiply(u64 *out, const u64 *a, const u64 *b, u64 inverse, const u64 *m, u32 digits);
/* base^exponent modulo m, an odd number. */
void number_power(u64 *out, const u64 *base, const u64 *exponent, u32 exponent_digits, const u64 *m, u32 digits);
/* base modulo m, an odd number. base has base_digits. */
void number_reduce(u64 *out, const u64 *base, u32 base_digits, const u64 *m, u32 digits);

/* A private key by its parts; each has digits, the number to raise and the result twice that. */
struct number_root {
    const u64 *p, *q, *dp, *dq, *coefficient; /* 1 / q modulo p */
};
void number_root(u64 *out, const u64 *base, const struct number_root *root, u32 digits);

#endif
