/* SPDX-License-Identifier: MIT */
/* Serial port and debug console. Every wait is bounded: a port that does not answer must not stop a boot. */
#include "stage2/pc/serial.h"

#include "stage2/pc/io.h"

enum {
	COM1 = 0x3F8,
	DATA = 0, /* register offsets; with the divisor latch open: divisor low, high */
	INTERRUPTS = 1,
	FIFO = 2,
	LINE_CONTROL = 3,
	MODEM_CONTROL = 4,
	LINE_STATUS = 5,
	SCRATCH = 7,
	DIVISOR_115200 = 1,
	LINE_DIVISOR_LATCH = 0x80,
	LINE_8N1 = 0x03,
	FIFO_ON_AND_CLEAR = 0x07,
	MODEM_DTR_RTS = 0x03,
	MODEM_LOOP = 0x10,
	STATUS_DATA_READY = 0x01,
	STATUS_TRANSMITTER_EMPTY = 0x20,
	STATUS_ALL_SENT = 0x40,
	FIFO_BYTES = 64,    /* of the largest kin of a 16550 */
	LOOP_WAITS = 10000, /* a byte takes 1 millisecond at 9600 baud */
	WAITS = 100000,     /* a byte takes 87 microseconds; a read of a port about one */
	DEBUG_CONSOLE = 0xE9,
};

static bool serial_present, debug_console_present;

static void write_register(unsigned offset, uint8_t value)
{
	out8((uint16_t)(COM1 + offset), value);
}

static uint8_t read_register(unsigned offset)
{
	return in8((uint16_t)(COM1 + offset));
}

/* The scratch register keeps what is written to it: nothing else is at this address. */
static bool probe(void)
{
	write_register(SCRATCH, 0x5A);
	if (read_register(SCRATCH) != 0x5A)
		return false;
	write_register(SCRATCH, 0xA5);
	return read_register(SCRATCH) == 0xA5 && read_register(LINE_STATUS) != 0xFF;
}

static bool wait_for_status(uint8_t bit, unsigned waits)
{
	for (unsigned i = 0; i < waits; i++) {
		if (read_register(LINE_STATUS) & bit)
			return true;
	}
	return false;
}

static void drop_input(void)
{
	for (unsigned i = 0; i < FIFO_BYTES && read_register(LINE_STATUS) & STATUS_DATA_READY; i++)
		(void)read_register(DATA);
}

bool serial_is_written_by(void (*write)(void))
{
	uint8_t modem_control;
	bool heard;

	if (!probe() || !wait_for_status(STATUS_ALL_SENT, WAITS))
		return false;
	modem_control = read_register(MODEM_CONTROL);
	write_register(MODEM_CONTROL, modem_control | MODEM_LOOP);
	drop_input();
	write();
	heard = wait_for_status(STATUS_DATA_READY, LOOP_WAITS);
	drop_input();
	write_register(MODEM_CONTROL, modem_control);
	return heard;
}

void serial_init(void)
{
	serial_present = probe();
	if (!serial_present)
		return;
	write_register(INTERRUPTS, 0);
	write_register(LINE_CONTROL, LINE_DIVISOR_LATCH);
	write_register(DATA, DIVISOR_115200);
	write_register(INTERRUPTS, 0); /* divisor, high byte */
	write_register(LINE_CONTROL, LINE_8N1);
	write_register(FIFO, FIFO_ON_AND_CLEAR);
	write_register(MODEM_CONTROL, MODEM_DTR_RTS);
}

static void put(char c)
{
	if (wait_for_status(STATUS_TRANSMITTER_EMPTY, WAITS))
		write_register(DATA, (uint8_t)c);
	else
		serial_present = false; /* stuck: once is enough */
}

void serial_write(const char *text, size_t bytes)
{
	for (size_t i = 0; i < bytes && serial_present; i++) {
		if (text[i] == '\n')
			put('\r');
		if (serial_present)
			put(text[i]);
	}
}

int serial_read(void)
{
	if (!serial_present || !(read_register(LINE_STATUS) & STATUS_DATA_READY))
		return -1;
	return read_register(DATA);
}

void debug_console_init(void)
{
	debug_console_present = in8(DEBUG_CONSOLE) == DEBUG_CONSOLE;
}

void debug_console_write(const char *text, size_t bytes)
{
	for (size_t i = 0; i < bytes && debug_console_present; i++)
		out8(DEBUG_CONSOLE, (uint8_t)text[i]);
}
