# SPDX-License-Identifier: MIT
# Multiboot 1 and 2: what module.mk does not have, and kernels that are damaged on purpose.

# --- Multiboot 1 ---------------------------------------------------------------------------------------------------------------------
$(kernels_out)/32/multiboot-header-video.o: header_flags := -DVIDEO
$(kernels_out)/32/multiboot-header-flat.o: header_flags := -DKLUDGE=0
$(kernels_out)/32/multiboot-header-kludge.o: header_flags := -DKLUDGE=-0x400000
$(kernels_out)/32/multiboot-header%.o: $(kernels_dir)/multiboot-header.S
	$(call say,AS32,$@)
	$(Q)mkdir -p $(@D) && $(CC) -MMD -MP $(kernel_32) $(header_flags) -c -o $@ $<

mb1_objects := $(call kernel_objects,32,multiboot multiboot_common wrong_entry)
$(kernels_out)/verdict-mb1.elf: mb1_place := $(call kernel_place,0x100000,0x100000,0)
$(kernels_out)/verdict-mb1-video.elf: mb1_place := $(call kernel_place,0x200000,0x200000,0)
$(kernels_out)/mb1-flat.elf: mb1_place := $(call kernel_place,0x200000,0x200000,0)
$(kernels_out)/mb1-high.elf: mb1_place := $(call kernel_place,0x300000,0xc0100000,0)
# By its header it belongs to 0x200000; its segments and its entry are a trap.
$(kernels_out)/mb1-kludge.elf: mb1_place := $(call kernel_place,0x600000,0x600000,0) -Wl,-e,wrong_entry

$(kernels_out)/verdict-mb1.elf $(kernels_out)/mb1-high.elf: $(kernels_out)/32/multiboot-header.o
$(kernels_out)/verdict-mb1-video.elf: $(kernels_out)/32/multiboot-header-video.o
$(kernels_out)/mb1-flat.elf: $(kernels_out)/32/multiboot-header-flat.o
$(kernels_out)/mb1-kludge.elf: $(kernels_out)/32/multiboot-header-kludge.o
mb1_links := $(addprefix $(kernels_out)/,verdict-mb1.elf verdict-mb1-video.elf mb1-flat.elf mb1-high.elf mb1-kludge.elf)
$(mb1_links): $(mb1_objects) $(kernel_ld)
	$(call say,LINK32,$@)
	$(Q)$(call position_independent,$(mb1_objects))
	$(Q)$(kernel_link) -m32 $(mb1_place) -o $@ $(filter %.o,$^)

$(kernels_out)/verdict-mb1-elf64.elf: $(kernels_out)/mb1-high.elf
$(kernels_out)/verdict-mb1-kludge-elf64.elf: $(kernels_out)/mb1-kludge.elf
$(kernels_out)/verdict-mb1-elf64.elf $(kernels_out)/verdict-mb1-kludge-elf64.elf:
	$(call say,OBJCOPY,$@)
	$(Q)$(OBJCOPY) -O elf64-x86-64 $< $@
$(kernels_out)/verdict-mb1-kludge: $(kernels_out)/mb1-flat.elf
	$(call say,OBJCOPY,$@)
	$(Q)$(OBJCOPY) -O binary $< $@

# --- Multiboot2 that wants pixels ------------------------------------------------------------------------------------------------------
$(kernels_out)/32/multiboot2-header-video.o: header_flags := -DVIDEO
$(kernels_out)/verdict-mb2-video.elf: $(mb2_objects) $(kernels_out)/32/multiboot2-header-video.o $(kernel_ld)
	$(call say,LINK32,$@)
	$(Q)$(call position_independent,$(mb2_objects))
	$(Q)$(kernel_link) -m32 $(call kernel_place,0x200000,0x200000,0) -o $@ $(filter %.o,$^)

verdict_kernels += $(addprefix $(kernels_out)/verdict-,mb1.elf mb1-video.elf mb1-elf64.elf mb1-kludge mb1-kludge-elf64.elf mb2-video.elf)

# --- kernels that map little, of all protocols that pass it on in memory ---------------------------------------------------------------------
$(kernels_out)/verdict-mb1-little.elf: $(mb1_objects) $(kernels_out)/32/multiboot-header.o
$(kernels_out)/verdict-mb2-little.elf: $(mb2_objects) $(kernels_out)/32/multiboot2-header.o
$(kernels_out)/verdict-pvh-little.elf: $(call kernel_objects,32,pvh) $(kernels_out)/32/pvh-note-32.o
little_kernels := $(addprefix $(kernels_out)/verdict-,mb1-little.elf mb2-little.elf pvh-little.elf)
$(little_kernels): $(kernels_out)/32/little_map.o $(kernel_ld)
	$(call say,LINK32,$@)
	$(Q)$(call position_independent,$(filter-out %header.o %note-32.o,$(filter %.o,$^)))
	$(Q)$(kernel_link) -m32 $(call kernel_place,0x100000,0x100000,0) -o $@ $(filter %.o,$^)

verdict_kernels += $(little_kernels)

# --- damage ----------------------------------------------------------------------------------------------------------------------------
# broken-mb2-KIND.elf is in module.mk. The .flat ones and the edges are loaded by the addresses in their headers.
break_header = $(kernels_dir)/break-header.py
$(kernels_out)/broken-mb1-%.elf: $(kernels_out)/verdict-mb1.elf $(break_header)
	$(call say,BREAK,$@)
	$(Q)$(break_header) $* $< $@
$(kernels_out)/broken-mb1-%.flat: $(kernels_out)/verdict-mb1-kludge $(break_header)
	$(call say,BREAK,$@)
	$(Q)$(break_header) $* $< $@
$(kernels_out)/broken-mb2-%.flat: $(kernels_out)/verdict-mb2-aout $(break_header)
	$(call say,BREAK,$@)
	$(Q)$(break_header) $* $< $@
$(kernels_out)/verdict-mb1-edge: $(kernels_out)/verdict-mb1-kludge
$(kernels_out)/verdict-mb2-edge: $(kernels_out)/verdict-mb2-aout
$(kernels_out)/verdict-mb1-edge $(kernels_out)/verdict-mb2-edge: $(break_header)
	$(call say,BREAK,$@)
	$(Q)$(break_header) last-offset $(filter-out %.py,$^) $@

# --- what other loaders start: odd-KERNEL-KIND.KIND -------------------------------------------------------------------------------------
define odd_kernel
$(kernels_out)/odd-$(1)-%: $(kernels_out)/$(2) $(break_header)
	$$(call say,BREAK,$$@)
	$$(Q)$(break_header) $$* $$< $$@
endef
$(eval $(call odd_kernel,mb1-flat,verdict-mb1-kludge))
$(eval $(call odd_kernel,mb1-elf,verdict-mb1.elf))
$(eval $(call odd_kernel,mb1-elf64,verdict-mb1-elf64.elf))
$(eval $(call odd_kernel,mb2-flat,verdict-mb2-aout))
$(eval $(call odd_kernel,mb2-elf64,verdict-mb2-elf64.elf))
$(eval $(call odd_kernel,pvh-64,verdict-pvh-64.elf))

verdict_kernels += $(addprefix $(kernels_out)/odd-,mb1-flat-load-end mb1-flat-load-end.program mb1-elf-empty-segment \
	mb1-elf64-empty-segment.physical-entry.identity mb2-flat-load-end mb2-flat-load-end.program.length \
	mb2-elf64-empty-segment.physical-entry.identity.length pvh-64-wide-notes)

verdict_kernels += $(addprefix $(kernels_out)/,verdict-mb1-edge verdict-mb2-edge) \
	$(addprefix $(kernels_out)/broken-mb1-,$(addsuffix .elf,checksum unknown-bit overlap entry hole vectors)) \
	$(addprefix $(kernels_out)/broken-mb1-,$(addsuffix .flat,past-window unaligned entry-field)) \
	$(addprefix $(kernels_out)/broken-mb2-,$(addsuffix .elf,zero-tag long-tag console overlap entry hole vectors)) \
	$(addprefix $(kernels_out)/broken-mb2-,$(addsuffix .flat,past-window unaligned entry-tag))
