/* SPDX-License-Identifier: BSD-3-Clause */
#include "diff/effects.h"

#include <stdio.h>
#include <stdlib.h>

enum { SPR_XER = 1, SPR_LR = 8, SPR_CTR = 9, CACHED = 1 << 18 };

static u32 place_of_spr(s32 spr)
{
    return spr == SPR_LR ? PLACE_LR : spr == SPR_CTR ? PLACE_CTR : spr == SPR_XER ? PLACE_XER : PLACES;
}

/* PLACES: none that is followed. *told: an EVENT_instruction has its value. */
static u32 place_of(const struct ppc_insn *insn, u32 word, const struct ppc_effect *effect, bool *told)
{
    s32 field = 0;
    if (effect->field)
        ppc_field(insn, effect->field, word, &field);
    *told = true;
    switch (effect->place) {
    case PPC_IN_GPR:
        return PLACE_R0 + (u32)(field & 31);
    case PPC_IN_FPR:
        return PLACE_F0 + (u32)(field & 31);
    case PPC_IN_VR:
        return PLACE_V0 + (u32)(field & 127);
    case PPC_IN_LR:
        return PLACE_LR;
    case PPC_IN_CTR:
        return PLACE_CTR;
    case PPC_IN_SPR:
        ppc_field(insn, 'p', word, &field);
        return place_of_spr(field);
    default:
        break;
    }
    *told = false;
    switch (effect->place) {
    case PPC_IN_CRF:
        return PLACE_CR0 + (u32)(field & 7);
    case PPC_IN_CRBIT:
        return PLACE_CR0 + (u32)(field & 31) / 4;
    case PPC_IN_CR0:
        return PLACE_CR0;
    case PPC_IN_CR1:
        return PLACE_CR0 + 1;
    case PPC_IN_CR6:
        return PLACE_CR0 + 6;
    case PPC_IN_CA:
        return PLACE_CA;
    default:
        return PLACES;
    }
}

static void add(struct effects *x, bool is_write, u32 place, s8 told)
{
    u8 *count = is_write ? &x->write_count : &x->read_count;
    if (place >= PLACES || *count >= EFFECTS_MOST)
        return;
    (is_write ? x->write : x->read)[*count] = (u8)place;
    (is_write ? x->out : x->in)[*count] = told;
    ++*count;
}

static void add_multiple(struct effects *x, const struct ppc_insn *insn, bool is_write)
{
    s32 d = 0;
    if (!ppc_field(insn, 'd', x->word, &d))
        ppc_field(insn, 's', x->word, &d);
    x->is_multiple = true;
    x->first_register = (u8)d;
    (void)is_write;
}

static void fill(struct effects *x, u32 word)
{
    const struct ppc_insn *insn = ppc_decode(word);
    const struct ppc_effect *effect;
    s8 told[2] = {0, 0};
    *x = (struct effects){.word = word};
    if (!insn)
        return;
    x->class = insn->class;
    x->is_call = insn->id == PPC_sc;
    x->is_branch = insn->class == PPC_BRANCH && !x->is_call;
    for (u32 i = 0; (effect = ppc_effect_next(insn, word, &i));) {
        bool is_told;
        if (effect->place == PPC_IN_MEM)
            *(effect->is_write ? &x->stores : &x->loads) = true;
        if (effect->place == PPC_IN_GPRS)
            add_multiple(x, insn, effect->is_write);
        u32 place = place_of(insn, word, effect, &is_told);
        add(x, effect->is_write, place, is_told ? told[effect->is_write]++ : -1);
        for (u32 f = 0; effect->place == PPC_IN_CR && f < 8; f++)
            add(x, effect->is_write, PLACE_CR0 + f, -1);
    }
    if (x->is_call)
        add(x, true, PLACE_R0 + 3, -1);
}

const struct effects *effects_of(u32 word)
{
    static struct effects *cache[CACHED];
    u32 at = (word * 0x9E3779B1u) >> 14;
    for (u32 i = 0; i < CACHED; i++) {
        struct effects **slot = &cache[(at + i) % CACHED];
        if (!*slot) {
            *slot = malloc(sizeof **slot);
            CHECK(*slot, "no memory for an instruction");
            fill(*slot, word);
        }
        if ((*slot)->word == word)
            return *slot;
    }
    CHECK(false, "more than %d different instructions", CACHED);
}

bool effects_writes(const struct effects *x, u32 place)
{
    for (u32 i = 0; i < x->write_count; i++)
        if (x->write[i] == place || (x->write[i] == PLACE_XER && place == PLACE_CA))
            return true;
    return x->is_multiple && x->loads && place < 32 && place >= x->first_register;
}

const char *effects_place_name(u32 place, char *out, size_t capacity)
{
    static const char *const named[] = {"lr", "ctr", "xer", "xer"};
    if (place < PLACE_F0)
        snprintf(out, capacity, "r%u", place);
    else if (place < PLACE_LR)
        snprintf(out, capacity, "f%u", place - PLACE_F0);
    else if (place <= PLACE_CA)
        snprintf(out, capacity, "%s", named[place - PLACE_LR]);
    else if (place < PLACE_V0)
        snprintf(out, capacity, "cr%u", place - PLACE_CR0);
    else
        snprintf(out, capacity, "v%u", place - PLACE_V0);
    return out;
}
