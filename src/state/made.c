/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

#include "state/made.h"

#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"

static int made_damaged(const struct store_entry *entry, const struct error *cause,
			struct error *err)
{
	return error_set(err, ERROR_STATE, 0,
			 "the state of container %s is damaged: what it was made from: %s",
			 entry->id, cause->message);
}

static int made_read_spec(const struct store_entry *entry, struct spec *out, struct error *err)
{
	auto_free char *bytes = NULL;
	struct error cause = ERROR_INIT;
	size_t size = 0;

	if (store_kept(entry, STORE_CONFIG, &bytes, &size, err) < 0)
		return -1;
	return spec_read(bytes, size, out, &cause) < 0 ? made_damaged(entry, &cause, err) : 0;
}

static int made_read_policy(const struct store_entry *entry, const struct record *record,
			    struct policy *out, struct error *err)
{
	auto_free char *bytes = NULL;
	struct error cause = ERROR_INIT;
	size_t size = 0;

	if (record->policy_file && store_kept(entry, STORE_POLICY, &bytes, &size, err) < 0)
		return -1;
	if (policy_load(record->policy, bytes, size, record->policy_file, out, &cause) < 0)
		return made_damaged(entry, &cause, err);
	return 0;
}

/* Nothing was updated as long as there is nothing. */
static int made_read_updates(const struct store_entry *entry, struct made *made,
			     struct error *err)
{
	auto_free char *bytes = NULL;
	struct error cause = ERROR_INIT;
	size_t size = 0;

	if (store_kept(entry, STORE_RESOURCES, &bytes, &size, &cause) < 0) {
		if (cause.errnum == ENOENT)
			return 0;
		*err = cause;
		return -1;
	}
	if (spec_read_resources(bytes, size, &made->updated, &cause) < 0)
		return made_damaged(entry, &cause, err);
	made->spec.linux.resources = made->updated.linux.resources;
	return 0;
}

int made_read(const struct store_entry *entry, const struct record *record, struct made *out,
	      struct error *err)
{
	auto_made made = MADE_NULL;

	if (made_read_spec(entry, &made.spec, err) < 0 ||
	    made_read_policy(entry, record, &made.policy, err) < 0 ||
	    made_read_updates(entry, &made, err) < 0)
		return -1;
	*out = made;
	made = MADE_NULL;
	return 0;
}

void made_free(struct made *made)
{
	policy_free(&made->policy);
	spec_free(&made->spec);
	spec_free(&made->updated);
}
