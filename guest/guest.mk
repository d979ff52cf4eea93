# SPDX-License-Identifier: BSD-3-Clause
# The guest SDK and the titles under tests/guests. Both are the same whatever MODE is, so they stand outside its tree.

GUEST  = build/guest
GUESTS = build/guests
CROSS ?= powerpc-linux-gnu-
GUEST_CFLAGS = -O2 -Wall -Wextra $(filter-out -O2,$(shell scripts/build-guest --cflags))
GUEST_TOOL   = $(wildcard guest/tool/*.c) schema/export.c schema/base.c
GUEST_TABLES = $(wildcard guest/tool/*.h) schema/export.h schema/base.h schema/xboxkrnl.def schema/xam.def schema/xbdm.def
GUEST_LIB    = call dll gather gather_wide memory
SDK = $(GUEST)/include/guest.h $(GUEST)/include/xboxkrnl.h $(GUEST)/include/xam.h $(GUEST)/include/xbdm.h \
      $(GUEST)/crt0.o $(GUEST)/libguest.a $(GUEST)/title.ld $(GUEST)/make-sdk

# Titles with a script of their own: scripts/build-NAME.
TITLES_SCRIPTED = $(patsubst scripts/build-%,%,$(filter-out scripts/build-guest,$(wildcard scripts/build-*)))
TITLES_PLAIN = $(filter-out $(TITLES_SCRIPTED),$(sort $(patsubst tests/guests/%/,%,$(dir $(wildcard tests/guests/*/*.c)))))
TITLES = $(TITLES_PLAIN:%=$(GUESTS)/%/default.xex) $(TITLES_SCRIPTED:%=$(GUESTS)/%/default.xex)

sdk: $(SDK)
.PHONY: sdk

$(GUEST)/make-sdk: $(GUEST_TOOL) $(GUEST_TABLES)
	@mkdir -p $(GUEST)/include
	$(call say,HOSTCC) $(CC) $(STRICT) $(WARN) $(WERROR) -O1 -I. $(GUEST_TOOL) -o $@
$(GUEST)/include/xboxkrnl.h: MODULE = xboxkrnl.exe
$(GUEST)/include/xam.h: MODULE = xam.xex
$(GUEST)/include/xbdm.h: MODULE = xbdm.xex
$(GUEST)/include/xboxkrnl.h $(GUEST)/include/xam.h $(GUEST)/include/xbdm.h: $(GUEST)/make-sdk
	$(call say,SDK) $< header $(MODULE) > $@
$(GUEST)/include/guest.h: guest/include/guest.h
	@mkdir -p $(@D)
	@cp $< $@
$(GUEST)/title.ld: guest/title.ld
	@mkdir -p $(@D)
	@cp $< $@
$(GUEST)/%.o: guest/%.S
	@mkdir -p $(@D)
	$(call say,GUESTCC) $(CROSS)gcc $(GUEST_CFLAGS) -c $< -o $@
$(GUEST)/%.o: guest/%.c guest/gather.h $(GUEST)/include/guest.h
	$(call say,GUESTCC) $(CROSS)gcc $(GUEST_CFLAGS) -fno-tree-loop-distribute-patterns -c $< -o $@
$(GUEST)/libguest.a: $(GUEST_LIB:%=$(GUEST)/%.o)
	@rm -f $@
	$(call say,GUESTAR) $(CROSS)ar rcsD $@ $^

# A title is its C files and, beside them in disc/, what lies on its disc.
.SECONDEXPANSION:
$(TITLES_PLAIN:%=$(GUESTS)/%/default.xex): $(GUESTS)/%/default.xex: $(SDK) scripts/build-guest | $(BUILD)/lockstep-emu
$(TITLES_PLAIN:%=$(GUESTS)/%/default.xex): $(GUESTS)/%/default.xex: $$(shell find tests/guests/$$* -type f)
	@mkdir -p $(@D)
	@if [ -d tests/guests/$*/disc ]; then cp -R tests/guests/$*/disc/. $(@D); fi
	$(call say,TITLE) LOCKSTEP=$(abspath $(BUILD))/lockstep-emu scripts/build-guest $(wildcard tests/guests/$*/*.[cS]) \
	    --include tests/guests/$* -Wall -Wextra --keep-elf $(@D)/$*.elf -o $@
$(TITLES_SCRIPTED:%=$(GUESTS)/%/default.xex): $(GUESTS)/%/default.xex: $(SDK) scripts/build-guest scripts/build-% \
    $$(shell find tests/guests/$$* -type f) | $(BUILD)/lockstep-emu
	@mkdir -p $(@D)
	$(call say,TITLE) LOCKSTEP=$(abspath $(BUILD))/lockstep-emu scripts/build-$* $(@D)
