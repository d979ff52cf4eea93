/* SPDX-License-Identifier: BSD-3-Clause
 * Which object of run B is which of run A: by who made it, where, as how many-th; a handle's number is never compared,
 * and duplicates go with the object that they were made from. Every tool that needs counterparts of objects asks here.
 */
#ifndef DIFF_PAIR_OBJECTS_H
#define DIFF_PAIR_OBJECTS_H

#include "diff/objects.h"
#include "diff/pair.h"

enum object_pair_how {
    OBJECT_PAIR_NONE,
    OBJECT_PAIR_THREAD,  /* the objects of paired threads */
    OBJECT_PAIR_BIRTH,   /* paired makers, same call site, same how many-th there */
    OBJECT_PAIR_HSID,    /* the engines' own name by origin is the same, and no other object's */
    OBJECT_PAIR_NAME,    /* same name, of those whose birth is not told */
    OBJECT_PAIR_ADDRESS, /* the same address, of those that the title has in its own data */
    OBJECT_PAIR_SITE,    /* same call site, whoever made it, k-th with k-th of those that are left */
};

struct object_pair {
    u32 a, b; /* rows of the objects, or OBJECTS_NONE */
    u8 how;
    u8 confidence; /* per cent */
};

struct object_pairing {
    const struct objects *a, *b;
    struct object_pair *pairs; /* in order of A's objects, then B's without counterpart */
    u32 count;
    u32 *of_a, *of_b; /* pair of an object */
};

void pair_objects(struct object_pairing *pairing, const struct pairing *threads, const struct objects *a,
                  const struct objects *b);
/* Rows of the other run's objects, or OBJECTS_NONE. sure: none that only the place of birth pairs. */
u32 pair_object_of_a(const struct object_pairing *pairing, u32 object, bool sure);
u32 pair_object_of_b(const struct object_pairing *pairing, u32 object, bool sure);
void pair_objects_finish(struct object_pairing *pairing);
const char *object_pair_how_name(u8 how);

#endif
