/* SPDX-License-Identifier: MIT */
/* A whole boot on a machine made of host memory: what is started, what is said, and how it ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow/flow.h"
#include "support_boot.h"
#include "support_image.h"
#include "support_shell.h"

static int set_up(void **state)
{
	(void)state;
	image_begin();
	image_kernel("kernel", 0);
	image_kernel("wide", 1);
	image_text("initrd.gz", "an initrd");
	image_text("broken", "not a kernel");
	return 0;
}

static void test_first_in_order(void **state)
{
	(void)state;
	image_entry("debian-1", "title Debian\nversion 6.9\nelf /wide\nsort-key debian\n");
	image_entry("debian-2", "title Debian new\nversion 6.10\nelf /kernel\nsort-key debian\noptions quiet\nmodule /initrd.gz a b\n");
	boot();
	assert_started("/kernel");
	assert_said("mkboot: starting Debian new (debian-2.conf)\n");
	assert_string_equal(fake->plan.protocol, "elf");
	assert_int_equal(fake->plan.entry, KERNEL_TEXT + 0x100);
	assert_int_equal(fake->moves.count, 0);
}

static void test_default(void **state)
{
	(void)state;
	image_text("loader/loader.conf", "default XEN*\neditor no\n");
	image_entry("a", "elf /kernel\nsort-key a\n");
	image_entry("xen-4.16", "multiboot2 /broken\n");
	image_entry("xen-4.17", "title Xen\nmultiboot2 /kernel\nmodule /initrd.gz\n");
	boot();
	assert_started("/kernel");
	assert_said("mkboot: starting Xen (xen-4.17.conf)\n");
	assert_string_equal(fake->plan.protocol, "multiboot2");
	assert_int_equal(fake->plan.mode, ENTRY_MODE_PROTECTED);
}

/* Also when the name is given with its suffix, and when names are in capitals. */
static void test_default_with_suffix(void **state)
{
	(void)state;
	image_text("loader/loader.conf", "default B.conf\n");
	image_entry("a", "elf /wide\nsort-key a\n");
	image_text("loader/entries/B.CONF", "elf KERNEL\n");
	boot();
	assert_started("/KERNEL");
}

static void test_unknown_default(void **state)
{
	(void)state;
	image_text("loader/loader.conf", "default nothing\ntimout 5\n");
	image_entry("a", "elf /kernel\n");
	boot();
	assert_started("/kernel");
	assert_said("mkboot: note: /loader/loader.conf:2: unknown key \"timout\": did you mean \"timeout\"?\n"
		    "mkboot: note: /loader/loader.conf: default \"nothing\": no usable entry matches\n"
		    "mkboot: starting a (a.conf)\n");
}

/* Promise 3, and the next entry is tried. */
static void test_missing_module(void **state)
{
	(void)state;
	image_entry("d", "elf /kernel\nmodul /initrd.gz\n");
	image_entry("c", "linux /kernel\nInitrd /initrd.gz\n");
	image_entry("b", "title First\nelf /kernel\nmodule /initrd.gz\nmodule /gone.img\n");
	image_entry("a", "title Second\nelf /wide\n");
	boot();
	assert_started("/wide");
	assert_console_has(
		fake,
		"mkboot: error: /loader/entries/d.conf:2: unknown key \"modul\": did you mean \"module\"?\nmkboot: hint: correct the key");
	assert_console_has(
		fake,
		"mkboot: error: /loader/entries/c.conf:2: unknown key \"Initrd\": did you mean \"initrd\"?\nmkboot: hint: correct the key");
	assert_console_has(fake, "mkboot: starting First (b.conf)\n"
				 "mkboot: error: cannot start b.conf: module /gone.img is not there\n");
	assert_console_has(fake, "\nmkboot: starting Second (a.conf)\n");
}

/* What a failed attempt reserved must not be in the way of the next, however many there are. */
static void test_many_failures(void **state)
{
	char id[16];

	(void)state;
	for (int i = 10; i < 74; i++) {
		snprintf(id, sizeof id, "%d", i);
		image_entry(id, "title An entry with a title of usual length\nversion 6.1.0-18-amd64\n"
				"machine-id 6a9857a393724b7a981ebb5b8495b9ea\nmultiboot2 /kernel\n"
				"options root=UUID=0cbe4b0e-9a6b-4b1a-8d23-7c6cbb06b0c2 ro quiet console=ttyS0,115200\n"
				"module /initrd.gz\nmodule /6a9857a393724b7a981ebb5b8495b9ea/gone.img\n");
	}
	image_entry("0", "title The last\nelf /wide\nmodule /initrd.gz\n");
	image_make("disk.img");
	fake = fake_platform_new("disk.img");
	arena_init(&fake->arena, fake->arena_bytes, 128 * 1024); /* what the BIOS has */
	boot_run(&fake->platform);
	assert_started("/wide");
	assert_null(strstr(fake->console_bytes, "memory"));
}

static void test_summary(void **state)
{
	(void)state;
	image_entry("b", "elf /gone\n");
	image_entry("a", "multiboot2 /broken\n");
	image_entry("c", "title no kernel\n");
	boot();
	assert_stopped(STOP_FIRMWARE);
	const char *summary = strstr(fake->console_bytes, "\nmkboot: no entry could be started\n");

	assert_non_null(summary);
	assert_non_null(strstr(summary, "\n  /loader/entries/c.conf: the entry names no kernel\n"));
	assert_non_null(strstr(summary, "\n  b.conf: kernel /gone is not there\n"));
	assert_non_null(strstr(summary, "\n  a.conf: kernel /broken is not a kernel of this kind: "));
	assert_non_null(strstr(summary, "\nmkboot: going back to the firmware in 10 seconds, or at once after a key\n"));
	assert_console_has(fake,
			   "mkboot: hint: an entry needs one line with what to start; the keys for that are linux multiboot2 multiboot pvh "
			   "elf efi uki chain");
	assert_string_equal(strstr(summary, "mkboot: going"), "mkboot: going back to the firmware in 10 seconds, or at once after a key\n");
	assert_int_equal(fake->waited_ms, 10000);
	assert_int_equal(fake->platform.memory.count, 1); /* nothing of the attempts is left */
}

/* The summary has a fixed room; what does not fit is seen to be missing. */
static void test_long_summary(void **state)
{
	(void)state;
	shell_run("for i in $(seq 100 159); do echo \"elf /gone-$i-$(printf '%%0100d' 1)\" > root/loader/entries/$i.conf; done");
	boot();
	assert_stopped(STOP_FIRMWARE);
	assert_console_has(fake, "\nmkboot: no entry could be started\n  159.conf: kernel /gone-159-0");
	assert_console_has(fake, "...\nmkboot: going back to the firmware in 10 seconds");
	assert_console_has(fake, "mkboot: error: cannot start 100.conf: ");
}

static void test_nothing_there(void **state)
{
	(void)state;
	image_text("loader/entries/readme.txt", "linux /kernel\n");
	boot();
	assert_stopped(STOP_FIRMWARE);
	assert_said("\nmkboot: no entry could be started\n"
		    "  no usable entry in /loader/entries of the whole disk (fat)\n"
		    "mkboot: hint: each file /loader/entries/NAME.conf is an entry; mkboot-entry(5) says what is in it\n"
		    "mkboot: going back to the firmware in 10 seconds, or at once after a key\n");
}

/* Titles come from a disk: they must not move the cursor or ring bells. */
static void test_untrusted_title(void **state)
{
	(void)state;
	image_entry("a", "title \033[2J\x07 evil\nelf /kernel\n");
	boot();
	assert_started("/kernel");
	assert_said("mkboot: starting ?[2J? evil (a.conf)\n");
}

/* A line of the screen must have room for it and the id. */
static void test_long_title(void **state)
{
	char entry[1100] = "title ", said[200];

	(void)state;
	memset(entry + 6, 't', 1000);
	strcpy(entry + 1006, "\nelf /kernel\n");
	image_entry("a", entry);
	boot();
	assert_started("/kernel");
	memset(said, 't', sizeof said);
	memcpy(said, "mkboot: starting ", 17);
	strcpy(said + 17 + 57, "... (a.conf)\n");
	assert_said(said);
}

/* The loader sits on part of the kernel's place: that part is moved, the rest is loaded where it belongs. */
static void test_staged(void **state)
{
	(void)state;
	image_entry("a", "elf /wide\nmodule /initrd.gz\n");
	boot();
	assert_started("/wide");
	assert_int_equal(fake->moves.count, 1);
	assert_int_equal(fake->moves.move[0].to, KERNEL_DATA);
	assert_int_equal(fake->moves.move[0].bytes, FAKE_LOADER_END - KERNEL_DATA);
}

static void test_staged_in_pieces(void **state)
{
	struct memory *memory;

	(void)state;
	image_entry("a", "multiboot2 /huge\n");
	shell_run("cp root/wide root/huge"); /* its data segment: 10 MiB at 4 MiB */
	shell_run("printf '\\0\\0\\100\\0' | dd of=root/huge bs=1 seek=144 conv=notrunc");
	shell_run("printf '\\0\\0\\240\\0' | dd of=root/huge bs=1 seek=160 conv=notrunc");
	image_make("disk.img");
	fake = fake_platform_new("disk.img");
	memory = &fake->platform.memory;
	memory->count = 3; /* the loader is all over that place, and the free memory above is cut in two */
	memory->reservation[1] = (struct memory_reservation){ .start = 0x400000, .end = 0xe00000, .what = "the loader", .transient = true };
	memory->reservation[2] =
		(struct memory_reservation){ .start = 0x1700000, .end = 0x1701000, .what = "something", .transient = false };
	boot_run(&fake->platform);
	assert_started("/huge");
	assert_true(fake->moves.count > 1);

	uint64_t next = 0x400000;

	for (unsigned i = 0; i < fake->moves.count; i++) {
		assert_int_equal(fake->moves.move[i].to, next);
		next += fake->moves.move[i].bytes;
	}
	assert_int_equal(next, 0xe00000);
}

static void test_no_room_to_stage(void **state)
{
	struct memory *memory;

	(void)state;
	image_entry("a", "multiboot2 /wide\n");
	image_make("disk.img");
	fake = fake_platform_new("disk.img");
	memory = &fake->platform.memory;
	memory->count = 3;
	memory->reservation[1] = (struct memory_reservation){ .start = 0x100000, .end = 0x200000, .what = "something" };
	memory->reservation[2] = (struct memory_reservation){ .start = 0x20f000, .end = FAKE_RAM_BYTES, .what = "something" };
	boot_run(&fake->platform);
	assert_stopped(STOP_FIRMWARE);
	assert_console_has(fake, "mkboot: error: cannot start a.conf: cannot load segment 1: the loader is in the way at 0x70000: "
				 "no free memory is left to keep 65536 bytes in until the jump\n"
				 "mkboot: hint: give the machine more memory");
	assert_int_equal(memory->count, 3);
}

static void test_quiesce_fails(void **state)
{
	(void)state;
	image_entry("a", "elf /kernel\n");
	image_make("disk.img");
	fake = fake_platform_new("disk.img");
	fake->quiesce_fails = true;
	boot_run(&fake->platform);
	assert_stopped(STOP_FIRMWARE);
	assert_console_has(fake, "  a.conf: the firmware could not be left: it does not let go\n");
}

static void test_too_many_entries(void **state)
{
	(void)state;
	shell_run("for i in $(seq 1000 1299); do echo 'elf /kernel' > root/loader/entries/$i.conf; done");
	boot();
	assert_started("/kernel");
	assert_console_has(fake, "mkboot: note: /loader/entries: 300 entries, and the loader's memory has room for ");
	assert_console_has(fake, "\nmkboot: starting 1299 (1299.conf)\n");
}

/* One entry that is larger than the loader's memory costs that entry only. */
static void test_too_large_entry(void **state)
{
	(void)state;
	image_entry("small", "elf /kernel\n");
	shell_run("head -c 65537 /dev/zero > root/loader/entries/huge.conf");
	shell_run("{ for i in $(seq 820); do printf 'options %%064d\\n' 1; done; echo 'elf /kernel'; } > root/loader/entries/wide.conf");
	image_make("disk.img");
	fake = fake_platform_new("disk.img");
	arena_init(&fake->arena, fake->arena_bytes, 112 * 1024);
	boot_run(&fake->platform);
	assert_started("/kernel");
	assert_console_has(fake, "mkboot: error: /loader/entries/huge.conf: it cannot be read: ");
	assert_console_has(fake, "mkboot: error: /loader/entries/wide.conf: ");
	assert_console_has(fake, "mkboot: starting small (small.conf)\n");
}

#define flow_test(function) cmocka_unit_test_setup_teardown(function, set_up, end_boot)

int main(void)
{
	const struct CMUnitTest tests[] = {
		flow_test(test_first_in_order),  flow_test(test_default),          flow_test(test_default_with_suffix),
		flow_test(test_unknown_default), flow_test(test_missing_module),   flow_test(test_many_failures),
		flow_test(test_summary),         flow_test(test_nothing_there),    flow_test(test_untrusted_title),
		flow_test(test_staged),          flow_test(test_staged_in_pieces), flow_test(test_no_room_to_stage),
		flow_test(test_quiesce_fails),   flow_test(test_too_many_entries), flow_test(test_too_large_entry),
		flow_test(test_long_summary),    flow_test(test_long_title),
	};

	return cmocka_run_group_tests(tests, shell_set_up, shell_tear_down);
}
