/* SPDX-License-Identifier: BSD-3-Clause
 * Facts of sites (diff/sites.h). */
#include "diff/sites.h"

#include <stdlib.h>

struct site_fact *sites_make(const struct run *run)
{
    u32 count = run_site_count(run);
    struct site_fact *facts = calloc(count + 1u, sizeof *facts);
    CHECK(facts, "out of memory");
    for (u32 i = 0; i < count; i++) {
        const struct run_site *site = run_site(run, i);
        facts[i] = (struct site_fact){site->op, site->kind, role_of(site->op)};
    }
    return facts;
}

bool sites_have(const struct run *run, enum event_kind kind)
{
    for (u32 i = 0; i < run_site_count(run); i++)
        if (run_site(run, i)->kind == kind)
            return true;
    return false;
}
