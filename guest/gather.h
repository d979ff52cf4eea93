/* SPDX-License-Identifier: BSD-3-Clause
 * The body of guest_gather, for CHAR: walks a printf format and takes from the list what it names. A conversion nobody
 * knows ends the walk, since the size of its argument is not known either. */

static u64 double_bits(double d)
{
    union {
        double d;
        u64 bits;
    } u = {d};
    return u.bits;
}

static bool is_flag(CHAR c)
{
    return c == '-' || c == '+' || c == ' ' || c == '#' || c == '0';
}

/* The kernel reads no further; zeroes keep what it records the same. */
static u32 fill(u64 *slots, u32 count)
{
    for (u32 i = count; i < 8; i++)
        slots[i] = 0;
    return count;
}

/* Past the length modifiers; *is_wide: the argument has 64 bits. */
static const CHAR *skip_length(const CHAR *at, bool *is_wide)
{
    *is_wide = false;
    if (at[0] == 'I' && at[1] == '6' && at[2] == '4') {
        *is_wide = true;
        return at + 3;
    }
    if (at[0] == 'I' && at[1] == '3' && at[2] == '2')
        return at + 3;
    if (at[0] == 'l' && at[1] == 'l')
        *is_wide = true;
    if (*at == 'j')
        *is_wide = true;
    while (*at == 'h' || *at == 'l' || *at == 'w' || *at == 'L' || *at == 'z' || *at == 't' || *at == 'j' || *at == 'I')
        at++;
    return at;
}

u32 GATHER(u64 *slots, u32 count, const CHAR *format, va_list list)
{
    for (const CHAR *at = format; *at && count < GUEST_SLOTS;) {
        bool is_wide;
        if (*at++ != '%')
            continue;
        while (is_flag(*at) || (*at >= '0' && *at <= '9') || *at == '.' || *at == '*') {
            if (*at++ == '*' && count < GUEST_SLOTS)
                slots[count++] = (u64)(s64)va_arg(list, int);
        }
        at = skip_length(at, &is_wide);
        if (!*at || count == GUEST_SLOTS)
            break;
        switch (*at++) {
        case '%':
            break;
        case 'a':
        case 'A':
        case 'e':
        case 'E':
        case 'f':
        case 'F':
        case 'g':
        case 'G':
            slots[count++] = double_bits(va_arg(list, double));
            break;
        case 'd':
        case 'i':
            slots[count++] = is_wide ? va_arg(list, u64) : (u64)(s64)va_arg(list, int);
            break;
        case 'c':
        case 'C':
        case 'n':
        case 'o':
        case 'p':
        case 's':
        case 'S':
        case 'u':
        case 'x':
        case 'X':
        case 'Z':
            slots[count++] = is_wide ? va_arg(list, u64) : va_arg(list, u32);
            break;
        default:
            return fill(slots, count);
        }
    }
    return fill(slots, count);
}
