# SPDX-License-Identifier: MIT
# BOOTX64.EFI: GNU-EFI's crt0 and relocation, our own linker script, the same objects as stage 2.
efi_src := $(wildcard uefi/*.c uefi/*.S)
artefacts += $(BUILD)/BOOTX64.EFI

# The firmware's headers, with its functions called like any other.
efi_flags := -DGNU_EFI_USE_MS_ABI -isystem /usr/include/efi -isystem /usr/include/efi/x86_64
$(BUILD)/free/uefi/%.o: free_flags += $(efi_flags)
$(BUILD)/asan/uefi/%.o $(BUILD)/asan/tests/unit/uefi_%.o $(BUILD)/asan/tests/unit/support_efi%.o: asan_flags += $(efi_flags)

EFI_CRT0 ?= /usr/lib/crt0-efi-x86_64.o
EFI_LIBRARY ?= /usr/lib/libgnuefi.a
efi_obj = $(patsubst %,$(BUILD)/free/%.o,$(basename $(efi_src) $(shell_src)))
efi_sections := .text .reloc .data .bss .rodata .dynamic .rela .sbat

$(BUILD)/uefi.elf: uefi/uefi.ld $(efi_obj) $(BUILD)/free/libmkboot.a
	$(call say,LD,$@)
	$(Q)$(LD) -nostdlib -pie --no-dynamic-linker -z text -z defs -z nocombreloc -z norelro -z noexecstack --hash-style=sysv \
		--build-id=none --gc-sections --orphan-handling=error -Map $(BUILD)/uefi.map -T $< -o $@ $(EFI_CRT0) $(efi_obj) \
		--start-group $(BUILD)/free/libmkboot.a $(LIBZ) $(EFI_LIBRARY) --end-group
$(BUILD)/BOOTX64.EFI: $(BUILD)/uefi.elf uefi/finish uefi/lint
	$(Q)$(OBJCOPY) -S $(efi_sections:%=-j %) --target=efi-app-x86_64 $< $@
	$(Q)uefi/finish $@
	$(Q)uefi/lint $< $@
