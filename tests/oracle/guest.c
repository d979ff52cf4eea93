/* SPDX-License-Identifier: BSD-3-Clause
 * Runs cases (oracle.h) from standard input on the processor that it runs on, and writes the answers to standard
 * output. Built with a 64-bit PowerPC compiler (ELFv1) and run under an emulator other than ours. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/oracle/oracle.h"

typedef unsigned long u64;
typedef unsigned int u32;

#define TEXT(x)  TEXT_(x)
#define TEXT_(x) #x
/* clang-format off */
#define ALL_R(X) \
    X(0) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(14) \
    X(15) X(16) X(17) X(18) X(19) X(20) X(21) X(22) X(23) X(24) X(25) X(26) \
    X(27) X(28) X(29)
#define ALL(X) \
    X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) \
    X(12) X(13) X(14) X(15) X(16) X(17) X(18) X(19) X(20) X(21) X(22) X(23) \
    X(24) X(25) X(26) X(27) X(28) X(29) X(30) X(31)
/* clang-format on */
#define LOAD_R(n)    "ld " #n ", 8*" #n "(31)\n"
#define SAVE_R(n)    "std " #n ", 8*" #n "(31)\n"
#define LOAD_F(n)    "lfd " #n ", 8*(32+" #n ")(31)\n"
#define SAVE_F(n)    "stfd " #n ", 8*(32+" #n ")(31)\n"
#define LOAD_V(n)    "li 0, 8*(64+2*" #n ")\n lvx " #n ", 31, 0\n"
#define SAVE_V(n)    "li 0, 8*(64+2*" #n ")\n stvx " #n ", 31, 0\n"
#define CLOBBER_R(n) "r" #n,
#define CLOBBER_F(n) "fr" #n,
#define CLOBBER_V(n) "v" #n,

/* clang-format off */
static void run(u64 *state, const u32 *code)
{
    register u64 *s __asm__("r31") = state;
    register const u32 *at __asm__("r30") = code;
    __asm__ volatile("stwcx. 0, 0, 31\n" /* no reservation is left from another case */
                     "lfd 0, 8*130(31)\n mtfsf 255, 0\n"
                     "li 0, 8*132\n lvx 0, 31, 0\n mtvscr 0\n"
                     ALL(LOAD_V) ALL(LOAD_F)
                     "ld 0, 8*128(31)\n mtcrf 255, 0\n ld 0, 8*129(31)\n mtxer 0\n mtctr 30\n"
                     ALL_R(LOAD_R)
                     "bctrl\n"
                     ALL_R(SAVE_R)
                     "mfcr 0\n std 0, 8*128(31)\n mfxer 0\n std 0, 8*129(31)\n"
                     ALL(SAVE_F)
                     "mffs 0\n stfd 0, 8*130(31)\n"
                     ALL(SAVE_V)
                     "mfvscr 0\n li 0, 8*132\n stvx 0, 31, 0\n li 0, 0\n mtcrf 255, 0\n"
                     : "+r"(s), "+r"(at)
                     :
                     : ALL_R(CLOBBER_R) ALL(CLOBBER_F) ALL(CLOBBER_V) "lr", "ctr", "cr0", "cr1", "cr2", "cr3", "cr4",
                       "cr5", "cr6", "cr7", "memory");
}
/* clang-format on */

static void *map(unsigned long at, unsigned long size)
{
    void *p = mmap((void *)at, size, PROT_READ | PROT_WRITE | PROT_EXEC,
                   MAP_PRIVATE | MAP_ANONYMOUS | (at ? MAP_FIXED : 0), -1, 0);
    if (p == MAP_FAILED)
        _exit(3);
    return p;
}

static u64 read_all(char *to, u64 capacity)
{
    u64 size = 0;
    for (long n; (n = read(0, to + size, capacity - size)) > 0;)
        size += (u64)n;
    return size;
}

int main(void)
{
    enum { BYTES = 8 * ORACLE_WORDS };
    unsigned long capacity = 64ul << 20;
    char *cases = map(0, capacity);
    map(ORACLE_MEMORY_AT & ~0xFFFul, 0x10000);
    unsigned long count = read_all(cases, capacity) / BYTES;
    u32 *code = map(0, count * 8 + 8);
    for (unsigned long i = 0; i < count; i++) {
        code[2 * i] = (u32)((u64 *)(cases + i * BYTES))[ORACLE_WORD];
        code[2 * i + 1] = 0x4E800020; /* blr */
    }
    __builtin___clear_cache((char *)code, (char *)(code + 2 * count));
    static u64 state[ORACLE_WORDS] __attribute__((aligned(16)));
    for (unsigned long i = 0; i < count; i++) {
        memcpy(state, cases + i * BYTES, BYTES);
        memcpy((void *)ORACLE_MEMORY_AT, state + ORACLE_MEMORY, 8 * ORACLE_MEMORY_WORDS);
        run(state, code + 2 * i);
        memcpy(state + ORACLE_MEMORY, (void *)ORACLE_MEMORY_AT, 8 * ORACLE_MEMORY_WORDS);
        memcpy(cases + i * BYTES, state, BYTES);
    }
    for (unsigned long done = 0; done < count * BYTES;) {
        long n = write(1, cases + done, count * BYTES - done);
        if (n <= 0)
            return 1;
        done += (unsigned long)n;
    }
    return 0;
}
