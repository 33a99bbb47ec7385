# SPDX-License-Identifier: MIT
# Verdict kernels that are entered in real mode: C code in one segment (gcc -m16), linked to 0.
real_dir := $(kernels_dir)/real
real_out := $(kernels_out)/real
real_flags = $(filter-out -fPIE -O2,$(kernel_flags)) -Os -m16 -march=i686 -fno-pic -fno-pie -I$(kernels_dir)
# All of it, .bss included: loaders promise zeros to no boot sector, and a Linux image names its own size in sectors.
real_bytes := 0x6000
real_link = $(LD) -m elf_i386 -nostdlib -static -z noexecstack --no-warn-rwx-segments --orphan-handling=error -T $(real_dir)/real.ld

$(real_out)/%.o: $(real_dir)/%.c
	$(call say,CC16,$@)
	$(Q)mkdir -p $(@D) && $(CC) $(real_flags) -c -o $@ $<
$(real_out)/support.o: $(kernels_dir)/support.c
	$(call say,CC16,$@)
	$(Q)mkdir -p $(@D) && $(CC) $(real_flags) -c -o $@ $<
$(real_out)/%.o: $(real_dir)/%.S
	$(call say,AS16,$@)
	$(Q)mkdir -p $(@D) && $(CC) -MMD -MP -m32 -c -o $@ $<
$(real_out)/%.bin: $(real_out)/%.elf
	$(call say,OBJCOPY,$@)
	$(Q)$(OBJCOPY) -O binary --set-section-flags .bss=alloc,load,contents --pad-to $(real_bytes) $< $@

real_objects := $(addprefix $(real_out)/,machine.o bios.o support.o)

# --- a boot sector and what it reads -------------------------------------------------------------------------------------------------
$(real_out)/body.elf: $(real_out)/body.o $(real_out)/sector-body.o $(real_objects) $(real_dir)/real.ld
	$(call say,LINK16,$@)
	$(Q)$(real_link) -o $@ $(filter %.o,$^)
$(real_out)/sector-body.o: $(real_dir)/sector.c
	$(call say,CC16,$@)
	$(Q)mkdir -p $(@D) && $(CC) $(real_flags) -c -o $@ $<
$(kernels_out)/verdict-sector.bin: $(real_dir)/sector.S $(real_out)/body.bin
	$(call say,SECTOR,$@)
	$(Q)$(CC) -MMD -MP -m32 -DSECTORS=$$(($$(stat -c %s $(real_out)/body.bin) / 512)) -c -o $(real_out)/sector.o $<
	$(Q)$(LD) -m elf_i386 -Ttext=0x7c00 -e sector_start --oformat binary -o $@ $(real_out)/sector.o && cat $(real_out)/body.bin >>$@

# --- Linux -----------------------------------------------------------------------------------------------------------------------------
# The protected-mode part is as long as that of a zImage may be.
real_payload_bytes := 524288
real_setup_sectors := 47
real_images := before-2.00 zimage zimage-2.06 2.01 2.03 2.07
$(real_out)/payload:
	$(Q)mkdir -p $(@D) && seq 100000 | head -c $(real_payload_bytes) >$@

real_image = -DPROTOCOL=$(1) -DLOAD_FLAGS=$(2) -DCODE32_START=$(3) -DSYSTEM_SIZE=$(4) -DPAYLOAD_BYTES=$(real_payload_bytes) \
	-DSETUP_SECTORS=$(real_setup_sectors)
real_before-2.00 := $(call real_image,0,0,0x1000,0x8000)
real_zimage := $(call real_image,0x200,0,0x1000,0x8000)
real_zimage-2.06 := $(call real_image,0x206,0,0x1000,0x8000)
real_2.01 := $(call real_image,0x201,1,0x100000,0x8000)
real_2.03 := $(call real_image,0x203,1,0x100000,0)
real_2.07 := $(call real_image,0x207,1,0,0x8000)

$(real_out)/linux-%.o: $(real_dir)/linux.c
	$(call say,CC16,$@)
	$(Q)mkdir -p $(@D) && $(CC) $(real_flags) $(real_$*) -c -o $@ $<
$(real_out)/linux-header-%.o: $(real_dir)/linux-header.S
	$(call say,AS16,$@)
	$(Q)mkdir -p $(@D) && $(CC) -MMD -MP -m32 $(real_$*) -c -o $@ $<
$(real_out)/linux-%.elf: $(real_out)/linux-header-%.o $(real_out)/linux-%.o $(real_objects) $(real_dir)/real.ld
	$(call say,LINK16,$@)
	$(Q)$(real_link) -o $@ $(filter %.o,$^)
$(kernels_out)/verdict-real-%: $(real_out)/linux-%.bin $(real_out)/payload
	$(call say,BZIMAGE,$@)
	$(Q)cat $^ >$@
.SECONDARY: $(foreach image,$(real_images),$(addprefix $(real_out)/linux-,header-$(image).o $(image).o $(image).elf $(image).bin))

verdict_kernels += $(kernels_out)/verdict-sector.bin $(addprefix $(kernels_out)/verdict-real-,$(real_images))

# --- second disks, for `chain` --------------------------------------------------------------------------------------------------------
chain_disks := $(patsubst %,$(kernels_out)/chain-%.img,mbr gpt grub spin)
$(chain_disks): $(kernels_out)/chain-%.img: tests/boot/make-chain-disk tests/boot/chain_disk.py tests/boot/foreign_loaders.py $(kernels_out)/verdict-sector.bin
	$(call say,DISK,$@)
	$(Q)tests/boot/make-chain-disk $* $(kernels_out)/verdict-sector.bin $@
$(kernels_out)/chain-mkboot.img: $(BUILD)/mkboot $(BUILD)/example-kernel
	$(call say,DISK,$@)
	$(Q)$(BUILD)/mkboot create --table mbr --size 4M --elf $(BUILD)/example-kernel --options qemu-exit $@
verdict_kernels += $(chain_disks) $(kernels_out)/chain-mkboot.img
