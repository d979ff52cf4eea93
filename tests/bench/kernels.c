/* SPDX-License-Identifier: BSD-3-Clause
 * Four kernels for scripts/bench: the same C for the machine, for this host and for QEMU's user mode. Each prints a
 * checksum, so that the three can be compared.
 * On a host: kernels NAME ROUNDS. As a title, KERNEL and ROUNDS are macros. */
#include <stddef.h>
#include <stdint.h>

#ifdef KERNEL
#include <xboxkrnl.h>
#define PRINT DbgPrint
#else
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#define PRINT printf
#endif

/* Fused operations would make sums differ between processors; the compiler's vectors would be another program on each.
 */
#pragma GCC optimize("fp-contract=off", "no-tree-vectorize")

enum { CELLS = 4096, LINE = 64, ARENA = 1 << 21 };

static uint32_t cells[CELLS];
static uint32_t arena[ARENA];

static uint32_t next_random(uint32_t *state)
{
    uint32_t x = *state;
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    return *state = x;
}

/* ---- Integer: a sieve, a byte-wise CRC, a sort, divisions. ---- */

static uint32_t count_primes(void)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < CELLS; i++)
        cells[i] = 1;
    for (uint32_t i = 2; i < CELLS; i++) {
        if (!cells[i])
            continue;
        count++;
        for (uint32_t j = i + i; j < CELLS; j += i)
            cells[j] = 0;
    }
    return count;
}

static uint32_t crc_of(uint32_t seed)
{
    uint32_t crc = ~seed;
    for (uint32_t i = 0; i < 512; i++) {
        crc ^= next_random(&seed) & 0xFF;
        for (uint32_t bit = 0; bit < 8; bit++)
            crc = crc & 1 ? crc >> 1 ^ 0xEDB88320u : crc >> 1;
    }
    return ~crc;
}

static uint32_t sort_some(uint32_t seed)
{
    enum { COUNT = 96 };
    uint32_t sum = 0;
    for (uint32_t i = 0; i < COUNT; i++)
        cells[i] = next_random(&seed);
    for (uint32_t i = 1; i < COUNT; i++) {
        uint32_t v = cells[i], j = i;
        for (; j > 0 && cells[j - 1] > v; j--)
            cells[j] = cells[j - 1];
        cells[j] = v;
    }
    for (uint32_t i = 0; i < COUNT; i++)
        sum = sum * 31 + cells[i];
    return sum;
}

static uint32_t collatz(uint32_t from)
{
    uint32_t steps = 0;
    for (uint32_t n = from; n < from + 40; n++) {
        for (uint32_t x = n; x > 1; steps++)
            x = x & 1 ? x * 3 + 1 : x / 2;
        steps += n % (steps | 1);
    }
    return steps;
}

static uint32_t kernel_integer(uint32_t rounds)
{
    uint32_t sum = 1;
    for (uint32_t i = 0; i < rounds; i++)
        sum = sum * 31 + (count_primes() ^ crc_of(sum | 1) ^ sort_some(i + 1) ^ collatz(i + 1));
    return sum;
}

/* ---- Float: the planets' orbits and the Mandelbrot set, in double precision. ---- */

struct body {
    double place[3], speed[3], mass;
};

static void pull(struct body *a, struct body *b, double step)
{
    double distance[3], square = 0.01;
    for (int i = 0; i < 3; i++) {
        distance[i] = a->place[i] - b->place[i];
        square += distance[i] * distance[i];
    }
    double force = step / (square * square);
    for (int i = 0; i < 3; i++) {
        a->speed[i] -= distance[i] * b->mass * force;
        b->speed[i] += distance[i] * a->mass * force;
    }
}

static double orbits(uint32_t steps)
{
    static const struct body start[4] = {{{0, 0, 0}, {0, 0, 0}, 10},
                                         {{4.84, -1.16, -0.10}, {0.06, 0.28, -0.02}, 0.037},
                                         {{8.34, 4.12, -0.40}, {-0.10, 0.18, 0.008}, 0.011},
                                         {{12.89, -15.11, -0.22}, {0.10, 0.08, -0.01}, 0.0017}};
    struct body bodies[4];
    double sum = 0;
    for (int i = 0; i < 4; i++)
        bodies[i] = start[i];
    while (steps--) {
        for (int i = 0; i < 4; i++)
            for (int j = i + 1; j < 4; j++)
                pull(&bodies[i], &bodies[j], 0.01);
        for (int i = 0; i < 4; i++)
            for (int k = 0; k < 3; k++)
                bodies[i].place[k] += 0.01 * bodies[i].speed[k];
    }
    for (int i = 0; i < 4; i++)
        sum += bodies[i].place[0] + bodies[i].speed[1];
    return sum;
}

static uint32_t mandelbrot(double left)
{
    uint32_t inside = 0;
    for (int i = 0; i < 32; i++) {
        double cr = left + i * 0.03, ci = i * 0.02, zr = 0, zi = 0;
        for (int n = 0; n < 50 && zr * zr + zi * zi < 4.0; n++, inside++) {
            double t = zr * zr - zi * zi + cr;
            zi = 2 * zr * zi + ci;
            zr = t;
        }
    }
    return inside;
}

static uint32_t kernel_float(uint32_t rounds)
{
    uint32_t sum = 1;
    for (uint32_t i = 0; i < rounds; i++) {
        union {
            double value;
            uint64_t bits;
        } u = {orbits(100)};
        sum = sum * 31 + ((uint32_t)(u.bits >> 32) ^ (uint32_t)u.bits ^ mandelbrot(-1.5 + 0.01 * (i & 63)));
    }
    return sum;
}

/* ---- Vector: four-wide sums, products, selections and permutations. ---- */

typedef float vector_float __attribute__((vector_size(16)));
typedef int32_t vector_int __attribute__((vector_size(16)));

static vector_float transform(const vector_float *matrix, vector_float v)
{
    return matrix[0] * v[0] + matrix[1] * v[1] + matrix[2] * v[2] + matrix[3] * v[3];
}

static uint32_t kernel_vector(uint32_t rounds)
{
    static vector_float points[LINE];
    static vector_int words[LINE];
    static const vector_float matrix[4] = {
        {0.5f, 0.25f, 0, 0}, {-0.25f, 0.5f, 0, 0}, {0, 0.125f, 0.5f, 0}, {0.5f, 0.25f, 0.125f, 1}};
    for (int i = 0; i < LINE; i++) {
        points[i] = (vector_float){(float)i, (float)(i * 3), (float)(i ^ 5), 1};
        words[i] = (vector_int){i, i * 7, i * 31, i << 4};
    }
    for (uint32_t round = 0; round < rounds; round++) {
        for (int i = 0; i < LINE; i++) {
            points[i] = transform(matrix, points[i]);
            vector_int greater = words[i] > words[(i + 1) % LINE];
            words[i] = (words[i] & greater) + (words[(i + 7) % LINE] ^ (words[i] << 1));
            words[i] = __builtin_shuffle(words[i], (vector_int){1, 2, 3, 0});
        }
    }
    uint32_t sum = 1;
    for (int i = 0; i < LINE; i++)
        for (int k = 0; k < 4; k++)
            sum = sum * 31 + (uint32_t)words[i][k] + (uint32_t)(int32_t)(points[i][k] * 4096.0f);
    return sum;
}

/* ---- Memory: a chase through 8 MiB, copies, and byte-wise reads. ---- */

static uint32_t kernel_memory(uint32_t rounds)
{
    uint32_t sum = 1, place = 0;
    for (uint32_t i = 0; i < ARENA; i++)
        arena[i] = (i * 1664525u + 1013904223u) & (ARENA - 1);
    for (uint32_t round = 0; round < rounds; round++) {
        for (uint32_t i = 0; i < 256; i++)
            place = arena[(place + i) & (ARENA - 1)];
        uint32_t from = (round * 65521u) & (ARENA / 2 - 1), to = ARENA / 2 + (from ^ 4096u) % (ARENA / 2 - 16384);
        for (uint32_t i = 0; i < 8192; i++)
            arena[to + i] = arena[from + i] + i;
        const uint8_t *bytes = (const uint8_t *)&arena[to];
        for (uint32_t i = 0; i < 8192; i++)
            sum += bytes[i];
        sum = sum * 31 + place;
    }
    return sum;
}

#ifdef KERNEL
int main(void)
{
    PRINT("%08x\n", KERNEL(ROUNDS));
    return 0;
}
#else
static const struct {
    const char *name;
    uint32_t (*run)(uint32_t rounds);
} kernels[] = {
    {"integer", kernel_integer}, {"float", kernel_float}, {"vector", kernel_vector}, {"memory", kernel_memory}};

int main(int argc, char **argv)
{
    for (size_t i = 0; argc == 3 && i < sizeof kernels / sizeof *kernels; i++) {
        if (!strcmp(argv[1], kernels[i].name)) {
            PRINT("%08x\n", (unsigned)kernels[i].run((uint32_t)atoi(argv[2])));
            return 0;
        }
    }
    fputs("usage: kernels integer|float|vector|memory ROUNDS\n", stderr);
    return 2;
}
#endif
