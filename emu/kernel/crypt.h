/* SPDX-License-Identifier: BSD-3-Clause
 * Moving bytes for the kernel's cryptography: whole buffers of the guest in parts. */
#ifndef EMU_KERNEL_CRYPT_H
#define EMU_KERNEL_CRYPT_H

#include "emu/kernel/kcall.h"

enum { CRYPT_CHUNK = 0x1000 };

/* Hands the guest's bytes to take, part by part. False: they cannot be read; a fault is set. */
bool crypt_feed(struct kcall *k, u32 address, u32 size, void *context,
                void (*take)(void *context, size_t size, const u8 *bytes));
/* Runs the guest's bytes through change, blocks of a size that divides CRYPT_CHUNK, from input to output. False: a
 * fault is set. */
bool crypt_change(struct kcall *k, u32 input, u32 size, u32 output, void *context,
                  void (*change)(void *context, size_t size, u8 *bytes));
/* The kernel's writes and reads of a whole state; false: a fault is set. */
bool crypt_get(struct kcall *k, u32 address, void *bytes, u32 size);
bool crypt_put(struct kcall *k, u32 address, const void *bytes, u32 size);

#endif
