/* SPDX-License-Identifier: BSD-3-Clause
 * What the files of this title share. */
#ifndef RTL_H
#define RTL_H

#include <xam.h>
#include <xboxkrnl.h>

void check(const char *name, int good);

void check_strings(void);
void check_unicode(void);
void check_prints(void);

#endif
