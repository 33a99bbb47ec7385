# SPDX-License-Identifier: MIT
# The staging kernel of two protocols, at 1 MiB and at 16 MiB, and the former with segments where they are moved to, or cannot be.
staging_objects_mb2 := $(kernels_out)/32/multiboot2-header.o $(call kernel_objects,32,staging)
staging_objects_elf := $(call kernel_objects,64,staging)
$(kernels_out)/32/staging.o $(kernels_out)/64/staging.o: kernel_flags += -Ikernel-handoff/include
staging_width_mb2 := -m32
staging_width_elf := -m64
staging_start_1m := 0x100000
staging_start_16m := 0x1000000

# staging_kernel PROTOCOL PLACE
define staging_kernel
$(kernels_out)/staging-$(1)-$(2).elf: $(staging_objects_$(1)) $(kernel_ld)
	$$(call say,LINK,$$@)
	$$(Q)$$(call position_independent,$$(filter-out %header.o,$$(filter %.o,$$^)))
	$$(Q)$$(kernel_link) $(staging_width_$(1)) $$(call kernel_place,$(staging_start_$(2)),$(staging_start_$(2)),0) -o $$@ $$(filter %.o,$$^)
endef
$(foreach protocol,mb2 elf,$(foreach place,1m 16m,$(eval $(call staging_kernel,$(protocol),$(place)))))

# Segments, as add-segments.py takes them.
#   bios      64 MiB: all of the memory below 1 MiB that a kernel can have, and the working memory of the loader at the end of RAM
#   uefi      256 MiB: pieces of what OVMF uses for itself; its stack in the third, the loader's image and working memory in the fourth, its
#             page tables in the last
#   full      64 MiB, BIOS: all RAM from the kernel on
#   full-uefi 128 MiB: more of what OVMF uses than there is free memory to stage it in
#   others    where no kernel can have them, by a BIOS or at all, with 256 MiB
staging_segments_bios := 0x1000:0x9e000 0x3d00000:0x100000:0x2d0000
staging_segments_uefi := 0x1000:0x9e000 0x1000000:0x480000:0x600000 0xbb00000:0x100000 \
	0xde00000:0xa00000:0xc00000 0xf800000:0x80000:0x100000
staging_segments_full := 0x120000:0x1000:0x3eb0000
staging_segments_full-uefi := 0x900000:0x1000:0x6100000
staging_segments_vectors := 0:0x1000
staging_segments_hole := 0x9f000:0x2000
staging_segments_top := 0xffff000:0x1000
staging_segments_beyond := 0x8fff0000:0x1000
staging_segments_twice := 0x101000:0x1000

# staging_variant NAME
define staging_variant
$(kernels_out)/staging-%-$(1).elf: $(kernels_out)/staging-%-1m.elf $(kernels_dir)/add-segments.py $(kernels_dir)/staging.mk
	$$(call say,SEGMENTS,$$@)
	$$(Q)$(kernels_dir)/add-segments.py $$< $$@ $(staging_segments_$(1))
endef
staging_variants := bios uefi full full-uefi vectors hole top beyond twice
$(foreach variant,$(staging_variants),$(eval $(call staging_variant,$(variant))))

# Unpacked, it lies where its own segment goes, too.
$(kernels_out)/staging-%.elf.gz: $(kernels_out)/staging-%.elf
	$(Q)gzip -n <$< >$@
verdict_kernels += $(kernels_out)/staging-mb2-bios.elf.gz $(foreach protocol,mb2 elf,$(patsubst %,$(kernels_out)/staging-$(protocol)-%.elf,1m 16m $(staging_variants)))
