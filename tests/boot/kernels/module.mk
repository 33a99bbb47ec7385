# SPDX-License-Identifier: MIT
# Verdict kernels: see README.md. They run wherever they are loaded without relocating themselves, so a link with an absolute address in
# code or data is refused; only the header may have them.
kernels_dir := tests/boot/kernels
kernels_out := $(BUILD)/boot
kernel_ld := $(kernels_dir)/kernel.ld
kernel_support := support machine memory_map
kernel_flags = -std=gnu11 -O2 $(warn) -MMD -MP -ffreestanding -fno-common -fPIE -fvisibility=hidden -mgeneral-regs-only \
	-fno-stack-protector -fno-asynchronous-unwind-tables -fcf-protection=none -fno-strict-aliasing -fno-jump-tables \
	-fno-delete-null-pointer-checks
kernel_32 := -m32 -march=i686
kernel_64 := -m64 -mno-red-zone

# Where a kernel is loaded, where it claims to be linked, and how much of it lies in front of the image.
kernel_place = -Wl,--defsym=PHYSICAL=$(1),--defsym=VIRTUAL=$(2),--defsym=BEFORE=$(3)
kernel_link = $(CC) -nostdlib -static -Wl,--build-id=none,--orphan-handling=error,-z,max-page-size=4096,-z,noexecstack -T $(kernel_ld)
position_independent = ! readelf -rW $(1) | grep -E 'R_386_32 |R_X86_64_(32S?|64) '

kernel_objects = $(patsubst %,$(kernels_out)/$(1)/%.o,entry$(1) $(2) $(kernel_support))

$(kernels_out)/32/%.o: $(kernels_dir)/%.c
	$(call say,CC32,$@)
	$(Q)mkdir -p $(@D) && $(CC) $(kernel_flags) $(kernel_32) -c -o $@ $<
$(kernels_out)/32/%.o: $(kernels_dir)/%.S
	$(call say,AS32,$@)
	$(Q)mkdir -p $(@D) && $(CC) -MMD -MP $(kernel_32) -c -o $@ $<
$(kernels_out)/64/%.o: $(kernels_dir)/%.c
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D) && $(CC) $(kernel_flags) $(kernel_64) -c -o $@ $<
$(kernels_out)/64/%.o: $(kernels_dir)/%.S
	$(call say,AS,$@)
	$(Q)mkdir -p $(@D) && $(CC) -MMD -MP $(kernel_64) -c -o $@ $<

# --- Multiboot2 ----------------------------------------------------------------------------------------------------------------------
$(kernels_out)/32/multiboot2-header-reloc.o: header_flags := -DRELOCATABLE
$(kernels_out)/32/multiboot2-header-flat.o: header_flags := -DFLAT
$(kernels_out)/32/multiboot2-header%.o: $(kernels_dir)/multiboot2-header.S
	$(call say,AS32,$@)
	$(Q)mkdir -p $(@D) && $(CC) -MMD -MP $(kernel_32) $(header_flags) -c -o $@ $<

mb2_objects := $(call kernel_objects,32,multiboot2 multiboot2_efi multiboot_common wrong_entry)
mb2_objects_64 := $(call kernel_objects,64,multiboot2 multiboot2_efi boot_services multiboot_common wrong_entry)
$(kernels_out)/verdict-mb2.elf: mb2_place := $(call kernel_place,0x100000,0x100000,0)
$(kernels_out)/verdict-mb2-16m.elf: mb2_place := $(call kernel_place,0x1000000,0x1000000,0)
$(kernels_out)/verdict-mb2-reloc.elf: mb2_place := $(call kernel_place,0x200000,0x200000,0)
$(kernels_out)/mb2-flat.elf: mb2_place := $(call kernel_place,0x200000,0x200000,0)
$(kernels_out)/mb2-high.elf: mb2_place := $(call kernel_place,0x300000,0xc0100000,0)

$(kernels_out)/verdict-mb2.elf $(kernels_out)/verdict-mb2-16m.elf $(kernels_out)/mb2-high.elf: $(kernels_out)/32/multiboot2-header.o
$(kernels_out)/verdict-mb2-reloc.elf: $(kernels_out)/32/multiboot2-header-reloc.o
$(kernels_out)/mb2-flat.elf: $(kernels_out)/32/multiboot2-header-flat.o
$(addprefix $(kernels_out)/,verdict-mb2.elf verdict-mb2-16m.elf verdict-mb2-reloc.elf mb2-flat.elf mb2-high.elf): $(mb2_objects) $(kernel_ld)
	$(call say,LINK32,$@)
	$(Q)$(call position_independent,$(mb2_objects))
	$(Q)$(kernel_link) -m32 $(mb2_place) -o $@ $(filter %.o,$^)

# For UEFI, in 64 bits: with an entry of its own, which has to move with the kernel, and without one. OVMF uses the memory at 16 MiB.
$(kernels_out)/64/multiboot2-header-efi.o: header_flags := -DBOOT_SERVICES -DEFI_ENTRY -DRELOCATABLE
$(kernels_out)/64/multiboot2-header-bs.o: header_flags := -DBOOT_SERVICES
$(kernels_out)/64/multiboot2-header%.o: $(kernels_dir)/multiboot2-header.S
	$(call say,AS,$@)
	$(Q)mkdir -p $(@D) && $(CC) -MMD -MP $(kernel_64) $(header_flags) -c -o $@ $<
$(kernels_out)/verdict-mb2-efi.elf: mb2_place := $(call kernel_place,0x200000,0x200000,0) -Wl,-e,wrong_entry
$(kernels_out)/verdict-mb2-bs.elf: mb2_place := $(call kernel_place,0x2000000,0x2000000,0)
$(kernels_out)/verdict-mb2-efi.elf: $(kernels_out)/64/multiboot2-header-efi.o
$(kernels_out)/verdict-mb2-bs.elf: $(kernels_out)/64/multiboot2-header-bs.o
$(kernels_out)/verdict-mb2-efi.elf $(kernels_out)/verdict-mb2-bs.elf: $(mb2_objects_64) $(kernel_ld)
	$(call say,LINK,$@)
	$(Q)$(call position_independent,$(mb2_objects_64))
	$(Q)$(kernel_link) -m64 $(mb2_place) -o $@ $(filter %.o,$^)

$(kernels_out)/verdict-mb2-elf64.elf: $(kernels_out)/mb2-high.elf
	$(call say,OBJCOPY,$@)
	$(Q)$(OBJCOPY) -O elf64-x86-64 $< $@
$(kernels_out)/verdict-mb2-aout: $(kernels_out)/mb2-flat.elf
	$(call say,OBJCOPY,$@)
	$(Q)$(OBJCOPY) -O binary $< $@

$(kernels_out)/broken-mb2-%.elf: $(kernels_out)/verdict-mb2.elf $(kernels_dir)/break-header.py
	$(call say,BREAK,$@)
	$(Q)$(kernels_dir)/break-header.py $* $< $@

# --- Linux ---------------------------------------------------------------------------------------------------------------------------
kernel_offset = $(shell sed -n 's/^.define PAYLOAD_CODE_$(1)[[:space:]]*//p' $(kernels_dir)/bzimage.h)
$(kernels_out)/linux-%.elf: $(kernel_ld) $(kernels_dir)/bzimage.h
	$(call say,LINK$*,$@)
	$(Q)$(call position_independent,$(filter %.o,$^))
	$(Q)$(kernel_link) -m$* $(call kernel_place,$(call kernel_offset,$*),$(call kernel_offset,$*),$(call kernel_offset,$*)) -o $@ $(filter %.o,$^)
$(kernels_out)/linux-32.elf: $(call kernel_objects,32,linux screen)
$(kernels_out)/linux-64.elf: $(call kernel_objects,64,linux screen)

# Before protocol 2.10 nothing says how much memory a kernel needs beyond its file, so .bss and the stack are in the file.
$(kernels_out)/linux-%.bin: $(kernels_out)/linux-%.elf
	$(call say,OBJCOPY,$@)
	$(Q)$(OBJCOPY) -O binary --set-section-flags .bss=alloc,load,contents --set-section-flags .stack=alloc,load,contents $< $@

bzimage_32 = -DCODE_32='"$(kernels_out)/linux-32.bin"'
bzimage_64 = -DCODE_64='"$(kernels_out)/linux-64.bin"'
$(kernels_out)/verdict-linux64: bzimage_flags = -DPROTOCOL=0x20f $(bzimage_32) $(bzimage_64)
$(kernels_out)/verdict-linux32: bzimage_flags = -DPROTOCOL=0x209 $(bzimage_32)
$(kernels_out)/verdict-linux-old: bzimage_flags = -DPROTOCOL=0x202 $(bzimage_32)
$(kernels_out)/verdict-linux64: $(kernels_out)/linux-64.bin
$(addprefix $(kernels_out)/verdict-linux,64 32 -old): $(kernels_dir)/bzimage.S $(kernels_dir)/bzimage.h $(kernels_out)/linux-32.bin
	$(call say,BZIMAGE,$@)
	$(Q)$(CC) $(bzimage_flags) -c -o $@.o $< && $(OBJCOPY) -O binary -j .text $@.o $@

# --- UEFI ----------------------------------------------------------------------------------------------------------------------------
# By GNU-EFI's own linker script, and not the loader's, so that the two do not share a mistake. It has none of the symbols of kernel.ld.
efi_library := /usr/lib
efi_symbols := $(foreach symbol,kernel_start image_start constant_end bss_start bss_end image_end,--defsym=$(symbol)=_text)
$(kernels_out)/64/efi-%.o: $(kernels_dir)/efi-%.c
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D) && $(CC) $(kernel_flags) $(kernel_64) -DGNU_EFI_USE_MS_ABI -fshort-wchar \
		-isystem /usr/include/efi -isystem /usr/include/efi/x86_64 -c -o $@ $<
$(kernels_out)/efi-%.so: $(kernels_out)/64/efi-%.o $(kernels_out)/64/support.o $(kernels_out)/64/screen.o $(BUILD)/free/stage2/core/base/memory.o
	$(call say,LINK,$@)
	$(Q)$(LD) -nostdlib -shared -Bsymbolic -z nocombreloc -z noexecstack --no-undefined $(efi_symbols) -T $(efi_library)/elf_x86_64_efi.lds \
		-o $@ $(efi_library)/crt0-efi-x86_64.o $^ $(efi_library)/libgnuefi.a
$(kernels_out)/efi-%.efi: $(kernels_out)/efi-%.so $(kernels_dir)/image-version.py
	$(call say,OBJCOPY,$@)
	$(Q)$(OBJCOPY) -S -j .text -j .sdata -j .data -j .dynamic -j .rela -j .reloc --target efi-app-x86_64 $< $@
	$(Q)$(kernels_dir)/image-version.py 1 $@
.SECONDARY: $(kernels_out)/efi-verdict.so $(kernels_out)/64/efi-verdict.o

verdict_kernels := $(addprefix $(kernels_out)/verdict-,mb2.elf mb2-16m.elf mb2-reloc.elf mb2-elf64.elf mb2-efi.elf mb2-bs.elf mb2-aout linux64 linux32 linux-old) \
	$(addprefix $(kernels_out)/broken-mb2-,checksum.elf unknown-tag.elf unknown-request.elf) $(kernels_out)/efi-verdict.efi

# --- the suite's own hand-off --------------------------------------------------------------------------------------------------------
$(kernels_out)/verdict-low-segments.elf: $(kernels_out)/64/low-segments.o $(kernels_dir)/low-segments.ld
	$(call say,LINK,$@)
	$(Q)$(LD) -nostdlib -static -z max-page-size=4096 -z noexecstack -T $(kernels_dir)/low-segments.ld -o $@ $<
verdict_kernels += $(kernels_out)/verdict-low-segments.elf

include $(filter-out %/module.mk,$(wildcard $(kernels_dir)/*.mk))

verdict-kernels: $(verdict_kernels) ## build the kernels that check what the loader hands over

.PHONY: verdict-kernels
