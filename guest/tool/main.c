/* SPDX-License-Identifier: BSD-3-Clause
 * Makes the guest SDK's generated parts from the export tables; a build step, run by guest.mk and scripts/build-guest.
 *   make-sdk header xboxkrnl.exe    C header of the module, on stdout
 *   make-sdk imports                reads symbol names, one a line; writes C source that imports those that are exports
 */
#include "guest/tool/header.h"
#include "guest/tool/import.h"

static int fail(const char *text)
{
    fprintf(stderr, "make-sdk: %s\n", text);
    return 1;
}

int main(int argc, char **argv)
{
    struct err err = {""};
    if (argc == 3 && !strcmp(argv[1], "header")) {
        enum module module = module_by_name(argv[2]);
        if (!module)
            return fail("no such module");
        header_write(stdout, module);
    } else if (argc == 2 && !strcmp(argv[1], "imports")) {
        if (!import_write(stdout, stdin, &err))
            return fail(err.text);
    } else {
        return fail("usage: make-sdk header MODULE | make-sdk imports < NAMES");
    }
    return fflush(stdout) || ferror(stdout) ? fail("cannot write") : 0;
}
