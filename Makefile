# SPDX-License-Identifier: MIT
# One non-recursive Makefile: each folder adds its files in module.mk. `make help` lists the targets.

BUILD ?= build
CC ?= gcc
ifeq ($(origin CC),default)
CC := gcc
endif
CLANG ?= clang
AR ?= ar
OBJCOPY ?= objcopy
V ?= 0
ifeq ($(V),0)
Q := @
say = @printf '  %-8s %s\n' $(1) $(2)
else
Q :=
say = @:
endif

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules
LD := ld

# --- what the tree is made of; filled by module.mk -----------------------------------------------------------------------------------
core_src :=     # portable: built freestanding, for the host, with sanitizers and for the fuzzers
free_only_src := # of these, what a C library gives to the host
shell_src :=    # what every shell in long mode links beside the portable objects
bios_src :=     # the BIOS shell
tool_src :=     # mkboot
artefacts :=    # what `make all` makes

# In this order: a folder may use the lists of those before it.
folders := stage2 kernel-handoff kernel-handoff/example stage2/bios uefi bios-stage1 disk-tools tests tests/boot/kernels tests/boot/kvm tests/boot
include $(wildcard $(addsuffix /module.mk,$(folders)))

# --- flags ---------------------------------------------------------------------------------------------------------------------------
include_flags := -Istage2 -I. -Ikernel-handoff/include
warn := -Wall -Wextra -Wshadow -Wconversion -Wvla -Wstrict-prototypes -Wmissing-prototypes -Werror
common := -std=c11 -g $(warn) $(include_flags) -MMD -MP -fno-common

# Runs in long mode without an operating system, on BIOS and UEFI alike. The stack protector uses a global guard of ours, and frame
# pointers stay for the backtrace of the exception screen.
free_flags := $(common) -O2 -ffreestanding -fPIC -fvisibility=hidden -mno-red-zone -mgeneral-regs-only -fshort-wchar \
	-fno-omit-frame-pointer -fno-asynchronous-unwind-tables -fno-strict-aliasing -fcf-protection=none \
	-fstack-protector-strong -mstack-protector-guard=global -ffunction-sections -fdata-sections
# What runs once in a boot is made small: stage 2 has to fit below the firmware's memory. What every byte of a file passes through is made fast.
free_fast := stage2/core/base/% stage2/core/block/% stage2/core/fs/% stage2/core/hash/% stage2/core/pack/% kernel-handoff/paging/%
free_small_obj := $(patsubst %,$(BUILD)/free/%.o,$(basename $(filter-out $(free_fast),$(core_src))))
$(free_small_obj): free_flags += -Os

host_flags := $(common) -O2 -D_GNU_SOURCE -D_FORTIFY_SOURCE=2 -fstack-protector-strong
asan_flags := $(common) -O1 -D_GNU_SOURCE -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
fuzz_flags := $(common) -O1 -D_GNU_SOURCE -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all

host_core_src := $(filter-out $(free_only_src),$(core_src))
free_obj := $(patsubst %,$(BUILD)/free/%.o,$(basename $(core_src)))
host_obj := $(patsubst %,$(BUILD)/host/%.o,$(basename $(host_core_src)))
asan_obj := $(patsubst %,$(BUILD)/asan/%.o,$(basename $(host_core_src)))
fuzz_obj := $(patsubst %,$(BUILD)/fuzz/%.o,$(basename $(host_core_src)))

all: $(artefacts) ## build everything: mbr.bin, stage2.bin, BOOTX64.EFI, the example kernels, mkboot

$(BUILD)/free/libmkboot.a: $(free_obj)
$(BUILD)/host/libmkboot.a: $(host_obj)
$(BUILD)/asan/libmkboot.a: $(asan_obj)
$(BUILD)/fuzz/libmkboot.a: $(fuzz_obj)
%/libmkboot.a:
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcsD $@ $^

$(BUILD)/free/%.o: %.c
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D) && $(CC) $(free_flags) -c -o $@ $<
$(BUILD)/free/%.o: %.S
	$(call say,AS,$@)
	$(Q)mkdir -p $(@D) && $(CC) $(include_flags) -MMD -MP -g -ffreestanding -c -o $@ $<
$(BUILD)/host/%.o: %.c
	$(call say,HOSTCC,$@)
	$(Q)mkdir -p $(@D) && $(CC) $(host_flags) $(host_extra_flags) -c -o $@ $<
$(BUILD)/asan/%.o: %.c
	$(call say,CC+SAN,$@)
	$(Q)mkdir -p $(@D) && $(CC) $(asan_flags) -c -o $@ $<
$(BUILD)/fuzz/%.o: %.c
	$(call say,CC+FUZZ,$@)
	$(Q)mkdir -p $(@D) && $(CLANG) $(fuzz_flags) -c -o $@ $<

# --- for people ----------------------------------------------------------------------------------------------------------------------
# The one list of what a fresh Debian machine needs to build, run and test everything.
dependencies := gcc clang lld libclang-rt-14-dev binutils gnu-efi zlib1g-dev libfdisk-dev uuid-dev libjson-c-dev libcmocka-dev \
	qemu-system-x86 seabios ovmf u-boot-qemu mtools dosfstools gdisk fdisk python3 busybox-static gzip sbsigntool openssl mandoc \
	grub-pc-bin grub-efi-amd64-bin grub-common syslinux syslinux-common isolinux ipxe bochs bochs-term bochsbios vgabios \
	xz-utils zstd lz4 bzip2 qemu-utils e2fsprogs xfsprogs btrfs-progs squashfs-tools systemd-boot-efi shim-unsigned xorriso

deps: ## install what is missing for building, running and testing (apt; asks sudo for the password unless you are root)
	$(Q)scripts/install-dependencies $(dependencies)

test: deps ## everything that proves the tree: lints, unit tests, fuzzers, boots in QEMU
	$(Q)$(MAKE) --no-print-directory run-tests

run: deps ## boot the example kernel in this terminal
	$(Q)$(MAKE) --no-print-directory run-example

run-xen: deps ## boot Debian's Xen with a Debian Linux dom0
	$(Q)$(MAKE) --no-print-directory run-debian-xen

run-linux: deps ## boot Debian's Linux
	$(Q)$(MAKE) --no-print-directory run-debian-linux

clean: ## remove the build folder
	$(Q)rm -rf $(BUILD)

help: ## this list
	$(Q)awk -F ':.*## ' '/^[a-z0-9-]+:.*## /{printf "  %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST) | sort

.PHONY: all deps test run run-xen run-linux clean help

-include $(shell test -d $(BUILD) && find $(BUILD) -name '*.d')
