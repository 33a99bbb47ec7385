/* SPDX-License-Identifier: MIT */
/* The DHCP packet of a boot by PXE. */
#include "uefi/network.h"

#include "uefi/firmware.h"

enum { OPTIONS = 240, OPTION_PAD = 0, OPTION_END = 255 }; /* RFC 2131, section 2: behind BOOTP's fields and the magic cookie */

static const EFI_GUID loaded_image_guid = EFI_LOADED_IMAGE_PROTOCOL_GUID;
static const EFI_GUID pxe_guid = EFI_PXE_BASE_CODE_PROTOCOL_GUID;

/* The firmware keeps the packet in a buffer of the greatest length, and does not tell its own. All of it if no option is the end. */
static size_t packet_bytes(struct span buffer)
{
	struct reader reader = reader_at(buffer, OPTIONS);

	while (!reader.failed) {
		uint8_t option = reader_u8(&reader);

		if (option == OPTION_END && !reader.failed)
			return reader.offset;
		if (option != OPTION_PAD)
			reader_skip(&reader, reader_u8(&reader));
	}
	return buffer.bytes;
}

void find_network(struct machine *machine)
{
	const EFI_LOADED_IMAGE *self = efi_protocol(efi_image, &loaded_image_guid);
	const EFI_PXE_BASE_CODE_PROTOCOL *pxe = self ? efi_protocol(self->DeviceHandle, &pxe_guid) : NULL;
	const EFI_PXE_BASE_CODE_MODE *mode = pxe ? pxe->Mode : NULL;
	struct span buffer;

	if (!mode || !mode->Started || mode->UsingIpv6 || !mode->DhcpAckReceived)
		return;
	buffer = span_of(mode->DhcpAck.Raw, sizeof mode->DhcpAck.Raw);
	machine->dhcp_ack = span_part(buffer, 0, packet_bytes(buffer));
}
