/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

#include "base/error.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define ERRNUM_MAX 4095	/* the kernel's MAX_ERRNO */

/* Ends a cut message on a whole UTF-8 character: the log would show the stump as escapes. */
static void trim_to_character(char *message, size_t length)
{
	size_t lead = length;
	unsigned char first;
	size_t wanted;

	while (lead > 0 && length - lead < 3 && ((unsigned char)message[lead - 1] & 0xc0) == 0x80)
		lead--;
	if (lead == 0)
		return;
	lead--;
	first = (unsigned char)message[lead];
	wanted = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1;
	if (length - lead < wanted)
		message[lead] = '\0';
}

static void describe(int errnum, char *out, size_t size)
{
	/* strerror(3) would load message catalogues and follow the caller's locale. */
	const char *text = strerrordesc_np(errnum);

	if (errnum == 0)
		out[0] = '\0';
	else if (!text)
		(void)snprintf(out, size, ": error %d", errnum);
	else if (text[0] && islower((unsigned char)text[1]))
		(void)snprintf(out, size, ": %c%s", tolower((unsigned char)text[0]), text + 1);
	else
		(void)snprintf(out, size, ": %s", text);
}

int error_set(struct error *err, enum error_kind kind, int errnum, const char *format, ...)
{
	int saved = errno;
	char description[128];
	char message[ERROR_MESSAGE_MAX];
	va_list arguments;
	size_t room;
	int length;

	if (!err)
		return -1;

	describe(errnum, description, sizeof(description));
	room = sizeof(message) - strlen(description);

	/* Into a buffer of our own: arguments may point into the message being replaced. */
	va_start(arguments, format);
	length = vsnprintf(message, room, format, arguments);
	va_end(arguments);
	if (length < 0)
		message[0] = '\0';
	else if ((size_t)length >= room)
		trim_to_character(message, room - 1);

	err->kind = kind;
	err->errnum = errnum;
	memcpy(message + strlen(message), description, strlen(description) + 1);
	memcpy(err->message, message, strlen(message) + 1);
	errno = saved;
	return -1;
}

int error_prefix(struct error *err, const char *format, ...)
{
	int saved = errno;
	char message[ERROR_MESSAGE_MAX];
	va_list arguments;
	int length;

	if (!err)
		return -1;

	va_start(arguments, format);
	length = vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	if (length < 0)
		length = 0;

	if ((size_t)length < sizeof(message)) {
		size_t room = sizeof(message) - (size_t)length;

		if ((size_t)snprintf(message + length, room, ": %s", err->message) >= room)
			trim_to_character(message, sizeof(message) - 1);
	} else {
		trim_to_character(message, sizeof(message) - 1);
	}
	(void)snprintf(err->message, sizeof(err->message), "%s", message);
	errno = saved;
	return -1;
}

void error_clear(struct error *err)
{
	if (err)
		*err = (struct error)ERROR_INIT;
}

void error_sanitize(struct error *err)
{
	int kind;

	/* Through an int: an enum that holds no enumerator's value is not to be compared. */
	memcpy(&kind, &err->kind, sizeof(kind));
	if (kind <= ERROR_NONE || kind > ERROR_SYSTEM)
		err->kind = ERROR_SYSTEM;
	if (err->errnum < 0 || err->errnum > ERRNUM_MAX)
		err->errnum = 0;

	err->message[sizeof(err->message) - 1] = '\0';
	if (err->message[0] == '\0')
		(void)snprintf(err->message, sizeof(err->message), "failed without saying why");
}
