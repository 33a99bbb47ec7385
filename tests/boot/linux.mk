# SPDX-License-Identifier: MIT
# Further kernels of Debian's for linux_cases.py: the one for real time, the unpacked one, and memtest86+; tboot for placement_cases.py.
$(BUILD)/debian/vmlinuz-rt-amd64:
	$(Q)scripts/fetch-debian $(@D) linux-image-rt-amd64
$(BUILD)/debian/memtest86+x64.bin:
	$(Q)scripts/fetch-debian $(@D) memtest86+
$(BUILD)/debian/memtest86+x64.efi: $(BUILD)/debian/memtest86+x64.bin
	$(Q)scripts/fetch-debian $(@D) memtest86+
$(BUILD)/debian/tboot.gz:
	$(Q)scripts/fetch-debian $(@D) tboot
$(BUILD)/debian/vmlinux-amd64: $(debian_linux) tests/boot/extract-vmlinux
	$(call say,VMLINUX,$@)
	$(Q)tests/boot/extract-vmlinux $< $@

debian: $(addprefix $(BUILD)/debian/,vmlinuz-rt-amd64 vmlinux-amd64 memtest86+x64.bin memtest86+x64.efi tboot.gz)
