# SPDX-License-Identifier: BSD-3-Clause
# The whole build. MODE picks a tree of its own under build/: release, dev (UBSan, debug), asan, tsan, fuzz (clang's).
# The link rows below are the architecture: lockstep-diff never links emu.

MODE   ?= release
CC      = gcc
BUILD  ?= build/$(MODE)$(if $(findstring clang,$(CC)),-clang)
PREFIX ?= /usr/local
say     = $(if $(V),,@echo '$(1) $(@:$(BUILD)/%=%)' &&)
WARN    = -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wundef \
          -Wimplicit-fallthrough -Wdouble-promotion
# Part of determinism: no contraction, no fast math, no excess precision.
STRICT  = -std=gnu17 -ffp-contract=off -fno-strict-aliasing $(if $(findstring clang,$(CC)),,-fexcess-precision=standard)
FLAGS_release = -O2 -g
FLAGS_dev     = -O1 -g -fsanitize=undefined -fno-sanitize-recover=undefined
FLAGS_asan    = -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
FLAGS_tsan    = -O1 -g -fsanitize=thread
FLAGS_fuzz    = -O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined
MODEFLAGS = $(or $(FLAGS_$(MODE)),$(error MODE is release, dev, asan, tsan or fuzz))
CFLAGS  = $(STRICT) $(WARN) $(WERROR) $(MODEFLAGS) -ffile-prefix-map=$(CURDIR)=. -I. -MMD -MP
LDFLAGS = $(MODEFLAGS) -pthread
LIBS_diff = -lsqlite3 -llz4 -lxxhash -lz -lzstd
LIBS_emu  = $(LIBS_diff) -lnettle

FOLDERS ?= schema cli replay emu emu/cpu emu/memory emu/kernel emu/loader emu/vfs emu/gpu emu/apu emu/hid emu/host diff
SOURCES := $(foreach d,$(FOLDERS),$(wildcard $(d)/*.c))
MAINS   := cli/main.c cli/exports.c emu/host/main.c diff/main.c
OBJECTS := $(SOURCES:%.c=$(BUILD)/%.o)
MAINOBJ := $(MAINS:%.c=$(BUILD)/%.o)
CORE     = $(filter-out $(MAINOBJ),$(filter $(foreach d,$(1),$(BUILD)/$(d)/%),$(OBJECTS)))
comma := ,
EXTENSION := $(patsubst %.c,$(BUILD)/pic/%.o,$(filter-out %_write.c diff/cmd_%.c diff/%_build.c,\
    $(wildcard schema/*.c replay/journal*.c replay/block*.c replay/template.c replay/key_chain.c replay/buffer.c \
    replay/intern.c replay/show.c diff/run*.c diff/objects*.c diff/waits*.c diff/files.c diff/calls.c diff/marks.c diff/map.c \
    diff/sites.c diff/window.c diff/clock.c diff/anchor.c diff/symbols*.c diff/sql*.c diff/event_rows.c diff/print*.c \
    diff/order.c diff/select*.c diff/table.c diff/survey.c cli/json.c cli/values.c)))
PROGRAMS = $(BUILD)/lockstep $(BUILD)/lockstep-emu $(BUILD)/lockstep-diff
UNIT    := $(patsubst tests/unit/%.c,$(BUILD)/tests/unit/%,$(wildcard tests/unit/*_test.c))
GEN     := $(BUILD)/tests/gen/lockstep-gen
GENOBJ  := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/gen/*.c))
FUZZERS := $(patsubst tests/fuzz/%.c,$(BUILD)/tests/fuzz/%,$(wildcard tests/fuzz/*.c))

.DEFAULT_GOAL := all
-include guest/guest.mk

all: programs titles $(BUILD)/liblockstep.so
programs: $(PROGRAMS)
tools: $(BUILD)/lockstep $(BUILD)/lockstep-diff $(BUILD)/liblockstep.so
units: $(UNIT)
titles: $(TITLES)

# What looks at each event of a run, in loops that are worth making wide.
$(BUILD)/replay/block_%.o $(BUILD)/diff/marks.o $(BUILD)/diff/waits_find.o: CFLAGS += $(if $(filter release,$(MODE)),-O3)

$(BUILD)/%.o: %.c $(BUILD)/flags | $(BUILD)/libraries-diff
	@mkdir -p $(@D)
	$(call say,CC) $(CC) $(CFLAGS) -c $< -o $@
$(filter $(BUILD)/emu/%,$(OBJECTS)): | $(BUILD)/libraries-emu

$(BUILD)/lockstep: $(BUILD)/cli/main.o $(BUILD)/cli/exports.o $(call CORE,cli schema)
	$(call say,LINK) $(CC) $(LDFLAGS) $^ -o $@
$(BUILD)/lockstep-diff: $(BUILD)/diff/main.o $(call CORE,diff replay cli schema)
	$(call say,LINK) $(CC) $(LDFLAGS) -Wl,-Map=$@.map $^ $(LIBS_diff) -o $@
# The same code for any SQLite shell: objects of their own, since a library that is loaded has no fixed place.
$(BUILD)/pic/%.o: %.c $(BUILD)/flags | $(BUILD)/libraries-diff
	@mkdir -p $(@D)
	$(call say,CC) $(CC) $(CFLAGS) -fPIC -fvisibility=hidden -ffunction-sections -DLOCKSTEP_EXTENSION -c $< -o $@
$(BUILD)/liblockstep.so: $(EXTENSION)
	$(call say,LINK) $(CC) $(LDFLAGS) -shared -Wl,--gc-sections $(if $(filter release,$(MODE)),-Wl$(comma)-z$(comma)defs) $^ $(LIBS_diff) -o $@
$(BUILD)/lockstep-emu: $(BUILD)/emu/host/main.o $(call CORE,emu replay cli schema)
	$(call say,LINK) $(CC) $(LDFLAGS) $^ $(LIBS_emu) -o $@
$(BUILD)/tests/unit/%_test: tests/unit/%_test.c $(call CORE,$(FOLDERS)) | $(BUILD)/libraries-test
	@mkdir -p $(@D)
	$(call say,LINK) $(CC) $(CFLAGS) $(LDFLAGS) $< $(filter %.o,$^) $(LIBS_emu) -lcmocka -o $@
$(BUILD)/tests/vectors: tests/vectors.c $(call CORE,$(FOLDERS))
	@mkdir -p $(@D)
	$(call say,LINK) $(CC) $(CFLAGS) $(LDFLAGS) $< $(filter %.o,$^) $(LIBS_emu) -o $@
$(GEN): $(GENOBJ) $(call CORE,schema)
	$(call say,LINK) $(CC) $(LDFLAGS) $^ -o $@
$(BUILD)/tests/fuzz/%: tests/fuzz/%.c $(call CORE,$(FOLDERS))
	@mkdir -p $(@D)
	$(call say,LINK) $(CC) $(CFLAGS) $(LDFLAGS) -fsanitize=fuzzer $< $(filter %.o,$^) $(LIBS_emu) -o $@

# The rules are built in.
$(BUILD)/diff/import_format.o: $(wildcard rules/*.rules)

# A missing library is one line, once, before any compiler's complaint.
$(BUILD)/libraries-diff: LIBRARIES = sqlite3 liblz4 libxxhash zlib libzstd
$(BUILD)/libraries-emu:  LIBRARIES = nettle
$(BUILD)/libraries-test: LIBRARIES = cmocka
$(BUILD)/libraries-%:
	@mkdir -p $(@D)
	@command -v $(CC) pkg-config > $@.new && pkg-config --exists $(LIBRARIES) || \
	    { echo "needs $(CC), pkg-config and $(LIBRARIES): run scripts/setup" >&2; exit 1; }
	@mv $@.new $@

# Written again only when it changes: then everything is built again.
$(BUILD)/flags: always
	@mkdir -p $(@D)
	@echo '$(CC) $(STRICT) $(MODEFLAGS)' > $@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@
# The one object that knows the version and the commit; written again only when they change.
$(BUILD)/cli/version.o: CFLAGS += -DLOCKSTEP_VERSION='"$(shell cat VERSION)"' -DLOCKSTEP_BUILD='"$(shell cat $(BUILD)/id)"'
$(BUILD)/cli/version.o: $(BUILD)/id VERSION
$(BUILD)/id: always
	@mkdir -p $(@D)
	@echo "$(MODE)$(patsubst %, %,$(shell git describe --always --dirty=+ --exclude='*' 2>/dev/null))" > $@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@

demo test: setup
	@$(MAKE) --no-print-directory all $(if $(filter test,$@),units gen)
	@$(if $(filter test,$@),tests/run,scripts/demo) $(BUILD)
setup:
	@scripts/setup
bench: all gen
	scripts/bench $(BUILD)
	EVENTS=2000000 scripts/bench-scale $(BUILD)
# Journals of 18.7 M events, of two logs of 4.4 GB: make bench-scale EVENTS=18700000 LOGS=DIR.
bench-scale: all gen
	scripts/bench-scale $(BUILD)
unit: units
	@tests/run --unit $(BUILD)
check: all
	scripts/check-includes
	scripts/check-symbols $(BUILD)
	scripts/check-tables
	scripts/check-format
format:
	clang-format -i $$(git ls-files '*.c' '*.h')
fuzz: all
	@$(MAKE) --no-print-directory CC=clang MODE=fuzz fuzzers
	scripts/fuzz build/fuzz-clang
fuzzers: $(FUZZERS)
# An emulator with one object in place of another, for tests: make other-emu INSTEAD=emu/cpu/interp_int.o BY=FILE.o OUT=FILE.
other-emu:
	$(CC) $(LDFLAGS) $(filter-out $(BUILD)/$(INSTEAD),$(BUILD)/emu/host/main.o $(call CORE,emu replay cli schema)) $(BY) $(LIBS_emu) -o $(OUT)
# Makes stand-ins for other engines' logs: tests/gen/README.md.
gen: $(GEN)
# Runs the titles that check semantics from inside under perturbed schedules: make chaos COUNT=50.
chaos: all
	scripts/chaos $(BUILD) $(or $(COUNT),50)
# Plants divergences and counts how often they are named: make planted COUNT=1000 SEED=1.
planted: programs gen
	scripts/planted $(BUILD) $(or $(COUNT),1000) $(or $(SEED),1)
# Runs a file of instruction vectors through the interpreter.
vectors: $(BUILD)/tests/vectors
	$< $(or $(VECTORS),$(error make vectors VECTORS=FILE)) $(SUITE)
# Runs random instructions by the interpreter and by QEMU and compares: make oracle CASES=10000000 SEED=1.
oracle: $(BUILD)/tests/unit/cpu_oracle_test
	$< $(or $(CASES),1000000) $(or $(SEED),1)
# Kills imports and recordings, fills their disks, cuts the power, flips bytes: make durability COUNT=1000 SEED=1.
durability: $(BUILD)/tests/unit/diff_import_durability_test
	$< $(or $(COUNT),200) $(or $(SEED),1)
install: programs $(BUILD)/liblockstep.so
	install -Dt $(DESTDIR)$(PREFIX)/bin $(BUILD)/lockstep
	install -Dt $(DESTDIR)$(PREFIX)/libexec/lockstep $(BUILD)/lockstep-emu $(BUILD)/lockstep-diff
	install -Dt $(DESTDIR)$(PREFIX)/share/lockstep/rules -m 644 rules/*.rules
	install -d $(DESTDIR)$(PREFIX)/share/man/man1 $(DESTDIR)$(PREFIX)/share/bash-completion/completions
	$(BUILD)/lockstep man > $(DESTDIR)$(PREFIX)/share/man/man1/lockstep.1
	$(BUILD)/lockstep completion bash > $(DESTDIR)$(PREFIX)/share/bash-completion/completions/lockstep
clean:
	rm -rf build

.PHONY: all always bench bench-scale chaos check clean demo format fuzz fuzzers gen install oracle planted programs setup test titles tools unit units vectors
.DELETE_ON_ERROR:
-include $(OBJECTS:.o=.d) $(EXTENSION:.o=.d) $(GENOBJ:.o=.d) $(UNIT:=.d) $(FUZZERS:=.d) $(BUILD)/tests/vectors.d
