/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "kernel/overlay.h"

/* What was understood, on one line: lower layers, data layers, the upper one, options. */
static char *shown(struct arena *arena, const struct overlay_layers *layers)
{
	auto_text text = TEXT_INIT(4096);

	for (size_t i = 0; i < layers->lower_count; i++)
		text_appendf(&text, "%s<%s>", i ? " " : "", layers->lower[i]);
	for (size_t i = 0; i < layers->data_count; i++)
		text_appendf(&text, " data<%s>", layers->data[i]);
	if (layers->upper)
		text_appendf(&text, " upper<%s>", layers->upper);
	for (size_t i = 0; i < layers->option_count + layers->written_count; i++)
		text_appendf(&text, "%s%s=%s", i == layers->option_count ? " written: " : " ", layers->options[i].name,
			     layers->options[i].value ? layers->options[i].value : "(flag)");
	return arena_strdup(arena, text_string(&text));
}

static void the_layers_are_read_as_the_kernel_writes_them(void **state)
{
	static const struct {
		const char *options, *want;
	} cases[] = {
		{ "rw,lowerdir=/l/A:/l/B,upperdir=/u/diff,workdir=/u/work", "</l/A> </l/B> upper</u/diff>" },
		{ "ro,lowerdir=/a", "</a>" },
		/* mount(2) and fsconfig(2) show the same comma in two ways. */
		{ "rw,lowerdir=/c\\134\\054d:/e,upperdir=/u\\134\\054v", "</c,d> </e> upper</u,v>" },
		{ "rw,lowerdir=/c\\054d", "</c,d>" },
		{ "rw,lowerdir=/a\\134:b:/c", "</a:b> </c>" },
		{ "rw,lowerdir=/a\\134\\134b", "</a\\b>" },
		{ "rw,lowerdir=/sp\\040ace\\043hash\\011tab\\012line", "</sp ace#hash\ttab\nline>" },
		/* Each byte means itself in the newer form. */
		{ "rw,lowerdir+=/a:b,lowerdir+=/c\\134d,datadir+=/e:f,upperdir=/u",
		  "</a:b> </c\\d> data</e:f> upper</u>" },
		{ "ro,lowerdir=/a:/b::/d1::/d2", "</a> </b> data</d1> data</d2>" },
		{ "rw,lowerdir=3:6:7,upperdir=/u", "<3> <6> <7> upper</u>" },
		{ "rw,seclabel,lowerdir=/a,upperdir=/u,workdir=/w,index=on,nfs_export=on,uuid=on,volatile,fsync=volatile,"
		  "redirect_dir=on,metacopy=on,userxattr,xino=on,verity=require,default_permissions",
		  "</a> upper</u> redirect_dir=on metacopy=on userxattr=(flag) xino=on verity=require "
		  "default_permissions=(flag) written: volatile=(flag) fsync=volatile" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_arena arena = ARENA_INIT;
		struct overlay_layers layers = { 0 };

		assert_int_equal(overlay_parse(&arena, cases[i].options, &layers, NULL), 0);
		assert_string_equal(shown(&arena, &layers), cases[i].want);
	}
}

static void what_is_not_understood_is_refused_by_name(void **state)
{
	static const struct {
		const char *options, *want;
	} cases[] = {
		{ "rw", "the overlay shows no layers" },
		{ "rw,upperdir=/u", "the overlay shows no layers" },
		{ "rw,lowerdir", "option 'lowerdir' of the overlay has no value" },
		{ "rw,lowerdir=", "a layer of the overlay has no name" },
		{ "rw,lowerdir=/a:", "a layer of the overlay has no name" },
		{ "rw,lowerdir=:/a", "a layer of the overlay has no name" },
		{ "rw,lowerdir+=", "a layer of the overlay has no name" },
		{ "rw,lowerdir=/a,from_the_future=on", "option 'from_the_future' of the overlay is not known" },
		{ "rw,lowerdir=/a\\1", "the options of the overlay cannot be read" },
		{ "rw,lowerdir=/a\\072/b\\072/c", "the layers of the overlay cannot be told apart" },
		{ "rw,lowerdir=/a\\000b", "the options of the overlay cannot be read" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_arena arena = ARENA_INIT;
		struct overlay_layers layers = { .lower_count = 77 };
		struct error err = ERROR_INIT;

		assert_int_equal(overlay_parse(&arena, cases[i].options, &layers, &err), -1);
		assert_int_equal(err.kind, ERROR_HOST);
		assert_string_equal(err.message, cases[i].want);
		assert_int_equal(layers.lower_count, 77);
	}
}

static void an_upper_layer_without_a_value_is_refused(void **state)
{
	auto_arena arena = ARENA_INIT;
	struct overlay_layers layers;
	struct error err = ERROR_INIT;

	(void)state;
	assert_int_equal(overlay_parse(&arena, "rw,lowerdir=/a,upperdir", &layers, &err), -1);
	assert_string_equal(err.message, "option 'upperdir' of the overlay has no value");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_layers_are_read_as_the_kernel_writes_them),
		cmocka_unit_test(what_is_not_understood_is_refused_by_name),
		cmocka_unit_test(an_upper_layer_without_a_value_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
