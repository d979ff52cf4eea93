/* SPDX-License-Identifier: BSD-3-Clause
 * Undoing a frame by reading its prologue: what each instruction does to r1, and what it stores relative to it. The
 * save helpers that prologues call (__savegprlr_14 and its like) are read as part of them. */
#include "emu/kernel/unwind.h"

#include "emu/cpu/op.h"
#include "emu/memory/memory.h"

enum { PE_OFFSET = 0x3C, PE_EXCEPTIONS = 24 + 96 + 3 * 8, HELPER_MAX = 80, ROWS_MAX = 0x100000 };
enum { MFLR = 0x7C0802A6, MFCR = 0x7C000026, BLR = 0x4E800020, RD_MASK = 0x03E00000 };

static u32 get_le32(struct engine *e, u32 ea)
{
    return __builtin_bswap32(memory_get32(e, ea));
}

/* Rows ascend. */
static bool find_row(struct engine *e, u32 table, u32 count, u32 pc, struct function *f)
{
    u32 low = 0, high = count;
    while (low < high) {
        u32 middle = low + (high - low) / 2;
        if (memory_get32(e, table + middle * FUNCTION_ROW) <= pc)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0)
        return false;
    u32 row = table + (low - 1) * FUNCTION_ROW, bits = memory_get32(e, row + 4);
    *f = (struct function){.row = row, .begin = memory_get32(e, row), .size = (bits >> 8 & 0x3FFFFF) * 4};
    f->prologue = (bits & 0xFF) * 4;
    if (pc - f->begin >= f->size) {
        *f = (struct function){0};
        return false;
    }
    if (bits >> 31) {
        f->handler = memory_get32(e, f->begin - 8);
        f->data = memory_get32(e, f->begin - 4);
    }
    return true;
}

static bool find_in_image(struct engine *e, u32 base, u32 size, u32 pc, struct function *f)
{
    if (pc < base || pc - base >= size)
        return false;
    u32 pe = base + get_le32(e, base + PE_OFFSET);
    if (pe < base || pe - base >= size)
        return false;
    u32 offset = get_le32(e, pe + PE_EXCEPTIONS), bytes = get_le32(e, pe + PE_EXCEPTIONS + 4);
    if (offset >= size || bytes > size - offset || bytes / FUNCTION_ROW > ROWS_MAX)
        return false;
    return find_row(e, base + offset, bytes / FUNCTION_ROW, pc, f);
}

bool unwind_find(struct engine *e, u32 pc, struct function *f)
{
    const struct machine *m = e->m;
    *f = (struct function){0};
    if (find_in_image(e, m->title.image_base, m->title.image_size, pc, f))
        return true;
    for (u32 i = 0; i < m->library_count; i++) {
        const struct library *library = &m->libraries[i];
        if (library->state && find_in_image(e, library->image_base, library->image_size, pc, f))
            return true;
    }
    return false;
}

bool unwind_is_in_body(const struct function *f, u32 pc)
{
    return f->row && pc - f->begin >= f->prologue;
}

/* What a register holds while a prologue runs, as far as that matters. */
struct symbol {
    enum { SYMBOL_OTHER, SYMBOL_NUMBER, SYMBOL_STACK, SYMBOL_LR, SYMBOL_CR } kind;
    u32 value; /* SYMBOL_STACK: from what r1 was where the function began */
};

struct prologue {
    struct engine *e;
    struct symbol r[32];
    struct ppc *c;   /* gets what was saved */
    const u64 *own;  /* the function's registers, before anything is put back */
    u32 establisher; /* 0 while it is not known: the first reading only finds what became of r1 */
    bool failed;
};

/* The address is relative to r1 as it was: false otherwise. */
static bool place_of(const struct prologue *p, u32 ra, u32 offset, u32 *ea)
{
    if (p->r[ra].kind != SYMBOL_STACK)
        return false;
    *ea = p->establisher + p->r[ra].value + offset;
    return p->establisher != 0;
}

static void restore_word(struct prologue *p, u32 rs, u32 ea)
{
    u8 bytes[4];
    if (!memory_read(p->e, ea, bytes, sizeof bytes)) {
        p->failed = true;
    } else if (p->r[rs].kind == SYMBOL_LR) {
        p->c->lr = load_be32(bytes);
    } else if (p->r[rs].kind == SYMBOL_CR) {
        p->c->cr = load_be32(bytes);
    } else if (rs >= 14) {
        p->c->r[rs] = load_be32(bytes);
    }
}

static void restore_double(struct prologue *p, u32 rs, u32 ea)
{
    u8 bytes[8];
    if (!memory_read(p->e, ea, bytes, sizeof bytes)) {
        p->failed = true;
    } else if (p->r[rs].kind == SYMBOL_LR) {
        p->c->lr = load_be64(bytes);
    } else if (rs >= 14) {
        p->c->r[rs] = load_be64(bytes);
    }
}

static void restore_float(struct prologue *p, u32 fs, u32 ea)
{
    u8 bytes[8];
    if (!memory_read(p->e, ea, bytes, sizeof bytes))
        p->failed = true;
    else if (fs >= 14)
        p->c->f[fs] = load_be64(bytes);
}

static void restore_vector(struct prologue *p, const struct ppc_op *o)
{
    struct symbol a = o->a ? p->r[o->a] : (struct symbol){SYMBOL_NUMBER, 0}, b = p->r[o->b];
    bool is_known =
        (a.kind == SYMBOL_STACK && b.kind == SYMBOL_NUMBER) || (a.kind == SYMBOL_NUMBER && b.kind == SYMBOL_STACK);
    if (!is_known || !p->establisher)
        return;
    u8 bytes[16];
    if (!memory_read(p->e, (p->establisher + a.value + b.value) & ~15u, bytes, sizeof bytes))
        p->failed = true;
    else
        memcpy(p->c->v[o->d].b, bytes, sizeof bytes);
}

static struct symbol sum(struct symbol a, u32 number)
{
    bool is_known = a.kind == SYMBOL_NUMBER || a.kind == SYMBOL_STACK;
    return is_known ? (struct symbol){a.kind, a.value + number} : (struct symbol){0};
}

static void move_stack(struct prologue *p, const struct ppc_op *o)
{
    if (o->d != 1 || o->a != 1)
        return;
    if (o->id == PPC_stwu)
        p->r[1] = sum(p->r[1], (u32)o->i);
    else
        p->r[1] = p->r[o->b].kind == SYMBOL_NUMBER ? sum(p->r[1], p->r[o->b].value) : (struct symbol){0};
}

static void read_other(struct prologue *p, const struct ppc_op *o)
{
    struct symbol zero = {SYMBOL_NUMBER, 0};
    if ((o->word & ~RD_MASK) == MFLR) {
        p->r[o->d] = (struct symbol){SYMBOL_LR, 0};
        if (o->d >= 14 && p->establisher) /* it stays in a register that calls keep */
            p->c->lr = p->own[o->d];
    }
    if ((o->word & ~RD_MASK) == MFCR)
        p->r[o->d] = (struct symbol){SYMBOL_CR, 0};
    else if (o->id == PPC_addi || o->id == PPC_addis)
        p->r[o->d] = sum(o->a ? p->r[o->a] : zero, (u32)o->i);
    else if (o->id == PPC_ori && p->r[o->d].kind == SYMBOL_NUMBER)
        p->r[o->a] = (struct symbol){SYMBOL_NUMBER, p->r[o->d].value | ((u32)o->i & 0xFFFF)};
    else if (o->id == PPC_or && o->d == o->b)
        p->r[o->a] = p->r[o->d];
}

static void read_instruction(struct prologue *p, const struct ppc_op *o)
{
    u32 ea;
    switch (o->id) {
    case PPC_stwu:
    case PPC_stwux:
        move_stack(p, o);
        break;
    case PPC_stw:
        if (place_of(p, o->a, (u32)o->i, &ea))
            restore_word(p, o->d, ea);
        break;
    case PPC_std:
        if (place_of(p, o->a, (u32)o->i, &ea))
            restore_double(p, o->d, ea);
        break;
    case PPC_stfd:
        if (place_of(p, o->a, (u32)o->i, &ea))
            restore_float(p, o->d, ea);
        break;
    case PPC_stmw:
        for (u32 r = o->d; r < 32 && place_of(p, o->a, (u32)o->i + 4 * (r - o->d), &ea); r++)
            restore_word(p, r, ea);
        break;
    case PPC_stvx:
    case PPC_stvxl:
    case PPC_stvx128:
    case PPC_stvxl128:
        restore_vector(p, o);
        break;
    default:
        read_other(p, o);
    }
}

static void read_helper(struct prologue *p, u32 at)
{
    for (u32 i = 0; i < HELPER_MAX; i++, at += 4) {
        u32 word;
        struct ppc_op o = {0};
        if (!memory_fetch(p->e, at, &word) || word == BLR)
            return;
        ppc_op_decode(&o, word, at);
        read_instruction(p, &o);
    }
}

static void read_prologue(struct prologue *p, u32 from, u32 to)
{
    for (u32 r = 0; r < 32; r++)
        p->r[r] = (struct symbol){0};
    p->r[1] = (struct symbol){SYMBOL_STACK, 0};
    for (u32 at = from; at < to; at += 4) {
        u32 word;
        struct ppc_op o = {0};
        if (!memory_fetch(p->e, at, &word))
            return;
        ppc_op_decode(&o, word, at);
        if (o.id == PPC_b && word & 1)
            read_helper(p, (u32)o.i);
        else
            read_instruction(p, &o);
    }
}

/* The back chain leads over whatever a function took from its stack after its prologue too. */
static bool find_establisher(const struct prologue *p, u32 *establisher)
{
    u32 r1 = (u32)p->c->r[1];
    *establisher = r1;
    if (p->r[1].kind == SYMBOL_STACK && p->r[1].value == 0)
        return true;
    u8 bytes[4];
    if (!memory_read(p->e, r1, bytes, sizeof bytes))
        return false;
    *establisher = load_be32(bytes);
    return *establisher > r1 && !(*establisher & 3);
}

bool unwind_step(struct engine *e, struct ppc *c, u32 pc, const struct function *f, u32 *establisher)
{
    u32 end = f->begin + (pc - f->begin < f->prologue ? pc - f->begin : f->prologue);
    u64 own[32];
    memcpy(own, c->r, sizeof own);
    struct prologue p = {.e = e, .c = c, .own = own};
    read_prologue(&p, f->begin, end);
    if (!find_establisher(&p, establisher))
        return false;
    p.establisher = *establisher;
    if (f->row)
        read_prologue(&p, f->begin, end);
    c->r[1] = *establisher;
    c->pc = (u32)c->lr & ~3u;
    return !p.failed;
}
