/* SPDX-License-Identifier: BSD-3-Clause
 * What one instruction reads and writes, by number of place, from the effects of its row (schema/ppc.def); and which
 * value of an EVENT_instruction is whose. */
#ifndef DIFF_EFFECTS_H
#define DIFF_EFFECTS_H

#include "schema/ppc.h"

enum effects_place {
    PLACE_R0 = 0,
    PLACE_F0 = 32,
    PLACE_LR = 64,
    PLACE_CTR,
    PLACE_XER,
    PLACE_CA, /* and the other bits of XER that arithmetic sets */
    PLACE_CR0 = 70,
    PLACE_V0 = 80,
    PLACES = 208,
};

enum { EFFECTS_MOST = 16 };

struct effects {
    u32 word;
    u8 class;       /* enum ppc_class */
    bool is_branch; /* b bc bclr bcctr */
    bool is_call;   /* sc */
    bool loads, stores;
    bool is_multiple; /* a run of registers: lmw and its like, from first_register on */
    u8 first_register;
    u8 read_count, write_count;
    u8 read[EFFECTS_MOST], write[EFFECTS_MOST];
    s8 in[EFFECTS_MOST];  /* of read[i], which in0.. tells it; -1: none */
    s8 out[EFFECTS_MOST]; /* of write[i] */
};

/* Kept; valid until the program ends. */
const struct effects *effects_of(u32 word);
bool effects_writes(const struct effects *x, u32 place);
/* "r3", "f1", "lr", "cr6". */
const char *effects_place_name(u32 place, char *out, size_t capacity);

#endif
