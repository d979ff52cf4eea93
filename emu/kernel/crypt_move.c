/* SPDX-License-Identifier: BSD-3-Clause
 * Big numbers copied, cleared, and turned from one order of bytes to another: digits of 4 bytes (Dw) or 8 (Qw), the
 * least one first. */
#include "emu/kernel/crypt.h"
#include "emu/kernel/sync.h"
#include "emu/memory/memory.h"

/* In which pieces the bytes of each digit change places: bytes of a word, bytes of a quadword, words of a quadword. */
enum order { SAME, BYTES_OF_WORD, BYTES_OF_QUADWORD, WORDS_OF_QUADWORD };

static u64 turn(u64 value, enum order order)
{
    u64 turned = __builtin_bswap64(value);
    switch (order) {
    case BYTES_OF_WORD:
        return turned << 32 | turned >> 32;
    case BYTES_OF_QUADWORD:
        return turned;
    case WORDS_OF_QUADWORD:
        return value << 32 | value >> 32;
    default:
        return value;
    }
}

/* False: a fault is set. */
static bool check(struct kcall *k, u32 input, u32 output, u64 size)
{
    if (size > UINT32_MAX || !memory_is_readable(k->e, input, (u32)size)) {
        sync_fault(k, FAULT_READ, input);
        return false;
    }
    if (!memory_is_writable(k->e, output, (u32)size)) {
        sync_fault(k, FAULT_WRITE, output);
        return false;
    }
    return true;
}

/* input, output, count. */
static u64 move_words(struct kcall *k, enum order order)
{
    u32 input = kcall_u32(k, 0), output = kcall_u32(k, 1), count = kcall_u32(k, 2);
    if (!check(k, input, output, (u64)count * 4))
        return 0;
    for (u32 i = 0; i < count; i++) {
        u32 value = memory_get32(k->e, input + i * 4);
        memory_set32(k->e, output + i * 4, order == SAME ? value : __builtin_bswap32(value));
    }
    return 0;
}

static u64 move_quadwords(struct kcall *k, enum order order)
{
    u32 input = kcall_u32(k, 0), output = kcall_u32(k, 1), count = kcall_u32(k, 2);
    if (!check(k, input, output, (u64)count * 8))
        return 0;
    for (u32 i = 0; i < count; i++)
        memory_set64(k->e, output + i * 8, turn(memory_get64(k->e, input + i * 8), order));
    return 0;
}

/* output, count. */
static u64 clear(struct kcall *k, u32 digit)
{
    u64 size = (u64)kcall_u32(k, 1) * digit;
    if (size > UINT32_MAX || !memory_is_writable(k->e, kcall_u32(k, 0), (u32)size))
        return sync_fault(k, FAULT_WRITE, kcall_u32(k, 0));
    memory_zero(k->e, kcall_u32(k, 0), (u32)size);
    return 0;
}

/* clang-format off */
CRYPT_CALL(XeCryptBnDw_Copy,         move_words,     SAME)
CRYPT_CALL(XeCryptBnDw_SwapLeBe,     move_words,     BYTES_OF_WORD)
CRYPT_CALL(XeCryptBnDw_Zero,         clear,          4)
CRYPT_CALL(XeCryptBnQw_Copy,         move_quadwords, SAME)
CRYPT_CALL(XeCryptBnQw_SwapLeBe,     move_quadwords, BYTES_OF_WORD)
CRYPT_CALL(XeCryptBnQw_SwapDwQw,     move_quadwords, WORDS_OF_QUADWORD)
CRYPT_CALL(XeCryptBnQw_SwapDwQwLeBe, move_quadwords, BYTES_OF_QUADWORD)
CRYPT_CALL(XeCryptBnQw_Zero,         clear,          8)
/* clang-format on */
