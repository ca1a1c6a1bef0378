/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
#include "host_parse.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/number.h"
#include "host/host.h"

#define OLDEST_MAJOR 6u
#define OLDEST_MINOR 1u

static const struct {
	enum host_controller bit;
	const char *name;
} controllers[] = {
	{ HOST_CPUSET,  "cpuset" },
	{ HOST_CPU,     "cpu" },
	{ HOST_IO,      "io" },
	{ HOST_MEMORY,  "memory" },
	{ HOST_HUGETLB, "hugetlb" },
	{ HOST_PIDS,    "pids" },
	{ HOST_RDMA,    "rdma" },
	{ HOST_MISC,    "misc" },
};

const char *host_controller_name(enum host_controller controller)
{
	for (size_t i = 0; i < ARRAY_SIZE(controllers); i++) {
		if (controllers[i].bit == controller)
			return controllers[i].name;
	}
	return NULL;
}

unsigned int host_parse_controllers(const char *text)
{
	unsigned int found = 0;

	for (;;) {
		size_t length;

		text += strspn(text, " \t\n");
		length = strcspn(text, " \t\n");
		if (length == 0)
			return found;
		for (size_t i = 0; i < ARRAY_SIZE(controllers); i++) {
			if (strlen(controllers[i].name) == length &&
			    memcmp(controllers[i].name, text, length) == 0)
				found |= controllers[i].bit;
		}
		text += length;
	}
}

/* Reads the digits at *text and steps over them. */
static int parse_digits(const char **text, unsigned int *out)
{
	size_t length = strspn(*text, "0123456789");
	uint64_t value;

	if (number_parse_u64_bytes(*text, length, 65535, &value) < 0)
		return -1;
	*text += length;
	*out = (unsigned int)value;
	return 0;
}

int host_parse_release(const char *release, unsigned int *major, unsigned int *minor)
{
	unsigned int first;
	unsigned int second;

	if (parse_digits(&release, &first) < 0 || *release++ != '.' ||
	    parse_digits(&release, &second) < 0)
		return -1;
	*major = first;
	*minor = second;
	return 0;
}

bool host_supported(unsigned int major, unsigned int minor)
{
	return major > OLDEST_MAJOR || (major == OLDEST_MAJOR && minor >= OLDEST_MINOR);
}

/* A line: the first id inside, that outside, and how many. */
static int parse_range(const char **at, struct host_range *out)
{
	uint32_t numbers[3];

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		size_t length;
		uint64_t value;

		*at += strspn(*at, " \n");
		length = strspn(*at, "0123456789");
		if (number_parse_u64_bytes(*at, length, UINT32_MAX, &value) < 0)
			return -1;
		*at += length;
		numbers[i] = (uint32_t)value;
	}
	*out = (struct host_range){ .first = numbers[0], .size = numbers[2] };
	return 0;
}

int host_parse_ids(const char *text, struct host_ids *out)
{
	out->count = 0;
	for (text += strspn(text, " \n"); *text; text += strspn(text, " \n")) {
		if (out->count == HOST_RANGES_MAX || parse_range(&text, &out->ranges[out->count]) < 0)
			return -1;
		out->count++;
	}
	return 0;
}
