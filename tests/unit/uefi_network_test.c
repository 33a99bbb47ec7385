/* SPDX-License-Identifier: MIT */
/* The DHCP packet that the firmware has kept, when the loader came over the network. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "support_efi_image.h"
#include "support_efi_machine.h"
#include "uefi/firmware.h"
#include "uefi/network.h"

enum { OPTIONS = 240, PACKET_MAX = 1472 };

static const EFI_GUID loaded_image_guid = EFI_LOADED_IMAGE_PROTOCOL_GUID;
static const EFI_GUID other_guid = EFI_DEVICE_PATH_PROTOCOL_GUID;

static EFI_PXE_BASE_CODE_MODE mode;
static EFI_PXE_BASE_CODE_PROTOCOL pxe;
static EFI_HANDLE device;
static struct machine machine;

static void set_option(unsigned *at, uint8_t option, uint8_t bytes)
{
	mode.DhcpAck.Raw[(*at)++] = option;
	mode.DhcpAck.Raw[(*at)++] = bytes;
	memset(mode.DhcpAck.Raw + *at, 255, bytes); /* looks like the end, and is not */
	*at += bytes;
}

static int reset(void **state)
{
	EFI_HANDLE self;

	(void)state;
	fake_machine_reset(&self);
	memset(&machine, 0, sizeof machine);
	memset(&mode, 0, sizeof mode);
	mode.Started = mode.DhcpAckReceived = TRUE;
	pxe.Mode = &mode;
	for (unsigned i = 0; i < OPTIONS; i++)
		mode.DhcpAck.Raw[i] = (uint8_t)(i + 1);
	device = image_firmware_handle(other_guid, &machine);
	((EFI_LOADED_IMAGE *)efi_protocol(efi_image, &loaded_image_guid))->DeviceHandle = device;
	return 0;
}

static void attach(void)
{
	image_firmware_protocol(device, (EFI_GUID)EFI_PXE_BASE_CODE_PROTOCOL_GUID, &pxe);
}

static void the_packet_ends_with_its_end_option(void **state)
{
	unsigned at = OPTIONS;

	(void)state;
	attach();
	set_option(&at, 53, 1);
	at += 3; /* padding */
	set_option(&at, 12, 200);
	set_option(&at, 13, 0);
	mode.DhcpAck.Raw[at++] = 255;
	mode.DhcpAck.Raw[at] = 77;
	find_network(&machine);
	assert_ptr_equal(machine.dhcp_ack.data, mode.DhcpAck.Raw);
	assert_int_equal(machine.dhcp_ack.bytes, at);
}

static void a_packet_without_an_end_is_as_long_as_its_buffer(void **state)
{
	unsigned at = OPTIONS;

	(void)state;
	attach();
	find_network(&machine); /* padding only */
	assert_int_equal(machine.dhcp_ack.bytes, PACKET_MAX);
	while (at + 2 + 200 < PACKET_MAX)
		set_option(&at, 12, 200);
	mode.DhcpAck.Raw[at++] = 12;
	mode.DhcpAck.Raw[at] = 255; /* goes on behind the buffer */
	find_network(&machine);
	assert_int_equal(machine.dhcp_ack.bytes, PACKET_MAX);
	mode.DhcpAck.Raw[PACKET_MAX - 1] = 12; /* the buffer ends with an option's code */
	mode.DhcpAck.Raw[at] = (uint8_t)(PACKET_MAX - 2 - at);
	find_network(&machine);
	assert_int_equal(machine.dhcp_ack.bytes, PACKET_MAX);
}

static void without_a_packet_there_is_none(void **state)
{
	(void)state;
	find_network(&machine); /* a disk */
	assert_int_equal(machine.dhcp_ack.bytes, 0);
	attach();
	mode.DhcpAckReceived = FALSE;
	find_network(&machine);
	mode.DhcpAckReceived = TRUE;
	mode.Started = FALSE;
	find_network(&machine);
	mode.Started = mode.UsingIpv6 = TRUE;
	find_network(&machine);
	pxe.Mode = NULL;
	find_network(&machine);
	assert_int_equal(machine.dhcp_ack.bytes, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(the_packet_ends_with_its_end_option, reset),
		cmocka_unit_test_setup(a_packet_without_an_end_is_as_long_as_its_buffer, reset),
		cmocka_unit_test_setup(without_a_packet_there_is_none, reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
