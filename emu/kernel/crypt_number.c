/* SPDX-License-Identifier: BSD-3-Clause */
#include "emu/kernel/crypt_number.h"

__extension__ typedef unsigned __int128 u128;

int number_compare(const u64 *a, const u64 *b, u32 digits)
{
    for (u32 i = digits; i-- > 0;) {
        if (a[i] != b[i])
            return a[i] < b[i] ? -1 : 1;
    }
    return 0;
}

/* Each turn doubles the bits that are right (Newton); a * a = 1 modulo 8 gives the first three. */
u64 number_inverse(u64 a)
{
    u64 inverse = a;
    for (u32 bits = 3; bits < 64; bits *= 2)
        inverse *= 2 - a * inverse;
    return inverse;
}

static u64 subtract(u64 *a, const u64 *b, u32 digits)
{
    u64 borrow = 0;
    for (u32 i = 0; i < digits; i++) {
        u128 difference = (u128)a[i] - b[i] - borrow;
        a[i] = (u64)difference;
        borrow = (u64)(difference >> 64) & 1;
    }
    return borrow;
}

static u64 add(u64 *a, const u64 *b, u32 digits)
{
    u64 carry = 0;
    for (u32 i = 0; i < digits; i++) {
        u128 sum = (u128)a[i] + b[i] + carry;
        a[i] = (u64)sum;
        carry = (u64)(sum >> 64);
    }
    return carry;
}

/* sum += a * b; sum has a digit more than a. Returns what is carried out of it. */
static u64 add_product(u64 *sum, const u64 *a, u64 b, u32 digits)
{
    u64 carry = 0;
    for (u32 i = 0; i < digits; i++) {
        u128 part = (u128)a[i] * b + sum[i] + carry;
        sum[i] = (u64)part;
        carry = (u64)(part >> 64);
    }
    u128 last = (u128)sum[digits] + carry;
    sum[digits] = (u64)last;
    return (u64)(last >> 64);
}

void number_multiply(u64 *out, const u64 *a, const u64 *b, u64 inverse, const u64 *m, u32 digits)
{
    u64 sum[NUMBER_DIGITS + 2] = {0};
    for (u32 i = 0; i < digits; i++) {
        u64 over = add_product(sum, a, b[i], digits);
        over += add_product(sum, m, 0 - sum[0] * inverse, digits);
        memmove(sum, sum + 1, digits * sizeof *sum);
        sum[digits] = over;
    }
    if (sum[digits] || number_compare(sum, m, digits) >= 0)
        subtract(sum, m, digits);
    memcpy(out, sum, digits * sizeof *out);
}

static void shift_in(u64 *a, u32 digits, u64 bit, u64 *out)
{
    for (u32 i = 0; i < digits; i++) {
        u64 top = a[i] >> 63;
        a[i] = a[i] << 1 | bit;
        bit = top;
    }
    *out = bit;
}

void number_reduce(u64 *out, const u64 *base, u32 base_digits, const u64 *m, u32 digits)
{
    u64 rest[NUMBER_DIGITS] = {0};
    for (u32 bit = base_digits * 64; bit-- > 0;) {
        u64 over;
        shift_in(rest, digits, base[bit / 64] >> bit % 64 & 1, &over);
        if (over || number_compare(rest, m, digits) >= 0)
            subtract(rest, m, digits);
    }
    memcpy(out, rest, digits * sizeof *out);
}

/* base * 2^(64 * digits) modulo m: how Montgomery's multiplication wants it. */
static void to_form(u64 *out, const u64 *base, const u64 *m, u32 digits)
{
    u64 wide[2 * NUMBER_DIGITS] = {0};
    memcpy(wide + digits, base, digits * sizeof *wide);
    number_reduce(out, wide, 2 * digits, m, digits);
}

void number_power(u64 *out, const u64 *base, const u64 *exponent, u32 exponent_digits, const u64 *m, u32 digits)
{
    u64 one[NUMBER_DIGITS] = {1}, form[NUMBER_DIGITS], result[NUMBER_DIGITS];
    u64 inverse = number_inverse(m[0]);
    to_form(form, base, m, digits);
    to_form(result, one, m, digits);
    for (u32 bit = exponent_digits * 64; bit-- > 0;) {
        number_multiply(result, result, result, inverse, m, digits);
        if (exponent[bit / 64] >> bit % 64 & 1)
            number_multiply(result, result, form, inverse, m, digits);
    }
    number_multiply(out, result, one, inverse, m, digits);
}

/* Garner: base^d = b + q * (coefficient * (a - b) modulo p), where a is it modulo p and b modulo q. */
void number_root(u64 *out, const u64 *base, const struct number_root *root, u32 digits)
{
    u64 a[NUMBER_DIGITS / 2], b[NUMBER_DIGITS / 2], part[NUMBER_DIGITS / 2], wide[NUMBER_DIGITS + 1] = {0};
    u64 inverse = number_inverse(root->p[0]);
    number_reduce(part, base, 2 * digits, root->p, digits);
    number_power(a, part, root->dp, digits, root->p, digits);
    number_reduce(part, base, 2 * digits, root->q, digits);
    number_power(b, part, root->dq, digits, root->q, digits);
    number_reduce(part, b, digits, root->p, digits);
    if (subtract(a, part, digits))
        add(a, root->p, digits);
    number_reduce(part, root->coefficient, digits, root->p, digits);
    to_form(part, part, root->p, digits);
    number_multiply(part, a, part, inverse, root->p, digits);
    memcpy(wide, b, digits * sizeof *wide);
    for (u32 i = 0; i < digits; i++)
        add_product(wide + i, root->q, part[i], digits);
    memcpy(out, wide, 2 * digits * sizeof *out);
}
