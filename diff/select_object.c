/* SPDX-License-Identifier: BSD-3-Clause
 * An object that the user named by its hsid: what its handles were and when (diff/select.h). */
#include "diff/objects.h"
#include "diff/select.h"

#include <stdlib.h>

bool select_follow(struct select *select, struct run *run, struct err *err)
{
    struct objects objects;
    if (!select->by_object || !select->object)
        return true;
    bool ok = objects_make(&objects, run, err);
    u32 object = ok ? objects_by_hsid(&objects, select->object) : OBJECTS_NONE;
    const struct object *o = object == OBJECTS_NONE ? NULL : &objects.rows[object];
    if (o && o->alias_count) {
        select->names = malloc(o->alias_count * sizeof *select->names);
        CHECK(select->names, "out of memory");
        for (u32 i = 0; i < o->alias_count; i++) {
            const struct object_alias *a = &objects.aliases[o->first_alias + i];
            if (a->value)
                select->names[select->name_count++] = (struct select_name){a->value, a->from_seq, a->to_seq};
        }
    }
    objects_free(&objects);
    return ok;
}

void select_free(struct select *select)
{
    free(select->names);
    select->names = NULL;
}
