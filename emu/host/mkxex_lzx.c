/* SPDX-License-Identifier: BSD-3-Clause
 * Packing with LZX: a greedy matcher and blocks of all three types, whichever is smallest or as the caller says. The
 * stream's manual is in emu/loader/lzx.h. */
#include "emu/loader/lzx.h"

#include "emu/host/mkxex.h"

#include <stdlib.h>

enum { HASH_SIZE = 1 << 15, CHAIN_MAX = 48, LENGTH_MORE = 7 };

#define NOWHERE 0xFFFFFFFFu

/* A literal, or a match when length is not 0. */
struct token {
    u32 value; /* the literal, or the offset */
    u32 length;
};

struct tree {
    u32 weights[LZX_MAIN_MAX];
    u8 lengths[LZX_MAIN_MAX];
    u16 codes[LZX_MAIN_MAX];
};

struct packer {
    const u8 *in;
    u32 size;
    u32 window;
    u32 symbols; /* of the main tree */
    u32 *head;   /* by hash */
    u32 *before; /* by place: the place before with the same hash */
    struct token *tokens;
    u32 token_count;
    u32 offsets[3];
    u8 last_main[LZX_MAIN_MAX];
    u8 last_length[LZX_LENGTHS];
    struct tree main, length, aligned;
    u64 bits;
    u32 have;
    bool pad;
    struct mkxex_stream *out;
    u32 capacity;
};

/* ---- Output ---- */

static void put_byte(struct packer *p, u8 byte)
{
    struct mkxex_stream *out = p->out;
    if (out->size == p->capacity) {
        p->capacity = p->capacity ? 2 * p->capacity : 0x10000;
        u8 *grown = realloc(out->data, p->capacity);
        CHECK(grown, "no memory for 0x%X bytes", p->capacity);
        out->data = grown;
    }
    out->data[out->size++] = byte;
}

static void put(struct packer *p, u32 value, u32 count)
{
    p->bits = p->bits << count | value;
    p->have += count;
    for (; p->have >= 16; p->have -= 16) {
        u32 word = (u32)(p->bits >> (p->have - 16)) & 0xFFFF;
        put_byte(p, (u8)word);
        put_byte(p, (u8)(word >> 8));
    }
}

static void align(struct packer *p)
{
    if (p->have)
        put(p, 0, 16 - p->have);
}

static void put_symbol(struct packer *p, const struct tree *t, u32 symbol)
{
    CHECK(t->lengths[symbol], "symbol %u has no code", symbol);
    put(p, t->codes[symbol], t->lengths[symbol]);
}

/* At the end of a frame, and of everything. */
static void end_frame(struct packer *p, u32 at)
{
    struct mkxex_stream *out = p->out;
    if (at % LZX_FRAME && at != p->size)
        return;
    align(p);
    out->frame_ends[out->frame_count++] = out->size;
}

/* ---- Matches ---- */

static u32 hash_at(const struct packer *p, u32 at)
{
    u32 three = (u32)p->in[at] << 16 | (u32)p->in[at + 1] << 8 | p->in[at + 2];
    return three * 0x9E3779B1u >> 17;
}

static u32 match_length(const struct packer *p, u32 at, u32 offset, u32 end)
{
    u32 most = end - at < LZX_MATCH_MAX ? end - at : LZX_MATCH_MAX, n = 0;
    if (offset > at)
        return 0;
    while (n < most && p->in[at + n] == p->in[at + n - offset])
        n++;
    return n;
}

static struct token find_match(const struct packer *p, u32 at, u32 end)
{
    struct token best = {0};
    if (end - at >= 3) {
        u32 place = p->head[hash_at(p, at)];
        for (u32 i = 0; i < CHAIN_MAX && place != NOWHERE && at - place <= p->window - 3; i++) {
            u32 length = match_length(p, at, at - place, end);
            if (length >= 3 && length > best.length)
                best = (struct token){at - place, length};
            place = p->before[place];
        }
    }
    for (u32 i = 0; i < 3; i++) {
        u32 length = match_length(p, at, p->offsets[i], end);
        if (length >= LZX_MATCH_MIN && length + 1 >= best.length)
            best = (struct token){p->offsets[i], length};
    }
    return best;
}

/* The slot of an offset, which becomes the last one. */
static u32 use_offset(u32 offsets[3], u32 offset)
{
    for (u32 i = 0; i < 3; i++) {
        if (offsets[i] != offset)
            continue;
        offsets[i] = offsets[0];
        offsets[0] = offset;
        return i;
    }
    offsets[2] = offsets[1];
    offsets[1] = offsets[0];
    offsets[0] = offset;
    u32 slot = 3;
    while (slot + 1 < LZX_SLOTS_MAX && lzx_slot_base(slot + 1) - 2 <= offset)
        slot++;
    return slot;
}

static void remember(struct packer *p, u32 at, u32 length)
{
    for (u32 i = at; i < at + length && i + 3 <= p->size; i++) {
        u32 hash = hash_at(p, i);
        p->before[i] = p->head[hash];
        p->head[hash] = i;
    }
}

/* Splits [start, end) into tokens. The last offsets are as they will be when it is written. */
static void tokenize(struct packer *p, u32 start, u32 end)
{
    p->token_count = 0;
    for (u32 at = start; at < end;) {
        u32 frame_end = (at / LZX_FRAME + 1) * LZX_FRAME;
        struct token token = find_match(p, at, end < frame_end ? end : frame_end);
        if (token.length)
            use_offset(p->offsets, token.value);
        else
            token.value = p->in[at];
        p->tokens[p->token_count++] = token;
        u32 moved = token.length ? token.length : 1;
        remember(p, at, moved);
        at += moved;
    }
}

/* ---- Blocks ---- */

static u32 match_symbol(const struct token *token, u32 slot)
{
    u32 more = token->length - LZX_MATCH_MIN;
    return LZX_LITERALS + (slot << 3 | (more < LENGTH_MORE ? more : LENGTH_MORE));
}

/* Fills the trees; returns the bits that the symbols take. */
static u64 count_symbols(struct packer *p, u32 offsets[3])
{
    u64 bits = 0;
    memset(&p->main, 0, sizeof p->main);
    memset(&p->length, 0, sizeof p->length);
    memset(&p->aligned, 0, sizeof p->aligned);
    p->aligned.weights[0] = p->aligned.weights[1] = 1; /* decoders want a code here even if it is not used */
    for (u32 i = 0; i < p->token_count; i++) {
        const struct token *token = &p->tokens[i];
        if (!token->length) {
            p->main.weights[token->value]++;
            continue;
        }
        u32 slot = use_offset(offsets, token->value);
        p->main.weights[match_symbol(token, slot)]++;
        if (token->length >= LENGTH_MORE + LZX_MATCH_MIN)
            p->length.weights[token->length - LENGTH_MORE - LZX_MATCH_MIN]++;
        bits += lzx_extra_bits(slot);
        if (lzx_extra_bits(slot) >= 3)
            p->aligned.weights[(token->value + 2) & 7]++;
    }
    mkxex_code_lengths(p->main.weights, p->symbols, LZX_CODE_MAX, p->main.lengths);
    mkxex_code_lengths(p->length.weights, LZX_LENGTHS, LZX_CODE_MAX, p->length.lengths);
    mkxex_code_lengths(p->aligned.weights, LZX_ALIGNED, 7, p->aligned.lengths);
    for (u32 i = 0; i < p->symbols; i++)
        bits += (u64)p->main.weights[i] * p->main.lengths[i];
    for (u32 i = 0; i < LZX_LENGTHS; i++)
        bits += (u64)p->length.weights[i] * p->length.lengths[i];
    return bits;
}

static u32 smallest_kind(const struct packer *p, u64 bits, u32 size)
{
    s64 won = -3 * LZX_ALIGNED;
    for (u32 i = 0; i < LZX_ALIGNED; i++)
        won += (s64)p->aligned.weights[i] * (3 - p->aligned.lengths[i]);
    if (bits + 0x400 >= 8ull * size) /* the trees take room too */
        return LZX_UNCOMPRESSED;
    return won > 0 ? LZX_ALIGNED_OFFSETS : LZX_VERBATIM;
}

/* How many lengths from i on are alike. */
static u32 run_length(const u8 *lengths, u32 i, u32 last, u32 most)
{
    u32 n = 1;
    while (n < most && i + n < last && lengths[i + n] == lengths[i])
        n++;
    return n;
}

/* One step of describing lengths: the symbol, its extra bits, and for 19 the second symbol. */
struct step {
    u32 symbol, extra, extra_bits, second, count;
};

static struct step next_step(const u8 *lengths, const u8 *before, u32 i, u32 last)
{
    u32 difference = (before[i] + 17u - lengths[i]) % 17;
    u32 run = run_length(lengths, i, last, lengths[i] ? 5 : 51);
    if (!lengths[i] && run >= 20)
        return (struct step){18, run - 20, 5, 0, run};
    if (!lengths[i] && run >= 4)
        return (struct step){17, run - 4, 4, 0, run};
    if (run >= 4)
        return (struct step){19, run - 4, 1, difference, run};
    return (struct step){difference, 0, 0, 0, 1};
}

static void put_lengths(struct packer *p, const u8 *lengths, u8 *before, u32 first, u32 last)
{
    struct tree pretree = {0};
    struct step step;
    for (u32 i = first; i < last; i += step.count) {
        step = next_step(lengths, before, i, last);
        pretree.weights[step.symbol]++;
        pretree.weights[step.second] += step.symbol == 19;
    }
    mkxex_code_lengths(pretree.weights, LZX_PRETREE, 15, pretree.lengths);
    mkxex_codes(pretree.lengths, LZX_PRETREE, pretree.codes);
    for (u32 i = 0; i < LZX_PRETREE; i++)
        put(p, pretree.lengths[i], 4);
    for (u32 i = first; i < last; i += step.count) {
        step = next_step(lengths, before, i, last);
        put_symbol(p, &pretree, step.symbol);
        put(p, step.extra, step.extra_bits);
        if (step.symbol == 19)
            put_symbol(p, &pretree, step.second);
    }
    memcpy(before + first, lengths + first, last - first);
}

static void put_trees(struct packer *p, u32 kind)
{
    mkxex_codes(p->main.lengths, p->symbols, p->main.codes);
    mkxex_codes(p->length.lengths, LZX_LENGTHS, p->length.codes);
    mkxex_codes(p->aligned.lengths, LZX_ALIGNED, p->aligned.codes);
    if (kind == LZX_ALIGNED_OFFSETS)
        for (u32 i = 0; i < LZX_ALIGNED; i++)
            put(p, p->aligned.lengths[i], 3);
    put_lengths(p, p->main.lengths, p->last_main, 0, LZX_LITERALS);
    put_lengths(p, p->main.lengths, p->last_main, LZX_LITERALS, p->symbols);
    put_lengths(p, p->length.lengths, p->last_length, 0, LZX_LENGTHS);
}

static void put_match(struct packer *p, const struct token *token, u32 offsets[3], u32 kind)
{
    u32 slot = use_offset(offsets, token->value);
    put_symbol(p, &p->main, match_symbol(token, slot));
    if (token->length >= LENGTH_MORE + LZX_MATCH_MIN)
        put_symbol(p, &p->length, token->length - LENGTH_MORE - LZX_MATCH_MIN);
    if (slot < 3)
        return;
    u32 extra = lzx_extra_bits(slot), more = token->value + 2 - lzx_slot_base(slot);
    if (kind == LZX_ALIGNED_OFFSETS && extra >= 3) {
        put(p, more >> 3, extra - 3);
        put_symbol(p, &p->aligned, more & 7);
    } else {
        put(p, more, extra);
    }
}

static void put_tokens(struct packer *p, u32 start, u32 offsets[3], u32 kind)
{
    for (u32 i = 0, at = start; i < p->token_count; i++) {
        const struct token *token = &p->tokens[i];
        if (token->length)
            put_match(p, token, offsets, kind);
        else
            put_symbol(p, &p->main, token->value);
        at += token->length ? token->length : 1;
        end_frame(p, at);
    }
}

static void put_uncompressed(struct packer *p, u32 start, u32 end, const u32 offsets[3])
{
    put(p, 0, 16 - p->have); /* a whole word when none is begun */
    for (u32 i = 0; i < 3; i++)
        for (u32 n = 0; n < 32; n += 8)
            put_byte(p, (u8)(offsets[i] >> n));
    memcpy(p->offsets, offsets, sizeof p->offsets);
    p->pad = (end - start) % 2;
    for (u32 at = start; at < end;) {
        put_byte(p, p->in[at++]);
        end_frame(p, at);
    }
}

static void put_block(struct packer *p, u32 start, u32 end, u32 kind)
{
    u32 counted[3], offsets[3];
    memcpy(counted, p->offsets, sizeof counted);
    memcpy(offsets, p->offsets, sizeof offsets);
    tokenize(p, start, end);
    u64 bits = count_symbols(p, counted);
    kind = kind ? kind : smallest_kind(p, bits, end - start);
    if (p->pad)
        put_byte(p, 0);
    p->pad = false;
    put(p, kind, 3);
    put(p, (end - start) >> 12, 12);
    put(p, (end - start) & 0xFFF, 12);
    if (kind == LZX_UNCOMPRESSED) {
        put_uncompressed(p, start, end, offsets);
        return;
    }
    put_trees(p, kind);
    put_tokens(p, start, offsets, kind);
}

void mkxex_lzx_pack(const u8 *in, u32 size, const struct mkxex_lzx *how, struct mkxex_stream *out)
{
    struct packer *p = mkxex_alloc(sizeof *p);
    CHECK(lzx_window_is_valid(how->window) && how->block && how->block < 1 << 24, "window 0x%X, blocks of 0x%X bytes",
          how->window, how->block);
    *out = (struct mkxex_stream){.frame_ends = mkxex_alloc((size / LZX_FRAME + 1) * sizeof *out->frame_ends)};
    *p = (struct packer){.in = in, .size = size, .window = how->window, .offsets = {1, 1, 1}, .out = out};
    p->symbols = LZX_LITERALS + 8 * lzx_slots(how->window);
    p->head = mkxex_alloc(HASH_SIZE * sizeof *p->head);
    p->before = mkxex_alloc(((size_t)size + 1) * sizeof *p->before);
    p->tokens = mkxex_alloc(((size_t)how->block + 1) * sizeof *p->tokens);
    memset(p->head, 0xFF, HASH_SIZE * sizeof *p->head);
    put(p, 0, 1);
    remember(p, 0, how->known);
    for (u32 start = how->known, n = 0; start < size; start += how->block, n++) {
        u32 end = size - start < how->block ? size : start + how->block;
        put_block(p, start, end, how->kind_count ? how->kinds[n % how->kind_count] : 0);
    }
    free(p->head);
    free(p->before);
    free(p->tokens);
    free(p);
}
