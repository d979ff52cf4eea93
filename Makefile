# SPDX-License-Identifier: BSD-3-Clause
# The whole build. MODE picks a tree of its own under build/: release, dev (UBSan, debug), asan, tsan.
# The link rows below are the architecture: lockstep-diff never links emu.

MODE   ?= release
BUILD  ?= build/$(MODE)
CC      = gcc
WARN    = -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wundef \
          -Wimplicit-fallthrough -Wdouble-promotion
# Part of determinism: no contraction, no fast math, no excess precision.
STRICT  = -std=gnu17 -ffp-contract=off -fno-strict-aliasing -fexcess-precision=standard
FLAGS_release = -O2 -g
FLAGS_dev     = -O1 -g -fsanitize=undefined -fno-sanitize-recover=undefined
FLAGS_asan    = -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
FLAGS_tsan    = -O1 -g -fsanitize=thread
MODEFLAGS = $(FLAGS_$(MODE))
CFLAGS  = $(STRICT) $(WARN) $(WERROR) $(MODEFLAGS) -I. -MMD -MP
LDFLAGS = $(MODEFLAGS) -pthread
LIBS_diff = -lsqlite3 -llz4 -lxxhash
LIBS_emu  = $(LIBS_diff) -lnettle

FOLDERS ?= schema cli replay emu emu/cpu emu/memory emu/kernel emu/loader emu/vfs emu/gpu emu/apu emu/hid emu/host diff
SOURCES := $(foreach d,$(FOLDERS),$(wildcard $(d)/*.c))
MAINS   := cli/main.c cli/exports.c emu/host/main.c diff/main.c
OBJECTS := $(SOURCES:%.c=$(BUILD)/%.o)
MAINOBJ := $(MAINS:%.c=$(BUILD)/%.o)
CORE     = $(filter-out $(MAINOBJ),$(filter $(foreach d,$(1),$(BUILD)/$(d)/%),$(OBJECTS)))
PROGRAMS = $(BUILD)/lockstep $(BUILD)/lockstep-emu $(BUILD)/lockstep-diff
UNIT    := $(patsubst tests/unit/%.c,$(BUILD)/tests/unit/%,$(wildcard tests/unit/*_test.c))

all: $(PROGRAMS)

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -c $< -o $@

$(BUILD)/lockstep: $(BUILD)/cli/main.o $(BUILD)/cli/exports.o $(call CORE,cli schema)
	$(CC) $(LDFLAGS) $^ -o $@
$(BUILD)/lockstep-diff: $(BUILD)/diff/main.o $(call CORE,diff replay cli schema)
	$(CC) $(LDFLAGS) $^ $(LIBS_diff) -o $@
$(BUILD)/lockstep-emu: $(BUILD)/emu/host/main.o $(call CORE,emu replay cli schema)
	$(CC) $(LDFLAGS) $^ $(LIBS_emu) -o $@

$(BUILD)/tests/unit/%_test: tests/unit/%_test.c $(call CORE,$(FOLDERS))
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) $^ $(LIBS_emu) -lcmocka -o $@

unit: $(UNIT)
	@set -e; for t in $(UNIT); do echo "== $$t"; $$t; done

clean:
	rm -rf build

.PHONY: all unit clean
-include $(OBJECTS:.o=.d)
