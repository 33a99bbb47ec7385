/* SPDX-License-Identifier: MIT */
/* The value of `chain`, and entries that have one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/config/entry.h"
#include "support_block.h"

static struct err err;

static enum status parse(const char *text, struct chain_target *target)
{
	return chain_target_parse(span_of(text, strlen(text)), target, &err);
}

static void targets(void **state)
{
	static const struct {
		const char *text;
		struct chain_target target;
	} good[] = {
		{ "disk 0", { true, 0, 0 } },
		{ "disk 127", { true, 127, 0 } },
		{ "partition 1", { false, 0, 1 } },
		{ "partition 9999", { false, 0, 9999 } },
		{ "disk 1 partition 5", { true, 1, 5 } },
		{ "disk\t 01 \t partition  05", { true, 1, 5 } },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof good / sizeof *good; i++) {
		struct chain_target target;

		assert_ok(parse(good[i].text, &target), &err);
		assert_int_equal(target.names_disk, good[i].target.names_disk);
		assert_int_equal(target.disk, good[i].target.disk);
		assert_int_equal(target.partition, good[i].target.partition);
	}
}

static void what_is_no_target(void **state)
{
	static const struct {
		const char *text, *trail;
	} bad[] = {
		{ "", "does not name" },
		{ "hd0", "does not name" },
		{ "Disk 0", "does not name" },
		{ "/boot/sector", "does not name" },
		{ "disk", "number of the disk" },
		{ "disk -1", "number of the disk" },
		{ "disk 128", "number of the disk" },
		{ "disk 4294967296", "number of the disk" },
		{ "disk 99999999999999999999", "number of the disk" },
		{ "disk 1x", "number of the disk" },
		{ "disk partition 1", "number of the disk" },
		{ "partition", "number of the partition" },
		{ "partition 0", "number of the partition" },
		{ "partition 10000", "number of the partition" },
		{ "disk 1 partition 0", "number of the partition" },
		{ "partition 1 disk 1", "does not name" },
		{ "disk 1 2", "does not name" },
		{ "disk 1 partition 2 3", "does not name" },
		{ "partition 1 partition 2", "does not name" },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct chain_target target = { .disk = 77 };

		assert_status(ERR_CORRUPT, parse(bad[i].text, &target), &err);
		assert_trail(&err, bad[i].trail);
		assert_int_equal(target.disk, 77);
	}
	assert_hint(&err, "disk N partition M");
}

static enum status parse_entry(const char *text, struct entry *entry)
{
	static const struct entry_name name = { .id = "e", .suffix = ".conf" };
	static uint8_t memory[16 * 1024];
	struct arena arena;

	arena_init(&arena, memory, sizeof memory);
	return entry_parse(span_of(text, strlen(text)), &name, &arena, NULL, entry, &err);
}

static void entries(void **state)
{
	struct entry entry;

	(void)state;
	assert_ok(parse_entry("title Windows\nchain disk 1  partition 2\nvideo text\n", &entry), &err);
	assert_int_equal(entry.kind, ENTRY_CHAIN);
	assert_string_equal(entry.kernel, "disk 1  partition 2");
	assert_true(entry.chain.names_disk && entry.chain.disk == 1 && entry.chain.partition == 2);

	assert_status(ERR_CORRUPT, parse_entry("title x\nchain hd1,2\n", &entry), &err);
	assert_trail(&err, "chain \"hd1,2\": this does not name");
	assert_int_equal(err.line, 2);
	assert_status(ERR_CORRUPT, parse_entry("chain\n", &entry), &err);
	assert_status(ERR_CORRUPT, parse_entry("chain disk 1\nchain disk 2\n", &entry), &err);
	assert_trail(&err, "has a kernel already");
	assert_status(ERR_UNSUPPORTED, parse_entry("chain disk 1\noptions quiet\n", &entry), &err);
	assert_trail(&err, "takes no options");
	assert_status(ERR_UNSUPPORTED, parse_entry("chain disk 1\ninitrd /i\n", &entry), &err);
	assert_status(ERR_UNSUPPORTED, parse_entry("chain disk 1\nmodule /m\n", &entry), &err);
	assert_status(ERR_CORRUPT, parse_entry("chain disk 1\nkaslr off\n", &entry), &err);
	assert_status(ERR_CORRUPT, parse_entry("chain disk 1\noption quiet\n", &entry), &err); /* no key is passed over */
	assert_trail(&err, "unknown key");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(targets),
		cmocka_unit_test(what_is_no_target),
		cmocka_unit_test(entries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
