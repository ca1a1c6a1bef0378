/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * What create, run and plan share: gather the inputs, plan, carry out.
 */
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "cmd/command.h"
#include "host/host.h"
#include "plan/plan.h"
#include "policy/policy.h"
#include "spec/spec.h"

struct launch_options {
	const char *bundle;
	const char *config;
	const char *console_socket;
	const char *pid_file;
	const char *pidfd_socket;
	unsigned int preserve_fds;
	bool no_new_keyring;
	bool no_subreaper;
	bool no_pivot;
	bool detach;	/* run only */
	bool keep;	/* run only */
};

/* Rows for the tables of commands that read a bundle. */
#define LAUNCH_BUNDLE_ROWS \
	{ "bundle", 'b', "DIR", "the bundle (the current directory)", option_text, \
	  offsetof(struct launch_options, bundle) }, \
	{ "config", 'f', "FILE", "read FILE of the bundle, not config.json", option_text, \
	  offsetof(struct launch_options, config) }

/* Rows for the tables of create and run. */
#define LAUNCH_ROWS \
	LAUNCH_BUNDLE_ROWS, \
	{ "console-socket", 0, "SOCKET", "send the terminal's descriptor to SOCKET", option_text, \
	  offsetof(struct launch_options, console_socket) }, \
	{ "pid-file", 0, "FILE", "write the process's pid to FILE", option_text, \
	  offsetof(struct launch_options, pid_file) }, \
	{ "preserve-fds", 0, "N", "hand on N descriptors, from 3 on", option_preserve, \
	  offsetof(struct launch_options, preserve_fds) }, \
	{ "no-new-keyring", 0, NULL, "keep the caller's session keyring", option_flag, \
	  offsetof(struct launch_options, no_new_keyring) }, \
	{ "no-subreaper", 0, NULL, "accepted, with a warning: orlop is never a subreaper", \
	  option_flag, offsetof(struct launch_options, no_subreaper) }, \
	{ "no-pivot", 0, NULL, "use chroot for the root; only under policy oci", option_flag, \
	  offsetof(struct launch_options, no_pivot) }, \
	{ "pidfd-socket", 0, "SOCKET", "send the process's pidfd to SOCKET", option_text, \
	  offsetof(struct launch_options, pidfd_socket) }

/* The three inputs, and what follows from them. */
struct launch {
	char *bundle;	/* absolute */
	char *config;	/* the bytes that spec was read from, until they are kept */
	size_t config_size;
	struct spec spec;
	struct policy policy;
	struct host host;
	struct plan plan;
};

/**
 * launch_plan() - read the inputs and work the container out; no side effect
 * @id:         the container's id, checked here
 * @foreground: orlop stays with the container
 * @out:        zeroed; filled on success; give it to launch_free() in any case
 *
 * Return: 0, or -1.
 */
int launch_plan(const struct invocation *call, const char *id,
		const struct launch_options *options, bool foreground, struct launch *out,
		struct error *err);

void launch_free(struct launch *launch);

#define auto_launch __attribute__((cleanup(launch_free))) struct launch

/** launch_log_remarks() - log what was passed over, not applied, or would break a rule in audit */
void launch_log_remarks(const struct spec *spec, const struct plan *plan,
			const struct globals *globals);

/** launch_create() - what create does: the container waits for start */
int launch_create(const struct invocation *call, const struct launch_options *options,
		  struct error *err);

/** launch_run() - what run does; @status is set to the process's when it was waited for */
int launch_run(const struct invocation *call, const struct launch_options *options, int *status,
	       struct error *err);
