/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * systemd answers a request for a unit with a job, and says how the job ended by a signal that it
 * sends to who asked. It is matched before the request is made, or it could come too early.
 */
#include "kernel/systemd.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "libsystemd.h"

#define DESTINATION "org.freedesktop.systemd1"
#define MANAGER_PATH "/org/freedesktop/systemd1"
#define MANAGER DESTINATION ".Manager"
#define UNIT DESTINATION ".Unit"
#define SCOPE DESTINATION ".Scope"

/* A unit that has ended is forgotten when systemd gets to it. */
#define FORGET_STEP_MS 20
#define FORGET_ATTEMPTS 100

struct systemd {
	sd_bus *bus;
	uint64_t deadline;	/* microseconds, CLOCK_MONOTONIC */
};

/* A request, its answer and what systemd says against it. */
struct call {
	sd_bus_message *message;
	sd_bus_message *reply;
	sd_bus_error error;
};

static void call_end(struct call *call)
{
	libsystemd->message_unref(call->message);
	libsystemd->message_unref(call->reply);
	libsystemd->error_free(&call->error);
}

#define auto_call __attribute__((cleanup(call_end))) struct call
#define CALL_INIT { .error = SD_BUS_ERROR_NULL }

/* Lives as long as the match: what comes later finds nobody. */
struct job {
	sd_bus_slot *match;
	const char *path;	/* NULL: not known yet */
	bool removed;
	char result[32];	/* "done", "failed", "timeout" ... */
};

static void job_end(struct job *job)
{
	libsystemd->slot_unref(job->match);
}

#define auto_job __attribute__((cleanup(job_end))) struct job

static uint64_t now(void)
{
	struct timespec time = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000 + (uint64_t)time.tv_nsec / 1000;
}

/* What is left of the connection's time; never 0, which sd-bus takes for its own default. */
static uint64_t remaining(const struct systemd *bus)
{
	uint64_t time = now();

	return time < bus->deadline ? bus->deadline - time : 1;
}

/* @result is of sd-bus: a negative errno. */
static int fail(int result, const sd_bus_error *error, struct error *err, const char *doing,
		const char *unit)
{
	if (error && error->message)
		return error_set(err, ERROR_HOST, 0, "systemd: %s %s: %s", doing, unit,
				 error->message);
	if (result == -ETIMEDOUT)
		return error_set(err, ERROR_HOST, 0, "systemd: %s %s: it does not answer", doing,
				 unit);
	return error_set(err, ERROR_HOST, -result, "systemd: %s %s", doing, unit);
}

bool systemd_is_built_in(void)
{
	return true;
}

/* One step of what goes on at the connection. Return: 0 or more, or a negative errno. */
static int go_on(const struct systemd *bus)
{
	int result = libsystemd->process(bus->bus, NULL);

	if (result == 0 && now() >= bus->deadline)
		return -ETIMEDOUT;
	if (result == 0)
		result = libsystemd->wait(bus->bus, remaining(bus));
	return result == -EINTR ? 0 : result;
}

/* sd-bus itself would wait for a minute and a half, whatever the deadline of the call is. */
static int wait_until_ready(const struct systemd *bus)
{
	int result = 0;

	while (result >= 0 && libsystemd->is_ready(bus->bus) <= 0)
		result = go_on(bus);
	return result;
}

/* Not in the words of the system: Podman takes some of them for a missing program. */
static void refuse_bus(bool user, int result, struct error *err)
{
	const char *name = user ? "the user's bus" : "the system bus";

	if (user && (result == -ENOENT || result == -ENOMEDIUM))
		error_set(err, ERROR_HOST, 0,
			  "there is no bus of this user: XDG_RUNTIME_DIR has to be set, and `systemctl "
			  "--user` to work (loginctl enable-linger)");
	else if (result == -ENOENT)
		error_set(err, ERROR_HOST, 0, "there is no system bus: does systemd run this host?");
	else if (result == -ETIMEDOUT)
		error_set(err, ERROR_HOST, 0, "%s does not answer", name);
	else
		error_set(err, ERROR_HOST, -result, "connect to %s", name);
}

struct systemd *systemd_open(bool user, int timeout_ms, struct error *err)
{
	auto_free struct systemd *bus = NULL;
	struct systemd *out;
	int result;

	if (libsystemd_load(err))
		return NULL;
	bus = calloc(1, sizeof(*bus));
	if (!bus) {
		error_system(err, "connect to systemd");
		return NULL;
	}
	bus->deadline = now() + (uint64_t)timeout_ms * 1000;
	result = user ? libsystemd->open_user(&bus->bus) : libsystemd->open_system(&bus->bus);
	if (result >= 0)
		result = wait_until_ready(bus);
	if (result < 0) {
		libsystemd->close(bus->bus);
		refuse_bus(user, result, err);
		return NULL;
	}
	(void)libsystemd->set_timeout(bus->bus, remaining(bus));
	out = bus;
	bus = NULL;
	return out;
}

void systemd_close(struct systemd *bus)
{
	if (!bus)
		return;
	libsystemd->close(bus->bus);
	free(bus);
}

/* ---- messages: a negative errno is passed up */

static int append_number(sd_bus_message *message, const struct systemd_property *property)
{
	/* The members of a union, so that the bytes are right on every machine. */
	const int truth = property->number != 0;
	const uint8_t byte = (uint8_t)property->number;
	const uint16_t half = (uint16_t)property->number;
	const uint32_t word = (uint32_t)property->number;
	const void *const values[] = {
		[SYSTEMD_BOOL] = &truth, [SYSTEMD_BYTE] = &byte, [SYSTEMD_INT16] = &half,
		[SYSTEMD_UINT16] = &half, [SYSTEMD_INT32] = &word, [SYSTEMD_UINT32] = &word,
		[SYSTEMD_INT64] = &property->number, [SYSTEMD_UINT64] = &property->number,
	};

	return libsystemd->append_basic(message, systemd_type_code(property->type)[0],
					values[property->type]);
}

static int append_strings(sd_bus_message *message, const struct systemd_property *property)
{
	int result = libsystemd->open_container(message, 'a', "s");

	for (size_t i = 0; i < property->count && result >= 0; i++)
		result = libsystemd->append_basic(message, 's', property->texts[i]);
	return result < 0 ? result : libsystemd->close_container(message);
}

static int append_value(sd_bus_message *message, const struct systemd_property *property)
{
	switch (property->type) {
	case SYSTEMD_STRING:
		return libsystemd->append_basic(message, 's', property->text);
	case SYSTEMD_STRINGS:
		return append_strings(message, property);
	case SYSTEMD_BYTES:
		return libsystemd->append_array(message, 'y', property->bytes, property->count);
	default:
		return append_number(message, property);
	}
}

static int append_property(sd_bus_message *message, const struct systemd_property *property)
{
	int result = libsystemd->open_container(message, 'r', "sv");

	if (result >= 0)
		result = libsystemd->append_basic(message, 's', property->name);
	if (result >= 0)
		result = libsystemd->open_container(message, 'v', systemd_type_code(property->type));
	if (result >= 0)
		result = append_value(message, property);
	if (result >= 0)
		result = libsystemd->close_container(message);
	return result < 0 ? result : libsystemd->close_container(message);
}

static int append_properties(sd_bus_message *message, pid_t pid,
			     const struct systemd_property *properties, size_t count)
{
	int result = libsystemd->open_container(message, 'a', "(sv)");

	for (size_t i = 0; i < count && result >= 0; i++)
		result = append_property(message, &properties[i]);
	if (pid > 0 && result >= 0)
		result = libsystemd->append(message, "(sv)", "PIDs", "au", 1, (uint32_t)pid);
	return result < 0 ? result : libsystemd->close_container(message);
}

static int new_call(const struct systemd *bus, const char *method, struct call *call)
{
	return libsystemd->new_method_call(bus->bus, &call->message, DESTINATION, MANAGER_PATH,
					   MANAGER, method);
}

static int send_call(const struct systemd *bus, struct call *call)
{
	return libsystemd->call(bus->bus, call->message, remaining(bus), &call->error, &call->reply);
}

/* ---- jobs */

static int note_removed(sd_bus_message *message, void *data, sd_bus_error *error)
{
	struct job *job = data;
	const char *path;
	const char *unit;
	const char *result;
	uint32_t id;
	int read = libsystemd->read(message, "uoss", &id, &path, &unit, &result);

	(void)error;
	if (read < 0)
		return read;
	if (!job->path || strcmp(path, job->path) != 0)
		return 0;
	job->removed = true;
	(void)strncat(job->result, result, sizeof(job->result) - 1);
	return 0;
}

static int match_jobs(const struct systemd *bus, struct job *job)
{
	return libsystemd->match_signal(bus->bus, &job->match, DESTINATION, MANAGER_PATH, MANAGER,
					"JobRemoved", note_removed, job);
}

static int wait_for_job(const struct systemd *bus, struct job *job, const char *path)
{
	int result = 0;

	job->path = path;
	while (!job->removed && result >= 0)
		result = go_on(bus);
	return result;
}

/* Why a scope failed: "resources", "timeout"; malloc'd, or NULL. */
static char *unit_property(const struct systemd *bus, const char *unit, const char *interface,
			   const char *name)
{
	auto_call call = CALL_INIT;
	auto_free char *path = NULL;
	char *value = NULL;

	if (libsystemd->path_encode(MANAGER_PATH "/unit", unit, &path) < 0 ||
	    libsystemd->get_property_string(bus->bus, DESTINATION, path, interface, name,
					    &call.error, &value) < 0)
		return NULL;
	return value;
}

static int finish_job(const struct systemd *bus, struct job *job, struct call *call,
		      const char *doing, const char *unit, struct error *err)
{
	auto_free char *reason = NULL;
	const char *path;
	int result = libsystemd->read(call->reply, "o", &path);

	if (result >= 0)
		result = wait_for_job(bus, job, path);
	if (result < 0)
		return fail(result, NULL, err, doing, unit);
	if (strcmp(job->result, "done") == 0)
		return 0;
	reason = unit_property(bus, unit, SCOPE, "Result");
	return error_set(err, ERROR_HOST, 0, "systemd: %s %s: the job ended with '%s'%s%s%s", doing,
			 unit, job->result, reason ? ", the unit with '" : "", reason ? reason : "",
			 reason ? "'" : "");
}

/* ---- units */

static void forget_failed(const struct systemd *bus, const char *unit)
{
	auto_call call = CALL_INIT;

	/* One that is not there, or has not failed, is refused: that is as well. */
	if (new_call(bus, "ResetFailedUnit", &call) >= 0 &&
	    libsystemd->append(call.message, "s", unit) >= 0)
		(void)send_call(bus, &call);
}

static bool unit_is_active(const struct systemd *bus, const char *unit)
{
	auto_free char *state = unit_property(bus, unit, UNIT, "ActiveState");

	return state && strcmp(state, "inactive") != 0 && strcmp(state, "failed") != 0 &&
	       strcmp(state, "deactivating") != 0;
}

static int request_scope(const struct systemd *bus, const char *unit, pid_t pid,
			 const struct systemd_property *properties, size_t count, struct call *call)
{
	int result = new_call(bus, "StartTransientUnit", call);

	if (result >= 0)
		result = libsystemd->append(call->message, "ss", unit, "fail");
	if (result >= 0)
		result = append_properties(call->message, pid, properties, count);
	if (result >= 0)
		result = libsystemd->append(call->message, "a(sa(sv))", 0);
	return result < 0 ? result : send_call(bus, call);
}

int systemd_start_scope(struct systemd *bus, const char *unit, pid_t pid,
			const struct systemd_property *properties, size_t count,
			struct error *err)
{
	const struct timespec pause = { .tv_nsec = FORGET_STEP_MS * 1000000L };
	auto_job job = { .path = NULL };
	int result = match_jobs(bus, &job);

	if (result < 0)
		return fail(result, NULL, err, "listen for the start of", unit);
	for (int attempt = 0;; attempt++) {
		auto_call call = CALL_INIT;

		result = request_scope(bus, unit, pid, properties, count, &call);
		if (result >= 0)
			return finish_job(bus, &job, &call, "start", unit, err);
		if (!call.error.name ||
		    strcmp(call.error.name, DESTINATION ".UnitExists") != 0 ||
		    attempt == FORGET_ATTEMPTS)
			return fail(result, &call.error, err, "start", unit);
		if (unit_is_active(bus, unit))
			return error_set(err, ERROR_STATE, 0, "systemd: there is a unit %s, and it is active",
					 unit);
		forget_failed(bus, unit);
		(void)nanosleep(&pause, NULL);
	}
}

int systemd_attach(struct systemd *bus, const char *unit, const char *below, pid_t pid,
		   struct error *err)
{
	auto_call call = CALL_INIT;
	int result = new_call(bus, "AttachProcessesToUnit", &call);

	if (result >= 0)
		result = libsystemd->append(call.message, "ssau", unit, below, 1, (uint32_t)pid);
	if (result >= 0)
		result = send_call(bus, &call);
	return result < 0 ? fail(result, &call.error, err, "move a process to", unit) : 0;
}

int systemd_set_properties(struct systemd *bus, const char *unit,
			   const struct systemd_property *properties, size_t count,
			   struct error *err)
{
	auto_call call = CALL_INIT;
	int result = new_call(bus, "SetUnitProperties", &call);

	if (result >= 0)
		result = libsystemd->append(call.message, "sb", unit, true);
	if (result >= 0)
		result = append_properties(call.message, 0, properties, count);
	if (result >= 0)
		result = send_call(bus, &call);
	return result < 0 ? fail(result, &call.error, err, "change", unit) : 0;
}

int systemd_stop_unit(struct systemd *bus, const char *unit, struct error *err)
{
	auto_call call = CALL_INIT;
	auto_job job = { .path = NULL };
	int result = match_jobs(bus, &job);

	if (result >= 0)
		result = new_call(bus, "StopUnit", &call);
	if (result >= 0)
		result = libsystemd->append(call.message, "ss", unit, "replace");
	if (result >= 0)
		result = send_call(bus, &call);
	if (result < 0 && call.error.name &&
	    strcmp(call.error.name, DESTINATION ".NoSuchUnit") == 0)
		return 0;
	if (result < 0)
		return fail(result, &call.error, err, "stop", unit);
	if (finish_job(bus, &job, &call, "stop", unit, err))
		return -1;
	forget_failed(bus, unit);
	return 0;
}

int systemd_description(struct systemd *bus, const char *unit, char **out, struct error *err)
{
	auto_call call = CALL_INIT;
	auto_free char *path = NULL;
	int result = libsystemd->path_encode(MANAGER_PATH "/unit", unit, &path);

	if (result >= 0)
		result = libsystemd->get_property_string(bus->bus, DESTINATION, path, UNIT,
							 "Description", &call.error, out);
	return result < 0 ? fail(result, &call.error, err, "look at", unit) : 0;
}
