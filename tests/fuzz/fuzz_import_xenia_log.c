/* SPDX-License-Identifier: BSD-3-Clause
 * Fuzzes import's parser of xenia-log lines. */
#include "tests/fuzz/import.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    return fuzz_import("xenia-log", data, size);
}
