/* SPDX-License-Identifier: BSD-3-Clause
 * Fuzzes import's parser of lr-trace lines. */
#include "tests/fuzz/import.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    return fuzz_import("lr-trace", data, size);
}
