/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * The unit of systemd, for plan_explain(): each value as busctl(1) shows it.
 */
#include <inttypes.h>

#include "plan_explain.h"

#define VALUE_MAX ((size_t)65536)

static void append_value(struct text *out, const struct systemd_property *value)
{
	switch (value->type) {
	case SYSTEMD_BOOL:
		text_append(out, value->number ? "true" : "false");
		break;
	case SYSTEMD_INT16:
	case SYSTEMD_INT32:
	case SYSTEMD_INT64:
		text_appendf(out, "%" PRId64, (int64_t)value->number);
		break;
	case SYSTEMD_STRING:
		text_append(out, value->text);
		break;
	case SYSTEMD_STRINGS:
		text_join(out, value->texts, value->count, " ");
		break;
	case SYSTEMD_BYTES:
		for (size_t i = 0; i < value->count; i++)
			text_appendf(out, "%s%u", i > 0 ? " " : "", value->bytes[i]);
		break;
	default:
		text_appendf(out, "%" PRIu64, value->number);
	}
}

void explain_unit(struct json_writer *json, const struct plan_unit *unit)
{
	json_write_object(json, "unit");
	json_write_string(json, "name", unit->name);
	json_write_string(json, "slice", unit->slice);
	json_write_array(json, "properties");
	for (size_t i = 0; i < unit->property_count; i++) {
		const struct plan_property *property = &unit->properties[i];
		auto_text text = TEXT_INIT(VALUE_MAX);

		append_value(&text, &property->value);
		json_write_object(json, NULL);
		json_write_string(json, "name", property->value.name);
		json_write_string(json, "type", systemd_type_code(property->value.type));
		json_write_string(json, "value", text_string(&text));
		explain_why(json, &property->why);
		json_write_end(json);
	}
	json_write_end(json);
	json_write_end(json);
}
