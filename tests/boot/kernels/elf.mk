# SPDX-License-Identifier: MIT
# Variants of the example kernel, which checks everything that the suite's own hand-off promises: other requests, other addresses.
elf_kernels := $(addprefix $(kernels_out)/elf-,relr linear text large-pages)
elf_without_note := $(filter-out %/request.o,$(example_obj))

$(kernels_out)/elf-request-%.o: $(kernels_dir)/elf-request.c
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D) && $(CC) $(example_flags) $(example_fixed_flags) -I$(example_dir) -DREQUIRED=MKBOOT_REQUEST_$(shell echo $* | tr a-z A-Z) -c -o $@ $<
$(kernels_out)/elf-linear $(kernels_out)/elf-text: $(kernels_out)/elf-%: $(kernels_out)/elf-request-%.o $(elf_without_note) $(example_dir)/example.ld
	$(call say,LINK,$@)
	$(Q)$(example_link) -static -T $(example_dir)/example.ld -o $@ $(filter %.o,$^)

# Relocations in a DT_RELR table.
$(kernels_out)/elf-relr: $(example_pie_obj) $(example_dir)/example-pie.ld
	$(call say,LINK,$@)
	$(Q)$(example_pie_link),-z,pack-relative-relocs -T $(example_dir)/example-pie.ld -o $@ $(example_pie_obj)
	$(Q)readelf -dW $@ | grep -q '(RELR)'

# With data that fill a page of 2 MiB. OVMF leaves less than 6 MiB free from 2 MiB on.
$(kernels_out)/elf-large-data.o: $(kernels_dir)/elf-large-data.c
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D) && $(CC) $(example_flags) $(example_fixed_flags) -c -o $@ $<
$(kernels_out)/elf-large-pages: $(kernels_out)/elf-large-data.o $(example_obj) $(example_dir)/example.ld
	$(call say,LINK,$@)
	$(Q)$(example_link) -static -T $(example_dir)/example.ld -o $@ $(filter %.o,$^)

verdict_kernels += $(elf_kernels)
