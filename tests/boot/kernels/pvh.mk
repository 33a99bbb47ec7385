# SPDX-License-Identifier: MIT
# Kernels with a PVH entry: ELF32 at 4 MiB; ELF64, virtual addresses that differ from the physical ones, and an entry of 64 bits in the note.
$(kernels_out)/32/pvh-note-64.o: note_flags := -DWIDE
$(kernels_out)/32/pvh-note-%.o: $(kernels_dir)/pvh-note.S
	$(call say,AS32,$@)
	$(Q)mkdir -p $(@D) && $(CC) -MMD -MP $(kernel_32) $(note_flags) -c -o $@ $<

pvh_objects := $(call kernel_objects,32,pvh)
$(kernels_out)/pvh-32.elf: pvh_place := $(call kernel_place,0x400000,0x400000,0)
$(kernels_out)/pvh-64.elf: pvh_place := $(call kernel_place,0x300000,0xc0100000,0)
$(kernels_out)/pvh-%.elf: $(kernels_out)/32/pvh-note-%.o $(pvh_objects) $(kernel_ld)
	$(call say,LINK32,$@)
	$(Q)$(call position_independent,$(pvh_objects))
	$(Q)$(kernel_link) -m32 $(pvh_place) -Wl,-e,wrong_entry -o $@ $(filter %.o,$^)
$(kernels_out)/verdict-pvh-%.elf: $(kernels_out)/pvh-%.elf
	$(call say,OBJCOPY,$@)
	$(Q)$(OBJCOPY) -O elf$*-$(if $(filter 64,$*),x86-64,i386) $< $@
verdict_kernels += $(addprefix $(kernels_out)/verdict-pvh-,32.elf 64.elf)
