/* SPDX-License-Identifier: MIT */
/* Places below 1 MiB, and the screen. */
#include "kernel-handoff/proto/real_mode.h"

#include "core/base/arena.h"
#include "kernel-handoff/video.h"

enum status real_mode_place(struct plan *plan, const struct place *place, const char *from, const void *data, struct arena *arena,
			    struct err *err)
{
	struct memory_file *file = ARENA_NEW(arena, struct memory_file);
	struct place filled = *place;

	if (file == NULL)
		return err_set(err, ERR_NO_MEMORY, "no working memory for {s}", place->what, 0, 0);
	memory_file_init(file, from, data, place->file_bytes);
	filled.file = &file->file;
	return plan_add_fixed(plan, &filled, err);
}

void real_mode_video(const struct boot_request *request, struct plan *plan, struct arena *arena)
{
	enum video_kind wanted = request->settings.video.kind;
	struct boot_request as_text = *request;

	if (wanted == VIDEO_MODE || wanted == VIDEO_NATIVE)
		plan_note(plan, "what is started in real mode gets a text screen, not the mode of \"video\"", NULL, 0, 0, NULL);
	as_text.settings.video = (struct video_setting){ .kind = VIDEO_TEXT };
	video_choose(&as_text, &(struct video_wish){ .text = true }, plan, arena);
}
