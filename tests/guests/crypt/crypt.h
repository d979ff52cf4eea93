/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TESTS_GUESTS_CRYPT_CRYPT_H
#define TESTS_GUESTS_CRYPT_CRYPT_H

#include <xboxkrnl.h>

/* Prints a line, and counts it if it is a failure. */
void check(const char *name, int good);
/* The bytes are these hexadecimal digits. */
int is(const u8 *bytes, const char *hex);

void check_macs(void);
void check_rsa(void);
void check_signatures(void);
void check_groups(void);
void check_keys(void);

#endif
