/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

#include "tables/signal_names.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "base/number.h"

struct signal_name {
	const char *name;
	int number;
};

#define NAME(name) { #name, SIG##name }

static const struct signal_name signal_names[] = {
	NAME(HUP),
	NAME(INT),
	NAME(QUIT),
	NAME(ILL),
	NAME(TRAP),
	NAME(ABRT),
	NAME(BUS),
	NAME(FPE),
	NAME(KILL),
	NAME(USR1),
	NAME(SEGV),
	NAME(USR2),
	NAME(PIPE),
	NAME(ALRM),
	NAME(TERM),
	NAME(STKFLT),
	NAME(CHLD),
	NAME(CONT),
	NAME(STOP),
	NAME(TSTP),
	NAME(TTIN),
	NAME(TTOU),
	NAME(URG),
	NAME(XCPU),
	NAME(XFSZ),
	NAME(VTALRM),
	NAME(PROF),
	NAME(WINCH),
	NAME(IO),
	NAME(PWR),
	NAME(SYS),
};

/* Other names of signals above; found when read, never printed. */
static const struct signal_name other_names[] = {
	{ "CLD", SIGCHLD },
	{ "IOT", SIGIOT },
	{ "POLL", SIGPOLL },
};

/* "+3" with sign '+', "-1" with sign '-', "" for both. */
static bool parse_distance(const char *text, char sign, int max, int *distance)
{
	uint64_t number;

	*distance = 0;
	if (text[0] == '\0')
		return true;
	if (text[0] != sign || number_parse_u64(text + 1, (uint64_t)max, &number) < 0)
		return false;
	*distance = (int)number;
	return true;
}

static bool parse_real_time(const char *text, int *number)
{
	const int room = SIGRTMAX - SIGRTMIN;
	int distance;

	if (strncasecmp(text, "RTMIN", 5) == 0 && parse_distance(text + 5, '+', room, &distance))
		*number = SIGRTMIN + distance;
	else if (strncasecmp(text, "RTMAX", 5) == 0 &&
		 parse_distance(text + 5, '-', room, &distance))
		*number = SIGRTMAX - distance;
	else
		return false;
	return true;
}

static bool find_in(const struct signal_name *names, size_t count, const char *text, int *number)
{
	for (size_t i = 0; i < count; i++) {
		if (strcasecmp(names[i].name, text) == 0) {
			*number = names[i].number;
			return true;
		}
	}
	return false;
}

int signal_parse(const char *text, int *number)
{
	uint64_t value;

	if (!text)
		return -1;
	if (number_parse_u64(text, (uint64_t)SIGRTMAX, &value) == 0) {
		*number = (int)value;
		return 0;
	}
	if (strncasecmp(text, "SIG", 3) == 0)
		text += 3;
	if (find_in(signal_names, ARRAY_SIZE(signal_names), text, number) ||
	    find_in(other_names, ARRAY_SIZE(other_names), text, number) ||
	    parse_real_time(text, number))
		return 0;
	return -1;
}

const char *signal_name(int number)
{
	for (size_t i = 0; i < ARRAY_SIZE(signal_names); i++)
		if (signal_names[i].number == number)
			return signal_names[i].name;
	return NULL;
}
