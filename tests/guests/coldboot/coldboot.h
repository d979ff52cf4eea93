/* SPDX-License-Identifier: BSD-3-Clause
 * coldboot: a title with the shape of real boots. The main thread mounts storage, starts four dispatch workers and
 * joins a cache loader; then audio threads run off a periodic timer and a frame loop gives the workers small jobs. A
 * config file on its disc makes it misbehave as real titles do; README.md lists the ways. */
#ifndef COLDBOOT_H
#define COLDBOOT_H

#include "lzr.h"
#include "nt.h"

enum { ITEMS_MAX = 64, WORKERS = 4, AUDIO_THREADS = 3 };

enum misbehave {
    MISBEHAVE_NONE,
    MISBEHAVE_WORKER_NOT_RESUMED, /* the dispatch workers stay suspended */
    MISBEHAVE_LOST_WAKEUP,        /* an event is pulsed between the check of a flag and the wait */
    MISBEHAVE_LOCK_ORDER,         /* worker: catalogue, then queue; loader: queue, then catalogue */
    MISBEHAVE_MISSED_TIMER,       /* the audio timer is cancelled by a reset and not armed again */
    MISBEHAVE_UNINITIALISED_FLAG, /* the loader reads its completion mode before storage has set it */
    MISBEHAVE_SEMAPHORE_LIMIT,    /* a release beyond the semaphore's limit fails, and nobody looks */
    MISBEHAVE_STALE_CACHE,        /* cached files of the right size and the wrong content */
    MISBEHAVIOURS,
};

struct settings {
    u32 items;     /* to load */
    u32 frames;    /* of the frame loop */
    u32 jobs;      /* given to the workers in each frame */
    u32 misbehave; /* enum misbehave */
};

extern struct settings settings;

/* settings.c: game:\coldboot.cfg */
bool settings_load(void);

/* heap.c: one heap for all threads, guarded by one critical section; blocks are not cleared. */
bool heap_init(void);
void *heap_alloc(u32 size);
void heap_free(void *block);
u32 heap_in_use(void);

/* file.c: whole files. */
u32 file_size(const char *path, u32 *size);
u32 file_read(const char *path, void *data, u32 capacity, u32 *size);
u32 file_write(const char *path, const void *data, u32 size);
void file_path(char *path, const char *prefix, u32 number, const char *suffix);

/* storage.c: mounts cache: on a thread of its own. Files are complete at once when the partition is mounted; before
 * that their events are deferred to the frame loop. */
enum completion { COMPLETE_DEFERRED, COMPLETE_AT_ONCE = 0x4D4E5444 };

struct loader {
    u32 completion; /* set by the storage thread */
    u32 loaded;
    u32 hit;
    u32 bad;
    u32 checksum;
};
HANDLE storage_mount(struct loader *loader);

/* dispatch.c: the queue of work and its four workers. A piece of work with an event to set ends with it; one without
 * cleans up after itself in run(). */
struct work {
    struct work *next;
    u32 (*run)(struct work *work); /* how many bytes it made */
    HANDLE done;                   /* set, then closed, when it is complete; or 0 */
    u32 completion;                /* enum completion */
    u32 number;
    volatile u32 finished;
};
bool dispatch_start(void);
void dispatch_post(struct work *work);
void dispatch_flush(void); /* completes the deferred: once a frame */
u32 dispatch_stop(void);   /* joins the workers; how many pieces of work they did */
u32 dispatch_bytes(void);

/* loader.c: brings the items into the cache. */
HANDLE loader_start(struct loader *loader);

/* item.c: one item from the disc to the cache. */
struct item {
    u32 size;
    u32 checksum;
};
extern struct item items[ITEMS_MAX];
bool item_table_load(void);
u32 item_fetch(struct work *work);
/* Reads it back from the cache and compares. */
bool item_verify(u32 number);

/* audio.c */
bool audio_start(void);
struct audio_totals {
    u32 ticks;
    u32 mixed;
    u32 played;
    u32 checksum;
};
void audio_stop(struct audio_totals *totals);

/* frame.c */
u32 frame_loop(void);

#endif
