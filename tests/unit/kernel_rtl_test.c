/* SPDX-License-Identifier: BSD-3-Clause
 * Run-time library, modules, settings, variables, pads, users, SHA-1: known values, and wild pointers as guest faults.
 */
#include "tests/unit/rig.h"

#include "emu/kernel/variable.h"

enum {
    A = RIG_DATA,
    B = RIG_DATA + 0x10,
    OUT = RIG_DATA + 0x20,
    TEXT = RIG_DATA + 0x100,
    BUFFER = RIG_DATA + 0x1000,
    HEADER = RIG_DATA + 0x4000
};

static u32 dos_error(struct rig *rig, u32 status)
{
    return (u32)rig_call(rig, xboxkrnl_RtlNtStatusToDosError, status);
}

static bool faulted(struct rig *rig)
{
    struct ppc *c = &rig->e->m->threads[1].cpu;
    bool fault = c->stop == CPU_FAULT;
    c->stop = CPU_RUN;
    return fault;
}

static void ansi(struct rig *rig, u32 at, u32 text, const char *content)
{
    rig_call(rig, xboxkrnl_RtlInitAnsiString, at, rig_text(rig, text, content));
}

static void test_counted_strings(void **state)
{
    (void)state;
    struct rig *rig = rig_create();
    ansi(rig, A, TEXT, "hello");
    assert_int_equal(memory_get64(rig->e, A), 0x0005000600000000ull | TEXT);
    rig_call(rig, xboxkrnl_RtlInitAnsiString, B, 0);
    assert_int_equal(memory_get64(rig->e, B), 0);
    assert_int_equal(rig_call(rig, xboxkrnl_RtlAnsiStringToUnicodeString, B, A, 1), STATUS_SUCCESS);
    u32 wide = memory_get32(rig->e, B + 4);
    assert_int_equal(memory_get32(rig->e, B), 0x000A000C);
    assert_int_equal(memory_get64(rig->e, wide), 0x00680065006C006Cull);
    memory_set16(rig->e, wide + 2, 0x20AC); /* has no place in 8 bits */
    memory_set32(rig->e, A, 0x00000004);
    memory_set32(rig->e, A + 4, BUFFER);
    assert_int_equal(rig_call(rig, xboxkrnl_RtlUnicodeStringToAnsiString, A, B, 0), STATUS_BUFFER_OVERFLOW);
    assert_int_equal(memory_get32(rig->e, BUFFER), 0x683F6C00); /* "h?l" */
    rig_call(rig, xboxkrnl_RtlFreeUnicodeString, B);
    assert_int_equal(memory_get64(rig->e, B), 0);
    assert_int_equal(heap_size(rig->e, wide), 0);
    memory_set16(rig->e, TEXT, 'x');
    memory_set16(rig->e, TEXT + 2, 0);
    assert_int_equal(rig_call(rig, xboxkrnl_RtlCreateUnicodeString, B, TEXT), 1);
    assert_int_equal(memory_get32(rig->e, B), 0x00020004);
    rig_destroy(rig);
}

static void test_append_copy_compare(void **state)
{
    (void)state;
    struct rig *rig = rig_create();
    ansi(rig, A, TEXT, "abc");
    memory_set32(rig->e, B, 8);
    memory_set32(rig->e, B + 4, BUFFER);
    rig_call(rig, xboxkrnl_RtlCopyString, B, A);
    assert_int_equal(rig_call(rig, xboxkrnl_RtlAppendStringToString, B, A), STATUS_SUCCESS);
    assert_int_equal(rig_call(rig, xboxkrnl_RtlAppendStringToString, B, A), STATUS_BUFFER_TOO_SMALL);
    assert_int_equal(memory_get16(rig->e, B), 6);
    assert_int_equal(memory_get32(rig->e, BUFFER + 2), 0x63616263);
    assert_int_equal((s32)rig_call(rig, xboxkrnl_RtlCompareString, A, B, 0), -3);
    ansi(rig, B, BUFFER, "aBd");
    assert_int_equal((s32)rig_call(rig, xboxkrnl_RtlCompareString, A, B, 0), 'b' - 'B');
    assert_int_equal((s32)rig_call(rig, xboxkrnl_RtlCompareString, A, B, 1), 'c' - 'd');
    assert_int_equal(rig_call(rig, xboxkrnl_RtlCompareStringN, TEXT, 1, BUFFER, 1, 0), 0);
    /* Of 16-bit characters, from A's text as two of them ... */
    memory_set32(rig->e, A, 0x00040004);
    memory_set32(rig->e, B, 0x0000000A);
    rig_call(rig, xboxkrnl_RtlCopyUnicodeString, B, A);
    assert_int_equal(rig_call(rig, xboxkrnl_RtlAppendUnicodeStringToString, B, A), STATUS_SUCCESS);
    assert_int_equal(memory_get64(rig->e, BUFFER), 0x6162630061626300ull);
    assert_int_equal(rig_call(rig, xboxkrnl_RtlAppendUnicodeStringToString, B, A), STATUS_BUFFER_TOO_SMALL);
    assert_int_equal(rig_call(rig, xboxkrnl_RtlUpperChar, 'z'), 'Z');
    assert_int_equal(rig_call(rig, xboxkrnl_RtlUpperChar, 0xF7), 0xF7);
    assert_int_equal(rig_call(rig, xboxkrnl_RtlLowerChar, 0xC0), 0xE0);
    assert_int_equal(rig_call(rig, xboxkrnl_RtlUpcaseUnicodeChar, 'q'), 'Q');
    rig_destroy(rig);
}

static void test_buffers(void **state)
{
    (void)state;
    struct rig *rig = rig_create();
    rig_text(rig, TEXT, "wide");
    assert_int_equal(rig_call(rig, xboxkrnl_RtlMultiByteToUnicodeN, BUFFER, 6, OUT, TEXT, 4), STATUS_SUCCESS);
    assert_int_equal(memory_get32(rig->e, OUT), 6);
    assert_int_equal(memory_get64(rig->e, BUFFER), 0x0077006900640000ull);
    assert_int_equal(rig_call(rig, xboxkrnl_RtlUnicodeToMultiByteN, BUFFER + 0x100, 9, OUT, BUFFER, 6), STATUS_SUCCESS);
    assert_int_equal(memory_get32(rig->e, OUT), 3);
    assert_int_equal(memory_get32(rig->e, BUFFER + 0x100), 0x77696400);
    assert_int_equal(rig_call(rig, xboxkrnl_RtlMultiByteToUnicodeSize, OUT, TEXT, 4), STATUS_SUCCESS);
    assert_int_equal(memory_get32(rig->e, OUT), 8);
    assert_int_equal(rig_call(rig, xboxkrnl_RtlUnicodeToMultiByteSize, OUT, BUFFER, 6), STATUS_SUCCESS);
    assert_int_equal(memory_get32(rig->e, OUT), 3);
    rig_call(rig, xboxkrnl_RtlFillMemoryUlong, BUFFER, 0x2003, 0xDEADBEEF);
    assert_int_equal(memory_get32(rig->e, BUFFER + 0x1FFC), 0xDEADBEEF);
    assert_int_equal(memory_get32(rig->e, BUFFER + 0x2000), 0);
    assert_int_equal(rig_call(rig, xboxkrnl_RtlCompareMemoryUlong, BUFFER, 0x3000, 0xDEADBEEF), 0x2000);
    assert_int_equal(rig_call(rig, xboxkrnl_RtlCompareMemory, BUFFER, BUFFER + 4, 0x2000), 0x1FFC);
    assert_int_equal(rig_call(rig, xboxkrnl_RtlCompareMemory, BUFFER, BUFFER + 4, 0x1FFC), 0x1FFC);
    rig_destroy(rig);
}

static void test_calendar(void **state)
{
    (void)state;
    static const struct {
        u64 time;
        u16 field[8];
    } row[] = {
        {0, {1601, 1, 1, 0, 0, 0, 0, 1}},
        {116444736000000000ull, {1970, 1, 1, 0, 0, 0, 0, 4}},
        {125962572345670000ull, {2000, 2, 29, 0, 20, 34, 567, 2}},
        {132223103999990000ull, {2019, 12, 31, 23, 59, 59, 999, 2}},
        {264043295999990000ull, {2437, 9, 20, 15, 59, 59, 999, 0}},
    };
    struct rig *rig = rig_create();
    for (u32 i = 0; i < countof(row); i++) {
        memory_set64(rig->e, A, row[i].time);
        rig_call(rig, xboxkrnl_RtlTimeToTimeFields, A, BUFFER);
        for (u32 j = 0; j < 8; j++)
            assert_int_equal(memory_get16(rig->e, BUFFER + j * 2), row[i].field[j]);
        assert_int_equal(rig_call(rig, xboxkrnl_RtlTimeFieldsToTime, BUFFER, B), 1);
        assert_int_equal(memory_get64(rig->e, B), row[i].time);
    }
    memory_set16(rig->e, BUFFER, 2001);
    memory_set16(rig->e, BUFFER + 2, 2);
    memory_set16(rig->e, BUFFER + 4, 29);
    assert_int_equal(rig_call(rig, xboxkrnl_RtlTimeFieldsToTime, BUFFER, B), 0);
    memory_set64(rig->e, A, UINT64_MAX);
    rig_call(rig, xboxkrnl_RtlTimeToTimeFields, A, BUFFER);
    assert_int_equal(memory_get16(rig->e, BUFFER), 30828);
    rig_destroy(rig);
}

static void test_dos_errors(void **state)
{
    (void)state;
    struct rig *rig = rig_create();
    assert_int_equal(dos_error(rig, 0), 0);
    assert_int_equal(dos_error(rig, STATUS_OBJECT_NAME_NOT_FOUND), 2);
    assert_int_equal(dos_error(rig, 0xD0000034), 2);
    assert_int_equal(dos_error(rig, 0x80070057), 0x57);
    assert_int_equal(dos_error(rig, 0x20001234), 0x20001234);
    assert_int_equal(dos_error(rig, 0xC0FFFFFF), 0x13D);
    rig_destroy(rig);
}

static void test_header_fields(void **state)
{
    (void)state;
    struct rig *rig = rig_create();
    const u32 word[] = {0x58455832, 1,  0x100,      0,    0,          5,    0x00010100, 0x82001234,
                        0x00020401, 77, 0x000002FF, 0x60, 0x00040006, 0x80, 0x00030000, 0x100};
    for (u32 i = 0; i < countof(word); i++)
        memory_set32(rig->e, HEADER + i * 4, word[i]);
    assert_int_equal(rig_call(rig, xboxkrnl_RtlImageXexHeaderField, HEADER, 0x00010100), 0x82001234);
    assert_int_equal(rig_call(rig, xboxkrnl_RtlImageXexHeaderField, HEADER, 0x00020401), HEADER + 0x18 + 8 + 4);
    assert_int_equal(rig_call(rig, xboxkrnl_RtlImageXexHeaderField, HEADER, 0x000002FF), HEADER + 0x60);
    assert_int_equal(rig_call(rig, xboxkrnl_RtlImageXexHeaderField, HEADER, 0x12345678), 0);
    assert_int_equal(rig_call(rig, xboxkrnl_RtlImageXexHeaderField, 0xFFFFFFF0, 0x12345678), 0);
    memory_set32(rig->e, HEADER + 0x14, 0xFFFFFFFF);
    assert_int_equal(rig_call(rig, xboxkrnl_RtlImageXexHeaderField, HEADER, 0x12345678), 0);
    rig->e->m->title.header = HEADER;
    rig->e->m->title.module = HEADER + 0x1000;
    memory_set32(rig->e, HEADER + 0x60, 20);
    memory_poke(rig->e, HEADER + 0x64, "sound\0\0\0\x82\x01\x00\x00\x00\x00\x00\x40", 16);
    rig_text(rig, TEXT, "sound");
    assert_int_equal(rig_call(rig, xboxkrnl_XexGetModuleSection, HEADER + 0x1000, TEXT, A, B), STATUS_SUCCESS);
    assert_int_equal(memory_get32(rig->e, A), 0x82010000);
    assert_int_equal(memory_get32(rig->e, B), 0x40);
    rig_text(rig, TEXT, "none");
    assert_int_equal(rig_call(rig, xboxkrnl_XexGetModuleSection, HEADER + 0x1000, TEXT, A, B), 0xC0000225);
    assert_int_equal(rig_call(rig, xboxkrnl_XexCheckExecutablePrivilege, 8), 1);
    assert_int_equal(rig_call(rig, xboxkrnl_XexCheckExecutablePrivilege, 40), 0);
    assert_int_equal(rig_call(rig, xam_XamGetExecutionId, A), 0);
    assert_int_equal(memory_get32(rig->e, A), HEADER + 0x80);
    rig_destroy(rig);
}

static void test_procedures_are_thunks_of_their_export(void **state)
{
    (void)state;
    struct rig *rig = rig_create();
    assert_true(variable_init(rig->e, &rig->err));
    rig_text(rig, TEXT, "xboxkrnl.exe");
    assert_int_equal(rig_call(rig, xboxkrnl_XexGetModuleHandle, TEXT, A), STATUS_SUCCESS);
    u32 module = memory_get32(rig->e, A);
    assert_int_equal(rig_call(rig, xboxkrnl_XexGetProcedureAddress, module, 0xF0, B), STATUS_SUCCESS);
    u32 thunk = memory_get32(rig->e, B);
    memory_protect(rig->e, thunk & ~0xFFFFu, 0x10000, PAGE_READ | PAGE_COMMITTED);
    assert_int_equal(memory_get64(rig->e, thunk), 0x440000424E800020ull);
    assert_int_equal(memory_get32(rig->e, thunk + 8), export_op(MODULE_XBOXKRNL, 0xF0));
    rig_text(rig, TEXT, "KeTimeStampBundle");
    assert_int_equal(rig_call(rig, xboxkrnl_XexGetProcedureAddress, module, TEXT, B), STATUS_SUCCESS);
    assert_int_equal(memory_get32(rig->e, B), variable_address(rig->e, export_op(MODULE_XBOXKRNL, 0xAD)));
    assert_int_equal(rig_call(rig, xboxkrnl_XexGetProcedureAddress, module, 0xFFFF, B), 0xC0000262);
    assert_int_equal(rig_call(rig, xboxkrnl_XexGetProcedureAddress, 0x1234, 1, B), STATUS_INVALID_HANDLE);
    rig_text(rig, TEXT, "nothing.xex");
    assert_int_equal(rig_call(rig, xboxkrnl_XexGetModuleHandle, TEXT, A), 0x490);
    rig_destroy(rig);
}

static void test_variables_hold_the_clock(void **state)
{
    (void)state;
    struct rig *rig = rig_create();
    assert_true(variable_init(rig->e, &rig->err));
    u32 bundle = variable_address(rig->e, export_op(MODULE_XBOXKRNL, 0xAD));
    rig->e->m->tick = TICKS_PER_SECOND + 5;
    variable_tick(rig->e);
    assert_int_equal(memory_get64(rig->e, bundle), 10000001);
    assert_int_equal(memory_get64(rig->e, bundle + 8), rig->e->m->boot_time + 10000001);
    assert_int_equal(memory_get32(rig->e, bundle + 16), 1000);
    u32 seen[3] = {variable_address(rig->e, export_op(MODULE_XBOXKRNL, 0x156)),
                   variable_address(rig->e, export_op(MODULE_XBOXKRNL, 0x158)),
                   variable_address(rig->e, export_op(MODULE_XBOXKRNL, 0x1C0))};
    assert_int_equal(memory_get8(rig->e, seen[0] + 4), 6);
    assert_int_equal(memory_get16(rig->e, seen[1]), 2);
    assert_int_equal(memory_get32(rig->e, seen[2]), 500);
    assert_int_equal(variable_address(rig->e, export_op(MODULE_XBOXKRNL, 0xF0)), 0); /* a function */
    /* No two overlap. */
    u32 last = bundle, last_size = 24;
    for (size_t i = 0; i < export_count(); i++) {
        const struct export *x = export_at(i);
        u32 at = variable_address(rig->e, x->op);
        if (at == 0 || at == bundle)
            continue;
        assert_true(at >= last + last_size);
        last = at;
        last_size = x->size;
    }
    rig_destroy(rig);
}

/* Words at the start of each variable, or at an offset. */
static void test_variables_hold_what_the_console_has(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        u32 offset;
        u32 value;
    } row[] = {
        {"ExConsoleGameRegion", 0, 0x1234},
        {"ExEventObjectType", 0x18, 0x45766E74},
        {"ExMutantObjectType", 0x18, 0x4D757461},
        {"ExSemaphoreObjectType", 0x18, 0x53656D61},
        {"ExThreadObjectType", 0x18, 0x54687264},
        {"ExTimerObjectType", 0x18, 0x54696D65},
        {"IoCompletionObjectType", 0x18, 0x496F436F},
        {"IoDeviceObjectType", 0x18, 0x44657669},
        {"IoFileObjectType", 0x18, 0x46696C65},
        {"ObDirectoryObjectType", 0x18, 0x44697265},
        {"ObSymbolicLinkObjectType", 0x18, 0x53796D62},
        {"VdGlobalDevice", 0, 0},
        {"VdGlobalXamDevice", 0, 0},
        {"VdGpuClockInMHz", 0, 500},
        {"VdHSIOCalibrationLock", 0x10, 0xFFFFFFFF},
        {"VdHSIOCalibrationLock", 0x18, 0},
        {"XboxHardwareInfo", 0, 0x20},
        {"XboxHardwareInfo", 4, 0x06000000},
        {"XboxKrnlVersion", 0, 0x00020000},
        {"XboxKrnlVersion", 4, 17559u << 16},
        {"XboxKrnlBaseVersion", 0, 0x00020000},
    };
    struct rig *rig = rig_create();
    rig->e->m->setting[SETTING_REGION] = 0x1234;
    assert_true(variable_init(rig->e, &rig->err));
    for (u32 i = 0; i < countof(row); i++) {
        u32 at = variable_address(rig->e, export_by_name(row[i].name)->op);
        if (memory_get32(rig->e, at + row[i].offset) != row[i].value || !memory_is_writable(rig->e, at, 4))
            fail_msg("%s+%X is %08X", row[i].name, row[i].offset, memory_get32(rig->e, at + row[i].offset));
    }
    rig_destroy(rig);
}

static void test_settings(void **state)
{
    (void)state;
    struct rig *rig = rig_create();
    rig->e->m->setting[SETTING_LANGUAGE] = 5;
    rig->e->m->setting[SETTING_REGION] = 0x00FF;
    assert_int_equal(rig_call(rig, xboxkrnl_ExGetXConfigSetting, 3, 9, A, 4, OUT), STATUS_SUCCESS);
    assert_int_equal(memory_get32(rig->e, A), 5);
    assert_int_equal(memory_get16(rig->e, OUT), 4);
    assert_int_equal(rig_call(rig, xboxkrnl_ExGetXConfigSetting, 3, 9, A, 3, 0), STATUS_BUFFER_TOO_SMALL);
    assert_int_equal(rig_call(rig, xboxkrnl_ExGetXConfigSetting, 3, 99, A, 4, 0), STATUS_INVALID_PARAMETER_2);
    assert_int_equal(rig_call(rig, xboxkrnl_ExGetXConfigSetting, 9, 1, A, 4, 0), STATUS_INVALID_PARAMETER_1);
    assert_int_equal(rig_call(rig, xboxkrnl_ExGetXConfigSetting, 3, 9, 1, 4, 0), STATUS_ACCESS_VIOLATION);
    assert_int_equal(rig_call(rig, xam_XGetLanguage, 0), 5);
    assert_int_equal(rig_call(rig, xam_XamGetLanguage, 0), 5);
    assert_int_equal(rig_call(rig, xam_XGetGameRegion, 0), 0xFF);
    rig->e->m->title.title_id = 0x4C4B0001;
    assert_int_equal(rig_call(rig, xam_XamGetCurrentTitleId, 0), 0x4C4B0001);
    assert_int_equal(rig_call(rig, xam_XGetAVPack, 0), rig_call(rig, xboxkrnl_HalGetCurrentAVPack, 0));
    rig_call(rig, xam_XGetVideoMode, BUFFER);
    assert_int_equal(memory_get32(rig->e, BUFFER), 1280);
    rig_destroy(rig);
}

static void test_pads_answer_through_the_gate(void **state)
{
    (void)state;
    struct rig *rig = rig_create();
    assert_int_equal(rig_call(rig, xam_XamInputGetState, 0, 0, BUFFER), 0x48F);
    rig->pad_size = 16;
    rig->pad[3] = 9;
    rig->pad[5] = 0x10;
    assert_int_equal(rig_call(rig, xam_XamInputGetState, 0, 1, BUFFER), 0);
    assert_int_equal(memory_get32(rig->e, BUFFER), 9);
    assert_int_equal(memory_get16(rig->e, BUFFER + 4), 0x10);
    assert_int_equal(rig_call(rig, xam_XamInputGetState, 0xFF, 0, BUFFER), 0);
    assert_int_equal(rig_call(rig, xam_XamInputGetState, 1, 0, BUFFER), 0x48F);
    assert_int_equal(rig_call(rig, xam_XamInputGetState, 77, 0, BUFFER), 0x48F);
    assert_int_equal(rig_call(rig, xam_XamInputGetState, 0, 0, 3), 0xA0);
    assert_int_equal(rig_call(rig, xam_XamInputGetCapabilities, 0, 0, BUFFER), 0);
    assert_int_equal(memory_get16(rig->e, BUFFER), 0x0101);
    assert_int_equal(rig_call(rig, xam_XamInputGetCapabilitiesEx, 1, 0, 0, BUFFER + 32), 0);
    assert_int_equal(memory_get64(rig->e, BUFFER + 32), memory_get64(rig->e, BUFFER));
    rig->pad_size = 7;
    assert_int_equal(rig_call(rig, xam_XamInputGetState, 0, 0, BUFFER), 0x48F);
    assert_true(rig->e->err.text[0] != '\0');
    rig_destroy(rig);
}

static void test_sha1_in_pieces_and_at_once(void **state)
{
    (void)state;
    static const u8 want[20] = {0x84, 0x98, 0x3E, 0x44, 0x1C, 0x3B, 0xD2, 0x6E, 0xBA, 0xAE,
                                0x4A, 0xA1, 0xF9, 0x51, 0x29, 0xE5, 0xE5, 0x46, 0x70, 0xF1}; /* FIPS 180, example 2 */
    struct rig *rig = rig_create();
    u8 got[20];
    const char *text = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    rig_text(rig, TEXT, text);
    rig_call(rig, xboxkrnl_XeCryptSha, TEXT, 3, TEXT + 3, 50, TEXT + 53, 3, BUFFER, 20);
    assert_true(memory_read(rig->e, BUFFER, got, sizeof got));
    assert_memory_equal(got, want, sizeof want);
    rig_call(rig, xboxkrnl_XeCryptShaInit, HEADER);
    assert_int_equal(memory_get32(rig->e, HEADER + 4), 0x67452301);
    for (u32 i = 0; i < 56; i += 7)
        rig_call(rig, xboxkrnl_XeCryptShaUpdate, HEADER, TEXT + i, 7);
    assert_int_equal(memory_get32(rig->e, HEADER), 56);
    rig_call(rig, xboxkrnl_XeCryptShaFinal, HEADER, BUFFER + 32, 20);
    assert_true(memory_read(rig->e, BUFFER + 32, got, sizeof got));
    assert_memory_equal(got, want, sizeof want);
    u32 fresh = BUFFER + 0x100;
    rig_call(rig, xboxkrnl_XeCryptRandom, fresh, 13);
    u64 first = memory_get64(rig->e, fresh);
    assert_int_equal(memory_get8(rig->e, fresh + 13), 0);
    rig_call(rig, xboxkrnl_XeCryptRandom, fresh, 13);
    assert_int_not_equal(memory_get64(rig->e, fresh), first);
    rig_destroy(rig);
}

static void test_ends(void **state)
{
    (void)state;
    struct rig *rig = rig_create();
    rig_call(rig, xboxkrnl_ExTerminateTitleProcess, 7);
    assert_int_equal(rig->e->m->ended, END_EXITED);
    assert_int_equal(rig->e->m->exit_code, 7);
    rig_destroy(rig);
    rig = rig_create();
    rig_call(rig, xam_XamLoaderTerminateTitle, 0);
    assert_int_equal(rig->e->m->ended, END_EXITED);
    rig_destroy(rig);
    rig = rig_create();
    rig_call(rig, xboxkrnl_HalReturnToFirmware, 1);
    assert_int_equal(rig->e->m->ended, END_EXITED);
    rig_destroy(rig);
}

static void test_faults_a_title_asks_for(void **state)
{
    (void)state;
    static const struct {
        u64 (*handler)(struct kcall *k);
        u32 fault;
        u32 address;
    } row[] = {
        {xboxkrnl_KeBugCheck, FAULT_BUGCHECK, 0xF4},
        {xboxkrnl_KeBugCheckEx, FAULT_BUGCHECK, 0xF4},
        {xboxkrnl_DbgBreakPoint, FAULT_TRAP, 0x82000000},
        {xboxkrnl_DbgBreakPointWithStatus, FAULT_TRAP, 0xF4},
    };
    struct rig *rig = rig_create();
    rig->e->m->threads[1].cpu.pc = 0x82000000;
    for (u32 i = 0; i < countof(row); i++) {
        rig_call(rig, row[i].handler, 0xF4, 1, 2, 3, 4);
        assert_true(faulted(rig));
        assert_int_equal(rig->e->m->threads[1].cpu.fault, row[i].fault);
        assert_int_equal(rig->e->m->threads[1].cpu.fault_address, row[i].address);
    }
    rig_destroy(rig);
}

static void test_memory_of_the_library(void **state)
{
    (void)state;
    struct rig *rig = rig_create();
    assert_int_equal(rig_call(rig, xam_XamAlloc, 0, 100, A), 0);
    u32 block = memory_get32(rig->e, A);
    assert_int_equal(heap_size(rig->e, block), 100);
    assert_int_equal(rig_call(rig, xam_XamFree, block), 0);
    assert_int_equal(heap_size(rig->e, block), 0);
    assert_int_equal(rig_call(rig, xam_XamAllocEx, 0, 0, 0xFFFFFFFF, A), 0xE);
    rig_destroy(rig);
}

static void test_wild_pointers_are_guest_faults(void **state)
{
    (void)state;
    static u64 (*const handlers[])(struct kcall * k) = {
        xboxkrnl_RtlFreeAnsiString,
        xboxkrnl_RtlAnsiStringToUnicodeString,
        xboxkrnl_RtlUnicodeStringToAnsiString,
        xboxkrnl_RtlCopyString,
        xboxkrnl_RtlAppendStringToString,
        xboxkrnl_RtlAppendUnicodeToString,
        xboxkrnl_RtlCreateUnicodeString,
        xboxkrnl_RtlCompareString,
        xboxkrnl_RtlCompareUnicodeString,
        xboxkrnl_RtlMultiByteToUnicodeN,
        xboxkrnl_RtlUnicodeToMultiByteN,
        xboxkrnl_RtlCompareMemory,
        xboxkrnl_RtlFillMemoryUlong,
        xboxkrnl_RtlTimeToTimeFields,
        xboxkrnl_RtlTimeFieldsToTime,
        xboxkrnl_RtlGetStackLimits,
        xboxkrnl_XeCryptShaInit,
        xboxkrnl_XeCryptShaUpdate,
        xboxkrnl_XeCryptSha,
        xboxkrnl_XeCryptRandom,
        xboxkrnl_RtlCompareStringN,
        xboxkrnl_RtlInitUnicodeString,
    };
    static const u64 wild[] = {0x7FFFFFF0, 0xFFFFFFFC, 0x90000000};
    struct rig *rig = rig_create();
    for (u32 i = 0; i < countof(handlers); i++) {
        for (u32 j = 0; j < countof(wild); j++) {
            u64 w = wild[j];
            rig_call(rig, handlers[i], w, w, w, w, w, w, w, w);
            if (!faulted(rig))
                fail_msg("handler %u, pointer %08X", i, (u32)w);
        }
    }
    rig_destroy(rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counted_strings),
        cmocka_unit_test(test_append_copy_compare),
        cmocka_unit_test(test_buffers),
        cmocka_unit_test(test_calendar),
        cmocka_unit_test(test_dos_errors),
        cmocka_unit_test(test_header_fields),
        cmocka_unit_test(test_procedures_are_thunks_of_their_export),
        cmocka_unit_test(test_variables_hold_the_clock),
        cmocka_unit_test(test_variables_hold_what_the_console_has),
        cmocka_unit_test(test_settings),
        cmocka_unit_test(test_pads_answer_through_the_gate),
        cmocka_unit_test(test_sha1_in_pieces_and_at_once),
        cmocka_unit_test(test_ends),
        cmocka_unit_test(test_faults_a_title_asks_for),
        cmocka_unit_test(test_memory_of_the_library),
        cmocka_unit_test(test_wild_pointers_are_guest_faults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
