/* SPDX-License-Identifier: BSD-3-Clause */
#include "emu/loader/library.h"

#include "emu/kernel/kcall.h"
#include "emu/kernel/object.h"
#include "emu/kernel/sched.h"
#include "emu/kernel/sync.h"
#include "emu/kernel/thread.h"
#include "emu/loader/loader.h"
#include "emu/memory/memory.h"
#include "emu/vfs/vfs.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    FILE_MAX = 0x10000000,
    EXPORTS_MAX = 0x10000,
    REASON_DETACH = 0,
    REASON_ATTACH = 1,
    REASON_THREAD = 2,
    REASON_THREAD_END = 3
};
enum { TRAMPOLINE_BYTES = 16 };

static const char *base_name(const char *path)
{
    const char *base = path;
    for (; *path; path++)
        if (*path == '\\' || *path == '/' || *path == ':')
            base = path + 1;
    return base;
}

struct library *library_find(struct engine *e, const char *name)
{
    for (u32 i = 0; i < e->m->library_count; i++) {
        struct library *library = &e->m->libraries[i];
        if (library->state && vfs_compare(library->name, base_name(name)) == 0)
            return library;
    }
    return NULL;
}

struct library *library_by_handle(struct engine *e, u32 handle)
{
    for (u32 i = 0; i < e->m->library_count; i++)
        if (e->m->libraries[i].state && e->m->libraries[i].module == handle)
            return &e->m->libraries[i];
    return NULL;
}

u32 library_export(struct engine *e, const struct library *library, u32 ordinal)
{
    u32 table = library->exports;
    u32 place = table ? ordinal - memory_get32(e, table + XEX_EXPORT_FIRST) : EXPORTS_MAX;
    if (place >= EXPORTS_MAX || place >= memory_get32(e, table + XEX_EXPORT_COUNT))
        return 0;
    u32 offset = memory_get32(e, table + XEX_EXPORT_OFFSETS + 4 * place);
    return offset ? (memory_get32(e, table + XEX_EXPORT_BASE) << 16) + offset : 0;
}

static u32 get_le32(struct engine *e, u32 ea)
{
    return __builtin_bswap32(memory_get32(e, ea));
}

u32 library_export_by_name(struct engine *e, const struct library *library, const char *name)
{
    u32 at = library->names, count = at ? get_le32(e, at + XEX_NAMES_COUNT) : 0;
    u32 names = at + get_le32(e, at + XEX_NAMES_NAMES), places = at + get_le32(e, at + XEX_NAMES_PLACES);
    for (u32 i = 0; i < count && i < EXPORTS_MAX; i++) {
        char found[256];
        if (!memory_read_string(e, at + get_le32(e, names + 4 * i), found, sizeof found) || strcmp(found, name) != 0)
            continue;
        u32 place = __builtin_bswap16(memory_get16(e, places + 2 * i));
        u32 offset = get_le32(e, at + get_le32(e, at + XEX_NAMES_FUNCTIONS) + 4 * place);
        return offset ? library->image_base + offset : 0;
    }
    return 0;
}

/* ---- Loading ---- */

static bool read_file(struct engine *e, const char *path, u8 **bytes, u32 *size, struct err *err)
{
    u32 status, moved;
    u32 node = vfs_find(e, path, &status);
    if (!node || vfs_is_directory(e, node))
        return err_set(err, "%s is not there", path);
    u64 length = vfs_node(e, node)->size;
    if (length > FILE_MAX)
        return err_set(err, "%s: %llu bytes are too many", path, (unsigned long long)length);
    *size = (u32)length;
    *bytes = malloc(*size + 1);
    if (!*bytes)
        return err_set(err, "%s: no memory for its %u bytes", path, *size);
    return vfs_read(e, node, 0, *size, *bytes, &moved) == STATUS_SUCCESS || !*size ||
           err_set(err, "%s: cannot be read", path);
}

static struct library *take_slot(struct machine *m)
{
    for (u32 i = 0; i < LIBRARIES_MAX; i++) {
        if (m->libraries[i].state)
            continue;
        m->library_count = i < m->library_count ? m->library_count : i + 1;
        return &m->libraries[i];
    }
    return NULL;
}

/* Without its entry point's call: it is gone at once, and what it imports from has a user less. */
static void remove_library(struct engine *e, struct library *library)
{
    struct machine *m = e->m;
    u32 imports = library->imports;
    loader_remove(e, library->image_base, library->image_size, library->header, library->module);
    memset(library, 0, sizeof *library);
    while (m->library_count && !m->libraries[m->library_count - 1].state)
        m->library_count--;
    for (u32 i = 0; i < LIBRARIES_MAX; i++) {
        struct library *other = &m->libraries[i];
        if (!(imports >> i & 1) || --other->references)
            continue;
        if (other->state != LIBRARY_READY || !other->entry) {
            remove_library(e, other);
            continue;
        }
        other->state = LIBRARY_DETACH_DUE;
        other->thread = m->running;
        other->depth = m->threads[m->running].in_callback;
    }
}

static void note_mismatches(struct engine *e, const struct xex *x, const struct xex_image *image, const char *path)
{
    u32 bad = xex_check(x, image, NULL, NULL);
    if (bad)
        engine_note(e, "warning: %s: %u hashes do not match", path, bad);
}

static bool place(struct engine *e, struct library *library, const struct xex *x, const struct xex_image *image,
                  const char *path, struct err *err)
{
    if (!(x->module_flags & XEX_MODULE_DLL))
        return err_set(err, "header at 0x4: not a library (module flags 0x%X)", x->module_flags);
    if (x->tls.size)
        return err_set(err, "TLS info: static TLS of libraries is not supported");
    const char *base = base_name(path);
    if (!base[0] || strlen(base) >= sizeof library->name)
        return err_set(err, "its name has no byte, or more than %zu", sizeof library->name - 1);
    note_mismatches(e, x, image, path);
    u32 header = 0, module = 0;
    *library = (struct library){.image_base = x->image_base, .image_size = x->image_size};
    if (!loader_place(e, x, image, base, &header, &module, err)) {
        /* Nothing stands in memory yet, or the image alone. */
        if (header)
            loader_remove(e, x->image_base, x->image_size, header, 0);
        memset(library, 0, sizeof *library);
        return false;
    }
    *library = (struct library){.state = LIBRARY_LOADING,
                                .image_base = x->image_base,
                                .image_size = (x->image_size + x->page_size - 1) & ~(x->page_size - 1),
                                .entry = x->entry,
                                .header = header,
                                .module = module,
                                .exports = x->exports,
                                .names = x->names,
                                .references = 1};
    memcpy(library->name, base, strlen(base) + 1);
    return true;
}

/* A patch beside it is applied: x.xex is patched by x.xexp, x.dll by x.dllp. */
static bool load_bytes(struct engine *e, struct library *library, const char *path, const u8 *bytes, u32 size,
                       struct err *err)
{
    struct xex x;
    struct xex_image image = {0};
    struct xex_patched patched = {0};
    char patch_path[VPATH_MAX + 1];
    u8 *patch = NULL;
    u32 patch_size, status;
    const struct xex *used = &x;
    const struct xex_image *used_image = &image;
    snprintf(patch_path, sizeof patch_path, "%sp", path);
    bool good = xex_parse(&x, bytes, size, err) && xex_image_init(&image, &x, e->keys, err);
    if (good && vfs_find(e, patch_path, &status)) {
        good = read_file(e, patch_path, &patch, &patch_size, err) &&
               xex_patch(&patched, &x, &image, e->keys, patch, patch_size, err);
        used = &patched.xex;
        used_image = &patched.image;
    }
    good = good && place(e, library, used, used_image, path, err);
    if (good && !loader_import(e, used, used_image, &library->imports, err)) {
        remove_library(e, library);
        good = false;
    }
    xex_patched_finish(&patched);
    xex_image_finish(&image);
    free(patch);
    return good;
}

static struct library *load(struct engine *e, const char *path, struct err *err)
{
    struct machine *m = e->m;
    struct err why;
    u8 *bytes = NULL;
    u32 size;
    struct library *library = take_slot(m);
    if (!library)
        err_set(err, "there are %d libraries already", LIBRARIES_MAX);
    bool good = library && read_file(e, path, &bytes, &size, err);
    if (good && !load_bytes(e, library, path, bytes, size, &why))
        good = err_set(err, "%s: %s", path, why.text);
    free(bytes);
    if (!good)
        return NULL;
    library->order = ++m->library_order;
    library->thread = m->running;
    library->depth = m->threads[m->running].in_callback;
    library->state = LIBRARY_DUE;
    return library;
}

struct library *library_need(struct engine *e, const char *name, struct err *err)
{
    char path[VPATH_MAX];
    struct library *library = library_find(e, name);
    if (library) {
        library->references++;
        return library;
    }
    if ((size_t)snprintf(path, sizeof path, "game:\\%s", name) >= sizeof path) {
        err_set(err, "its name is too long");
        return NULL;
    }
    return load(e, path, err);
}

/* ---- Entry points ---- */

static void call_entry(struct engine *e, struct thread *thread, const struct library *library, u32 reason)
{
    u32 arguments[] = {library->module, reason, 0};
    if (callback_push(e, thread, library->entry, arguments, countof(arguments), thread->cpu.r[3]))
        thread->cpu.lr = e->m->return_pc + 2 * TRAMPOLINE_BYTES;
}

/* The first that is due on the thread, of those loads that it is in now. */
static struct library *next_due(struct machine *m, const struct thread *thread)
{
    struct library *first = NULL;
    for (u32 i = 0; i < m->library_count; i++) {
        struct library *library = &m->libraries[i];
        bool due = library->state == LIBRARY_DUE || library->state == LIBRARY_DETACH_DUE;
        if (due && library->thread == thread_slot(m, thread) && library->depth == thread->in_callback &&
            (!first || library->order < first->order))
            first = library;
    }
    return first;
}

/* The call of XexLoadImage that waited for it returns. */
static void finish_load(struct engine *e, struct thread *thread, struct library *library, u32 status)
{
    if (!library->load_op)
        return;
    if (library->load_out)
        memory_set32(e, library->load_out, status == STATUS_SUCCESS ? library->module : 0);
    thread->wait.op = library->load_op;
    thread->wait.lr = library->load_lr;
    kcall_return(e, thread, status);
    thread->wait.op = 0;
    thread->wait.lr = 0;
    library->load_op = 0;
}

/* Up to the first that has an entry point: library_on_return goes on behind it. */
static void run_due(struct engine *e, struct thread *thread)
{
    for (struct library *library; (library = next_due(e->m, thread)) != NULL;) {
        bool attaches = library->state == LIBRARY_DUE;
        if (library->entry) {
            library->state = attaches ? LIBRARY_ATTACHING : LIBRARY_DETACHING;
            call_entry(e, thread, library, attaches ? REASON_ATTACH : REASON_DETACH);
            return;
        }
        library->state = LIBRARY_READY;
        finish_load(e, thread, library, STATUS_SUCCESS);
    }
}

void library_run_first(struct engine *e, struct thread *thread)
{
    for (u32 i = 0; i < e->m->library_count; i++)
        e->m->libraries[i].thread = thread_slot(e->m, thread);
    run_due(e, thread);
}

void library_tell_thread(struct engine *e, struct thread *thread)
{
    struct machine *m = e->m;
    for (u32 i = m->library_count; i-- > 0;) {
        u32 arguments[] = {m->libraries[i].module, REASON_THREAD, 0};
        if (m->libraries[i].state == LIBRARY_READY && m->libraries[i].entry)
            callback_push(e, thread, m->libraries[i].entry, arguments, countof(arguments), thread->cpu.r[3]);
    }
}

bool library_tell_end(struct engine *e, struct thread *thread, u32 exit_code)
{
    struct machine *m = e->m;
    bool told = false;
    for (u32 i = 0; i < m->library_count; i++) {
        u32 arguments[] = {m->libraries[i].module, REASON_THREAD_END, 0};
        u64 after = told ? thread->cpu.r[3] : exit_code;
        if (m->libraries[i].state == LIBRARY_READY && m->libraries[i].entry)
            told |= callback_push(e, thread, m->libraries[i].entry, arguments, countof(arguments), after);
    }
    return told;
}

/* Its entry point refused: what waits for it fails, or the title ends if it was to begin with it. */
static void refuse(struct engine *e, struct thread *thread, struct library *library)
{
    struct machine *m = e->m;
    struct library *asked = library;
    engine_note(e, "the entry point of %s refused: it is not loaded", library->name);
    for (u32 i = 0; i < m->library_count; i++) {
        struct library *other = &m->libraries[i];
        if (other->state == LIBRARY_DUE && other->thread == library->thread && other->depth == library->depth) {
            asked = other->load_op ? other : asked;
            other->state = LIBRARY_LOADING; /* never called */
        }
    }
    if (!asked->load_op) {
        thread_terminate(e, thread, STATUS_DLL_INIT_FAILED);
        return;
    }
    finish_load(e, thread, asked, STATUS_DLL_INIT_FAILED);
    library->entry = 0;
    remove_library(e, asked);
    run_due(e, thread);
}

static struct library *running(struct machine *m, const struct thread *thread)
{
    for (u32 i = 0; i < m->library_count; i++) {
        struct library *library = &m->libraries[i];
        if ((library->state == LIBRARY_ATTACHING || library->state == LIBRARY_DETACHING) &&
            library->thread == thread_slot(m, thread) && library->depth == thread->in_callback)
            return library;
    }
    return NULL;
}

void library_on_return(struct engine *e, struct thread *thread)
{
    u32 result = (u32)thread->cpu.r[3];
    callback_on_return(e, thread);
    struct library *library = running(e->m, thread);
    if (!library || thread->cpu.stop == CPU_FAULT)
        return;
    if (library->state == LIBRARY_DETACHING) {
        remove_library(e, library);
    } else if (!result) {
        refuse(e, thread, library);
        return;
    } else {
        library->state = LIBRARY_READY;
        finish_load(e, thread, library, STATUS_SUCCESS);
    }
    run_due(e, thread);
}

/* No entry point is to be called before the load is over. */
static bool is_quiet(const struct machine *m, const struct library *library)
{
    for (u32 i = 0; i < m->library_count; i++) {
        const struct library *other = &m->libraries[i];
        if (other->state == LIBRARY_DUE && other->entry && other->thread == library->thread &&
            other->depth == library->depth)
            return false;
    }
    return true;
}

u64 library_load(struct kcall *k, const char *path, u32 out)
{
    struct engine *e = k->e;
    struct err err;
    char full[VPATH_MAX];
    struct library *library = library_find(e, path);
    if (library && library->state != LIBRARY_READY && library->thread != k->slot)
        return kcall_retry(k); /* another thread is still at it */
    if (library) {
        library->references++;
        return out && !memory_set32(e, out, library->module) ? STATUS_ACCESS_VIOLATION : STATUS_SUCCESS;
    }
    const char *drive = strchr(path, ':') || path[0] == '\\' ? "" : "game:\\";
    if ((size_t)snprintf(full, sizeof full, "%s%s", drive, path) >= sizeof full)
        return STATUS_OBJECT_NAME_INVALID;
    library = load(e, full, &err);
    if (!library) {
        engine_note(e, "XexLoadImage: %s", err.text);
        return e->err.text[0] ? STATUS_UNSUCCESSFUL : STATUS_DLL_NOT_FOUND;
    }
    if (out)
        memory_set32(e, out, library->module);
    k->no_return = !is_quiet(k->m, library);
    if (k->no_return) {
        library->load_op = k->op;
        library->load_lr = k->lr;
        library->load_out = out;
    }
    run_due(e, k->thread);
    return STATUS_SUCCESS;
}

u64 library_unload(struct kcall *k, struct library *library)
{
    if (library->state != LIBRARY_READY || --library->references)
        return STATUS_SUCCESS;
    if (!library->entry) {
        remove_library(k->e, library);
    } else {
        library->state = LIBRARY_DETACH_DUE;
        library->thread = k->slot;
        library->depth = k->thread->in_callback;
    }
    if (!next_due(k->m, k->thread))
        return STATUS_SUCCESS;
    callback_tell_return(k, STATUS_SUCCESS);
    k->no_return = true;
    run_due(k->e, k->thread);
    return STATUS_SUCCESS;
}

/* The outermost frame is what the thread goes on with: made to return from its start routine. */
void library_then_exit(struct engine *e, struct thread *thread, u32 exit_code)
{
    callback_redirect(e, thread, e->m->return_pc, exit_code);
}
