/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * A layer that is a detached mount, handed over as a descriptor, is of Linux 6.15. Before that it
 * has to be attached and named: one option a layer (6.5), or all in one string, which fsconfig(2)
 * bounds to 255 bytes and mount(2) to a page. Names are numbers in the working directory, so that
 * 499 layers fit.
 */
#include "overlay_mount.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "kernel/call.h"
#include "mounts.h"

/* What mount(2) takes, less the byte that ends it. */
#define OVERLAY_STRING_MAX ((size_t)4095)
#define OVERLAY_TARGET "merged"

/* A kernel without a way says one of these; anything else is about the layers. */
static bool overlay_is_unknown(int reason)
{
	return reason == EINVAL || reason == EBADF || reason == EOPNOTSUPP;
}

static int overlay_create(int context, const struct overlay_stack *stack, struct error *err)
{
	int fd;

	for (size_t i = 0; i < stack->option_count; i++) {
		const struct overlay_option *option = &stack->options[i];

		if (call_fsconfig(context, option->value ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG,
				  option->name, option->value, 0))
			return mounts_explain(context, err, option->name);
	}
	if (call_fsconfig(context, FSCONFIG_SET_STRING, "index", "off", 0) ||
	    call_fsconfig(context, FSCONFIG_SET_STRING, "nfs_export", "off", 0) ||
	    call_fsconfig(context, FSCONFIG_SET_STRING, "source", "overlay", 0) ||
	    call_fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		return mounts_explain(context, err, "make it");
	fd = call_fsmount(context, (unsigned int)stack->attributes);
	return fd < 0 ? error_system(err, "mount it") : fd;
}

static int overlay_set_descriptors(int context, const char *key, const int *fds, size_t count,
				   struct error *err)
{
	for (size_t i = 0; i < count; i++)
		if (call_fsconfig(context, FSCONFIG_SET_FD, key, NULL, fds[i]))
			return mounts_explain(context, err, key);
	return 0;
}

static int overlay_by_descriptors(struct overlay_stack *stack, struct error *err)
{
	auto_fd context = call_fsopen("overlay");
	auto_fd upper = openat(stack->scratch, "upper", O_PATH | O_DIRECTORY | O_CLOEXEC);
	auto_fd work = openat(stack->scratch, "work", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (context < 0 || upper < 0 || work < 0)
		return error_system(err, "begin");
	if (overlay_set_descriptors(context, "lowerdir+", stack->lower, stack->lower_count, err) ||
	    overlay_set_descriptors(context, "datadir+", stack->data, stack->data_count, err) ||
	    overlay_set_descriptors(context, "upperdir", &upper, 1, err) ||
	    overlay_set_descriptors(context, "workdir", &work, 1, err))
		return -1;
	return overlay_create(context, stack, err);
}

/* The names of layers: numbers, those of data behind the others. */
static void overlay_name(char *name, size_t size, size_t number)
{
	(void)snprintf(name, size, "%zu", number);
}

static int overlay_attach(const struct overlay_stack *stack, int *fds, size_t count, size_t first,
			  struct error *err)
{
	for (size_t i = 0; i < count; i++) {
		auto_fd target = -1;
		char name[24];

		overlay_name(name, sizeof(name), first + i);
		if (fds[i] < 0)
			continue;
		if (mkdirat(stack->scratch, name, 0700))
			return error_system(err, "make a place for layer %s", name);
		target = openat(stack->scratch, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (target < 0)
			return error_system(err, "open the place for layer %s", name);
		if (mounts_move(fds[i], target, name, err))
			return -1;
		close_fd(&fds[i]);
	}
	return 0;
}

static int overlay_set_names(int context, const char *key, size_t first, size_t count,
			     struct error *err)
{
	for (size_t i = 0; i < count; i++) {
		char name[24];

		overlay_name(name, sizeof(name), first + i);
		if (call_fsconfig(context, FSCONFIG_SET_STRING, key, name, 0))
			return mounts_explain(context, err, key);
	}
	return 0;
}

static int overlay_by_names(struct overlay_stack *stack, struct error *err)
{
	auto_fd context = call_fsopen("overlay");

	if (context < 0)
		return error_system(err, "begin");
	if (overlay_attach(stack, stack->lower, stack->lower_count, 0, err) ||
	    overlay_attach(stack, stack->data, stack->data_count, stack->lower_count, err) ||
	    overlay_set_names(context, "lowerdir+", 0, stack->lower_count, err) ||
	    overlay_set_names(context, "datadir+", stack->lower_count, stack->data_count, err))
		return -1;
	if (call_fsconfig(context, FSCONFIG_SET_STRING, "upperdir", "upper", 0) ||
	    call_fsconfig(context, FSCONFIG_SET_STRING, "workdir", "work", 0))
		return mounts_explain(context, err, "the upper layer");
	return overlay_create(context, stack, err);
}

static void overlay_write_string(const struct overlay_stack *stack, struct text *text)
{
	text_append(text, "lowerdir=");
	for (size_t i = 0; i < stack->lower_count + stack->data_count; i++)
		text_appendf(text, "%s%zu", i == 0 ? "" : i < stack->lower_count ? ":" : "::", i);
	text_append(text, ",upperdir=upper,workdir=work,index=off,nfs_export=off");
	for (size_t i = 0; i < stack->option_count; i++) {
		const struct overlay_option *option = &stack->options[i];

		text_appendf(text, ",%s%s%s", option->name, option->value ? "=" : "",
			     option->value ? option->value : "");
	}
}

/* The layers are attached already: the way before this one has done that. */
static int overlay_by_string(struct overlay_stack *stack, struct error *err)
{
	auto_text text = TEXT_INIT(OVERLAY_STRING_MAX);
	struct mount_attr attr = { .attr_set = stack->attributes };
	auto_fd mount_fd = -1;

	overlay_write_string(stack, &text);
	if (text.truncated)
		return error_set(err, ERROR_HOST, E2BIG, "%zu layers are more than this kernel takes",
				 stack->lower_count + stack->data_count);
	if (mkdirat(stack->scratch, OVERLAY_TARGET, 0700) ||
	    mount("overlay", OVERLAY_TARGET, "overlay", 0, text_string(&text)))
		return error_system(err, "mount it");
	mount_fd = call_open_tree(stack->scratch, OVERLAY_TARGET, OPEN_TREE_CLONE);
	if (mount_fd < 0)
		return error_system(err, "clone the mount");
	if (attr.attr_set && call_mount_setattr(mount_fd, "", AT_EMPTY_PATH, &attr))
		return error_system(err, "set mount attributes");
	return take_fd(&mount_fd);
}

static int (*const overlay_ways[])(struct overlay_stack *stack, struct error *err) = {
	overlay_by_descriptors,
	overlay_by_names,
	overlay_by_string,
};

int overlay_mount_make(struct overlay_stack *stack, struct error *err)
{
	auto_fd overlay = -1;
	struct statfs fs;

	for (size_t i = 0; i < ARRAY_SIZE(overlay_ways) && overlay < 0; i++) {
		overlay = overlay_ways[i](stack, err);
		if (overlay < 0 && !overlay_is_unknown(err->errnum))
			break;
	}
	if (overlay < 0)
		return error_prefix(err, "an overlay of %zu layers", stack->lower_count + stack->data_count);
	/* A work directory that cannot be used is no error to the kernel. */
	if (fstatfs(overlay, &fs))
		return error_system(err, "look at the overlay");
	if (fs.f_flags & ST_RDONLY)
		return error_set(err, ERROR_HOST, 0, "the kernel made the overlay read-only: its log says why");
	return take_fd(&overlay);
}
