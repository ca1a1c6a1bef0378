/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * The parts of plan_explain(): each writes one member of the outermost object.
 */
#pragma once

#include "json/json_write.h"
#include "plan/plan.h"

/** explain_why() - the members origin, item and path of the object that is open */
void explain_why(struct json_writer *json, const struct plan_why *why);

/** explain_mappings() - an array of id mappings */
void explain_mappings(struct json_writer *json, const char *key,
		      const struct plan_mapping *mappings, size_t count);

/** explain_conditions() - the names of conditions, in an array; nothing when there are none */
void explain_conditions(struct json_writer *json, unsigned int conditions);

/** explain_propagation() - the word for MS_PRIVATE and the like; nothing for 0 */
void explain_propagation(struct json_writer *json, uint64_t propagation, bool recursive);

/** explain_idmap() - the word for a way of id-mapping; nothing for none */
void explain_idmap(struct json_writer *json, enum plan_idmap idmap);

void explain_mounts(struct json_writer *json, const struct plan *plan);
void explain_unit(struct json_writer *json, const struct plan_unit *unit);
void explain_cgroup(struct json_writer *json, const struct plan *plan);
void explain_process(struct json_writer *json, const struct plan *plan);
