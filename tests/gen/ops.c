/* SPDX-License-Identifier: BSD-3-Clause */
#include "schema/export.h"
#include "schema/noise.h"
#include "tests/gen/event.h"

struct gen_op_row gen_ops[GEN_OPS] = {
    {"", "", false, 0, ""},
#define GEN_OP(name, quiet, spelling) {#name, spelling, quiet, 0, ""},
#include "tests/gen/ops.def"
#undef GEN_OP
};

void gen_ops_init(void)
{
    for (u32 i = 1; i < GEN_OPS; i++) {
        const struct export *export = export_by_name(gen_ops[i].name);
        CHECK(export, "no export is called %s", gen_ops[i].name);
        gen_ops[i].ordinal = (u16) export->op;
        gen_ops[i].module = module_name(export->module);
    }
}

bool gen_op_is_noise(u32 op)
{
    return op != GEN_NO_OP && noise_class(export_by_name(gen_ops[op].name)->op) != NOISE_NONE;
}
