# SPDX-License-Identifier: MIT
# Linux kernels with a limit that one case is about; module.mk has the others.

# Takes its initrd in the 16 KiB above 1 MiB, or, by the 64-bit entry, above 4 GiB.
$(kernels_out)/verdict-linux64-low-initrd: bzimage_flags = -DPROTOCOL=0x20f -DINITRD_MAX=0x103fff $(bzimage_32) $(bzimage_64)
$(kernels_out)/verdict-linux64-low-initrd: $(kernels_out)/linux-64.bin
$(kernels_out)/verdict-linux32-low-initrd: bzimage_flags = -DPROTOCOL=0x20f -DINITRD_MAX=0x103fff $(bzimage_32)
linux_limits := $(addprefix $(kernels_out)/verdict-linux,64-low-initrd 32-low-initrd)
$(linux_limits): $(kernels_dir)/bzimage.S $(kernels_dir)/bzimage.h $(kernels_out)/linux-32.bin
	$(call say,BZIMAGE,$@)
	$(Q)$(CC) $(bzimage_flags) -c -o $@.o $< && $(OBJCOPY) -O binary -j .text $@.o $@
verdict_kernels += $(linux_limits)
