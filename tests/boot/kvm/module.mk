# SPDX-License-Identifier: MIT
# A second initrd, joined to the test initrd: KVM's modules of Debian's kernel, and a program that runs a guest.
kvm_dir := tests/boot/kvm
kvm_out := $(BUILD)/boot/kvm
kvm_modules := $(addprefix $(BUILD)/debian/,irqbypass.ko kvm.ko ccp.ko kvm-amd.ko)
kvm_initrd := $(BUILD)/debian/kvm.cpio

$(kvm_out)/%.o: $(kvm_dir)/%.c
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D) && $(CC) $(host_flags) -c -o $@ $<
$(kvm_out)/%.o: $(kvm_dir)/%.S
	$(call say,AS,$@)
	$(Q)mkdir -p $(@D) && $(CC) $(include_flags) -MMD -MP -c -o $@ $<
$(kvm_out)/kvm: $(kvm_out)/kvm.o $(kvm_out)/guest.o
	$(call say,LINK,$@)
	$(Q)$(CC) -static -o $@ $^

# With the kernel that they belong to.
$(kvm_modules) &: $(BUILD)/debian/vmlinuz-amd64
	$(Q)scripts/fetch-debian $(@D) linux-image-amd64
$(kvm_initrd): tests/boot/make-initrd $(kvm_dir)/mkboot-test $(kvm_out)/kvm $(kvm_modules)
	$(call say,INITRD,$@)
	$(Q)tests/boot/make-initrd $@ mkboot-test=$(kvm_dir)/mkboot-test kvm=$(kvm_out)/kvm $(foreach file,$(kvm_modules),modules/$(notdir $(file))=$(file))
