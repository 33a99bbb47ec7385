/* SPDX-License-Identifier: MIT */
/*
 * The Multiboot2 verdict kernel: checks the machine and every tag of the boot information (Multiboot2 specification 2.0, 3.3 to 3.6).
 * Compiled for 32 bits it is what BIOS starts, and UEFI when its boot services have ended; for 64 bits it keeps them.
 */
#include "machine.h"
#include "memory_map.h"
#include "multiboot_common.h"
#include "multiboot2_efi.h"
#include "support.h"

enum {
	BOOTLOADER_MAGIC = 0x36d76289,
	INFORMATION_BYTES_MAX = 16 << 20,
	TYPES_KNOWN = 22,
};

enum tag_type {
	TAG_END,
	TAG_COMMAND_LINE,
	TAG_LOADER_NAME,
	TAG_MODULE,
	TAG_MEMORY_INFO,
	TAG_BOOT_DEVICE,
	TAG_MEMORY_MAP,
	TAG_VBE,
	TAG_FRAMEBUFFER,
	TAG_ELF_SECTIONS,
	TAG_APM,
	TAG_EFI_32,
	TAG_EFI_64,
	TAG_SMBIOS,
	TAG_RSDP_1,
	TAG_RSDP_2,
	TAG_NETWORK,
	TAG_EFI_MAP,
	TAG_EFI_BOOT_SERVICES,
	TAG_EFI_HANDLE_32,
	TAG_EFI_HANDLE_64,
	TAG_LOAD_BASE,
};

/* Least sizes, and which tags have no other size or may come once only. An array of numbers: it needs no relocation. */
static const uint16_t size_min[TYPES_KNOWN] = { 8, 9, 9, 17, 16, 20, 16, 784, 31, 20, 28, 12, 16, 16, 28, 44, 8, 16, 8, 12, 16, 12 };

struct tag {
	uint32_t type, size;
	uint64_t start; /* of its head of 8 bytes */
};

/* multiboot2-header.S */
extern const uint32_t header_is_relocatable, header_keeps_boot_services;

static const bool in_long_mode = sizeof(void *) == 8;
static struct tag efi_map, vbe;
static uint64_t system_table, image_handle;

static uint32_t tag_count, seen[TYPES_KNOWN];
static uint8_t framebuffer_type;
static bool padding_is_zero = true, loader_is_mkboot;

/* A string that ends with the tag: the NUL is its last byte and its only one. */
static const char *tag_string(const struct tag *tag, uint32_t offset)
{
	const char *string = string_at(tag->start + offset, tag->size - offset);
	uint64_t end = (uintptr_t)string;

	while (read8(end) != 0)
		end++;
	check(end == tag->start + tag->size - 1, "a string ends before its tag");
	return string;
}

static void loader_name_show(const struct tag *tag)
{
	const char *name = tag_string(tag, 8);

	report_text("loader", name);
	loader_is_mkboot = is_mkboot(name);
}

static void memory_map_show(const struct tag *tag)
{
	uint32_t entry_size = read32(tag->start + 8), bytes = tag->size - 16;

	check(entry_size == 24, "the memory map's entries are not 24 bytes");
	check(read32(tag->start + 12) == 0, "the memory map's version is not 0");
	require(entry_size >= 24 && bytes % entry_size == 0, "the memory map's size is no multiple of its entries");
	for (uint64_t p = tag->start + 16; p < tag->start + tag->size; p += entry_size) {
		map_add(read64(p), read64(p + 8), read32(p + 16));
		check(read32(p + 20) == 0, "a reserved field of the memory map is not 0");
	}
}

static void boot_device_show(const struct tag *tag)
{
	report_hex("bootdev.drive", read32(tag->start + 8));
	report_hex("bootdev.partition", read32(tag->start + 12));
	report_hex("bootdev.subpartition", read32(tag->start + 16));
	check(tag->size == 20, "the boot device has a wrong size");
}

static void framebuffer_tag_show(const struct tag *tag)
{
	framebuffer_type = framebuffer_show(tag->start + 8, tag->start + 32);
	check(framebuffer_type != FRAMEBUFFER_PIXELS || tag->size == 38, "the framebuffer tag has a wrong size");
}

static void elf_sections_tag_show(const struct tag *tag)
{
	uint32_t count = read32(tag->start + 8), entry_bytes = read32(tag->start + 12);

	require((uint64_t)count * entry_bytes == tag->size - 20, "the ELF sections tag has a wrong size");
	elf_sections_show(count, entry_bytes, read32(tag->start + 16), tag->start + 20);
}

/* The packet of a DHCP server's answer (RFC 2131, section 2). */
static void network_show(const struct tag *tag)
{
	uint64_t packet = tag->start + 8;

	report_number("network.bytes", tag->size - 8);
	require(tag->size >= 8 + 240, "the network tag is shorter than a DHCP packet");
	check(read8(packet) == 2 && read32(packet + 236) == 0x63538263, "the network tag has no answer of a DHCP server");
}

static void rsdp_show(const struct tag *tag)
{
	uint64_t rsdp = tag->start + 8;
	uint32_t bytes = tag->type == TAG_RSDP_1 ? 20 : read32(rsdp + 20);

	report_hex(tag->type == TAG_RSDP_1 ? "acpi1.rsdt" : "acpi2.xsdt", tag->type == TAG_RSDP_1 ? read32(rsdp + 16) : read64(rsdp + 24));
	check(same_bytes(rsdp, (uintptr_t) "RSD PTR ", 8), "the RSDP does not begin with \"RSD PTR \"");
	check(bytes == tag->size - 8, "the RSDP has a wrong size");
	check(sum8(rsdp, 20) == 0 && sum8(rsdp, tag->size - 8) == 0, "a checksum of the RSDP is wrong");
}

static void load_base_show(const struct tag *tag)
{
	uint32_t base = read32(tag->start + 8);

	report_hex("load_base", base);
	check(tag->size == 12, "the load base tag has a wrong size");
	check(base == address_of(image_start), "the load base is not where the kernel is");
}

static void tag_show(const struct tag *tag)
{
	switch ((enum tag_type)tag->type) {
	case TAG_COMMAND_LINE:
		report_text("cmdline", tag_string(tag, 8));
		break;
	case TAG_LOADER_NAME:
		loader_name_show(tag);
		break;
	case TAG_MODULE:
		module_show(read32(tag->start + 8), read32(tag->start + 12), tag_string(tag, 16));
		break;
	case TAG_MEMORY_INFO:
		memory_info_show(read32(tag->start + 8), read32(tag->start + 12));
		check(tag->size == 16, "the memory information has a wrong size");
		break;
	case TAG_BOOT_DEVICE:
		boot_device_show(tag);
		break;
	case TAG_MEMORY_MAP:
		memory_map_show(tag);
		break;
	case TAG_FRAMEBUFFER:
		framebuffer_tag_show(tag);
		break;
	case TAG_ELF_SECTIONS:
		elf_sections_tag_show(tag);
		break;
	case TAG_APM:
		apm_show(tag->start + 8);
		check(tag->size == 28, "the APM tag has a wrong size");
		break;
	case TAG_SMBIOS:
		report_number("smbios.major", read8(tag->start + 8));
		report_number("smbios.minor", read8(tag->start + 9));
		check(is_zero(tag->start + 10, tag->start + 16), "reserved bytes of the SMBIOS tag are not 0");
		break;
	case TAG_RSDP_1:
	case TAG_RSDP_2:
		rsdp_show(tag);
		break;
	case TAG_LOAD_BASE:
		load_base_show(tag);
		break;
	case TAG_EFI_64:
		system_table = read64(tag->start + 8);
		break;
	case TAG_EFI_MAP:
		efi_map = *tag; /* the other map may come later */
		break;
	case TAG_EFI_HANDLE_64:
		image_handle = read64(tag->start + 8);
		break;
	case TAG_NETWORK:
		network_show(tag);
		break;
	case TAG_VBE:
		vbe = *tag; /* the framebuffer may come later */
		break;
	case TAG_END:
	case TAG_EFI_32:
	case TAG_EFI_BOOT_SERVICES:
	case TAG_EFI_HANDLE_32:
		break;
	}
}

/* Walks the boot information: 8-aligned tags up to the end tag, which ends where the total size says. */
static void information_walk(uint64_t start, uint32_t total)
{
	uint32_t offset = 8;
	struct tag tag;

	do {
		require(total - offset >= 8, "the boot information has no end tag");
		tag = (struct tag){ read32(start + offset), read32(start + offset + 4), start + offset };
		report_item_number("tag", tag_count, "type", tag.type);
		report_item_number("tag", tag_count++, "size", tag.size);
		require(tag.size >= 8 && tag.size <= total - offset, "a tag is shorter than its head or longer than the boot information");
		check(tag.type < TYPES_KNOWN, "a tag has an unknown type");
		if (tag.type < TYPES_KNOWN) {
			require(tag.size >= size_min[tag.type], "a tag is shorter than its type is");
			check(seen[tag.type]++ == 0 || tag.type == TAG_MODULE, "a tag that may come once comes twice");
			tag_show(&tag);
		}
		offset += tag.size;
		while (offset < total && offset % 8 != 0)
			padding_is_zero = read8(start + offset++) == 0 && padding_is_zero;
	} while (tag.type != TAG_END);
	check(tag.size == 8, "the end tag is not 8 bytes");
	check(offset == total, "the boot information goes on after its end tag");
	/* The specification leaves these bytes open, and GRUB does not clear them; mkboot's boot information is the same each time. */
	check(padding_is_zero || !loader_is_mkboot, "the bytes between two tags are not 0");
}

static void firmware_tags_check(bool is_uefi)
{
	bool keeps = header_keeps_boot_services != 0;

	report_text("firmware", is_uefi ? "UEFI" : "BIOS");
	check(is_uefi || !keeps, "the EFI system table is missing");
	check(seen[TAG_MEMORY_INFO] == !keeps && seen[TAG_MEMORY_MAP] == !keeps,
	      keeps ? "there is a memory map, and the firmware has not ended" : "the memory information or the memory map is missing");
	check(seen[TAG_EFI_MAP] == (is_uefi && !keeps), "the EFI memory map is missing, or is there and should not be");
	check(seen[TAG_EFI_BOOT_SERVICES] == keeps && seen[TAG_EFI_HANDLE_64] == keeps,
	      "the tags of boot services are missing, or are there and should not be");
	check(!is_uefi || (!seen[TAG_BOOT_DEVICE] && !seen[TAG_APM] && !seen[TAG_VBE]), "there is a tag of a BIOS on UEFI");
}

/* What was placed is in RAM; where the firmware stays, in what it gave to its programs. */
static void memory_take(void)
{
	if (header_keeps_boot_services) {
		if (in_long_mode) /* what follows exists in 64 bits only */
			boot_services_check(system_table, image_handle);
		report_number("mmap.count", map_count());
		return;
	}
	map_check();
	memory_info_check();
	if (efi_map.start != 0)
		efi_map_check(efi_map.start, efi_map.size);
}

static void presence_check(void)
{
	check(seen[TAG_COMMAND_LINE] && seen[TAG_LOADER_NAME], "the command line or the loader's name is missing");
	check(seen[TAG_RSDP_1] || seen[TAG_RSDP_2], "the ACPI root pointer is missing");
	check(seen[TAG_ELF_SECTIONS] || header_is_flat, "the ELF sections are missing");
	check(seen[TAG_LOAD_BASE] || !header_is_relocatable, "the load base is missing");
	check(!seen[TAG_EFI_32] && !seen[TAG_EFI_HANDLE_32], "there is a tag of 32-bit EFI");
	if (vbe.start != 0) {
		check(vbe.size == 784, "the VBE tag has a wrong size");
		vbe_show(vbe.start + 8, vbe.start + 16, vbe.start + 528);
	}
	check(seen[TAG_VBE] == (framebuffer_type == FRAMEBUFFER_PIXELS && !seen[TAG_EFI_64]) || !loader_is_mkboot,
	      "a BIOS shows pixels, and there is no VBE tag, or there is one and should not be");
	firmware_tags_check(seen[TAG_EFI_64] != 0);
}

/* Everything in its place: the kernel, the boot information, the modules. */
static void places_check(uint64_t information, uint32_t total)
{
	uint64_t image = address_of(image_start);

	memory_take();
	map_claim("kernel", image, address_of(image_end));
	map_claim("boot information", information, information + total);
	modules_claim();
	check(information >= 0x1000, "the boot information is in the page of the interrupt vectors");
	check(information + total <= 1ull << 32 && address_of(image_end) <= 1ull << 32, "something is above 4 GiB");
	if (header_is_relocatable)
		check(image >= 0x200000 && image % 0x200000 == 0, "the kernel is not where its relocatable tag allows");
	else
		check(image == header_image_physical, "the kernel is not where it was linked");
}

__attribute__((noreturn)) void verdict_main(const struct entry_state *entry);

void verdict_main(const struct entry_state *entry)
{
	report_text("verdict.protocol", "multiboot2");
	report_entry(entry, in_long_mode ? 'r' : 'e');
	image_check();
	if (in_long_mode)
		machine_check_firmware(entry);
	else
		machine_check_protected(entry);
	map_little();

	require(entry->ax == BOOTLOADER_MAGIC, "EAX or RAX is not 0x36d76289");
	require(entry->bx % 8 == 0 && entry->bx != 0, "EBX or RBX is 0 or not aligned to 8");
	require(entry->bx < 1ull << 32, "the boot information is above 4 GiB");
	uint32_t total = read32(entry->bx), reserved = read32(entry->bx + 4);
	report_hex("information.start", entry->bx);
	report_number("information.bytes", total);
	require(total >= 16 && total % 8 == 0 && total <= INFORMATION_BYTES_MAX, "the boot information's size makes no sense");
	check(reserved == 0, "the reserved field of the boot information is not 0");
	information_walk(entry->bx, total);
	map_all();
	if (system_table != 0)
		system_table_check(system_table);
	presence_check();
	places_check(entry->bx, total);
	verdict_end();
}
