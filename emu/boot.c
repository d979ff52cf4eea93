/* SPDX-License-Identifier: BSD-3-Clause */
#include "emu/boot.h"

#include "emu/chaos.h"
#include "emu/kernel/kcall.h"
#include "emu/kernel/thread.h"
#include "emu/kernel/variable.h"
#include "emu/loader/library.h"
#include "emu/loader/loader.h"
#include "emu/memory/memory.h"
#include "emu/vfs/vfs.h"
#include "replay/nondet.h"

/* The kernel's own code, above the images that titles load. */
#define TRAMPOLINE_PAGE 0x8FFF0000u

enum { TRAMPOLINE_SIZE = 16, SC_2 = 0x44000042, BLR = 0x4E800020 };

static void make_trampolines(struct engine *e)
{
    be32 words[TRAMPOLINES * TRAMPOLINE_SIZE / 4] = {{{0}}};
    for (u32 i = 0; i < TRAMPOLINES; i++) {
        be32_set(&words[i * 4], SC_2);
        be32_set(&words[i * 4 + 1], BLR);
        be32_set(&words[i * 4 + 2], i + 1);
    }
    memory_protect(e, TRAMPOLINE_PAGE, 0x10000, PAGE_COMMITTED | PAGE_READ | PAGE_EXECUTE);
    memory_poke(e, TRAMPOLINE_PAGE, words, sizeof words);
    e->m->return_pc = TRAMPOLINE_PAGE;
}

static bool ask_settings(struct engine *e, struct err *err)
{
    struct machine *m = e->m;
    if (!nondet_ask_u64(e->gate, INPUT_boot_time, 0, 0, &m->boot_time, err) ||
        !nondet_ask_u64(e->gate, INPUT_boot_seed, 0, 0, &m->random, err))
        return false;
    for (u32 key = SETTING_NONE + 1; key <= SETTING_REGION; key++) {
        u64 value;
        if (!nondet_ask_u64(e->gate, INPUT_setting, key, 0, &value, err))
            return false;
        m->setting[key] = (u32)value;
    }
    return true;
}

static bool make_main_thread(struct engine *e, struct err *err)
{
    const struct title *title = &e->m->title;
    struct thread_request request = {
        .start_pc = title->entry,
        .entry = title->entry,
        .stack_size = title->stack_size,
    };
    struct thread *thread = thread_create(e, NULL, &request);
    if (!thread)
        return err_set(err, "no room for the main thread's stack of %u bytes", title->stack_size);
    e->m->title_thread = (u32)(thread - e->m->threads);
    library_run_first(e, thread);
    return true;
}

bool boot_title(struct engine *e, const struct loader_files *files, struct err *err)
{
    e->keys = files->keys;
    chaos_init(e);
    if (!ask_settings(e, err))
        return false;
    make_trampolines(e);
    return vfs_mount(e, err) && variable_init(e, err) && loader_load_files(e, files, err) && make_main_thread(e, err);
}
