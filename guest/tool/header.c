/* SPDX-License-Identifier: BSD-3-Clause
 * Writes a module's C header. Calls whose console form the compiler cannot make are inlined, so that the kernel sees
 * the return address of the title's call and not that of a shim; the others are plain prototypes. */
#include "guest/tool/header.h"
#include "guest/tool/abi.h"

/* C's own names: a title with a libc leaves them out. */
static bool is_libc_name(const char *name)
{
    static const char *const names[] = {"sprintf", "vsprintf", "swprintf", "vswprintf"};
    for (size_t i = 0; i < countof(names); i++) {
        if (!strcmp(names[i], name))
            return true;
    }
    return false;
}

static const char *value_type(u8 type)
{
    switch (type) {
    case ARG_VOID:
        return "void ";
    case ARG_U8:
        return "u8 ";
    case ARG_U16:
        return "u16 ";
    case ARG_S32:
        return "s32 ";
    case ARG_U64:
        return "u64 ";
    case ARG_S64:
        return "s64 ";
    case ARG_DOUBLE:
        return "double ";
    case ARG_PTR:
        return "void *";
    case ARG_STR:
        return "const char *";
    case ARG_WSTR:
        return "const u16 *";
    case ARG_USTRING:
        return "struct ansi_string ";
    case ARG_UNICODE:
        return "struct unicode_string ";
    case ARG_OBJATTR:
        return "struct object_attributes ";
    case ARG_IOSB:
        return "struct io_status_block ";
    default:
        return "u32 ";
    }
}

static bool is_struct(u8 type)
{
    return type == ARG_USTRING || type == ARG_UNICODE || type == ARG_OBJATTR || type == ARG_IOSB;
}

static void write_argument(FILE *out, const struct argument *a)
{
    bool is_read = a->direction == ARG_VALUE || a->direction == ARG_IN;
    if (a->type == ARG_VARARGS)
        fputs("...", out);
    else if (a->type == ARG_BUF)
        fprintf(out, "%svoid *%s", is_read ? "const " : "", a->name);
    else if (is_struct(a->type))
        fprintf(out, "%s%s*%s", is_read ? "const " : "", value_type(a->type), a->name);
    else if (a->direction == ARG_VALUE || a->type == ARG_STR || a->type == ARG_WSTR)
        fprintf(out, "%s%s", value_type(a->type), a->name);
    else if (a->type == ARG_PTR)
        fprintf(out, "void *%s*%s", is_read ? "const " : "", a->name);
    else
        fprintf(out, "%s%s*%s", is_read ? "const " : "", value_type(a->type), a->name);
}

static void write_prototype(FILE *out, const struct export *e)
{
    fprintf(out, "%s%s(", value_type(e->has_signature ? e->result : ARG_U32), e->name);
    for (u32 i = 0; i < e->count; i++) {
        if (i)
            fputs(", ", out);
        write_argument(out, &e->arguments[i]);
    }
    fputs(e->has_signature && !e->count ? "void)" : ")", out);
}

/* Declares the registers of the call with their values; returns how many there are. */
static u32 write_registers(FILE *out, const struct export *e, const struct abi *abi)
{
    u32 count = abi->count < ABI_REGISTERS ? abi->count : ABI_REGISTERS;
    for (u32 i = 0; i < count; i++)
        fprintf(out, "    register u32 r%u_ __asm__(\"r%u\") = (u32)%s;\n", 3 + i, 3 + i, e->arguments[i].name);
    for (u32 i = count; i < (abi->has_wide_result ? 2u : 1u); i++)
        fprintf(out, "    register u32 r%u_ __asm__(\"r%u\");\n", 3 + i, 3 + i);
    return count;
}

static void write_instructions(FILE *out, const struct export *e, const struct abi *abi)
{
    u32 frame = abi_frame_size(abi);
    fprintf(out, "    __asm__ volatile(\"stwu 1,-%u(1)\\n\\t\"\n", frame);
    for (u32 i = 0; i < abi->count; i++) {
        u32 slot = ABI_STACK_SLOTS + 8 * (i - ABI_REGISTERS);
        if (i >= ABI_REGISTERS && abi->place[i].is_wide)
            fprintf(out, "        \"stw %%[h%u],%u(1)\\n\\t\"\n", i, slot);
        else if (abi->place[i].is_wide)
            fprintf(out, "        \"rldimi %u,%%[h%u],32,0\\n\\t\"\n", 3 + i, i);
        if (i >= ABI_REGISTERS)
            fprintf(out, "        \"stw %%[s%u],%u(1)\\n\\t\"\n", i, slot + 4);
    }
    fprintf(out, "        \"bl __import_%s\\n\\t\"\n", e->name);
    if (abi->has_wide_result)
        fprintf(out, "        \"srdi 4,3,32\\n\\t\"\n");
    fprintf(out, "        \"addi 1,1,%u\"\n", frame);
}

static void write_operands(FILE *out, const struct export *e, const struct abi *abi, u32 registers)
{
    u32 results = abi->has_wide_result ? 2 : 1;
    u32 outputs = registers > results ? registers : results;
    for (u32 i = 0; i < outputs; i++)
        fprintf(out, "%s\"%sr\"(r%u_)", i ? ", " : "        : ", i < registers ? "+" : "=", 3 + i);
    const char *before = "\n        : ";
    for (u32 i = 0; i < abi->count; i++) {
        const char *name = e->arguments[i].name;
        if (abi->place[i].is_wide)
            fprintf(out, "%s[h%u] \"r\"((u32)((u64)%s >> 32))", before, i, name), before = ", ";
        if (i >= ABI_REGISTERS)
            fprintf(out, "%s[s%u] \"r\"((u32)%s)", before, i, name), before = ", ";
    }
    fprintf(out, "%s\n        : ", *before == '\n' ? "\n        :" : "");
    for (u32 i = outputs; i < ABI_REGISTERS; i++)
        fprintf(out, "\"r%u\", ", 3 + i);
    fputs("GUEST_CALL_CLOBBERS);\n", out);
}

static void write_inline(FILE *out, const struct export *e, const struct abi *abi)
{
    fputs("GUEST_INLINE ", out);
    write_prototype(out, e);
    fputs("\n{\n", out);
    u32 registers = write_registers(out, e, abi);
    write_instructions(out, e, abi);
    write_operands(out, e, abi, registers);
    if (abi->has_wide_result)
        fprintf(out, "    return (%s)((u64)r4_ << 32 | r3_);\n", e->result == ARG_U64 ? "u64" : "s64");
    else if (e->result != ARG_VOID)
        fprintf(out, "    return %sr3_;\n", e->result == ARG_PTR ? "(void *)" : "");
    fputs("}\n", out);
}

static bool has_float(const struct abi *abi)
{
    for (u32 i = 0; i < abi->count; i++) {
        if (abi->place[i].is_float)
            return true;
    }
    return false;
}

static void write_export(FILE *out, const struct export *e)
{
    struct abi abi;
    abi_place(&abi, e);
    fprintf(out, "/* 0x%03X %s%s */\n", e->op & 0xFFFF, export_state_name(e->state),
            e->is_variable || e->has_signature ? "" : ", arguments not known");
    if (is_libc_name(e->name))
        fputs("#ifndef GUEST_NO_LIBC_NAMES\n", out);
    if (e->is_variable) {
        fprintf(out, "extern void *const %s; /* points to the variable: %u bytes */\n", e->name, e->size);
    } else if (!abi.has_varargs && (abi.needs_frame || abi.has_wide_result) && !has_float(&abi)) {
        write_inline(out, e, &abi);
    } else {
        write_prototype(out, e);
        fputs(";\n", out);
    }
    if (is_libc_name(e->name))
        fputs("#endif\n", out);
}

void header_write(FILE *out, enum module module)
{
    char guard[32];
    const char *name = module_name(module);
    size_t n = 0;
    for (; name[n] && name[n] != '.' && n < sizeof guard - 1; n++)
        guard[n] = (char)(name[n] - 'a' + 'A');
    guard[n] = 0;
    fprintf(out,
            "/* Exports of %s, made from Lockstep's tables; do not edit. In comments: ordinal, and how complete\n"
            " * Lockstep's own body of it is. */\n",
            name);
    fprintf(out, "#ifndef LOCKSTEP_%s_H\n#define LOCKSTEP_%s_H\n\n#include <guest.h>\n\nGUEST_BEGIN\n\n", guard, guard);
    for (size_t i = 0; i < export_count(); i++) {
        if (export_at(i)->module == module)
            write_export(out, export_at(i));
    }
    fputs("\nGUEST_END\n\n#endif\n", out);
}
