/* SPDX-License-Identifier: BSD-3-Clause
 * What a freestanding compiler expects to find, and little more. A title with a libc gets that one's instead. */
#include <guest.h>

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
    u8 *t = to;
    const u8 *f = from;
    for (; size >= 8; size -= 8, t += 8, f += 8)
        __builtin_memcpy(t, f, 8);
    while (size--)
        *t++ = *f++;
    return to;
}

void *memmove(void *to, const void *from, size_t size)
{
    u8 *t = to;
    const u8 *f = from;
    if ((size_t)(t - f) >= size)
        return memcpy(to, from, size);
    while (size--)
        t[size] = f[size];
    return to;
}

void *memset(void *to, int byte, size_t size)
{
    u8 *t = to;
    while (size--)
        *t++ = (u8)byte;
    return to;
}

int memcmp(const void *a, const void *b, size_t size)
{
    const u8 *x = a, *y = b;
    for (; size; size--, x++, y++) {
        if (*x != *y)
            return *x - *y;
    }
    return 0;
}

size_t strlen(const char *text)
{
    size_t n = 0;
    while (text[n])
        n++;
    return n;
}

int strcmp(const char *a, const char *b)
{
    for (; *a && *a == *b; a++, b++)
        continue;
    return (u8)*a - (u8)*b;
}
