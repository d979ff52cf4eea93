/* SPDX-License-Identifier: BSD-3-Clause */
#include "emu/kernel/context.h"

#include "emu/memory/memory.h"

enum {
    FLAGS_ALL = CONTEXT_CONTROL | CONTEXT_FLOATING_POINT | CONTEXT_INTEGER | CONTEXT_VECTOR,
    MSR_OF_THREADS = 0x9030
};

bool context_write(struct engine *e, u32 ea, const struct ppc *c)
{
    u8 bytes[CONTEXT_SIZE] = {0};
    store_be32(bytes + CONTEXT_FLAGS, FLAGS_ALL);
    store_be32(bytes + CONTEXT_MSR, c->msr);
    store_be32(bytes + CONTEXT_IAR, c->pc);
    store_be32(bytes + CONTEXT_LR, (u32)c->lr);
    store_be64(bytes + CONTEXT_CTR, c->ctr);
    store_be32(bytes + CONTEXT_CR, c->cr);
    store_be32(bytes + CONTEXT_XER, c->xer);
    store_be64(bytes + CONTEXT_FPSCR, c->fpscr);
    store_be32(bytes + CONTEXT_VSCR + 12, c->vscr);
    for (u32 i = 0; i < 32; i++) {
        store_be64(bytes + CONTEXT_GPR + 8 * i, c->r[i]);
        store_be64(bytes + CONTEXT_FPR + 8 * i, c->f[i]);
    }
    memcpy(bytes + CONTEXT_VR, c->v, sizeof c->v);
    return memory_write(e, ea, bytes, sizeof bytes);
}

/* A title cannot give itself another MSR, nor bits of XER and VSCR that there are not. */
bool context_read(struct engine *e, u32 ea, struct ppc *c)
{
    u8 bytes[CONTEXT_SIZE];
    if (!memory_read(e, ea, bytes, sizeof bytes))
        return false;
    u32 flags = load_be32(bytes + CONTEXT_FLAGS);
    if (flags & CONTEXT_CONTROL) {
        c->pc = load_be32(bytes + CONTEXT_IAR) & ~3u;
        c->lr = load_be32(bytes + CONTEXT_LR);
        c->ctr = load_be64(bytes + CONTEXT_CTR);
    }
    if (flags & CONTEXT_INTEGER) {
        c->cr = load_be32(bytes + CONTEXT_CR);
        c->xer = load_be32(bytes + CONTEXT_XER) & 0xE000007Fu;
    }
    if (flags & CONTEXT_FLOATING_POINT)
        c->fpscr = (u32)load_be64(bytes + CONTEXT_FPSCR);
    if (flags & CONTEXT_VECTOR) {
        c->vscr = load_be32(bytes + CONTEXT_VSCR + 12) & 0x00010001u;
        memcpy(c->v, bytes + CONTEXT_VR, sizeof c->v);
    }
    for (u32 i = 0; i < 32; i++) {
        if (flags & CONTEXT_INTEGER)
            c->r[i] = load_be64(bytes + CONTEXT_GPR + 8 * i);
        if (flags & CONTEXT_FLOATING_POINT)
            c->f[i] = load_be64(bytes + CONTEXT_FPR + 8 * i);
    }
    c->msr = MSR_OF_THREADS;
    c->block_left = 0;
    c->reserve_valid = 0;
    c->stop = CPU_RUN;
    c->fault = FAULT_NONE;
    c->fault_address = 0;
    return true;
}
