/* SPDX-License-Identifier: BSD-3-Clause
 * What every title sees: integer types, the kernel's commonest structures, and a few helpers of our own. <xboxkrnl.h>,
 * <xam.h> and <xbdm.h> include it. */
#ifndef LOCKSTEP_GUEST_H
#define LOCKSTEP_GUEST_H

#include <stdarg.h>
#include <stddef.h>

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef signed char s8;
typedef short s16;
typedef int s32;
typedef long long s64;

#ifdef __cplusplus
#define GUEST_BEGIN extern "C" {
#define GUEST_END   }
#else
#define GUEST_BEGIN
#define GUEST_END
#endif

#define GUEST_INLINE static inline __attribute__((always_inline))

/* What a kernel call may change beside its arguments' registers. */
#define GUEST_CALL_CLOBBERS                                                                                            \
    "r0", "r11", "r12", "lr", "ctr", "xer", "cr0", "cr1", "cr5", "cr6", "cr7", "fr0", "fr1", "fr2", "fr3", "fr4",      \
        "fr5", "fr6", "fr7", "fr8", "fr9", "fr10", "fr11", "fr12", "fr13", "memory"

GUEST_BEGIN

struct ansi_string {
    u16 length;   /* bytes, without the NUL */
    u16 capacity; /* bytes */
    char *text;
};

struct unicode_string {
    u16 length;
    u16 capacity;
    u16 *text;
};

struct object_attributes {
    u32 root; /* handle of a directory, or 0 */
    const struct ansi_string *name;
    u32 attributes;
};

struct io_status_block {
    u32 status;
    u32 information;
};

/* The console passes variable arguments as 64-bit slots; a pointer to them is its va_list, which _vsnprintf and its
 * like take. Gathers a C va_list into slots from `count` on, as the printf format says; returns how many there are
 * then. */
enum { GUEST_SLOTS = 40 };
u32 guest_gather(u64 *slots, u32 count, const char *format, va_list list);
u32 guest_gather_wide(u64 *slots, u32 count, const u16 *format, va_list list);
/* Calls a thunk with its arguments in slots. */
u32 guest_call(const void *thunk, const u64 *slots, u32 count);

/* In a library (build-guest --dll): others find the function by this ordinal and by its name. */
#define GUEST_EXPORT(ordinal, function)                                                                                \
    __asm__(".pushsection .xexexp.tab,\"\",@progbits\n.long " #function "," #ordinal "\n"                              \
            "9: .asciz \"" #function "\"\n.space 64 - (. - 9b)\n.popsection")
/* A function of a library ("helper.dll") by its ordinal, to be declared as usual. */
#define GUEST_IMPORT(library, ordinal, function)                                                                       \
    __asm__(".pushsection \".xeximp." library ".var\",\"a\"\n.balign 4\n9: .long 0\n.popsection\n"                     \
            ".pushsection \".xeximp." library ".thunk\",\"ax\"\n.balign 16\n.globl " #function "\n"                    \
            ".type " #function ",@function\n" #function ": .long 0,0,0x7D6903A6,0x4E800420\n.popsection\n"             \
            ".pushsection \".xeximp." library ".tab\",\"\",@progbits\n.long 9b," #function "," #ordinal "\n"           \
            ".popsection")

/* A library's own: reason 1 when it is loaded, 2 in each new thread, 0 when it goes. Returning 0 for 1 refuses. */
u32 DllMain(void *handle, u32 reason, void *reserved);

/* Ends the title; what main returned is its exit code. */
void guest_exit(u32 code) __attribute__((noreturn));

void *memcpy(void *to, const void *from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);
int memcmp(const void *a, const void *b, size_t size);
size_t strlen(const char *text);
int strcmp(const char *a, const char *b);

GUEST_END

#endif
