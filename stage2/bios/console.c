/* SPDX-License-Identifier: MIT */
/* The console: every byte goes to all outputs, a key may come from keyboard or serial line. */
#include "stage2/bios/console.h"

#include "core/base/span.h"
#include "flow/platform.h"
#include "stage2/bios/bios.h"
#include "stage2/pc/serial.h"
#include "stage2/pc/serial_key.h"
#include "stage2/bios/vga.h"
#include "stage2/pc/io.h"

enum {
	SCAN_UP = 0x48,
	SCAN_DOWN = 0x50,
	TICK_MS = 55,
	POLL_MS = 10,
	PORT_DELAY = 0x80, /* a read takes about a microsecond on every PC */
	PORT_READS_PER_MS = 1000,
	TICKS_PER_DAY = 0x1800B0,
};

static void console_write(struct sink *sink, const char *text, size_t bytes)
{
	(void)sink;
	if (bytes == 0)
		return;
	vga_write(text, bytes);
	serial_write(text, bytes);
	debug_console_write(text, bytes);
}

struct sink *console_init(void)
{
	static struct sink console = { .write = console_write };

	vga_init();
	serial_init();
	debug_console_init();
	return &console;
}

void console_describe(struct screen *screen)
{
	vga_describe(screen);
}

void console_hide_text(void)
{
	vga_hide();
}

void console_show_text(void)
{
	vga_show();
}

/* INT 16h AH=01h: key there? Return: ZF clear, AH=scan code, AL=character. AH=00h takes it. */
static int keyboard_read(void)
{
	enum { FLAG_ZERO = 1 << 6 };
	struct bios_registers registers = { .eax = 0x0100 };

	bios_call(0x16, &registers);
	if (registers.flags & FLAG_ZERO)
		return KEY_NONE;
	registers.eax = 0;
	bios_call(0x16, &registers);
	if (low_byte(registers.eax) != 0 && low_byte(registers.eax) != 0xE0)
		return low_byte(registers.eax);
	switch (high_byte(registers.eax)) {
	case SCAN_UP:
		return KEY_UP;
	case SCAN_DOWN:
		return KEY_DOWN;
	default:
		return KEY_NONE;
	}
}

static uint32_t ticks_since(uint32_t start)
{
	uint32_t now = get_le32(low_memory(BDA_TICKS));

	return now >= start ? now - start : now + TICKS_PER_DAY - start;
}

static void pause_ms(unsigned ms)
{
	for (unsigned i = 0; i < ms * PORT_READS_PER_MS; i++)
		(void)in8(PORT_DELAY);
}

/*
 * Whether the timer interrupt comes, without which HLT would sleep for ever (a virtual machine may have no PIT). Pending interrupts are
 * handled at the end of each firmware call.
 */
static bool timer_ticks(void)
{
	static enum { NOT_KNOWN, TICKS, STANDS_STILL } timer;
	uint32_t start = get_le32(low_memory(BDA_TICKS));

	for (unsigned ms = 0; timer == NOT_KNOWN && ms < 4 * TICK_MS; ms++) {
		struct bios_registers registers = { .eax = 0x0100 };

		pause_ms(1);
		bios_call(0x16, &registers);
		if (ticks_since(start) != 0)
			timer = TICKS;
	}
	if (timer == NOT_KNOWN)
		timer = STANDS_STILL;
	return timer == TICKS;
}

static int key_now(void)
{
	int key = serial_key();

	return key != KEY_NONE ? key : keyboard_read();
}

int console_key(unsigned wait_ms)
{
	uint32_t start = get_le32(low_memory(BDA_TICKS));
	unsigned counted_ms = 0;
	int key;

	while ((key = key_now()) == KEY_NONE) {
		if (timer_ticks()) {
			if ((uint64_t)ticks_since(start) * TICK_MS >= wait_ms)
				break;
			bios_idle();
		} else {
			if (counted_ms >= wait_ms)
				break;
			pause_ms(POLL_MS);
			counted_ms += POLL_MS;
		}
	}
	return key;
}
