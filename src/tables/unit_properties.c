/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

#include "tables/unit_properties.h"

#include <string.h>

#include "base/cleanup.h"

const struct unit_limit unit_limits[] = {
	{ "cpu.idle",        "CPUWeight",          UNIT_IDLE },
	{ "cpu.max",         "CPUQuotaPerSecUSec", UNIT_QUOTA },
	{ "cpu.weight",      "CPUWeight",          UNIT_WEIGHT },
	{ "cpuset.cpus",     "AllowedCPUs",        UNIT_SET },
	{ "cpuset.mems",     "AllowedMemoryNodes", UNIT_SET },
	{ "io.weight",       "IOWeight",           UNIT_WEIGHT },
	{ "memory.high",     "MemoryHigh",         UNIT_AMOUNT },
	{ "memory.low",      "MemoryLow",          UNIT_AMOUNT },
	{ "memory.max",      "MemoryMax",          UNIT_AMOUNT },
	{ "memory.min",      "MemoryMin",          UNIT_AMOUNT },
	{ "memory.swap.max", "MemorySwapMax",      UNIT_AMOUNT },
	{ "pids.max",        "TasksMax",           UNIT_AMOUNT },
};

const size_t unit_limit_count = ARRAY_SIZE(unit_limits);

const struct unit_property unit_properties[] = {
	{ "After",                SYSTEMD_STRINGS },
	{ "Before",               SYSTEMD_STRINGS },
	{ "CollectMode",          SYSTEMD_STRING },
	{ "DefaultDependencies",  SYSTEMD_BOOL },
	{ "Documentation",        SYSTEMD_STRINGS },
	{ "FinalKillSignal",      SYSTEMD_INT32 },
	{ "KillMode",             SYSTEMD_STRING },
	{ "KillSignal",           SYSTEMD_INT32 },
	{ "OOMPolicy",            SYSTEMD_STRING },
	{ "RestartKillSignal",    SYSTEMD_INT32 },
	{ "RuntimeMaxUSec",       SYSTEMD_UINT64 },
	{ "SendSIGHUP",           SYSTEMD_BOOL },
	{ "SendSIGKILL",          SYSTEMD_BOOL },
	{ "TimeoutStopUSec",      SYSTEMD_UINT64 },
	{ "WatchdogSignal",       SYSTEMD_INT32 },
};

const size_t unit_property_count = ARRAY_SIZE(unit_properties);

const struct unit_property *unit_property_find(const char *name)
{
	for (size_t i = 0; i < unit_property_count; i++)
		if (strcmp(unit_properties[i].name, name) == 0)
			return &unit_properties[i];
	return NULL;
}
