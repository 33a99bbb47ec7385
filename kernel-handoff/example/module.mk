# SPDX-License-Identifier: MIT
# The example kernel. It needs nothing of the tree but the public header, so that its folder can be copied.
example_src := $(addprefix kernel-handoff/example/,start.S main.c print.c traps.S fault.c)
example_obj := $(patsubst %,$(BUILD)/%.o,$(basename $(example_src)))
example_flags := -std=gnu11 -g -O2 -Wall -Wextra -Wshadow -Wconversion -Wvla -Wstrict-prototypes -Wmissing-prototypes -Werror \
	-Ikernel-handoff/include -MMD -MP -ffreestanding -fno-pic -mcmodel=kernel -mno-red-zone -mgeneral-regs-only \
	-fno-stack-protector -fno-asynchronous-unwind-tables -fcf-protection=none

$(BUILD)/kernel-handoff/example/%.o: kernel-handoff/example/%.S
	$(call say,AS,$@)
	$(Q)mkdir -p $(@D) && $(CC) $(example_flags) -c -o $@ $<
$(BUILD)/kernel-handoff/example/%.o: kernel-handoff/example/%.c
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D) && $(CC) $(example_flags) -c -o $@ $<

$(BUILD)/example-kernel: $(example_obj) kernel-handoff/example/example.ld
	$(call say,LINK,$@)
	$(Q)$(CC) -nostdlib -static -Wl,--build-id=none,--orphan-handling=error,-z,max-page-size=4096,-z,noexecstack \
		-T kernel-handoff/example/example.ld -o $@ $(example_obj)

artefacts += $(BUILD)/example-kernel
