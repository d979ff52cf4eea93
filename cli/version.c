/* SPDX-License-Identifier: BSD-3-Clause
 * Which Lockstep this is: the one object that the version and the build's name go into. */
#include "cli/cli.h"

#ifndef LOCKSTEP_VERSION
#define LOCKSTEP_VERSION "0"
#endif
#ifndef LOCKSTEP_BUILD
#define LOCKSTEP_BUILD "unknown"
#endif
#ifdef __clang__
#define COMPILER "clang"
#else
#define COMPILER "gcc"
#endif

const char *version_number(void)
{
    return LOCKSTEP_VERSION;
}

const char *version_build(void)
{
    return LOCKSTEP_VERSION " " COMPILER " " LOCKSTEP_BUILD;
}
