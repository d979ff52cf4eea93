/* SPDX-License-Identifier: BSD-3-Clause
 * A machine on a bench, for tests of the kernel and the file system: an engine whose gate answers from memory, and a
 * guest thread that "calls". Guest memory for arguments lies at RIG_DATA. */
#ifndef TESTS_UNIT_RIG_H
#define TESTS_UNIT_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "emu/kernel/heap.h"
#include "emu/kernel/kcall.h"
#include "emu/memory/memory.h"
#include "emu/vfs/vfs.h"
#include "replay/nondet.h"

enum { RIG_DATA = 0x10000000, RIG_DATA_SIZE = 0x100000, RIG_EVENTS = 256, RIG_STRINGS = 512 };

struct rig {
    struct engine *e;
    struct nondet_host host;
    struct err err;
    const char *disc;                /* list of the disc */
    const char *mount;               /* list of the second mount, with its name's line */
    const char *partitions[DEVICES]; /* lists of starting content */
    bool short_blocks;               /* the host gives one byte too few */
    u8 pad[16];
    size_t pad_size;
    u32 asked; /* questions so far */
    u8 answer[VFS_DISC_BLOCK];
    struct event events[RIG_EVENTS]; /* the last ones */
    u32 event_count;
    char strings[RIG_STRINGS][256];
    u32 string_count;
};

/* What a file of the rig's disc holds: a function of its index and place. */
static inline u8 rig_byte(u32 index, u64 offset)
{
    return (u8)(offset * 7 + (offset >> 8) + index * 31);
}

/* Size of the index-th line's file. */
static inline u64 rig_size(const char *list, u32 index)
{
    while (index--)
        list = strchr(list, '\n') + 1;
    return list[0] == 'f' ? strtoull(list + 2, NULL, 10) : 0;
}

static inline bool rig_answer(void *context, enum input_kind kind, u64 key, u64 tick, struct nondet_answer *answer,
                              struct err *err)
{
    struct rig *rig = context;
    (void)tick;
    rig->asked++;
    const char *list = NULL;
    if (kind == INPUT_disc_list)
        list = key == 0 ? rig->disc : key == 2 ? rig->mount : NULL;
    if (kind == INPUT_disc_read)
        list = key >> 56 ? strchr(rig->mount, '\n') + 1 : rig->disc;
    if (kind == INPUT_partition_list)
        list = rig->partitions[key];
    if (kind == INPUT_partition_file)
        list = rig->partitions[key >> 32];
    if (kind == INPUT_disc_list || kind == INPUT_partition_list) {
        *answer = (struct nondet_answer){(const u8 *)list, list ? strlen(list) : 0};
        return true;
    }
    if (kind == INPUT_pad) {
        *answer = (struct nondet_answer){rig->pad, key == 0 ? rig->pad_size : 0};
        return true;
    }
    if (kind != INPUT_disc_read && kind != INPUT_partition_file)
        return err_set(err, "the rig has no answer to %u", kind);
    u32 index = kind == INPUT_disc_read ? (u32)(key >> 32) & 0xFFFFFF : (u32)key;
    u64 start = kind == INPUT_disc_read ? (u64)(u32)key * VFS_DISC_BLOCK : 0;
    u64 size = rig_size(list, index) - start;
    if (size > VFS_DISC_BLOCK)
        size = VFS_DISC_BLOCK;
    for (u64 i = 0; i < size; i++)
        rig->answer[i] = rig_byte(index, start + i);
    *answer = (struct nondet_answer){rig->answer, size - rig->short_blocks};
    return true;
}

static inline void rig_emit(void *context, const struct event *event)
{
    struct rig *rig = context;
    rig->events[rig->event_count++ % RIG_EVENTS] = *event;
}

static inline u32 rig_intern(void *context, const char *text, size_t size)
{
    struct rig *rig = context;
    if (rig->string_count == RIG_STRINGS || size >= sizeof rig->strings[0])
        return 0;
    memcpy(rig->strings[rig->string_count], text, size);
    rig->strings[rig->string_count][size] = '\0';
    return ++rig->string_count;
}

/* The last event of a kind; NULL: none. */
static inline const struct event *rig_event(const struct rig *rig, enum event_kind kind)
{
    for (u32 i = rig->event_count; i > 0 && i + RIG_EVENTS > rig->event_count; i--)
        if (rig->events[(i - 1) % RIG_EVENTS].kind == kind)
            return &rig->events[(i - 1) % RIG_EVENTS];
    return NULL;
}

static inline const char *rig_string(const struct rig *rig, u64 id)
{
    return id ? rig->strings[id - 1] : "";
}

/* With a thread in slot 1 that runs, and memory for arguments. Set disc and partitions before rig_mount. */
static inline struct rig *rig_create(void)
{
    struct rig *rig = calloc(1, sizeof *rig);
    assert_non_null(rig);
    rig->disc = "";
    rig->e = engine_create(&rig->err);
    assert_non_null(rig->e);
    rig->host = (struct nondet_host){.context = rig, .answer = rig_answer};
    rig->e->gate = nondet_create(NONDET_LIVE, &rig->host, NULL, NULL);
    rig->e->observer = (struct observer){.context = rig, .emit = rig_emit, .intern = rig_intern};
    memory_protect(rig->e, RIG_DATA, RIG_DATA_SIZE, PAGE_READ | PAGE_WRITE | PAGE_RESERVED | PAGE_COMMITTED);
    struct machine *m = rig->e->m;
    m->thread_pool.high = 1;
    m->next_thread_id = 2;
    m->running = 1;
    m->boot_time = 132000000000000000ull;
    m->threads[1] = (struct thread){.id = 1,
                                    .lineage = 0x1111,
                                    .state = THREAD_READY,
                                    .priority = 8,
                                    .base_priority = 8,
                                    .affinity = 1,
                                    .quantum_left = 1};
    return rig;
}

static inline void rig_destroy(struct rig *rig)
{
    nondet_destroy(rig->e->gate);
    engine_destroy(rig->e);
    free(rig);
}

static inline void rig_mount(struct rig *rig)
{
    if (!vfs_mount(rig->e, &rig->err))
        fail_msg("%s", rig->err.text);
}

/* A call with arguments (missing ones are 0). */
#define rig_call(rig, handler, ...) rig_call_array(rig, handler, (const u64[KCALL_ARGUMENTS]){__VA_ARGS__})

static inline u64 rig_call_array(struct rig *rig, u64 (*handler)(struct kcall *k), const u64 arg[KCALL_ARGUMENTS])
{
    struct machine *m = rig->e->m;
    struct kcall k = {.e = rig->e, .m = m, .thread = &m->threads[1], .slot = 1, .lr = 0x82001000};
    for (u32 i = 0; i < KCALL_ARGUMENTS; i++) {
        k.arg[i] = arg[i];
        if (i < 8)
            k.thread->cpu.r[3 + i] = arg[i];
    }
    return handler(&k);
}

/* Puts a NUL-terminated string into guest memory. */
static inline u32 rig_text(struct rig *rig, u32 address, const char *text)
{
    memory_poke(rig->e, address, text, (u32)strlen(text) + 1);
    return address;
}

/* An OBJECT_ATTRIBUTES with its name, at an address with room for 24 bytes and the text. */
static inline u32 rig_attributes(struct rig *rig, u32 address, const char *path)
{
    memory_set32(rig->e, address, 0);
    memory_set32(rig->e, address + 4, address + 12);
    memory_set32(rig->e, address + 8, 0x40);
    memory_set16(rig->e, address + 12, (u16)strlen(path));
    memory_set16(rig->e, address + 14, (u16)(strlen(path) + 1));
    memory_set32(rig->e, address + 16, address + 24);
    rig_text(rig, address + 24, path);
    return address;
}

#endif
