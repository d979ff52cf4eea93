/* SPDX-License-Identifier: BSD-3-Clause
 * Loads and stores of integers as instructions do them: values in registers, guest order in memory. */
#ifndef EMU_CPU_ACCESS_H
#define EMU_CPU_ACCESS_H

#include "emu/cpu/op.h"
#include "emu/memory/memory.h"

static inline u32 ea_d(const struct ppc *c, const struct ppc_op *o)
{
    return (u32)base_or_zero(c, o) + (u32)o->i;
}

static inline u32 ea_x(const struct ppc *c, const struct ppc_op *o)
{
    return (u32)base_or_zero(c, o) + (u32)c->r[o->b];
}

static inline u64 next_d(const struct ppc *c, const struct ppc_op *o)
{
    return c->r[o->a] + (u64)(s64)o->i;
}

static inline u64 next_x(const struct ppc *c, const struct ppc_op *o)
{
    return c->r[o->a] + c->r[o->b];
}

/* Loads answer false when they faulted. */
static inline bool load1(struct engine *e, struct ppc *c, u32 ea, u64 *value)
{
    u8 b;
    if (unlikely(!memory_load(e, c, ea, 1, &b)))
        return false;
    *value = b;
    return true;
}

static inline bool load2(struct engine *e, struct ppc *c, u32 ea, u64 *value)
{
    be16 b;
    if (unlikely(!memory_load(e, c, ea, 2, &b)))
        return false;
    *value = be16_get(b);
    return true;
}

static inline bool load2s(struct engine *e, struct ppc *c, u32 ea, u64 *value)
{
    be16 b;
    if (unlikely(!memory_load(e, c, ea, 2, &b)))
        return false;
    *value = (u64)(s64)(s16)be16_get(b);
    return true;
}

static inline bool load4(struct engine *e, struct ppc *c, u32 ea, u64 *value)
{
    be32 b;
    if (unlikely(!memory_load(e, c, ea, 4, &b)))
        return false;
    *value = be32_get(b);
    return true;
}

static inline bool load4s(struct engine *e, struct ppc *c, u32 ea, u64 *value)
{
    be32 b;
    if (unlikely(!memory_load(e, c, ea, 4, &b)))
        return false;
    *value = (u64)(s64)(s32)be32_get(b);
    return true;
}

static inline bool load8(struct engine *e, struct ppc *c, u32 ea, u64 *value)
{
    be64 b;
    if (unlikely(!memory_load(e, c, ea, 8, &b)))
        return false;
    *value = be64_get(b);
    return true;
}

/* Whether the way is straight is asked before the value has an address: then a form that knows it asks once. */
static inline bool store_at(struct engine *e, struct ppc *c, u32 ea, u32 size, const void *bytes, bool straight)
{
    if (unlikely(!straight))
        return memory_store_slow(e, c, ea, size, bytes);
    memcpy(e->mem + ea, bytes, size);
    return true;
}

static inline bool store1(struct engine *e, struct ppc *c, u32 ea, u64 value)
{
    bool straight = memory_is_straight(e, ea, 1, ACCESS_WRITE);
    u8 b = (u8)value;
    return store_at(e, c, ea, 1, &b, straight);
}

static inline bool store2(struct engine *e, struct ppc *c, u32 ea, u64 value)
{
    bool straight = memory_is_straight(e, ea, 2, ACCESS_WRITE);
    be16 b;
    be16_set(&b, (u16)value);
    return store_at(e, c, ea, 2, &b, straight);
}

static inline bool store4(struct engine *e, struct ppc *c, u32 ea, u64 value)
{
    bool straight = memory_is_straight(e, ea, 4, ACCESS_WRITE);
    be32 b;
    be32_set(&b, (u32)value);
    return store_at(e, c, ea, 4, &b, straight);
}

static inline bool store8(struct engine *e, struct ppc *c, u32 ea, u64 value)
{
    bool straight = memory_is_straight(e, ea, 8, ACCESS_WRITE);
    be64 b;
    be64_set(&b, value);
    return store_at(e, c, ea, 8, &b, straight);
}

#endif
