/* SPDX-License-Identifier: BSD-3-Clause
 * The system under newlib: what the program's main calls beside the C library. */
#ifndef LIBC_SYSTEM_H
#define LIBC_SYSTEM_H

/* Prints what stands in an unfinished line. */
void system_flush(void);

#endif
