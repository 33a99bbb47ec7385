/* SPDX-License-Identifier: MIT */
/* The UEFI shell: learns what the firmware has to tell, fills the platform and hands over to the portable story. */
#include "core/base/arena.h"
#include "core/base/checked.h"
#include "core/base/stack_guard.h"
#include "core/base/version.h"
#include "flow/flow.h"
#include "kernel-handoff/jump/jump.h"
#include "stage2/pc/cpu_facts.h"
#include "stage2/pc/io.h"
#include "stage2/pc/processor.h"
#include "uefi/console.h"
#include "uefi/disk.h"
#include "uefi/enter.h"
#include "uefi/executable.h"
#include "uefi/firmware.h"
#include "uefi/gate.h"
#include "uefi/ground.h"
#include "uefi/image.h"
#include "uefi/memory.h"
#include "uefi/network.h"
#include "uefi/tables.h"
#include "uefi/video.h"

enum { ARENA_BYTES = 512 * 1024, LOWER_MEMORY_KIB_MAX = 640 };

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *table);

static struct platform *running_platform; /* for the last message of all */
static bool firmware_has_ended;
static void *arena_memory, *disk_bounce;

static enum status boot_disk(struct platform *platform, struct block_device **device, struct err *err)
{
	static struct efi_disk disk;
	enum status status = efi_disk_open(&disk, disk_bounce, err);

	(void)platform;
	if (status == OK)
		*device = &disk.device;
	return status;
}

static int key(struct platform *platform, unsigned wait_ms)
{
	(void)platform;
	watchdog_restart();
	return console_key(wait_ms);
}

/* The firmware maps all memory one to one. */
static void *window(struct platform *platform, uint64_t phys, uint64_t bytes)
{
	(void)platform;
	(void)bytes;
	return (void *)(uintptr_t)phys;
}

static void print_error(struct platform *platform, const struct err *err)
{
	print(platform->console, "mkboot: error: ");
	err_print(platform->console, err);
	print(platform->console, "\n");
}

/*
 * Gives back all that the loader has, and returns an error, so that the boot manager goes on with its order, or the shell with its
 * prompt. The firmware takes the loader's image itself. The watchdog stays off: who starts a boot option sets it, and a shell that has
 * switched it off is not restarted by ours.
 */
static void return_to_firmware(struct platform *platform)
{
	console_end();
	firmware_memory_end(&platform->memory);
	firmware_pages_free(disk_bounce, EFI_DISK_BOUNCE_BYTES);
	firmware_pages_free(arena_memory, ARENA_BYTES);
	(void)efi_boot()->Exit(efi_image, EFI_LOAD_ERROR, 0, NULL);
}

/*
 * Without boot services there is no firmware to go back to. Halting keeps the message on the screen and the firmware's interrupt handlers
 * alive, so that Ctrl-Alt-Del still works.
 */
static _Noreturn void end(struct platform *platform, enum stop_action action)
{
	if (!firmware_has_ended) {
		watchdog_off();
		if (action == STOP_FIRMWARE)
			return_to_firmware(platform);
	}
	if (action == STOP_REBOOT)
		(void)efi_table->RuntimeServices->ResetSystem(EfiResetCold, EFI_SUCCESS, 0, NULL);
	for (;;)
		__asm__ volatile("hlt");
}

/* Once the firmware has begun to end there is no way back to the flow: nothing can be read any more. */
static enum status quiesce(struct platform *platform, struct plan *plan, struct err *err)
{
	enum status status;

	watchdog_off();
	status = executable_allow(plan, err);
	if (status != OK || plan->mode == ENTRY_MODE_FIRMWARE)
		return status;
	status = firmware_leave(plan, &firmware_has_ended, err);
	if (firmware_has_ended && status != OK) {
		console_leave_firmware();
		print_error(platform, err);
		end(platform, platform->on_failure);
	}
	return status;
}

static void jump(struct platform *platform, const struct plan *plan, const struct plan_moves *moves)
{
	if (plan->mode == ENTRY_MODE_FIRMWARE)
		enter_with_firmware(plan->entry, &plan->registers);
	jump_to_kernel(plan, moves, window(platform, plan->trampoline, TRAMPOLINE_BYTES), &platform->machine);
}

static void stop(struct platform *platform, enum stop_action action)
{
	end(platform, action);
}

_Noreturn void __stack_chk_fail(void)
{
	print(running_platform->console, "\nmkboot: error: the stack of the loader is damaged: this is a bug of mkboot\n");
	end(running_platform, running_platform->on_failure);
}

/* RAM from address 0 without a hole. */
static uint32_t lower_memory_kib(const struct memory_map *map)
{
	const struct memory_range *first = &map->range[0];

	return first->start == 0 && first->type == MEMORY_RAM ? (uint32_t)min_u64(first->end / 1024, LOWER_MEMORY_KIB_MAX) : 0;
}

static void describe_machine(struct platform *platform)
{
	struct machine *machine = &platform->machine;

	read_cpu_facts(machine, &this_processor);
	make_random_seed(machine, &this_processor);
	machine->firmware = FIRMWARE_UEFI;
	machine->memory_lower_kib = lower_memory_kib(&platform->memory.map);
	machine->bios_drive = BIOS_DRIVE_NONE;
	machine->efi_system_table = (uintptr_t)efi_table;
	machine->efi_image_handle = (uintptr_t)efi_image;
	find_configuration_tables(machine, &platform->memory.map);
	video_find(machine);
	find_network(machine);
	find_secure_boot(machine);
}

/* All memory of the loader's own, before the firmware's map is read. */
static bool get_memory(struct arena *arena)
{
	arena_memory = firmware_pages(ARENA_BYTES);
	disk_bounce = firmware_pages(EFI_DISK_BOUNCE_BYTES);
	if (!arena_memory || !disk_bounce)
		return false;
	arena_init(arena, arena_memory, ARENA_BYTES);
	return true;
}

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *table)
{
	static const struct platform_ops ops = {
		.boot_disk = boot_disk,
		.key = key,
		.window = window,
		.set_video = video_set,
		.reset_video = video_reset,
		.quiesce = quiesce,
		.jump = jump,
		.start_image = image_start,
		.stop = stop,
	};
	static struct platform platform;
	static struct arena arena;
	struct ground ground;
	struct err err;
	enum status status;

	platform.machine.tsc_at_start = read_tsc();
	__stack_chk_guard ^= platform.machine.tsc_at_start << 8; /* this function does not return, so the change is safe here */
	running_platform = &platform;
	platform.ops = &ops;
	firmware_init(image, table);
	watchdog_restart();
	platform.console = console_init();
	print(platform.console, "mkboot " MKBOOT_VERSION "\n");
	platform.arena = &arena;
	platform.gate = efi_library_gate();
	if (get_memory(&arena))
		status = firmware_memory_read(&platform.memory, &arena, &err);
	else
		status = err_set(&err, ERR_NO_MEMORY, "the firmware has no {a} bytes for the loader", NULL, ARENA_BYTES, 0);
	if (status == OK) {
		ground_read(&ground);
		ground_note(&ground, &platform.memory);
		describe_machine(&platform);
		boot_run(&platform);
	} else {
		print_error(&platform, &err);
	}
	boot_stop(&platform, platform.on_failure);
	__builtin_unreachable();
}
