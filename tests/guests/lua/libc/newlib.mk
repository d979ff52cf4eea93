# SPDX-License-Identifier: BSD-3-Clause
# The parts of newlib that Lua needs, as one library; run in newlib's build folder, once configured. A whole newlib would
# take four times as long. Names are those of newlib's sources, by folder.

libc/ctype = ctype_ iswspace iswspace_l
libc/errno = errno
libc/locale = lnumeric locale localeconv timelocal
libc/machine/powerpc = setjmp
libc/reent = closer fstatr gettimeofdayr impure isattyr linkr lseekr openr readr reent renamer sbrkr signalr timesr \
    unlinkr writer
libc/signal = signal
libc/stdio = fclose fdopen fflush fgets findfp fiprintf flags fopen fprintf fputwc fread freopen fseek fseeko ftell \
    ftello fvwrite fwalk fwrite getc makebuf refill remove rename rget sccl setvbuf siscanf sniprintf snprintf \
    sprintf stdio svfiprintf svfiscanf svfprintf tmpfile tmpnam ungetc vfiprintf vfprintf wbuf wsetup
libc/stdlib = __call_atexit abort abs assert callocr div dtoa environ envlock exit freer gdtoa-gethex gdtoa-hexnan \
    getenv getenv_r labs malloc mallocr mbrtowc mbtowc_r mlock mprec realloc reallocr strtod strtol strtoll strtoul \
    strtoull wcrtomb wctomb_r
libc/string = memchr memcmp memcpy memmove memset strchr strcmp strcoll strcpy strerror strlen strncmp strncpy \
    strnlen strpbrk strspn strstr u_strerr
libc/time = clock difftime gettzinfo gmtime gmtime_r lcltime lcltime_r mktime month_lengths strftime time \
    tzcalc_limits tzset tzset_r tzvars
libm/common = s_copysign s_finite s_lib_ver s_nan s_rint s_scalbn sf_nan
libm/math = e_acos e_asin e_atan2 e_exp e_fmod e_log e_log10 e_pow e_rem_pio2 e_sqrt k_cos k_rem_pio2 k_sin k_tan \
    s_atan s_ceil s_cos s_fabs s_floor s_frexp s_ldexp s_sin s_tan w_acos w_asin w_atan2 w_exp w_fmod w_log w_log10 \
    w_pow w_sqrt

FOLDERS = libc/ctype libc/errno libc/locale libc/machine/powerpc libc/reent libc/signal libc/stdio \
    libc/stdlib libc/string libc/time libm/common libm/math
objects = $(addprefix $(1)/lib_a-,$(addsuffix .o,$($(1))))

libnewlib.a: $(FOLDERS)
	rm -f $@
	$(CROSS)ar rcsD $@ $(foreach f,$(FOLDERS),$(call objects,$(f)))

$(FOLDERS):
	$(MAKE) -C $@ $(notdir $(call objects,$@))

.PHONY: $(FOLDERS)
