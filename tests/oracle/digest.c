/* SPDX-License-Identifier: BSD-3-Clause
 * digest PROGRAMS SEED: runs random programs of a few instructions on random state and prints one hash of all results.
 * Linked with emu/cpu and schema alone, so that it is quickly built by many compilers: tests/integration/bits.test
 * compares what they print. Memory is 64 KiB from guest address 0; anything else faults. */
#include "tests/oracle/draw.h"

#include <stdio.h>
#include <stdlib.h>

#include "emu/memory/memory.h"
#include "emu/trace.h"

enum { LENGTH = 6, MEMORY_SIZE = 0x10000, SHIFT = 6 };

#define CODE 0x80000000u
#define FNV  0x100000001B3ull

static u8 memory[MEMORY_SIZE];
static u8 access[PAGES];
static u32 program[LENGTH];
static u64 seed;
static u64 hash = 0xCBF29CE484222325ull;

/* What emu/cpu asks of the rest of the machine. */
u64 engine_time(const struct engine *e)
{
    return e->in_block;
}

bool memory_fetch(struct engine *e, u32 ea, u32 *word)
{
    (void)e;
    *word = program[(ea & ((1u << SHIFT) - 1)) / 4 % LENGTH];
    return true;
}

void memory_mark_code(struct engine *e, u32 ea)
{
    (void)e, (void)ea;
}

bool memory_load_slow(struct engine *e, struct ppc *c, u32 ea, u32 size, void *out)
{
    (void)e, (void)size, (void)out;
    ppc_fault(c, FAULT_READ, ea);
    return false;
}

bool memory_store_slow(struct engine *e, struct ppc *c, u32 ea, u32 size, const void *bytes)
{
    (void)e, (void)size, (void)bytes;
    ppc_fault(c, FAULT_WRITE, ea);
    return false;
}

/* Nobody looks: e->trace is NULL. */
void trace_renew(struct engine *e)
{
    CHECK(!e->trace, "a trace that nobody asked for");
}

bool trace_wants(const struct trace *trace, const struct ppc_op *o)
{
    (void)o;
    CHECK(!trace, "a trace that nobody asked for");
    return false;
}

void trace_run(struct engine *e, struct ppc *c, const struct ppc_op *o)
{
    (void)c, (void)o;
    CHECK(!e->trace, "a trace that nobody asked for");
}

static void add(const void *bytes, size_t size)
{
    for (size_t i = 0; i + 8 <= size; i += 8) {
        u64 word;
        memcpy(&word, (const u8 *)bytes + i, 8);
        hash = (hash ^ word) * FNV;
        hash ^= hash >> 29;
    }
}

/* r1..r3 are addresses, r4 a small index; other registers are targets. */
static u32 draw_word(void)
{
    const struct ppc_insn *insn;
    do
        insn = ppc_insn(draw_below(&seed, PPC_INSNS));
    while (insn->state != PPC_IS_DONE || insn->class == PPC_BRANCH || insn->class == PPC_TRAP);
    u32 word = insn->match;
    for (u32 i = 0; i < insn->field_count; i++) {
        char letter = insn->fields[i].letter;
        u32 value = (u32)draw(&seed) & ((1u << insn->fields[i].width) - 1);
        if (row_is_memory(insn) || insn->class == PPC_CACHE) {
            value = letter == 'a' ? 1 + value % 3 : letter == 'b' ? 4 : value;
            value = letter == 'i' || letter == 'j' ? value & 0xFF : value;
        }
        if (letter == 'd' && row_is_general(insn, 'd'))
            value |= 8;
        word |= draw_put(&insn->fields[i], value);
    }
    return word;
}

static void draw_state(struct ppc *c)
{
    cpu_reset(c);
    for (u32 i = 0; i < 32; i++) {
        c->r[i] = draw_integer(&seed);
        c->f[i] = draw_double(&seed);
    }
    for (u32 i = 1; i <= 3; i++)
        c->r[i] = 0x1000 + draw_below(&seed, 0x800);
    c->r[4] = draw_below(&seed, 64);
    for (u32 i = 0; i < VECTORS; i++)
        for (u32 k = 0; k < 4; k++)
            store_be32(c->v[i].b + 4 * k, draw_single(&seed));
    c->cr = (u32)draw(&seed);
    c->xer = (u32)draw(&seed) & (XER_SO | XER_OV | XER_CA | XER_COUNT);
    c->fpscr = ((u32)draw(&seed) & 3) | (draw_below(&seed, 2) ? 0x82000000 : 0);
    c->vscr = draw(&seed) & 1 ? 0x10000 : 0;
}

int main(int argc, char **argv)
{
    static struct engine e;
    static struct ppc c;
    u32 programs = argc == 3 ? (u32)strtoul(argv[1], NULL, 0) : 0;
    seed = argc == 3 ? strtoull(argv[2], NULL, 0) : 0;
    if (!programs || !seed) {
        fprintf(stderr, "usage: digest PROGRAMS SEED\n");
        return 2;
    }
    memset(access, ACCESS_READ | ACCESS_WRITE, MEMORY_SIZE >> PAGE_SHIFT);
    e.mem = memory;
    e.page_access = access;
    e.blocks = block_cache_create();
    u64 retired = 0;
    for (u32 i = 0; i < programs; i++) {
        for (u32 k = 0; k < LENGTH; k++)
            program[k] = draw_word();
        draw_state(&c);
        c.pc = CODE + (i << SHIFT);
        u32 count = cpu_run_block(&e, &c, LENGTH);
        retired += count;
        add(&c, sizeof c);
        add(memory + 0x1000, 0x1000);
    }
    block_cache_destroy(e.blocks);
    printf("%016llx %llu\n", (unsigned long long)hash, (unsigned long long)retired);
    return 0;
}
