/* SPDX-License-Identifier: MIT */
/* The value of the key `chain`. */
#include "core/config/chain_target.h"

#include "core/config/config_lines.h"

/* Takes the next word off `rest`; empty at the end. */
static struct span next_word(struct span *rest)
{
	struct span word, tail;

	config_split(*rest, &word, &tail);
	*rest = tail;
	return word;
}

/* False if the word is no decimal number in [min, max]. */
static bool parse_number(struct span word, unsigned min, unsigned max, unsigned *number)
{
	unsigned value = 0;

	for (size_t i = 0; i < word.bytes; i++) {
		if (word.data[i] < '0' || word.data[i] > '9' || value > max)
			return false;
		value = value * 10 + (unsigned)(word.data[i] - '0');
	}
	if (word.bytes == 0 || value < min || value > max)
		return false;
	*number = value;
	return true;
}

static enum status bad_syntax(struct err *err)
{
	(void)err_set(err, ERR_CORRUPT, "this does not name a disk or a partition", NULL, 0, 0);
	return err_hint(err, "the values of chain are: disk N, partition M, or disk N partition M; disks count from 0, partitions from 1");
}

enum status chain_target_parse(struct span text, struct chain_target *target, struct err *err)
{
	struct chain_target parsed = { .names_disk = false };
	struct span rest = text, word = next_word(&rest);

	if (config_text_is(word, "disk")) {
		if (!parse_number(next_word(&rest), 0, CHAIN_DISK_MAX, &parsed.disk))
			return err_set(err, ERR_CORRUPT, "the number of the disk is not one from 0 to {a}", NULL, CHAIN_DISK_MAX, 0);
		parsed.names_disk = true;
		word = next_word(&rest);
	}
	if (config_text_is(word, "partition")) {
		if (!parse_number(next_word(&rest), 1, CHAIN_PARTITION_MAX, &parsed.partition))
			return err_set(err, ERR_CORRUPT, "the number of the partition is not one from 1 to {a}", NULL, CHAIN_PARTITION_MAX,
				       0);
		word = next_word(&rest);
	}
	if (word.bytes != 0 || (!parsed.names_disk && parsed.partition == 0))
		return bad_syntax(err);
	*target = parsed;
	return OK;
}
