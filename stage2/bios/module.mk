# SPDX-License-Identifier: MIT
# stage2.bin: the BIOS shell with the portable objects.
bios_src += $(wildcard stage2/bios/*.c stage2/bios/*.S)
artefacts += $(BUILD)/stage2.bin

LIBZ := $(shell $(CC) -print-file-name=libz.a 2>/dev/null)
bios_obj = $(patsubst %,$(BUILD)/free/%.o,$(basename $(bios_src) $(shell_src)))

$(BUILD)/stage2.ld: stage2/bios/stage2.ld stage2/bios/memory-map.h bios-stage1/layout.h
	$(Q)mkdir -p $(@D) && $(CC) -E -P -x c -I. -Istage2 -o $@ $<
$(BUILD)/stage2.elf: $(BUILD)/stage2.ld $(bios_obj) $(BUILD)/free/libmkboot.a
	$(call say,LD,$@)
	$(Q)$(LD) -nostdlib -static -no-pie --gc-sections --orphan-handling=error -z max-page-size=4096 -z noexecstack --no-warn-rwx-segments \
		-Map $(BUILD)/stage2.map -T $< -o $@ $(bios_obj) --start-group $(BUILD)/free/libmkboot.a $(LIBZ) --end-group
# Bytes of the image, and of memory with its bss: memory-map.h has 288 KiB for it.
$(BUILD)/stage2.bin: $(BUILD)/stage2.elf
	$(Q)$(OBJCOPY) -O binary $< $@
	@printf '  stage2: %d of 294912 bytes, %d with bss\n' "$$(stat -c %s $@)" \
		"$$((0x$$(nm $< | awk '$$3 == "bss_end" { print $$1 }') - 0x8000))"
