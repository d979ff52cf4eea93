/* SPDX-License-Identifier: BSD-3-Clause
 * Instruction vectors: a tab-separated file with a case a line, "suite case words inputs outputs". Words are hex, one
 * instruction each; inputs and outputs are NAME=HEX, separated by blanks: rN fN vN cr xer fpscr vscr lr ctr, and
 * m<address>=<bytes>. Registers not named are as cpu_reset leaves them. Lines that begin with # are comments. */
#ifndef TESTS_UNIT_CPU_VECTOR_H
#define TESTS_UNIT_CPU_VECTOR_H

#include <stdio.h>
#include <stdlib.h>

#include "emu/cpu/cpu.h"
#include "emu/memory/memory.h"

enum { VECTOR_DATA = 0x10000000, VECTOR_DATA_SIZE = 0x20000, VECTOR_STEPS = 100000 };

#define VECTOR_CODE 0x82000000u

struct vector_bench {
    struct engine *e;
    struct ppc cpu;
    char why[512]; /* of the last case that failed */
};

static inline bool vector_bench_open(struct vector_bench *bench, struct err *err)
{
    memset(bench, 0, sizeof *bench);
    bench->e = engine_create(err);
    if (!bench->e)
        return false;
    u8 bits = PAGE_RESERVED | PAGE_COMMITTED | PAGE_READ;
    memory_protect(bench->e, VECTOR_DATA, VECTOR_DATA_SIZE, bits | PAGE_WRITE);
    memory_protect(bench->e, VECTOR_CODE, 0x10000, bits | PAGE_EXECUTE);
    return true;
}

static inline void vector_bench_close(struct vector_bench *bench)
{
    engine_destroy(bench->e);
}

static inline u32 vector_hex(const char *text, u8 *bytes, u32 capacity)
{
    u32 n = 0;
    for (; n < capacity && text[0] && text[1] && text[0] != ' '; text += 2) {
        char pair[3] = {text[0], text[1], 0};
        bytes[n++] = (u8)strtoul(pair, NULL, 16);
    }
    return n;
}

/* Where a register is kept, and how wide it is; NULL: no such name. */
static inline void *vector_register(struct ppc *c, const char *name, u32 *size)
{
    static const struct {
        const char *name;
        u32 size;
        size_t offset;
    } special[] = {
        {"cr", 4, offsetof(struct ppc, cr)},         {"xer", 4, offsetof(struct ppc, xer)},
        {"lr", 8, offsetof(struct ppc, lr)},         {"fpscr", 4, offsetof(struct ppc, fpscr)},
        {"ctr", 8, offsetof(struct ppc, ctr)},       {"vscr", 4, offsetof(struct ppc, vscr)},
        {"vrsave", 4, offsetof(struct ppc, vrsave)},
    };
    for (u32 i = 0; i < countof(special); i++)
        if (!strcmp(special[i].name, name)) {
            *size = special[i].size;
            return (u8 *)c + special[i].offset;
        }
    u32 number = (u32)strtoul(name + 1, NULL, 10);
    *size = name[0] == 'v' ? 16 : 8;
    if (name[0] == 'r' && number < 32)
        return &c->r[number];
    if (name[0] == 'f' && number < 32)
        return &c->f[number];
    return name[0] == 'v' && number < VECTORS ? &c->v[number] : NULL;
}

/* The register's bytes, most significant first. */
static inline void vector_bytes(const void *place, u32 size, u8 *out)
{
    if (size == 16)
        memcpy(out, place, 16);
    else if (size == 8)
        store_be64(out, *(const u64 *)place);
    else
        store_be32(out, *(const u32 *)place);
}

static inline void vector_set(void *place, u32 size, const u8 *bytes)
{
    if (size == 16)
        memcpy(place, bytes, 16);
    else if (size == 8)
        *(u64 *)place = load_be64(bytes);
    else
        *(u32 *)place = load_be32(bytes);
}

/* Applies or checks NAME=HEX items. */
static inline bool vector_items(struct vector_bench *bench, char *text, bool checks)
{
    for (char *item = strtok(text, " \n"); item; item = strtok(NULL, " \n")) {
        char *value = strchr(item, '=');
        u8 bytes[256], have[256];
        if (!value)
            return false;
        *value++ = '\0';
        u32 given = vector_hex(value, bytes, sizeof bytes), size = given;
        u32 address = (u32)strtoul(item + 1, NULL, 16);
        void *place = item[0] == 'm' ? NULL : vector_register(&bench->cpu, item, &size);
        if ((!place && item[0] != 'm') || size != given) {
            snprintf(bench->why, sizeof bench->why, "%s=%s is not understood", item, value);
            return false;
        }
        if (checks) {
            if (place)
                vector_bytes(place, size, have);
            else
                memory_read(bench->e, address, have, size);
            if (memcmp(have, bytes, size)) {
                int n = snprintf(bench->why, sizeof bench->why, "%s is ", item);
                for (u32 i = 0; i < size && n < 300; i++)
                    n += snprintf(bench->why + n, sizeof bench->why - (u32)n, "%02x", have[i]);
                snprintf(bench->why + n, sizeof bench->why - (u32)n, ", not %.200s", value);
                return false;
            }
        } else if (place) {
            vector_set(place, size, bytes);
        } else {
            memory_poke(bench->e, address, bytes, size);
        }
    }
    return true;
}

/* Runs the words from VECTOR_CODE until pc leaves them. */
static inline bool vector_execute(struct vector_bench *bench, const u8 *code, u32 size)
{
    struct ppc *c = &bench->cpu;
    memory_poke(bench->e, VECTOR_CODE, code, size);
    c->pc = VECTOR_CODE;
    for (u32 steps = 0; c->pc - VECTOR_CODE < size && steps < VECTOR_STEPS;) {
        u32 left = (size - (c->pc - VECTOR_CODE)) / 4;
        steps += cpu_run_block(bench->e, c, left);
        if (c->stop == CPU_FAULT) {
            snprintf(bench->why, sizeof bench->why, "fault %u at %08x (%08x)", c->fault, c->pc, c->fault_address);
            return false;
        }
        c->stop = CPU_RUN;
    }
    return true;
}

/* Runs one line (which is changed). False: bench->why says why. Suite and case are left as strings at line and *name.
 */
static inline bool vector_run(struct vector_bench *bench, char *line, char **name)
{
    char *field[5];
    for (u32 i = 0; i < 5; i++) {
        field[i] = line;
        line += strcspn(line, "\t\n");
        if (*line)
            *line++ = '\0';
    }
    *name = field[1];
    u8 code[1024];
    u32 size = 0;
    for (char *word = field[2]; *word && size < sizeof code; word += strspn(word, " ")) {
        size += vector_hex(word, code + size, 4);
        word += strcspn(word, " ");
    }
    snprintf(bench->why, sizeof bench->why, "the line is not understood");
    cpu_reset(&bench->cpu);
    return size && vector_items(bench, field[3], false) && vector_execute(bench, code, size) &&
           vector_items(bench, field[4], true);
}

#endif
