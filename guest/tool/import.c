/* SPDX-License-Identifier: BSD-3-Clause
 * See import.h. What mkxex reads: section .xeximp.<library>.tab, not loaded, of entries {u32 variable record, u32 thunk
 * or 0, u32 ordinal}. The records are words that the loader fills or rewrites: 00 MM OOOO, and for thunks 01 MM OOOO
 * twice before mtctr r11 and bctr. */
#include "guest/tool/import.h"
#include "guest/tool/abi.h"

#define IMPORT_PREFIX "__import_"

struct request {
    bool is_thunk_wanted; /* as __import_NAME */
    bool is_name_wanted;  /* as NAME */
};

static const char *library(const struct export *e)
{
    static const char *const names[MODULES] = {"", "xboxkrnl", "xam", "xbdm"};
    return names[e->module];
}

static void asm_line(FILE *out, const char *text)
{
    fprintf(out, "    \"%s\\n\"\n", text);
}

static void asm_op(FILE *out, const char *op, int a, int b)
{
    fprintf(out, "    \"    %s %d,%d\\n\"\n", op, a, b);
}

static void asm_memory(FILE *out, const char *op, int r, u32 offset)
{
    fprintf(out, "    \"    %s %d,%u(1)\\n\"\n", op, r, offset);
}

static void write_records(FILE *out, const struct export *e, bool is_alias)
{
    u32 word = (u32)(e->module - 1) << 16 | (e->op & 0xFFFF);
    const char *lib = library(e);
    fprintf(out, "__asm__(\n    \".section .xeximp.%s.var,\\\"a\\\"\\n\"\n    \".balign 4\\n\"\n", lib);
    if (e->is_variable)
        fprintf(out, "    \".globl %s\\n%s:\\n\"\n", e->name, e->name);
    fprintf(out, "    \"1: .long 0x%08X\\n\"\n", word);
    if (!e->is_variable) {
        fprintf(out, "    \".section .xeximp.%s.thunk,\\\"ax\\\"\\n\"\n    \".balign 16\\n\"\n", lib);
        fprintf(out, "    \".globl " IMPORT_PREFIX "%s\\n" IMPORT_PREFIX "%s:\\n\"\n", e->name, e->name);
        fprintf(out, "    \".type " IMPORT_PREFIX "%s,@function\\n\"\n", e->name);
        if (is_alias)
            fprintf(out, "    \".globl %s\\n%s:\\n.type %s,@function\\n\"\n", e->name, e->name, e->name);
        fprintf(out, "    \".long 0x%08X,0x%08X,0x7D6903A6,0x4E800420\\n\"\n", 1u << 24 | word, 1u << 24 | word);
    }
    fprintf(out, "    \".section .xeximp.%s.tab,\\\"\\\",@progbits\\n\"\n", lib);
    fprintf(out, "    \".long 1b,%s%s,%u\\n\"\n    \".text\\n\");\n", e->is_variable ? "0" : IMPORT_PREFIX,
            e->is_variable ? "" : e->name, e->op & 0xFFFF);
}

/* From where the compiler put it to a stack slot of the console; uses r11 alone. base: of the compiler's stack. */
static void store_slot(FILE *out, const struct abi_place *p, u32 i, u32 base)
{
    u32 slot = ABI_STACK_SLOTS + 8 * (i - ABI_REGISTERS);
    if (p->is_float)
        return;
    if (p->gpr >= 0 && p->is_wide) {
        asm_op(out, "mr", 11, p->gpr + 1);
        fprintf(out, "    \"    rldimi 11,%d,32,0\\n\"\n", p->gpr);
    } else if (p->gpr >= 0) {
        asm_op(out, "mr", 11, p->gpr);
    } else {
        asm_memory(out, p->is_wide ? "ld" : "lwz", 11, base + p->offset);
    }
    asm_memory(out, p->is_wide ? "std" : "stw", 11, p->is_wide ? slot : slot + 4);
}

static void move_register(FILE *out, const struct abi_place *p, u32 i)
{
    int target = (int)(3 + i), source = p->gpr;
    if (p->is_wide) {
        fprintf(out, "    \"    rldimi %d,%d,32,0\\n\"\n", source + 1, source);
        source++;
    }
    if (source != target)
        asm_op(out, "mr", target, source);
}

/* Moves in an order in which none overwrites what another still reads. */
static bool move_registers(FILE *out, const struct abi *abi)
{
    u32 pending = 0;
    for (u32 i = 0; i < abi->count && i < ABI_REGISTERS; i++) {
        if (abi->place[i].gpr >= 0)
            pending |= 1u << i;
    }
    while (pending) {
        u32 before = pending;
        for (u32 i = 0; i < ABI_REGISTERS; i++) {
            u32 readers = 0;
            for (u32 j = 0; j < ABI_REGISTERS; j++) {
                int first = abi->place[j].gpr, last = first + abi->place[j].is_wide;
                if (j != i && pending & 1u << j && (int)(3 + i) >= first && (int)(3 + i) <= last)
                    readers++;
            }
            if (!(pending & 1u << i) || readers)
                continue;
            move_register(out, &abi->place[i], i);
            pending &= ~(1u << i);
        }
        if (pending == before)
            return false;
    }
    return true;
}

/* What C calls by name when it does not use the header's inline form. */
static bool write_shim(FILE *out, const struct export *e, const struct abi *abi, struct err *err)
{
    bool has_frame = abi->needs_frame || abi->has_wide_result;
    u32 frame = has_frame ? abi_frame_size(abi) : 0;
    fprintf(out, "__asm__(\n    \".text\\n.globl %s\\n.type %s,@function\\n%s:\\n\"\n", e->name, e->name, e->name);
    if (has_frame) {
        asm_line(out, "    mflr 0");
        asm_line(out, "    stw 0,4(1)");
        fprintf(out, "    \"    stwu 1,-%u(1)\\n\"\n", frame);
    }
    for (u32 i = ABI_REGISTERS; i < abi->count; i++)
        store_slot(out, &abi->place[i], i, frame + 8);
    if (!move_registers(out, abi))
        return err_set(err, "%s: no order of moves for its arguments", e->name);
    for (u32 i = 0; i < abi->count && i < ABI_REGISTERS; i++) {
        if (abi->place[i].gpr < 0 && !abi->place[i].is_float)
            asm_memory(out, abi->place[i].is_wide ? "ld" : "lwz", (int)(3 + i), frame + 8 + abi->place[i].offset);
    }
    fprintf(out, "    \"    %s " IMPORT_PREFIX "%s\\n\"\n", has_frame ? "bl" : "b", e->name);
    if (abi->has_wide_result) {
        asm_line(out, "    mr 4,3");
        asm_line(out, "    srdi 3,3,32");
    }
    if (has_frame) {
        fprintf(out, "    \"    addi 1,1,%u\\n\"\n", frame);
        asm_line(out, "    lwz 0,4(1)");
        asm_line(out, "    mtlr 0");
        asm_line(out, "    blr");
    }
    fputs(");\n", out);
    return true;
}

/* Only the format says which variable arguments there are: guest_varargs (call.S) finds out. r11 and r12 carry no
 * arguments in the compiler's convention. */
static void write_varargs(FILE *out, const struct export *e, const struct abi *abi)
{
    bool is_wide = e->arguments[abi->count - 1].type == ARG_WSTR;
    fprintf(out, "__asm__(\n    \".text\\n.globl %s\\n.type %s,@function\\n%s:\\n\"\n", e->name, e->name, e->name);
    fprintf(out, "    \"    lis 11," IMPORT_PREFIX "%s@ha\\n\"\n", e->name);
    fprintf(out, "    \"    addi 11,11," IMPORT_PREFIX "%s@l\\n\"\n", e->name);
    fprintf(out, "    \"    li 12,%u\\n\"\n    \"    b guest_varargs\\n\");\n", abi->count | (is_wide ? 0x100 : 0));
}

static bool write_import(FILE *out, const struct export *e, const struct request *want, struct err *err)
{
    struct abi abi;
    abi_place(&abi, e);
    write_records(out, e, want->is_name_wanted && abi_is_plain(&abi));
    if (!want->is_name_wanted || abi_is_plain(&abi) || e->is_variable)
        return true;
    if (!abi.has_varargs)
        return write_shim(out, e, &abi, err);
    write_varargs(out, e, &abi);
    return true;
}

bool import_write(FILE *out, FILE *names, struct err *err)
{
    static struct request requests[MODULES << 12];
    char line[256];
    while (fgets(line, sizeof line, names)) {
        line[strcspn(line, "\r\n")] = 0;
        bool is_thunk = !strncmp(line, IMPORT_PREFIX, strlen(IMPORT_PREFIX));
        const struct export *e = export_by_name(is_thunk ? line + strlen(IMPORT_PREFIX) : line);
        if (!e)
            continue;
        struct request *want = &requests[e->module << 12 | (e->op & 0xFFF)];
        want->is_thunk_wanted |= is_thunk;
        want->is_name_wanted |= !is_thunk;
    }
    fputs("/* Imports of a title, made by make-sdk. */\n", out);
    for (size_t i = 0; i < export_count(); i++) {
        const struct export *e = export_at(i);
        const struct request *want = &requests[e->module << 12 | (e->op & 0xFFF)];
        if ((want->is_thunk_wanted || want->is_name_wanted) && !write_import(out, e, want, err))
            return false;
    }
    return true;
}
