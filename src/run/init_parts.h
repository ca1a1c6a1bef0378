/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * What the files of the child's steps have in common; see init.c.
 */
#pragma once

#include "live.h"
#include "mounts.h"
#include "program.h"

struct init {
	struct live *live;
	const struct plan *plan;
	int channel;		/* who hears of a failure: the supervisor, then `start` */
	int place;		/* where the root is attached; -1: over "/" */
	int root;
	struct mounts_kernel kernel;
	int peer;
	int master;
	bool begun;		/* `start` has spoken, or `run` did not have to wait */
	struct program program;
};

/** init_guard() - if the supervisor ends while the container is being made, so does the child */
int init_guard(struct init *init, struct error *err);

/* Steps that take power away. What each leaves is in the plan. */
int init_powers_keyring(struct init *init, struct error *err);
int init_powers_label(struct init *init, struct error *err);
int init_powers_limits(struct init *init, struct error *err);
int init_powers_descriptors(struct init *init, struct error *err);
int init_powers_bound(struct init *init, struct error *err);
int init_powers_ids(struct init *init, struct error *err);
int init_powers_caps(struct init *init, struct error *err);
int init_powers_no_new_privs(struct init *init, struct error *err);
int init_powers_landlock(struct init *init, struct error *err);
int init_powers_filter(struct init *init, struct error *err);
