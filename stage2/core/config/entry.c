/* SPDX-License-Identifier: MIT */
/* The parser of boot entries: one table says what each key does. */
#include "core/config/entry.h"

#include "core/base/arena.h"
#include "core/base/memory.h"
#include "core/base/text.h"
#include "core/config/config_lines.h"

enum { KEY_BYTES = 60 }; /* of an unknown key, in messages; longer than all known ones */

const char config_not_used[] = "not used here";

static const char key_hint[] = "correct the key, or make the line a comment with #";

enum takes { TAKES_NOTHING, TAKES_INITRDS, TAKES_MODULES };
enum readers { ONLY_US, OTHERS_TOO };

#define KIND_ROW(name, key, takes, readers, what, help) [ENTRY_##name] = { #key, TAKES_##takes, readers },

static const struct {
	const char *name;
	enum takes takes;
	enum readers readers;
} kinds[] = {
	ENTRY_KINDS(KIND_ROW) // a row for each
		[ENTRY_NONE] = { "none", TAKES_NOTHING, OTHERS_TOO },
};

struct key;

struct parse {
	struct arena *arena;
	entry_notice_fn *notice;
	void *context;
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
		return err_set(parse->err, ERR_NO_MEMORY, "the loader's own memory is used up", NULL, 0, 0);
	*copy = made;
	return OK;
}

static enum status copy_path(struct parse *parse, const struct key *key, struct span text, const char **copy)
{
	enum status status;
	size_t start = 0;

	if (text.bytes == 0)
		return err_set(parse->err, ERR_CORRUPT, "{s} without a path", key->name, 0, 0);
	status = copy_text(parse, text, copy);
	for (size_t i = 0; status == OK && i <= text.bytes; i++) {
		if (i < text.bytes && text.data[i] != '/')
			continue;
		if (config_text_is(span_part(text, start, i - start), "..") || config_text_is(span_part(text, start, i - start), "."))
			return err_set(parse->err, ERR_CORRUPT, "{s}: a path must not have \".\" or \"..\" in it", *copy, 0, 0);
		start = i + 1;
	}
	return status;
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

/* Room for all options was made before: see measure(). */
static enum status take_options(struct parse *parse, const struct key *key, const struct config_line *line)
{
	(void)key;
	if (parse->options_bytes > 0)
		parse->options[parse->options_bytes++] = ' ';
	memcpy(parse->options + parse->options_bytes, line->value.data, line->value.bytes);
	parse->options_bytes += line->value.bytes;
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
		return copy_path(parse, key, line->value, &parse->entry.kernel);
	status = copy_text(parse, line->value, &parse->entry.kernel);
	if (status == OK && chain_target_parse(line->value, &parse->entry.chain, parse->err) != OK)
		return err_add(parse->err, "chain \"{s}\"", parse->entry.kernel, 0, 0);
	return status;
}

static enum status take_initrd(struct parse *parse, const struct key *key, const struct config_line *line)
{
	struct entry_module *module = &parse->entry.module[parse->entry.module_count++];

	*module = (struct entry_module){ .arguments = "", .line = line->number };
	if (parse->initrd_line == 0)
		parse->initrd_line = line->number;
	return copy_path(parse, key, line->value, &module->path);
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
	status = copy_path(parse, key, path, &module->path);
	return status == OK ? copy_text(parse, arguments, &module->arguments) : status;
}

static enum status pass_over(struct parse *parse, const struct key *key, const struct config_line *line)
{
	config_notice(parse->notice, parse->context, line->number, config_not_used, span_of(key->name, text_length(key->name)));
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
			parse->is_ours = kinds[key->kind].readers == ONLY_US;
		if (key && key->take == take_options)
			options += line.value.bytes + 1;
		if (!key || (key->take != take_initrd && key->take != take_module))
			continue;
		if (++modules > ENTRY_MODULES_MAX) {
			err_set(parse->err, ERR_TOO_BIG, "more than {a} modules", NULL, ENTRY_MODULES_MAX, 0);
			return err_add(parse->err, "line {a}", NULL, line.number, 0);
		}
	}
	parse->options = ARENA_NEW_ARRAY(parse->arena, char, options);
	parse->entry.module = ARENA_NEW_ARRAY(parse->arena, struct entry_module, modules);
	if (!parse->options || !parse->entry.module)
		return err_set(parse->err, ERR_NO_MEMORY, "the loader's own memory is used up", NULL, 0, 0);
	return OK;
}

/* A key may be the specification's next one, or somebody's own: but nothing that an entry names may be left out in silence. */
static enum status take_unknown(struct parse *parse, const struct config_line *line)
{
	const struct key *meant = find_misspelt(line->key);
	const char *name = NULL;
	enum status status;

	if (!meant && !parse->is_ours) {
		config_notice(parse->notice, parse->context, line->number, "unknown key", line->key);
		return OK;
	}
	status = copy_text(parse, span_part(line->key, 0, line->key.bytes < KEY_BYTES ? line->key.bytes : KEY_BYTES), &name);
	if (status != OK)
		return status;
	err_set(parse->err, ERR_CORRUPT, "unknown key {s}", name, 0, 0);
	return err_hint(parse->err, key_hint);
}

static enum status take_setting(struct parse *parse, const struct config_line *line)
{
	const char *name = setting_name(line->key), *expected = NULL, *value = NULL;
	enum status status;

	if (setting_take(line->key, line->value, &parse->entry.settings, &expected) == SETTING_OK)
		return OK;
	status = copy_text(parse, line->value, &value);
	if (status != OK)
		return status;
	err_set(parse->err, ERR_CORRUPT, "its values are {s}", expected, 0, 0);
	err_add(parse->err, "\"{s}\"", value, 0, 0);
	return err_add(parse->err, "{s}", name, 0, 0);
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

static const char *refusal(enum entry_kind kind)
{
	if (entry_kind_takes_modules(kind))
		return "a kernel of the kind {s} takes module lines, not initrd";
	if (entry_kind_takes_initrd(kind))
		return "a kernel of the kind {s} takes initrd lines, not module";
	return "a kernel of the kind {s} takes neither initrd nor module lines";
}

/* What only the whole entry can tell. */
static enum status check(const struct parse *parse)
{
	const struct entry *entry = &parse->entry;
	bool initrd_is_wrong = !entry_kind_takes_initrd(entry->kind) && parse->initrd_line > 0;
	bool module_is_wrong = !entry_kind_takes_modules(entry->kind) && parse->module_line > 0;
	const char *misfit = settings_misfit(&entry->settings, kinds[entry->kind].name);

	if (entry->kind == ENTRY_NONE) {
		err_set(parse->err, ERR_UNSUPPORTED, "the entry names no kernel", NULL, 0, 0);
		return err_hint(parse->err, "an entry needs one line with what to start; the keys for that are" ENTRY_KIND_KEYS);
	}
	if (misfit)
		return err_set(parse->err, ERR_CORRUPT, "the setting {s} means nothing to this kind of kernel", misfit, 0, 0);
	if (initrd_is_wrong || module_is_wrong) {
		err_set(parse->err, ERR_UNSUPPORTED, refusal(entry->kind), kinds[entry->kind].name, 0, 0);
		return err_add(parse->err, "line {a}", NULL, initrd_is_wrong ? parse->initrd_line : parse->module_line, 0);
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
			return err_add(parse->err, "line {a}", NULL, line.number, 0);
	}
	return check(parse);
}

enum status entry_parse(struct span text, const char *id, struct arena *arena, entry_notice_fn *notice, void *context, struct entry *entry,
			struct err *err)
{
	struct parse parse = { .arena = arena, .notice = notice, .context = context, .err = err };
	enum status status;

	parse.entry = (struct entry){ .id = id, .title = "", .version = "", .machine_id = "", .sort_key = "", .architecture = "" };
	status = parse_lines(&parse, text);
	if (status != OK)
		return err_add(err, "{s}.conf", id, 0, 0);
	parse.entry.options = parse.options;
	if (parse.entry.title[0] == '\0')
		parse.entry.title = id;
	*entry = parse.entry;
	return OK;
}

const char *entry_kind_name(enum entry_kind kind)
{
	return kinds[kind].name;
}

bool entry_kind_takes_initrd(enum entry_kind kind)
{
	return kinds[kind].takes == TAKES_INITRDS;
}

bool entry_kind_takes_modules(enum entry_kind kind)
{
	return kinds[kind].takes == TAKES_MODULES;
}
