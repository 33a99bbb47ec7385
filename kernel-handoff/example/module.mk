# SPDX-License-Identifier: MIT
# The example kernel. It needs nothing of the tree but the public header, so that its folder can be copied.
example_dir := kernel-handoff/example
example_names := start main memory kernel pages firmware request print traps fault
example_obj := $(patsubst %,$(BUILD)/$(example_dir)/%.o,$(example_names))
example_pie_obj := $(patsubst %,$(BUILD)/$(example_dir)/pie/%.o,$(example_names))
example_flags := -std=gnu11 -g -O2 -Wall -Wextra -Wshadow -Wconversion -Wvla -Wstrict-prototypes -Wmissing-prototypes -Werror \
	-Ikernel-handoff/include -MMD -MP -ffreestanding -mno-red-zone -mgeneral-regs-only \
	-fno-stack-protector -fno-asynchronous-unwind-tables -fcf-protection=none
example_fixed_flags := -fno-pic -mcmodel=kernel
# Everything is in this one file, so nothing has to be reached through a table.
example_pie_flags := -fpie -fvisibility=hidden
example_link = $(CC) -nostdlib -Wl,--build-id=none,--orphan-handling=error,-z,max-page-size=4096,-z,noexecstack
example_pie_link = $(example_link) -static-pie -Wl,--no-dynamic-linker,-z,text,-z,norelro

$(BUILD)/$(example_dir)/%.o: $(example_dir)/%.S
	$(call say,AS,$@)
	$(Q)mkdir -p $(@D) && $(CC) $(example_flags) -c -o $@ $<
$(BUILD)/$(example_dir)/%.o: $(example_dir)/%.c
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D) && $(CC) $(example_flags) $(example_fixed_flags) -c -o $@ $<
$(BUILD)/$(example_dir)/pie/%.o: $(example_dir)/%.S
	$(call say,AS,$@)
	$(Q)mkdir -p $(@D) && $(CC) $(example_flags) -c -o $@ $<
$(BUILD)/$(example_dir)/pie/%.o: $(example_dir)/%.c
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D) && $(CC) $(example_flags) $(example_pie_flags) -c -o $@ $<

# For fixed addresses, and position-independent.
$(BUILD)/example-kernel: $(example_obj) $(example_dir)/example.ld
	$(call say,LINK,$@)
	$(Q)$(example_link) -static -T $(example_dir)/example.ld -o $@ $(example_obj)
$(BUILD)/example-kernel-pie: $(example_pie_obj) $(example_dir)/example-pie.ld
	$(call say,LINK,$@)
	$(Q)$(example_pie_link) -T $(example_dir)/example-pie.ld -o $@ $(example_pie_obj)

artefacts += $(BUILD)/example-kernel $(BUILD)/example-kernel-pie
