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

struct bytes {
    u8 *data;
    u32 size;
};

static u32 read_file(struct engine *e, const char *path, struct bytes *bytes, struct err *err)
{
    u32 status, moved;
    u32 node = vfs_find(e, path, &status);
    if (!node || vfs_is_directory(e, node)) {
        err_set(err, "%s is not there", path);
        return STATUS_DLL_NOT_FOUND;
    }
    u64 length = vfs_node(e, node)->size;
    if (length > FILE_MAX) {
        err_set(err, "%s: %llu bytes are too many", path, (unsigned long long)length);
        return STATUS_INVALID_IMAGE_FORMAT;
    }
    bytes->size = (u32)length;
    bytes->data = malloc(bytes->size + 1);
    status = bytes->data ? vfs_read(e, node, 0, bytes->size, bytes->data, &moved) : STATUS_NO_MEMORY;
    if (status == STATUS_SUCCESS || (bytes->data && !bytes->size))
        return STATUS_SUCCESS;
    err_set(err, "%s: cannot be read", path);
    return status;
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

/* The kernel has one block of static TLS, the title's: its process holds one template, and code finds the block through
 * the PCR without an index of its module. UNKNOWN: what it does with a library that brings data of its own. */
static u32 check_library(const struct xex *x, const char *base, const struct library *library, struct err *err)
{
    if (!(x->module_flags & XEX_MODULE_DLL)) {
        err_set(err, "header at 0x4: not a library (module flags 0x%X)", x->module_flags);
        return STATUS_INVALID_IMAGE_FORMAT;
    }
    if (x->tls.size) {
        err_set(err, "TLS info: static TLS of libraries is not supported");
        return STATUS_NOT_IMPLEMENTED;
    }
    if (base[0] && strlen(base) < sizeof library->name)
        return STATUS_SUCCESS;
    err_set(err, "its name has no byte, or more than %zu", sizeof library->name - 1);
    return STATUS_OBJECT_NAME_INVALID;
}

static u32 place(struct engine *e, struct library *library, const struct xex *x, const struct xex_image *image,
                 const char *path, struct err *err)
{
    const char *base = base_name(path);
    u32 status = check_library(x, base, library, err), header = 0, module = 0;
    if (status != STATUS_SUCCESS)
        return status;
    note_mismatches(e, x, image, path);
    u32 size = (x->image_size + x->page_size - 1) & ~(x->page_size - 1);
    *library = (struct library){.image_base = x->image_base, .image_size = size};
    status = loader_place(e, x, image, base, &header, &module, err);
    if (status != STATUS_SUCCESS) {
        if (status != STATUS_CONFLICTING_ADDRESSES) /* then what stands there is another's */
            loader_remove(e, x->image_base, size, header, 0);
        memset(library, 0, sizeof *library);
        return status;
    }
    *library = (struct library){.state = LIBRARY_LOADING,
                                .image_base = x->image_base,
                                .image_size = size,
                                .entry = x->entry,
                                .header = header,
                                .module = module,
                                .exports = x->exports,
                                .names = x->names,
                                .references = 1};
    memcpy(library->name, base, strlen(base) + 1);
    return STATUS_SUCCESS;
}

static u32 place_and_import(struct engine *e, struct library *library, const struct xex *x,
                            const struct xex_image *image, const char *path, struct err *err)
{
    u32 status = place(e, library, x, image, path, err);
    if (status != STATUS_SUCCESS)
        return status;
    status = loader_import(e, x, image, &library->imports, err);
    if (status != STATUS_SUCCESS)
        remove_library(e, library);
    return status;
}

/* A patch beside it is applied: x.xex is patched by x.xexp, x.dll by x.dllp. What comes from memory has none. */
static u32 load_bytes(struct engine *e, struct library *library, const char *path, const struct bytes *bytes,
                      bool from_file, struct err *err)
{
    struct xex x;
    struct xex_image image = {0};
    struct xex_patched patched = {0};
    char patch_path[VPATH_MAX + 1];
    struct bytes patch = {0};
    u32 status = STATUS_INVALID_IMAGE_FORMAT, ignored;
    snprintf(patch_path, sizeof patch_path, "%sp", path);
    bool good = xex_parse(&x, bytes->data, bytes->size, err) && xex_image_init(&image, &x, e->keys, err);
    bool has_patch = good && from_file && vfs_find(e, patch_path, &ignored);
    if (has_patch) {
        good = read_file(e, patch_path, &patch, err) == STATUS_SUCCESS &&
               xex_patch(&patched, &x, &image, e->keys, patch.data, patch.size, err);
    }
    if (good)
        status =
            place_and_import(e, library, has_patch ? &patched.xex : &x, has_patch ? &patched.image : &image, path, err);
    xex_patched_finish(&patched);
    xex_image_finish(&image);
    free(patch.data);
    return status;
}

/* given: its bytes; NULL: the path is that of its file. */
static struct library *load(struct engine *e, const char *path, const struct bytes *given, u32 *status, struct err *err)
{
    struct machine *m = e->m;
    struct err why;
    struct bytes file = {0};
    struct library *library = take_slot(m);
    if (!library) {
        err_set(err, "there are %d libraries already", LIBRARIES_MAX);
        *status = STATUS_INSUFFICIENT_RESOURCES;
        return NULL;
    }
    *status = given ? STATUS_SUCCESS : read_file(e, path, &file, err);
    if (*status == STATUS_SUCCESS) {
        *status = load_bytes(e, library, path, given ? given : &file, !given, &why);
        if (*status != STATUS_SUCCESS)
            err_set(err, "%s: %s", path, why.text);
    }
    free(file.data);
    if (*status != STATUS_SUCCESS)
        return NULL;
    library->order = ++m->library_order;
    library->thread = m->running;
    library->depth = m->threads[m->running].in_callback;
    library->state = LIBRARY_DUE;
    return library;
}

struct library *library_need(struct engine *e, const char *name, u32 *status, struct err *err)
{
    char path[VPATH_MAX];
    struct library *library = library_find(e, name);
    if (library) {
        library->references++;
        return library;
    }
    if ((size_t)snprintf(path, sizeof path, "game:\\%s", name) >= sizeof path) {
        err_set(err, "its name is too long");
        *status = STATUS_OBJECT_NAME_INVALID;
        return NULL;
    }
    return load(e, path, NULL, status, err);
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

/* The call returns when the entry points that are due have. */
static u64 begin(struct kcall *k, struct library *library, u32 out)
{
    if (out)
        memory_set32(k->e, out, library->module);
    k->no_return = !is_quiet(k->m, library);
    if (k->no_return) {
        library->load_op = k->op;
        library->load_lr = k->lr;
        library->load_out = out;
    }
    run_due(k->e, k->thread);
    return STATUS_SUCCESS;
}

static u64 fail(struct kcall *k, u32 status, const struct err *err)
{
    engine_note(k->e, "%s: %s", k->export->name, err->text);
    if (status == STATUS_NOT_IMPLEMENTED)
        kcall_refuse(k, status);
    return k->e->err.text[0] ? STATUS_UNSUCCESSFUL : status;
}

u64 library_load(struct kcall *k, const char *path, u32 out)
{
    struct err err;
    char full[VPATH_MAX];
    u32 status;
    struct library *library = library_find(k->e, path);
    if (library && library->state != LIBRARY_READY && library->thread != k->slot)
        return kcall_retry(k); /* another thread is still at it */
    if (library) {
        library->references++;
        return out && !memory_set32(k->e, out, library->module) ? STATUS_ACCESS_VIOLATION : STATUS_SUCCESS;
    }
    const char *drive = strchr(path, ':') || path[0] == '\\' ? "" : "game:\\";
    if ((size_t)snprintf(full, sizeof full, "%s%s", drive, path) >= sizeof full)
        return STATUS_OBJECT_NAME_INVALID;
    library = load(k->e, full, NULL, &status, &err);
    return library ? begin(k, library, out) : fail(k, status, &err);
}

u64 library_load_from_memory(struct kcall *k, const char *name, u32 image, u32 size, u32 out)
{
    struct err err;
    u32 status;
    struct library *library = library_find(k->e, name);
    if (library && library->state != LIBRARY_READY && library->thread != k->slot)
        return kcall_retry(k);
    if (library)
        return STATUS_OBJECT_NAME_COLLISION;
    if (!memory_is_readable(k->e, image, size))
        return sync_fault(k, FAULT_READ, image);
    if (size > FILE_MAX)
        return STATUS_INVALID_IMAGE_FORMAT; /* as of a file */
    struct bytes bytes = {.data = malloc((size_t)size + 1), .size = size};
    if (!bytes.data)
        return STATUS_NO_MEMORY;
    memory_read(k->e, image, bytes.data, size);
    library = load(k->e, name, &bytes, &status, &err);
    free(bytes.data);
    return library ? begin(k, library, out) : fail(k, status, &err);
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
