/* SPDX-License-Identifier: MIT */
/* The boot sector, stage 2 and the UEFI application, carried inside the tool: mkboot is one file that needs nothing installed beside it. */
	.section .rodata
	.balign 16
	.globl payload_mbr, payload_stage2, payload_stage2_end, payload_efi, payload_efi_end
payload_mbr:
	.incbin "mbr.bin"
	.balign 16
payload_stage2:
	.incbin "stage2.bin"
payload_stage2_end:
	.balign 16
payload_efi:
	.incbin "BOOTX64.EFI"
payload_efi_end:
	.section .note.GNU-stack, "", @progbits
