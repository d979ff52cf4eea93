/* SPDX-License-Identifier: BSD-3-Clause
 * Kernel variables. They lie in one page range of the kernel's, each at a place that follows from the table of exports
 * alone: KeTimeStampBundle, which is kept up at every slice, then the others in order of module and ordinal, 16-byte
 * aligned. */
#include "emu/kernel/variable.h"

#include "emu/memory/memory.h"
#include "schema/export.h"

#define VARIABLES 0x8FFE0000u

enum { VARIABLES_SIZE = 0x10000, BUNDLE_ROOM = 0x20 };

enum ordinal {
    EX_CONSOLE_GAME_REGION = 0x00C,
    EX_EVENT_OBJECT_TYPE = 0x00E,
    EX_MUTANT_OBJECT_TYPE = 0x012,
    EX_SEMAPHORE_OBJECT_TYPE = 0x017,
    EX_THREAD_OBJECT_TYPE = 0x01B,
    EX_TIMER_OBJECT_TYPE = 0x01C,
    IO_COMPLETION_OBJECT_TYPE = 0x036,
    IO_DEVICE_OBJECT_TYPE = 0x03A,
    IO_FILE_OBJECT_TYPE = 0x03E,
    KE_TIME_STAMP_BUNDLE = 0x0AD,
    OB_DIRECTORY_OBJECT_TYPE = 0x106,
    OB_SYMBOLIC_LINK_OBJECT_TYPE = 0x112,
    XBOX_HARDWARE_INFO = 0x156,
    XBOX_KRNL_BASE_VERSION = 0x157,
    XBOX_KRNL_VERSION = 0x158,
    EX_LOADED_COMMAND_LINE = 0x1AE,
    EX_LOADED_IMAGE_NAME = 0x1AF,
    VD_GPU_CLOCK = 0x1C0,
    VD_HSIO_CALIBRATION_LOCK = 0x1C1,
};

u32 variable_address(const struct engine *e, u32 op)
{
    (void)e;
    u32 address = VARIABLES + BUNDLE_ROOM;
    if (op == export_op(MODULE_XBOXKRNL, KE_TIME_STAMP_BUNDLE))
        return VARIABLES;
    for (size_t i = 0; i < export_count(); i++) {
        const struct export *x = export_at(i);
        if (!x->is_variable || x->state == EXPORT_IS_NONE || x->op == export_op(MODULE_XBOXKRNL, KE_TIME_STAMP_BUNDLE))
            continue;
        if (x->op == op)
            return address;
        address += (x->size + 15) & ~15u;
    }
    return 0;
}

static u32 kernel_variable(const struct engine *e, enum ordinal ordinal)
{
    return variable_address(e, export_op(MODULE_XBOXKRNL, ordinal));
}

static void set_text(struct engine *e, enum ordinal ordinal, const char *text)
{
    memory_poke(e, kernel_variable(e, ordinal), text, (u32)strlen(text) + 1);
}

/* OBJECT_TYPE: six routines, then the tag of its pool blocks. */
static void set_object_types(struct engine *e)
{
    static const struct {
        enum ordinal ordinal;
        char tag[5];
    } types[] = {
        {EX_EVENT_OBJECT_TYPE, "Evnt"},         {EX_MUTANT_OBJECT_TYPE, "Muta"}, {EX_SEMAPHORE_OBJECT_TYPE, "Sema"},
        {EX_THREAD_OBJECT_TYPE, "Thrd"},        {EX_TIMER_OBJECT_TYPE, "Time"},  {IO_COMPLETION_OBJECT_TYPE, "IoCo"},
        {IO_DEVICE_OBJECT_TYPE, "Devi"},        {IO_FILE_OBJECT_TYPE, "File"},   {OB_DIRECTORY_OBJECT_TYPE, "Dire"},
        {OB_SYMBOLIC_LINK_OBJECT_TYPE, "Symb"},
    };
    for (u32 i = 0; i < countof(types); i++)
        memory_poke(e, kernel_variable(e, types[i].ordinal) + 0x18, types[i].tag, 4);
}

/* Kernel 2.0.17559.0, the console's last. */
static void set_version(struct engine *e, enum ordinal ordinal)
{
    u8 version[8];
    store_be16(version, 2);
    store_be16(version + 2, 0);
    store_be16(version + 4, 17559);
    store_be16(version + 6, 0);
    memory_poke(e, kernel_variable(e, ordinal), version, sizeof version);
}

/* Flags, then six hardware threads; a first model's values else. */
static void set_hardware(struct engine *e)
{
    u8 info[16] = {0};
    store_be32(info, 0x20);
    info[4] = 6;
    memory_poke(e, kernel_variable(e, XBOX_HARDWARE_INFO), info, sizeof info);
}

/* A critical section that nobody holds. */
static void set_calibration_lock(struct engine *e)
{
    u32 lock = kernel_variable(e, VD_HSIO_CALIBRATION_LOCK);
    memory_set8(e, lock, 1);
    memory_set32(e, lock + 8, lock + 8);
    memory_set32(e, lock + 12, lock + 8);
    memory_set32(e, lock + 0x10, 0xFFFFFFFF);
}

bool variable_init(struct engine *e, struct err *err)
{
    u32 used = BUNDLE_ROOM;
    for (size_t i = 0; i < export_count(); i++) {
        const struct export *x = export_at(i);
        if (x->is_variable && x->state != EXPORT_IS_NONE)
            used += (x->size + 15) & ~15u;
    }
    if (used > VARIABLES_SIZE)
        return err_set(err, "kernel variables take %u bytes, more than %u", used, VARIABLES_SIZE);
    memory_protect(e, VARIABLES, VARIABLES_SIZE, PAGE_READ | PAGE_WRITE | PAGE_COMMITTED | PAGE_RESERVED);
    memory_set32(e, kernel_variable(e, EX_CONSOLE_GAME_REGION), e->m->setting[SETTING_REGION]);
    memory_set32(e, kernel_variable(e, VD_GPU_CLOCK), 500);
    set_object_types(e);
    set_version(e, XBOX_KRNL_VERSION);
    set_version(e, XBOX_KRNL_BASE_VERSION);
    set_hardware(e);
    set_calibration_lock(e);
    set_text(e, EX_LOADED_COMMAND_LINE, "\"" VARIABLE_IMAGE_FILE "\"");
    set_text(e, EX_LOADED_IMAGE_NAME, "\\Device\\Cdrom0\\" VARIABLE_IMAGE_FILE);
    variable_tick(e);
    return true;
}

/* KeTimeStampBundle: time since boot and time of day in 100 ns, milliseconds since boot. */
void variable_tick(struct engine *e)
{
    u8 bundle[20];
    u64 since_boot = FILETIME_PER_TICK(e->m->tick);
    store_be64(bundle, since_boot);
    store_be64(bundle + 8, e->m->boot_time + since_boot);
    store_be32(bundle + 16, (u32)(e->m->tick / TICKS_PER_MS));
    memory_poke(e, VARIABLES, bundle, sizeof bundle);
}
