/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/* A profile, config.json's or the default one, as a block. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"
#include "seccomp_block.h"
#include "spec/spec.h"

struct seccomp_profile {
	const struct spec_seccomp *spec;
	bool is_default;	/* the built-in one: openings of the floor open it as well */
	bool floor;		/* the floor's block stands in front */
	unsigned int openings;	/* enum policy_opening, with the floor */
};

/**
 * seccomp_profile_compile() - append the profile's block
 *
 * Names that nobody knows are passed over, as peers do: a profile lists calls of all kernels and
 * ABIs. Of one rule with several conditions on the same argument each stands for itself, as in
 * runc. Calls newer than any that the profile names give ENOSYS; see add_newer().
 *
 * Return: 0, or -1 with ERROR_SPEC (the message has the JSON path), ERROR_HOST (no libseccomp) or
 * ERROR_SYSTEM.
 */
int seccomp_profile_compile(const struct seccomp_profile *profile, struct seccomp_block *block,
			    struct error *err);

/**
 * seccomp_profile_flags() - the flags for seccomp(2)
 * Return: 0, or -1 with ERROR_SPEC.
 */
int seccomp_profile_flags(const struct spec_seccomp *spec, unsigned int *flags, struct error *err);

/** seccomp_profile_describe() - append all of a profile that its block depends on, unambiguously */
void seccomp_profile_describe(const struct spec_seccomp *spec, struct text *text);
