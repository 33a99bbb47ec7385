# SPDX-License-Identifier: MIT
# mkboot, the host tool: one file, with the boot sector, stage 2 and the UEFI application inside.
tool_src += $(wildcard disk-tools/*.c)
tool_libraries := -lfdisk -luuid -ljson-c -lz
artefacts += $(BUILD)/mkboot

$(BUILD)/host/disk-tools/payload.o: disk-tools/payload.S $(BUILD)/mbr.bin $(BUILD)/stage2.bin $(BUILD)/BOOTX64.EFI
	$(call say,AS,$@)
	$(Q)mkdir -p $(@D) && $(CC) -Wa,-I$(BUILD) -c -o $@ $<

$(BUILD)/mkboot: $(patsubst %.c,$(BUILD)/host/%.o,$(tool_src)) $(BUILD)/host/disk-tools/payload.o $(BUILD)/host/libmkboot.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(host_flags) -o $@ $^ $(tool_libraries)

# The same with ASan and UBSan, for its tests.
$(BUILD)/asan/mkboot: $(patsubst %.c,$(BUILD)/asan/%.o,$(tool_src)) $(BUILD)/host/disk-tools/payload.o $(BUILD)/asan/libmkboot.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(asan_flags) -o $@ $^ $(tool_libraries)

tool-test: $(BUILD)/asan/mkboot $(BUILD)/example-kernel ## test mkboot on good and bad input; T=interrupt runs one test
	$(Q)tests/tool/run --mkboot $(BUILD)/asan/mkboot --kernel $(BUILD)/example-kernel $(T)

.PHONY: tool-test
