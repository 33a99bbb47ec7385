/* SPDX-License-Identifier: MIT */
/* The BIOS shell: learns what the firmware has to tell, fills the platform and hands over to the portable story. */
#include "core/base/arena.h"
#include "core/base/stack_guard.h"
#include "core/base/version.h"
#include "flow/flow.h"
#include "kernel-handoff/jump/jump.h"
#include "stage2/bios/console.h"
#include "stage2/bios/disk.h"
#include "stage2/bios/exception.h"
#include "stage2/bios/firmware_tables.h"
#include "stage2/bios/memory-map.h"
#include "stage2/bios/memory_probe.h"
#include "stage2/bios/reset.h"
#include "stage2/bios/thunk.h"
#include "stage2/bios/video.h"
#include "stage2/bios/window.h"
#include "stage2/pc/acpi_tables.h"
#include "stage2/pc/cpu_facts.h"
#include "stage2/pc/io.h"
#include "stage2/pc/processor.h"

_Noreturn void bios_main(void);

static enum status boot_disk(struct platform *platform, struct block_device **device, struct err *err)
{
	static struct bios_disk disk;
	enum status status = bios_disk_open(&disk, (uint8_t)platform->machine.bios_drive, err);

	if (status == OK)
		*device = &disk.device;
	return status;
}

static enum status other_disk(struct platform *platform, unsigned number, struct block_device **device, uint8_t *bios_drive,
			      struct err *err)
{
	static struct bios_disk disk;
	enum status status = bios_hard_disk_open(&disk, number, err);

	(void)platform;
	if (status != OK)
		return status;
	*device = &disk.device;
	*bios_drive = disk.drive;
	return OK;
}

static int key(struct platform *platform, unsigned wait_ms)
{
	(void)platform;
	return console_key(wait_ms);
}

static void *window(struct platform *platform, uint64_t phys, uint64_t bytes)
{
	(void)platform;
	return window_open(phys, bytes);
}

static const uint8_t *reach(const struct acpi_memory *memory, uint64_t phys, uint64_t bytes)
{
	(void)memory;
	return window_fixed(phys, bytes);
}

static void reset_video(struct platform *platform)
{
	(void)platform;
	console_show_text();
}

static enum status set_video(struct platform *platform, const struct plan_video *video, struct err *err)
{
	console_hide_text();
	if (vbe_set_mode(video->number, err) == OK)
		return OK;
	reset_video(platform);
	return err->code;
}

/* Code in real mode asks the firmware itself, and may want APM in another way than find_apm() has connected it for an entry before. */
static enum status quiesce(struct platform *platform, struct plan *plan, struct err *err)
{
	(void)platform;
	(void)err;
	if (plan->mode == ENTRY_MODE_REAL)
		disconnect_apm();
	return OK;
}

static void jump(struct platform *platform, const struct plan *plan, const struct plan_moves *moves)
{
	jump_to_kernel(plan, moves, window(platform, plan->trampoline, TRAMPOLINE_BYTES), &platform->machine);
}

/* Halting keeps the firmware's interrupt handlers alive, so that Ctrl-Alt-Del still works. */
static void stop(struct platform *platform, enum stop_action action)
{
	if (action == STOP_REBOOT)
		machine_reset();
	if (action == STOP_FIRMWARE) {
		disconnect_apm(); /* the next loader may want it in another way */
		firmware_boot_next();
		print(platform->console, "mkboot: the firmware has nothing else to start: halted\n");
	}
	for (;;)
		bios_idle();
}

static void describe_machine(struct machine *machine)
{
	static const struct acpi_memory tables = { .reach = reach };

	read_cpu_facts(machine, &this_processor);
	make_random_seed(machine, &this_processor);
	machine->firmware = FIRMWARE_BIOS;
	machine->memory_lower_kib = memory_probe_low();
	machine->bios_drive = bios_boot_drive;
	machine->firmware_cr4 = bios_cr4;
	machine->tsc_at_start = bios_start_tsc;
	find_rsdp(machine);
	find_acpi_tables(machine, &tables);
	find_smbios(machine);
	find_pnp(machine);
	machine->apm = find_apm;
	console_describe(&machine->screen);
	machine->video = &vbe_source;
}

/* What lies below belongs to the firmware until the kernel says otherwise; the loader's own memory ends at the jump. */
static enum status describe_memory(struct memory *memory, struct arena *arena, struct err *err)
{
	enum status status = memory_probe(physical_memory_end(&this_processor), &memory->map, arena, err);

	return status == OK ? memory_reserve_own(memory, loader_work, err) : status;
}

_Noreturn void bios_main(void)
{
	static const struct platform_ops ops = {
		.boot_disk = boot_disk,
		.disk = other_disk,
		.key = key,
		.window = window,
		.set_video = set_video,
		.reset_video = reset_video,
		.quiesce = quiesce,
		.jump = jump,
		.stop = stop,
	};
	static struct platform platform;
	static struct arena arena;
	struct err err;

	__stack_chk_guard ^= read_tsc() << 8; /* this function does not return, so the change is safe here */
	platform.ops = &ops;
	platform.console = console_init();
	exception_init(&platform);
	print(platform.console, "mkboot " MKBOOT_VERSION "\n");
	if (bios_boot_copy != 0)
		print(platform.console, "mkboot: note: copy A of stage 2 is damaged, copy B was started\n");
	arena_init(&arena, low_memory(loader_work + WORK_ARENA), WORK_ARENA_END - WORK_ARENA);
	bios_disk_place_buffer(memory_probe_low() * 1024, (uint32_t)(uintptr_t)bss_end);
	platform.arena = &arena;
	if (describe_memory(&platform.memory, &arena, &err) == OK) {
		boot_enlarge_arena(&platform);
		describe_machine(&platform.machine);
		boot_run(&platform);
	} else {
		print(platform.console, "mkboot: error: ");
		err_print(platform.console, &err);
		print(platform.console, "\n");
	}
	boot_stop(&platform, platform.on_failure);
	__builtin_unreachable();
}
