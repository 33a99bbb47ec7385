/* SPDX-License-Identifier: MIT */
/* The parser of boot entries: one table says what each key does. */
#include "core/config/entry.h"

#include "core/base/arena.h"
#include "core/base/memory.h"
#include "core/base/nearest_word.h"
#include "core/base/text.h"
#include "core/config/config_lines.h"
#include "core/config/entry_words.h"

enum { KEY_BYTES = 32 }; /* longer than all known ones */

static const char no_memory[] = "the loader's own memory is used up";
static const char key_hint[] = "correct the key, or make the line a comment with #";

struct key;

struct parse {
	struct arena *arena;
	const struct config_listener *listener;
	struct err *err;
	struct entry entry;
	char *options; /* where entry.options is being joined */
	size_t options_bytes;
	bool is_ours;                      /* only we read it, so a key that is not known is a mistake */
	unsigned initrd_line, module_line; /* of the first one; 0: none */
};

struct key {
	const char *name;
	enum status (*take)(struct parse *parse, const struct key *key, const struct config_line *line);
	size_t field;         /* take_text: offset in struct entry */
	enum entry_kind kind; /* take_kernel */
};

static enum status copy_text(struct parse *parse, struct span text, const char **copy)
{
	const char *made = arena_copy_text(parse->arena, (const char *)text.data, text.bytes);

	if (!made)
		return err_set(parse->err, ERR_NO_MEMORY, no_memory, NULL, 0, 0);
	*copy = made;
	return OK;
}

static enum status take_text(struct parse *parse, const struct key *key, const struct config_line *line)
{
	const char **field = (const char **)((char *)&parse->entry + key->field);

	return copy_text(parse, line->value, field);
}

static enum status take_architecture(struct parse *parse, const struct key *key, const struct config_line *line)
{
	enum status status = take_text(parse, key, line);

	if (status == OK && !text_equal_nocase(parse->entry.architecture, "x64"))
		return err_set(parse->err, ERR_UNSUPPORTED, "for architecture {s}, this is x64", parse->entry.architecture, 0, 0);
	return status;
}

/* A variable of GRUB has no value here. Entries that only we read were not written for GRUB: a '$' means nothing in them. */
static bool drop_variable(const struct parse *parse, unsigned line, struct span word)
{
	struct config_sentence sentence;
	struct sink *sink = config_sentence_begin(&sentence);
	bool empty = is_usually_empty(word);

	if (parse->is_ours || !is_grub_variable(word))
		return false;
	config_quote(sink, word);
	print(sink,
	      empty ? " is a variable of GRUB; it is left out" : " is a variable of GRUB, whose value is not known here; it is left out");
	config_notice(parse->listener, line, empty ? NOTICE_REMARK : NOTICE_FAULT, &sentence);
	return true;
}

static void add_option(struct parse *parse, struct span text)
{
	memcpy(parse->options + parse->options_bytes, text.data, text.bytes);
	parse->options_bytes += text.bytes;
}

/*
 * Literal but for GRUB's variables: a word that is one goes, with the blanks behind it. What stands in double quotes is one word. Room
 * for all options was made before: see measure().
 */
static enum status take_options(struct parse *parse, const struct key *key, const struct config_line *line)
{
	struct span rest = line->value;
	size_t start = parse->options_bytes;

	(void)key;
	if (start > 0)
		add_option(parse, span_of(" ", 1));
	while (rest.bytes > 0) {
		size_t word = config_word_bytes(rest), all = word;

		while (all < rest.bytes && config_is_blank(rest.data[all]))
			all++;
		if (!drop_variable(parse, line->number, span_part(rest, 0, word)))
			add_option(parse, span_part(rest, 0, all));
		rest = span_part(rest, all, rest.bytes);
	}
	/* A variable at the end leaves the blanks before it. */
	while (parse->options_bytes > 0 && config_is_blank((uint8_t)parse->options[parse->options_bytes - 1]))
		parse->options[--parse->options_bytes] = '\0';
	return OK;
}

static enum status take_kernel(struct parse *parse, const struct key *key, const struct config_line *line)
{
	enum status status;

	if (parse->entry.kind != ENTRY_NONE)
		return err_set(parse->err, ERR_CORRUPT, "{s}: the entry has a kernel already, in line {a}", key->name,
			       parse->entry.kernel_line, 0);
	parse->entry.kind = key->kind;
	parse->entry.kernel_line = line->number;
	if (key->kind != ENTRY_CHAIN)
		return entry_path_copy(line->value, key->name, parse->arena, &parse->entry.kernel, parse->err);
	status = copy_text(parse, line->value, &parse->entry.kernel);
	if (status == OK && chain_target_parse(line->value, &parse->entry.chain, parse->err) != OK)
		return config_err_value(parse->arena, key->name, line->value, parse->err);
	return status;
}

/* Several paths on one line are several files: distributions put those of early microcode there. */
static enum status take_initrd(struct parse *parse, const struct key *key, const struct config_line *line)
{
	struct span word, rest = line->value;
	enum status status = OK;

	if (parse->initrd_line == 0)
		parse->initrd_line = line->number;
	do {
		struct entry_module *module = &parse->entry.module[parse->entry.module_count];

		config_split(rest, &word, &rest);
		if (drop_variable(parse, line->number, word))
			continue;
		*module = (struct entry_module){ .arguments = "", .line = line->number };
		status = entry_path_copy(word, key->name, parse->arena, &module->path, parse->err);
		parse->entry.module_count++;
	} while (status == OK && rest.bytes > 0);
	return status;
}

static enum status take_module(struct parse *parse, const struct key *key, const struct config_line *line)
{
	struct entry_module *module = &parse->entry.module[parse->entry.module_count++];
	struct span path, arguments;
	enum status status;

	*module = (struct entry_module){ .line = line->number };
	if (parse->module_line == 0)
		parse->module_line = line->number;
	config_split(line->value, &path, &arguments);
	status = entry_path_copy(path, key->name, parse->arena, &module->path, parse->err);
	return status == OK ? copy_text(parse, arguments, &module->arguments) : status;
}

static enum status pass_over(struct parse *parse, const struct key *key, const struct config_line *line)
{
	struct config_sentence sentence;

	print(config_sentence_begin(&sentence), "\"%s\" is not used here", key->name);
	config_notice(parse->listener, line->number, NOTICE_NOT_USED, &sentence);
	return OK;
}

static enum status refuse_kernel(struct parse *parse, const struct key *key, const struct config_line *line)
{
	(void)line;
	return err_set(parse->err, ERR_UNSUPPORTED, "kernels of the kind {s} are not started by this loader", key->name, 0, 0);
}

/* Nothing that an entry names for its kernel may be left out in silence. */
static enum status refuse_file(struct parse *parse, const struct key *key, const struct config_line *line)
{
	(void)line;
	return err_set(parse->err, ERR_UNSUPPORTED, "{s} cannot be handed to a kernel by this loader", key->name, 0, 0);
}

#define KIND_KEY(name, key, takes, readers, what, help) { #key, take_kernel, 0, ENTRY_##name },

static const struct key keys[] = {
	{ "title", take_text, offsetof(struct entry, title), ENTRY_NONE },
	{ "version", take_text, offsetof(struct entry, version), ENTRY_NONE },
	{ "machine-id", take_text, offsetof(struct entry, machine_id), ENTRY_NONE },
	{ "sort-key", take_text, offsetof(struct entry, sort_key), ENTRY_NONE },
	{ "architecture", take_architecture, offsetof(struct entry, architecture), ENTRY_NONE },
	{ "options", take_options, 0, ENTRY_NONE },
	ENTRY_KINDS(KIND_KEY) // one key for each
	{ "initrd", take_initrd, 0, ENTRY_NONE },
	{ "module", take_module, 0, ENTRY_NONE },
	{ "uki-url", refuse_kernel, 0, ENTRY_NONE },
	{ "devicetree", refuse_file, 0, ENTRY_NONE },
	{ "devicetree-overlay", refuse_file, 0, ENTRY_NONE },
	{ "extra", refuse_file, 0, ENTRY_NONE },
	/* UAPI.1: only means something for UKIs; the others are Fedora's. */
	{ "profile", pass_over, 0, ENTRY_NONE },
	{ "id", pass_over, 0, ENTRY_NONE },
	{ "grub_arg", pass_over, 0, ENTRY_NONE },
	{ "grub_class", pass_over, 0, ENTRY_NONE },
	{ "grub_hotkey", pass_over, 0, ENTRY_NONE },
	{ "grub_users", pass_over, 0, ENTRY_NONE },
};

static const struct key *find_key(struct span name)
{
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		if (config_text_is(name, keys[i].name))
			return &keys[i];
	}
	return NULL;
}

/*
 * The key that is meant by one in other letter case, or with ':' or '=' behind it: "Module", "module:", "initrd=/initrd.img". No key of the
 * specification looks like that. NULL if there is none, or if it would have no meaning here.
 */
static const struct key *find_misspelt(struct span name)
{
	char text[KEY_BYTES];
	size_t bytes = 0;

	while (bytes < name.bytes && bytes < sizeof text - 1 && name.data[bytes] != ':' && name.data[bytes] != '=') {
		text[bytes] = (char)name.data[bytes];
		bytes++;
	}
	text[bytes] = '\0';
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		if (keys[i].take != pass_over && text_equal_nocase(text, keys[i].name))
			return &keys[i];
	}
	return NULL;
}

/* The known key that is nearest to an unknown one; NULL: none is near. */
static const char *nearest_key(struct span name)
{
	struct nearest_word nearest;

	nearest_word_start(&nearest, (const char *)name.data, name.bytes);
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		if (keys[i].take != pass_over)
			nearest_word_offer(&nearest, keys[i].name);
	}
	settings_offer(&nearest);
	return nearest.best;
}

static size_t count_words(struct span text)
{
	struct span word;
	size_t words = 0;

	do {
		config_split(text, &word, &text);
		words++;
	} while (text.bytes > 0);
	return words;
}

/* The first pass: what kind of entry this is, and room for what may come more than once: modules and options. */
static enum status measure(struct parse *parse, struct span text)
{
	struct config_lines lines;
	struct config_line line;
	size_t modules = 0, options = 1;

	config_lines_init(&lines, text);
	while (config_lines_next(&lines, &line)) {
		const struct key *key = find_key(line.key);

		if (key && key->take == take_kernel)
			parse->is_ours = entry_kind_is_ours(key->kind);
		if (key && key->take == take_options)
			options += line.value.bytes + 1;
		if (!key || (key->take != take_initrd && key->take != take_module))
			continue;
		modules += key->take == take_initrd ? count_words(line.value) : 1;
		if (modules > ENTRY_MODULES_MAX) {
			err_set(parse->err, ERR_TOO_BIG, "more than {a} modules", NULL, ENTRY_MODULES_MAX, 0);
			return err_line(parse->err, line.number);
		}
	}
	parse->options = ARENA_NEW_ARRAY(parse->arena, char, options);
	parse->entry.module = ARENA_NEW_ARRAY(parse->arena, struct entry_module, modules);
	if (!parse->options || !parse->entry.module)
		return err_set(parse->err, ERR_NO_MEMORY, no_memory, NULL, 0, 0);
	return OK;
}

/* A key may be the specification's next one, or somebody's own: but nothing that an entry names may be left out in silence. */
static enum status take_unknown(struct parse *parse, const struct config_line *line)
{
	const struct key *misspelt = find_misspelt(line->key);
	struct config_sentence sentence;
	const char *text = NULL;
	enum status status;

	config_print_unknown_key(config_sentence_begin(&sentence), line->key, misspelt ? misspelt->name : nearest_key(line->key));
	if (!misspelt && !parse->is_ours) {
		config_notice(parse->listener, line->number, NOTICE_FAULT, &sentence);
		return OK;
	}
	status = copy_text(parse, span_of(sentence.data, sentence.text.length), &text);
	if (status != OK)
		return status;
	err_set(parse->err, ERR_CORRUPT, "{s}", text, 0, 0);
	return err_hint(parse->err, key_hint);
}

static enum status take_setting(struct parse *parse, const struct config_line *line)
{
	const char *expected = NULL;

	if (setting_take(line->key, line->value, &parse->entry.settings, &expected) == SETTING_OK)
		return OK;
	err_set(parse->err, ERR_CORRUPT, "its values are {s}", expected, 0, 0);
	return config_err_value(parse->arena, setting_name(line->key), line->value, parse->err);
}

static enum status take_line(struct parse *parse, const struct config_line *line)
{
	const struct key *key = find_key(line->key);

	if (line->flaw)
		return err_set(parse->err, line->status, line->flaw, NULL, 0, 0);
	if (setting_name(line->key))
		return take_setting(parse, line);
	return key ? key->take(parse, key, line) : take_unknown(parse, line);
}

/* What only the whole entry can tell. */
static enum status check(const struct parse *parse)
{
	const struct entry *entry = &parse->entry;
	bool initrd_is_wrong = !entry_kind_takes_initrd(entry->kind) && parse->initrd_line > 0;
	bool module_is_wrong = !entry_kind_takes_modules(entry->kind) && parse->module_line > 0;
	const char *misfit = settings_misfit(&entry->settings, entry_kind_name(entry->kind));

	if (entry->kind == ENTRY_NONE) {
		err_set(parse->err, ERR_UNSUPPORTED, "the entry names no kernel", NULL, 0, 0);
		return err_hint(parse->err, "an entry needs one line with what to start; the keys for that are" ENTRY_KIND_KEYS);
	}
	if (misfit)
		return err_set(parse->err, ERR_CORRUPT, "the setting {s} means nothing to this kind of kernel", misfit, 0, 0);
	if (initrd_is_wrong || module_is_wrong) {
		err_set(parse->err, ERR_UNSUPPORTED, entry_kind_takes(entry->kind), entry_kind_name(entry->kind), 0, 0);
		return err_line(parse->err, initrd_is_wrong ? parse->initrd_line : parse->module_line);
	}
	if (entry->kind == ENTRY_CHAIN && parse->options_bytes > 0) {
		err_set(parse->err, ERR_UNSUPPORTED, "a boot sector takes no options", NULL, 0, 0);
		return err_hint(parse->err, "take the line \"options\" out of the entry");
	}
	return OK;
}

static enum status parse_lines(struct parse *parse, struct span text)
{
	struct config_lines lines;
	struct config_line line;
	enum status status;

	if (text.bytes > CONFIG_FILE_MAX)
		return err_set(parse->err, ERR_TOO_BIG, "an entry of {a} bytes; the limit is {b}", NULL, text.bytes, CONFIG_FILE_MAX);
	status = measure(parse, text);
	if (status != OK)
		return status;
	config_lines_init(&lines, text);
	while (config_lines_next(&lines, &line)) {
		status = take_line(parse, &line);
		if (status != OK)
			return err_line(parse->err, line.number);
	}
	return check(parse);
}

enum status entry_parse(struct span text, const struct entry_name *name, struct arena *arena, const struct config_listener *listener,
			struct entry *entry, struct err *err)
{
	struct parse parse = { .arena = arena, .listener = listener, .err = err };
	enum status status;

	parse.entry = (struct entry){ .name = *name, .title = "", .version = "", .machine_id = "", .sort_key = "", .architecture = "" };
	status = parse_lines(&parse, text);
	if (status != OK)
		return status;
	parse.entry.options = parse.options;
	if (parse.entry.title[0] == '\0')
		parse.entry.title = name->id;
	*entry = parse.entry;
	return OK;
}
