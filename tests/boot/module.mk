# SPDX-License-Identifier: MIT
# Boots in QEMU: the matrix, the benchmark, and what people run by hand.
boot_out := $(BUILD)/boot
QEMU_MEMORY ?= 1536
FIRMWARE ?= bios

# Boot sectors that test the tests, and the baseline of the benchmark.
$(boot_out)/write-sector.o: boot_sector_flags := -DWRITE
$(boot_out)/write-sector.o $(boot_out)/count-sector.o: tests/boot/count-sector.S
	$(call say,AS,$@)
	$(Q)mkdir -p $(@D) && $(CC) -m16 -ffreestanding $(boot_sector_flags) -c -o $@ $<
$(boot_out)/write-sector.bin $(boot_out)/count-sector.bin: %.bin: %.o
	$(Q)ld -m elf_i386 -Ttext=0x7c00 -e start --oformat binary -o $@ $<

# The same on a floppy disk.
$(boot_out)/count-floppy.img: $(boot_out)/count-sector.bin
	$(Q)cp $< $@ && truncate -s 1440K $@

# A BIOS that misbehaves.
$(boot_out)/adversary.o: tests/boot/adversary/adversary.S tests/boot/adversary/rules.h
	$(call say,AS,$@)
	$(Q)mkdir -p $(@D) && $(CC) -m16 -ffreestanding -I. -c -o $@ $<
$(boot_out)/adversary.elf: $(boot_out)/adversary.o tests/boot/adversary/adversary.ld
	$(Q)ld -m elf_i386 --no-check-sections --no-warn-rwx-segments --orphan-handling=error -T tests/boot/adversary/adversary.ld -o $@ $<
$(boot_out)/adversary.bin: $(boot_out)/adversary.elf
	$(Q)$(OBJCOPY) -O binary -j .loader -j .resident $< $@

# Programs for UEFI that do what those boot sectors do.
$(boot_out)/64/efi-write.o $(boot_out)/64/efi-count.o $(boot_out)/64/efi-volumes.o: $(boot_out)/64/efi-%.o: tests/boot/efi-%.c
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D) && $(CC) $(kernel_flags) $(kernel_64) -DGNU_EFI_USE_MS_ABI -fshort-wchar -I$(kernels_dir) \
		-isystem /usr/include/efi -isystem /usr/include/efi/x86_64 -c -o $@ $<

# For Secure Boot: signed with the key that a firmware of Debian's package ovmf trusts, for tests only.
snakeoil := /usr/share/ovmf/PkKek-1-snakeoil
sign = sbsign --key $(boot_out)/snakeoil.key --cert $(snakeoil).pem --output $@ $(1) 2>$@.log || { cat $@.log; exit 1; }
$(boot_out)/snakeoil.key:
	$(Q)mkdir -p $(@D) && openssl rsa -in $(snakeoil).key -passin pass:snakeoil -out $@ 2>/dev/null
$(boot_out)/BOOTX64.signed.EFI: $(BUILD)/BOOTX64.EFI $(boot_out)/snakeoil.key
	$(call say,SIGN,$@)
	$(Q)$(call sign,$<)
	$(Q)! grep -i warning $@.log
	$(Q)sbverify --cert $(snakeoil).pem $@ >$@.log 2>&1 && ! grep -i warning $@.log || { cat $@.log; exit 1; }
$(boot_out)/efi-verdict.signed.efi: $(boot_out)/efi-verdict.efi $(boot_out)/snakeoil.key
	$(call say,SIGN,$@)
	$(Q)$(call sign,$<)
# A unified kernel image whose stub is the verdict program.
$(boot_out)/efi-uki.efi: $(boot_out)/efi-verdict.efi $(boot_out)/payload
	$(call say,UKI,$@)
	$(Q)$(OBJCOPY) --add-section .linux=$(boot_out)/payload --change-section-vma .linux=0x1000000 $< $@
$(BUILD)/debian/vmlinuz-signed: $(BUILD)/debian/vmlinuz-amd64 $(boot_out)/snakeoil.key
	$(call say,SIGN,$@)
	$(Q)$(call sign,$<)

# Modules: one that does not end on a page, and one that looks as if it had to be unpacked.
$(boot_out)/payload:
	$(Q)mkdir -p $(@D) && seq 100000 >$@
$(boot_out)/payload.gz: $(boot_out)/payload
	$(Q)gzip -n9 <$< >$@

# Modules of 100 MiB, each with its last page not full.
large_modules := $(addprefix $(boot_out)/,large-1 large-2 large-3)
$(large_modules): $(boot_out)/large-%: tests/boot/sparse-file.py
	$(call say,SPARSE,$@)
	$(Q)mkdir -p $(@D) && tests/boot/sparse-file.py $@ $$((100 * 1024 * 1024 - $*)) $*

boot_test_files := $(large_modules) $(addprefix $(boot_out)/,write-sector.bin count-sector.bin count-floppy.img adversary.bin payload payload.gz \
	efi-write.efi efi-count.efi efi-volumes.efi efi-uki.efi \
	BOOTX64.signed.EFI efi-verdict.signed.efi)

# --- Debian's kernels ----------------------------------------------------------------------------------------------------------------
debian_xen := $(BUILD)/debian/xen.gz
debian_linux := $(BUILD)/debian/vmlinuz-amd64
debian_cloud := $(BUILD)/debian/vmlinuz-cloud-amd64
debian_initrd := $(BUILD)/debian/initrd.gz

$(debian_xen):
	$(Q)scripts/fetch-debian $(@D) xen-hypervisor-4.17-amd64
$(BUILD)/debian/xen.efi: $(debian_xen)
	$(Q)scripts/fetch-debian $(@D) xen-hypervisor-4.17-amd64
$(BUILD)/debian/refind_x64.efi:
	$(Q)scripts/fetch-debian $(@D) refind
$(BUILD)/debian/systemd-bootx64.efi:
	$(Q)scripts/fetch-debian $(@D) systemd-boot-efi
$(BUILD)/debian/HelloWorld.efi:
	$(Q)scripts/fetch-debian $(@D) efitools
$(debian_linux):
	$(Q)scripts/fetch-debian $(@D) linux-image-amd64
$(debian_cloud):
	$(Q)scripts/fetch-debian $(@D) linux-image-cloud-amd64
$(debian_initrd): tests/boot/make-initrd tests/boot/init
	$(call say,INITRD,$@)
	$(Q)mkdir -p $(@D) && tests/boot/make-initrd $@

debian_programs := $(addprefix $(BUILD)/debian/,xen.efi refind_x64.efi systemd-bootx64.efi HelloWorld.efi)
debian: $(debian_xen) $(debian_linux) $(debian_cloud) $(debian_initrd) $(debian_programs) $(BUILD)/debian/vmlinuz-signed $(kvm_initrd) ## fetch Debian's kernels and EFI programs by apt, and make initrds

include tests/boot/linux.mk

# --- boots in this terminal, FIRMWARE=uefi by OVMF; Ctrl-A X leaves QEMU ----------------------------------------------------------------
$(BUILD)/example.img: $(BUILD)/mkboot $(BUILD)/example-kernel
	$(Q)$(BUILD)/mkboot create --title 'The example kernel' --elf $(BUILD)/example-kernel --options qemu-exit $@
$(BUILD)/xen.img: $(BUILD)/mkboot $(debian_xen) $(debian_linux) $(debian_initrd)
	$(Q)$(BUILD)/mkboot create --title "Debian's Xen" --multiboot2 $(debian_xen) --options 'com1=115200,8n1 console=com1 dom0_mem=512M' \
		--module '$(debian_linux) console=hvc0' --module $(debian_initrd) $@
$(BUILD)/linux.img: $(BUILD)/mkboot $(debian_linux) $(debian_initrd)
	$(Q)$(BUILD)/mkboot create --title "Debian's Linux" --linux $(debian_linux) --initrd $(debian_initrd) --options 'console=ttyS0' $@

run-example: $(BUILD)/example.img
	$(Q)$(BUILD)/mkboot run --firmware $(FIRMWARE) $<
run-debian-xen: $(BUILD)/xen.img
	$(Q)$(BUILD)/mkboot run --firmware $(FIRMWARE) --memory $(QEMU_MEMORY)M $<
run-debian-linux: $(BUILD)/linux.img
	$(Q)$(BUILD)/mkboot run --firmware $(FIRMWARE) --memory $(QEMU_MEMORY)M $<

# gdb must be told the architecture of stage 2 from the start: QEMU's registers are always 64 bits. Only 16-bit code disassembles wrongly.
debug-bios: $(BUILD)/example.img $(BUILD)/mbr.elf $(BUILD)/stage2.elf ## boot the example kernel in a QEMU that waits for gdb
	@echo 'QEMU waits. In another terminal:'
	@echo "  gdb -ex 'set confirm off' -ex 'set architecture i386:x86-64' -ex 'symbol-file $(BUILD)/mbr.elf'" \
		"-ex 'add-symbol-file $(BUILD)/stage2.elf' -ex 'target remote :1234' -ex 'hbreak *0x7c00' -ex 'hbreak boot_run' -ex continue"
	$(Q)qemu-system-x86_64 -accel tcg -m 512 -nographic -no-reboot -net none -drive file=$<,format=raw,if=virtio,readonly=on \
		-device isa-debug-exit,iobase=0xf4 -s -S

# --- tests ---------------------------------------------------------------------------------------------------------------------------
boot_test_needs := $(BUILD)/mkboot $(BUILD)/example-kernel $(verdict_kernels) $(boot_test_files)

boot-test: $(boot_test_needs) debian ## boot everything in QEMU; CASE='gpt-virtio-*' runs some of the cases
	$(Q)tests/boot/run --build $(BUILD) $(if $(CASE),--only '$(CASE)')
firmware-judge: $(boot_test_needs) ## compare what inspect says of UEFI with OVMF; DISKS=500 damages so many at random, SEED=1 the same ones
	$(Q)tests/boot/firmware-judge --build $(BUILD) $(if $(DISKS),--random $(DISKS) $(if $(SEED),--seed $(SEED)))
boot-sweep: $(boot_test_needs) ## damage each sector of stage 2 in turn
	$(Q)tests/boot/run --build $(BUILD) --sweep --only 'copy-*' --only 'both-*'
adversary: $(boot_test_needs) ## boot on some two hundred BIOSes that misbehave; CASE='adversary-e820-*' runs some of them
	$(Q)tests/boot/run --build $(BUILD) --adversary $(if $(CASE),--only '$(CASE)')
bench: $(boot_test_needs) ## count instructions up to the kernel, BIOS and UEFI: mkboot, GRUB, SYSLINUX
	$(Q)tests/boot/bench --build $(BUILD)

# --- looking at what was built -------------------------------------------------------------------------------------------------------
listing: $(BUILD)/mbr.lst $(BUILD)/stage2.lst ## disassemble the boot sector and stage 2 into BUILD/*.lst
$(BUILD)/mbr.lst: $(BUILD)/mbr.elf
	$(Q)objdump -d -M i8086 $< >$@
$(BUILD)/stage2.lst: $(BUILD)/stage2.elf
	$(Q)objdump -d -S $< >$@

size: all ## sizes of what is put on a disk
	$(Q)size $(BUILD)/mbr.elf $(BUILD)/stage2.elf
	$(Q)ls -l $(BUILD)/mbr.bin $(BUILD)/stage2.bin | awk '{ printf "%8d bytes  %s\n", $$5, $$9 }'

.PHONY: debian run-example run-debian-xen run-debian-linux debug-bios boot-test firmware-judge boot-sweep adversary bench listing size
