/* SPDX-License-Identifier: BSD-3-Clause
 * Kernel exports: names, ordinals, signatures, state, from the rows of schema/{xboxkrnl,xam,xbdm}.def.
 *
 * A signature is read once at start into argument descriptors; logging, journaling, the guest SDK's headers and the
 * diff name and size arguments by them: "status(out handle event, in? objattr attributes, u32 type, bool initial)"
 *     "status(handle file, handle event, ptr apc, ptr context, out iosb io, out buf[length] data, u32 length, in? s64
 * offset)" A direction makes the argument a pointer to the type; `?` after it: may be null. Without one the argument is
 * the value itself, and str, wstr (NUL-terminated), ustring (ANSI_STRING), unicode (UNICODE_STRING), objattr and iosb
 * are pointers anyway (one pointer, also when they have a direction). buf[length] is as many bytes as the argument
 * `length` says (or, where that has a direction, what it points to), buf[count*4] four times as many, buf[16] always
 * sixteen. */
#ifndef SCHEMA_EXPORT_H
#define SCHEMA_EXPORT_H

#include "schema/base.h"

enum module { MODULE_NONE, MODULE_XBOXKRNL, MODULE_XAM, MODULE_XBDM, MODULES };

enum export_class { EXPORT_PURE, EXPORT_SCHED, EXPORT_GATE, EXPORT_EFFECT };
enum export_state { EXPORT_IS_NONE, EXPORT_IS_STUB, EXPORT_IS_DONE };

enum argument_type {
    ARG_VOID,
    ARG_U8,
    ARG_U16,
    ARG_U32,
    ARG_S32,
    ARG_U64,
    ARG_S64,
    ARG_BOOL,
    ARG_DOUBLE,
    ARG_PTR,
    ARG_HANDLE,
    ARG_STATUS,
    ARG_STR,
    ARG_WSTR,
    ARG_USTRING,
    ARG_UNICODE,
    ARG_OBJATTR,
    ARG_IOSB,
    ARG_TAG,
    ARG_BUF,
    ARG_VARARGS,
};

enum argument_direction { ARG_VALUE, ARG_IN, ARG_OUT, ARG_INOUT };

struct argument {
    char name[24];
    u8 type;      /* enum argument_type */
    u8 direction; /* enum argument_direction */
    bool optional;
    s8 length; /* ARG_BUF: which argument holds its size; -1: none, the size is unit */
    u16 unit;  /* ARG_BUF: bytes for each one of length */
};

enum { EXPORT_ARGUMENTS_MAX = 16 };

struct export
{
    const char *name;
    const char *signature;
    u32 op; /* module << 16 | ordinal */
    u32 refusal;
    u8 module;
    u8 class; /* enum export_class */
    u8 state; /* enum export_state */
    bool is_variable;
    u32 size; /* variables: bytes */
    bool has_signature;
    u8 result; /* enum argument_type */
    u8 count;
    const struct argument *arguments; /* count of them */
};

static inline u32 export_op(enum module module, u32 ordinal)
{
    return (u32)module << 16 | ordinal;
}

/* "xboxkrnl.exe" and so on; NULL for MODULE_NONE. */
const char *module_name(enum module module);
/* By library name as titles import it ("xboxkrnl.exe", "xam.xex", "xbdm.xex"; any case); MODULE_NONE if unknown. */
enum module module_by_name(const char *name);

/* NULL: no such ordinal. */
const struct export *export_find(u32 op);
const struct export *export_by_name(const char *name);
/* "NtCreateEvent", or "xboxkrnl.exe#123" for an unknown one; text lies in buffer when it is made up. */
const char *export_op_name(u32 op, char *buffer, size_t capacity);

/* All rows in order of module and ordinal. */
size_t export_count(void);
const struct export *export_at(size_t index);

/* As they are written in the rows. */
const char *export_class_name(u8 class);
const char *export_state_name(u8 state);
const char *argument_type_name(u8 type);
/* Bytes of a value of the type in guest memory; 0: it has no size of its own (void, str, buf, ...). */
u32 argument_type_size(u8 type);
/* What the register holds is an address. */
bool argument_is_pointer(const struct argument *argument);

/* Reads one signature into result, count, arguments and has_signature of an export; arguments is the caller's room for
 * EXPORT_ARGUMENTS_MAX. */
bool export_parse(struct export *export, struct argument *arguments, const char *signature, struct err *err);
/* Checks every signature; false: err names the first bad row. */
bool export_check(struct err *err);

#endif
