# SPDX-License-Identifier: MIT
artefacts += $(BUILD)/mbr.bin

$(BUILD)/mbr.o: bios-stage1/mbr.S
	$(call say,AS,$@)
	$(Q)mkdir -p $(@D) && $(CC) -m32 -I. -MMD -MP -c -o $@ $<
$(BUILD)/mbr.elf: $(BUILD)/mbr.o bios-stage1/mbr.ld
	$(call say,LD,$@)
	$(Q)$(LD) -m elf_i386 --orphan-handling=error -T bios-stage1/mbr.ld -o $@ $<
# 16 more bytes are the LBAs of the two copies.
$(BUILD)/mbr.bin: $(BUILD)/mbr.elf
	$(Q)$(OBJCOPY) -O binary $< $@
	$(Q)nm $< | awk '$$3 == "mbr_code_end" { code = $$1 } $$3 == "mbr_start" { start = $$1 } \
		END { printf "  mbr: %d of 440 bytes\n", hex(code) - hex(start) + 16 } \
		function hex(text, i, n) { for (i = 1; i <= length(text); i++) n = n * 16 + index("0123456789abcdef", substr(text, i, 1)) - 1; return n }'
