/* SPDX-License-Identifier: BSD-3-Clause
 * Modules: the title's own header, handles of the kernel's libraries, and procedures looked up at run time. A procedure
 * of the kernel is a thunk like those of the title's imports, made when it is first asked for. */
#include "emu/kernel/kcall.h"
#include "emu/kernel/sync.h"
#include "emu/kernel/title_header.h"
#include "emu/kernel/variable.h"
#include "emu/loader/library.h"
#include "emu/memory/memory.h"
#include "emu/vfs/vfs.h"

/* Behind the trampolines; one place for each row of the tables. */
#define THUNKS 0x8FFF1000u
/* Handles of xboxkrnl.exe, xam.xex and xbdm.xex: addresses in the kernel's own memory that hold nothing. */
#define MODULES_AT 0x8FFEF000u

enum { ENTRIES_MAX = 256, MODULE_STEP = 0x100, THUNK_SIZE = 16, ERROR_NOT_FOUND = 0x490 };
enum { SC_2 = 0x44000042, BLR = 0x4E800020 };

u32 title_header_field(struct engine *e, u32 header, u32 key)
{
    u32 count = memory_get32(e, header + 0x14);
    for (u32 i = 0; i < count && i < ENTRIES_MAX; i++) {
        u32 entry = header + 0x18 + i * 8;
        if (memory_get32(e, entry) != key)
            continue;
        u32 value = memory_get32(e, entry + 4);
        return (key & 0xFF) == 0 ? value : (key & 0xFF) == 1 ? entry + 4 : header + value;
    }
    return 0;
}

/* Privileges 0 to 31 stand in the first of the headers of flags, the next 32 in the second, and so on. */
u64 xboxkrnl_XexCheckExecutablePrivilege(struct kcall *k)
{
    u32 privilege = kcall_u32(k, 0);
    if (privilege >= 32 * HEADER_FLAGS_COUNT)
        return 0;
    u32 key = HEADER_KEY_SYSTEM_FLAGS + privilege / 32 * HEADER_FLAGS_STEP;
    return title_header_field(k->e, k->m->title.header, key) >> privilege % 32 & 1;
}

static enum module module_of(const struct kcall *k, u32 handle)
{
    (void)k;
    u32 module = (handle - MODULES_AT) / MODULE_STEP;
    return handle > MODULES_AT && handle % MODULE_STEP == 0 && module < MODULES ? (enum module)module : MODULE_NONE;
}

/* A module is called as its file is; what the linker called the title does too. */
u32 xex_own_module(const struct machine *m, const char *name)
{
    enum module module = module_by_name(name);
    if (module)
        return MODULES_AT + (u32)module * MODULE_STEP;
    return vfs_compare(name, VARIABLE_IMAGE_FILE) == 0 || vfs_compare(name, m->title.name) == 0 ? m->title.module : 0;
}

u64 xboxkrnl_XexGetModuleHandle(struct kcall *k)
{
    char name[64];
    u32 handle = k->m->title.module;
    if (kcall_u32(k, 0)) {
        if (!memory_read_string(k->e, kcall_u32(k, 0), name, sizeof name))
            name[0] = '\0';
        struct library *library = library_find(k->e, name);
        handle = library ? library->module : xex_own_module(k->m, name);
    }
    if (!memory_set32(k->e, kcall_u32(k, 1), handle))
        return sync_fault(k, FAULT_WRITE, kcall_u32(k, 1));
    return handle ? STATUS_SUCCESS : ERROR_NOT_FOUND;
}

bool xex_is_own(const struct kcall *k, u32 handle)
{
    return handle && (handle == k->m->title.module || module_of(k, handle) != MODULE_NONE);
}

static u32 thunk(struct engine *e, const struct export *x)
{
    u32 address = THUNKS;
    for (const struct export *row = export_at(0); row != x; row++)
        address += THUNK_SIZE;
    u8 code[THUNK_SIZE] = {0};
    store_be32(code, SC_2);
    store_be32(code + 4, BLR);
    store_be32(code + 8, x->op);
    memory_poke(e, address, code, sizeof code);
    return address;
}

static u64 find_in_library(struct kcall *k, const struct library *library)
{
    u32 wanted = kcall_u32(k, 1), address = 0;
    char name[256];
    if (wanted <= 0xFFFF)
        address = library_export(k->e, library, wanted);
    else if (memory_read_string(k->e, wanted, name, sizeof name))
        address = library_export_by_name(k->e, library, name);
    memory_set32(k->e, kcall_u32(k, 2), address);
    if (address)
        return STATUS_SUCCESS;
    return wanted <= 0xFFFF ? STATUS_DRIVER_ORDINAL_NOT_FOUND : STATUS_DRIVER_ENTRYPOINT_NOT_FOUND;
}

/* The title may have exports too: where its own header says. */
static struct library title_as_library(struct engine *e)
{
    const struct title *title = &e->m->title;
    u32 security = title->header + memory_get32(e, title->header + HEADER_SECURITY_AT);
    u32 names = title_header_field(e, title->header, HEADER_KEY_EXPORTS_BY_NAME);
    return (struct library){.image_base = title->image_base,
                            .exports = memory_get32(e, security + SECURITY_EXPORTS),
                            .names = names ? title->image_base + memory_get32(e, names) : 0};
}

/* The second argument is an ordinal, or the address of a name; no module is the title. */
u64 xboxkrnl_XexGetProcedureAddress(struct kcall *k)
{
    const struct library *library = library_by_handle(k->e, kcall_u32(k, 0));
    struct library title = {0};
    enum module module = module_of(k, kcall_u32(k, 0));
    u32 wanted = kcall_u32(k, 1);
    char name[64];
    const struct export *x = NULL;
    if (!memory_set32(k->e, kcall_u32(k, 2), 0))
        return sync_fault(k, FAULT_WRITE, kcall_u32(k, 2));
    if (!library && (!kcall_u32(k, 0) || kcall_u32(k, 0) == k->m->title.module)) {
        title = title_as_library(k->e);
        library = &title;
    }
    if (library)
        return find_in_library(k, library);
    if (module == MODULE_NONE)
        return STATUS_INVALID_HANDLE;
    if (wanted <= 0xFFFF)
        x = export_find(export_op(module, wanted));
    else if (memory_read_string(k->e, wanted, name, sizeof name))
        x = export_by_name(name);
    if (!x || x->module != module)
        return wanted <= 0xFFFF ? STATUS_DRIVER_ORDINAL_NOT_FOUND : STATUS_DRIVER_ENTRYPOINT_NOT_FOUND;
    u32 address = x->is_variable ? variable_address(k->e, x->op) : thunk(k->e, x);
    memory_set32(k->e, kcall_u32(k, 2), address);
    return address ? STATUS_SUCCESS : STATUS_DRIVER_ORDINAL_NOT_FOUND;
}

/* Resources of a module: {name[8], address, size} entries behind the list's size. */
u64 xboxkrnl_XexGetModuleSection(struct kcall *k)
{
    char name[16], entry[8 + 1] = {0};
    const struct library *library = library_by_handle(k->e, kcall_u32(k, 0));
    u32 header = library ? library->header : k->m->title.header;
    if (!library && kcall_u32(k, 0) != k->m->title.module)
        return STATUS_INVALID_HANDLE;
    if (!memory_read_string(k->e, kcall_u32(k, 1), name, sizeof name))
        return STATUS_NOT_FOUND;
    u32 list = title_header_field(k->e, header, HEADER_KEY_RESOURCES);
    u32 size = list ? memory_get32(k->e, list) : 0;
    for (u32 at = 4; at + 16 <= size && at < ENTRIES_MAX * 16; at += 16) {
        if (!memory_read(k->e, list + at, entry, 8) || strcmp(entry, name) != 0)
            continue;
        if (!memory_set32(k->e, kcall_u32(k, 2), memory_get32(k->e, list + at + 8)) ||
            !memory_set32(k->e, kcall_u32(k, 3), memory_get32(k->e, list + at + 12)))
            return sync_fault(k, FAULT_WRITE, kcall_u32(k, 2));
        return STATUS_SUCCESS;
    }
    return STATUS_NOT_FOUND;
}
