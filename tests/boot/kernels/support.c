/* SPDX-License-Identifier: MIT */
/* Reports, the verdict, and reading memory, for all verdict kernels. */
#include "support.h"

enum {
	DEBUG_CONSOLE = 0xe9,
	COM1 = 0x3f8,
	COM1_STATUS = COM1 + 5,
	COM1_CAN_SEND = 0x20,
	COM1_POLLS = 100000,
	/* QEMU's isa-debug-exit ends QEMU with the status (value << 1) | 1: 33 and 35. */
	EXIT_PORT = 0xf4,
	EXIT_PASSED = 0x10,
	EXIT_FAILED = 0x11,
};

static const char *first_failure;
static bool to_serial, stays;

static void out8(uint16_t port, uint8_t value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static uint8_t in8(uint16_t port)
{
	uint8_t value;
	__asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

/* --- reports -------------------------------------------------------------------------------------------------------------------------- */

static void serial_start(void)
{
	out8(COM1 + 1, 0);    /* no interrupts */
	out8(COM1 + 3, 0x80); /* the divisor */
	out8(COM1, 1);        /* 115200 baud */
	out8(COM1 + 1, 0);
	out8(COM1 + 3, 0x03); /* 8N1 */
	out8(COM1 + 2, 0x07); /* FIFOs on, emptied */
	out8(COM1 + 4, 0x03); /* DTR, RTS */
}

static void put(char c)
{
	out8(DEBUG_CONSOLE, (uint8_t)c);
	if (!to_serial)
		return;
	for (unsigned i = 0; i < COM1_POLLS && !(in8(COM1_STATUS) & COM1_CAN_SEND); i++)
		;
	out8(COM1, (uint8_t)c);
}

static void put_text(const char *s)
{
	for (; *s; s++)
		put(*s == '\n' ? ' ' : *s); /* one line a report, whatever is reported */
}

static void put_number(uint32_t n)
{
	char digits[11], *p = digits + sizeof digits;

	*--p = 0;
	do
		*--p = (char)('0' + n % 10);
	while ((n /= 10) != 0);
	put_text(p);
}

static void put_hex(uint64_t n)
{
	int shift = 60;

	while (shift > 0 && (n >> shift) == 0)
		shift -= 4;
	put_text("0x");
	for (; shift >= 0; shift -= 4)
		put("0123456789abcdef"[(n >> shift) & 15]);
}

static void put_item(const char *list, uint32_t index, const char *name)
{
	put_text(list);
	put('.');
	put_number(index);
	put('.');
	put_text(name);
	put('=');
}

void report_text(const char *name, const char *value)
{
	put_text(name);
	put('=');
	put_text(value);
	put('\n');
}

void report_number(const char *name, uint32_t value)
{
	put_text(name);
	put('=');
	put_number(value);
	put('\n');
}

void report_hex(const char *name, uint64_t value)
{
	put_text(name);
	put('=');
	put_hex(value);
	put('\n');
}

void report_item_text(const char *list, uint32_t index, const char *name, const char *value)
{
	put_item(list, index, name);
	put_text(value);
	put('\n');
}

void report_item_number(const char *list, uint32_t index, const char *name, uint32_t value)
{
	put_item(list, index, name);
	put_number(value);
	put('\n');
}

void report_item_hex(const char *list, uint32_t index, const char *name, uint64_t value)
{
	put_item(list, index, name);
	put_hex(value);
	put('\n');
}

static void report_register(char prefix, const char *name, uint64_t value)
{
	put_text("entry.");
	put(prefix);
	report_hex(name, value);
}

void report_entry(const struct entry_state *entry, char prefix)
{
	report_hex("tsc", entry->tsc);
	report_register(prefix, "ip", entry->ip);
	report_register(prefix, "ax", entry->ax);
	report_register(prefix, "bx", entry->bx);
	report_register(prefix, "cx", entry->cx);
	report_register(prefix, "dx", entry->dx);
	report_register(prefix, "si", entry->si);
	report_register(prefix, "di", entry->di);
	report_register(prefix, "bp", entry->bp);
	report_register(prefix, "sp", entry->sp);
	report_register(prefix, "flags", entry->flags);
}

/* --- the verdict ---------------------------------------------------------------------------------------------------------------------- */

void check(bool ok, const char *reason)
{
	if (ok)
		return;
	report_text("failed", reason);
	if (!first_failure)
		first_failure = reason;
}

void require(bool ok, const char *reason)
{
	check(ok, reason);
	if (!ok)
		verdict_end();
}

void verdict_stay(void)
{
	stays = true;
}

bool has_word(const char *text, const char *word)
{
	for (const char *start = text; *start; start++) {
		const char *at = start, *sought = word;

		if (start != text && start[-1] != ' ')
			continue;
		while (*sought && *at == *sought)
			at++, sought++;
		if (!*sought && (!*at || *at == ' '))
			return true;
	}
	return false;
}

void verdict_end(void)
{
	serial_start();
	to_serial = true;
	put_text(first_failure ? "verdict=fail " : "verdict=pass");
	if (first_failure)
		put_text(first_failure);
	put('\n');
	if (!stays)
		out8(EXIT_PORT, first_failure ? EXIT_FAILED : EXIT_PASSED);
	for (;;)
		__asm__ volatile("cli; hlt");
}

/* --- memory --------------------------------------------------------------------------------------------------------------------------- */

static const uint8_t *at(uint64_t address)
{
	const uint8_t *p = (const uint8_t *)(uintptr_t)address;

	__asm__("" : "+r"(p)); /* a bare number is as good an address as any: page 0 too */
	return p;
}

uint64_t address_of(const uint8_t *symbol)
{
	return (uintptr_t)symbol;
}

uint8_t read8(uint64_t address)
{
	return *at(address);
}

uint16_t read16(uint64_t address)
{
	return (uint16_t)(read8(address) | read8(address + 1) << 8);
}

uint32_t read32(uint64_t address)
{
	return read16(address) | (uint32_t)read16(address + 2) << 16;
}

uint64_t read64(uint64_t address)
{
	return read32(address) | (uint64_t)read32(address + 4) << 32;
}

static uint32_t crc32_table[256];

static void crc32_prepare(void)
{
	for (uint32_t i = 0; i < 256; i++) {
		uint32_t row = i;
		for (unsigned bit = 0; bit < 8; bit++)
			row = (row >> 1) ^ (row & 1 ? 0xedb88320 : 0);
		crc32_table[i] = row;
	}
}

uint32_t crc32_add(uint32_t crc, uint64_t start, uint64_t bytes)
{
	const uint8_t *p = at(start), *end = at(start + bytes);

	if (crc32_table[1] == 0)
		crc32_prepare();
	while (p != end)
		crc = (crc >> 8) ^ crc32_table[(crc ^ *p++) & 0xff];
	return crc;
}

uint32_t crc32(uint64_t start, uint64_t bytes)
{
	return ~crc32_add(CRC32_START, start, bytes);
}

uint8_t sum8(uint64_t start, uint64_t bytes)
{
	uint8_t sum = 0;

	for (uint64_t i = 0; i < bytes; i++)
		sum = (uint8_t)(sum + read8(start + i));
	return sum;
}

bool is_zero(uint64_t start, uint64_t end)
{
	for (uint64_t i = start; i < end; i++)
		if (read8(i) != 0)
			return false;
	return true;
}

bool same_bytes(uint64_t a, uint64_t b, uint64_t bytes)
{
	for (uint64_t i = 0; i < bytes; i++)
		if (read8(a + i) != read8(b + i))
			return false;
	return true;
}

void image_check(void)
{
	bool bss_was_zero = is_zero(address_of(bss_start), address_of(bss_end)); /* before anything is in it */

	report_hex("image.start", address_of(kernel_start));
	report_hex("image.end", address_of(image_end));
	report_hex("image.crc32", crc32(address_of(image_start), address_of(constant_end) - address_of(image_start)));
	check(bss_was_zero, ".bss was not zero");
}
