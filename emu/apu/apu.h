/* SPDX-License-Identifier: BSD-3-Clause
 * Sound: the driver's clients, who are asked for a frame every 256 samples of 48 kHz, by the virtual clock; and the
 * contexts of the XMA decoder. Playing is the host's affair. */
#ifndef EMU_APU_APU_H
#define EMU_APU_APU_H

#include "schema/base.h"

#define XMA_MMIO 0x7FEA0000u

enum {
    XMA_MMIO_SIZE = 0x10000,
    APU_CLIENTS = 8,
    APU_CHANNELS = 6,
    APU_SAMPLES = 256,
    APU_RATE = 48000,
    APU_FRAME_BYTES = APU_CHANNELS * APU_SAMPLES * 4,
    XMA_CONTEXTS = 320,
    XMA_CONTEXT_SIZE = 64,
    XMA_WORDS = XMA_CONTEXTS / 32,
};

/* Registers by their number; kick, lock and clear come in groups of XMA_WORDS. */
enum xma_register {
    XMA_ARRAY = 0x600,
    XMA_CURRENT = 0x606,
    XMA_KICK = 0x650,
    XMA_LOCK = 0x690,
    XMA_CLEAR = 0x6A0,
};

/* A client of the audio driver; callback 0: a free place. */
struct apu_client {
    u64 registered; /* tick */
    u64 asked;      /* for so many frames */
    u64 frames;     /* that it handed over */
    u32 callback;
    u32 argument; /* guest word that holds the callback's context */
};

/* Part of struct machine. */
struct apu {
    struct apu_client client[APU_CLIENTS];
    u32 xma_contexts; /* guest address of the contexts */
    u32 xma_current;
    u32 xma_used[XMA_WORDS]; /* a bit a context: allocated */
    u32 xma_kicked[XMA_WORDS];
    u32 xma_locked[XMA_WORDS];
};

struct engine;

/* Asks clients for frames that are due; called at the start of a slice. */
void apu_tick(struct engine *e);

/* A new client; APU_CLIENTS: there is no place. */
u32 apu_register(struct engine *e, u32 callback, u32 context);
bool apu_unregister(struct engine *e, u32 client);
bool apu_is_client(const struct engine *e, u32 client);
/* A frame at a guest address: its hash becomes an event. False: it cannot be read. */
bool apu_submit(struct engine *e, u32 client, u32 samples, u32 thread, u32 op, u32 lr);

/* What the processor sees at XMA_MMIO, by register. */
u32 xma_load(struct engine *e, u32 reg);
void xma_store(struct engine *e, u32 reg, u32 value);
/* The guest address of a new context, 0: there is none left. */
u32 xma_create(struct engine *e);
/* The context at that guest address; XMA_CONTEXTS: none is. */
u32 xma_find(const struct engine *e, u32 address);
void xma_release(struct engine *e, u32 context);

#endif
