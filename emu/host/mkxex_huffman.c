/* SPDX-License-Identifier: BSD-3-Clause
 * Code lengths and codes for the LZX encoder: Huffman's, flattened until no code is too long. Every code uses all the
 * room there is, as decoders demand, unless it is empty. */
#include "emu/host/mkxex.h"
#include "emu/loader/lzx.h"

enum { NODES_MAX = 2 * LZX_MAIN_MAX };

/* Nodes, those of the symbols first; those without a parent are in `roots`. */
struct forest {
    u64 weight[NODES_MAX];
    u16 parent[NODES_MAX];
    u16 roots[LZX_MAIN_MAX];
    u32 root_count;
    u32 count;
};

static void plant(struct forest *f, u64 weight)
{
    f->weight[f->count] = weight;
    f->roots[f->root_count++] = (u16)f->count++;
}

static u32 take_lightest(struct forest *f)
{
    u32 best = 0;
    for (u32 i = 1; i < f->root_count; i++)
        if (f->weight[f->roots[i]] < f->weight[f->roots[best]])
            best = i;
    u32 node = f->roots[best];
    f->roots[best] = f->roots[--f->root_count];
    return node;
}

/* The longest length. At least two symbols have a weight. */
static u32 grow(const u32 *weights, u32 count, u8 *lengths)
{
    struct forest f;
    f.count = f.root_count = 0;
    for (u32 i = 0; i < count; i++)
        if (weights[i])
            plant(&f, weights[i]);
    while (f.root_count > 1) {
        u32 a = take_lightest(&f), b = take_lightest(&f);
        f.parent[a] = f.parent[b] = (u16)f.count;
        plant(&f, f.weight[a] + f.weight[b]);
    }
    u32 longest = 0;
    for (u32 i = 0, leaf = 0; i < count; i++) {
        u32 length = 0;
        for (u32 n = leaf; weights[i] && n != f.count - 1; n = f.parent[n])
            length++;
        leaf += weights[i] != 0;
        lengths[i] = (u8)length;
        longest = length > longest ? length : longest;
    }
    return longest;
}

void mkxex_code_lengths(const u32 *weights, u32 count, u32 limit, u8 *lengths)
{
    u32 flat[LZX_MAIN_MAX], used = 0;
    CHECK(count <= LZX_MAIN_MAX, "%u symbols", count);
    memcpy(flat, weights, count * sizeof *weights);
    memset(lengths, 0, count);
    for (u32 i = 0; i < count; i++)
        used += flat[i] != 0;
    if (!used)
        return;
    /* A single code would leave half of the room: another symbol, never used, takes it. */
    if (used == 1)
        flat[flat[0] ? 1 : 0] = 1;
    while (grow(flat, count, lengths) > limit)
        for (u32 i = 0; i < count; i++)
            flat[i] = flat[i] ? flat[i] / 2 + 1 : 0;
}

void mkxex_codes(const u8 *lengths, u32 count, u16 *codes)
{
    u32 code = 0;
    for (u32 n = 1; n <= LZX_CODE_MAX; n++) {
        for (u32 i = 0; i < count; i++)
            if (lengths[i] == n)
                codes[i] = (u16)code++;
        code <<= 1;
    }
}
