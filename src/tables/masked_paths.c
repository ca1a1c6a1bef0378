/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

#include "tables/masked_paths.h"

#include "base/cleanup.h"

const struct masked_path masked_paths[] = {
	{ "/proc/acpi",             MASKED_USUAL,    "controls of the machine's hardware" },
	{ "/proc/asound",           MASKED_USUAL,    "sound devices and who uses them" },
	{ "/proc/interrupts",       MASKED_USUAL,    "timing of keys and of other containers" },
	{ "/proc/kcore",            MASKED_USUAL,    "the kernel's memory" },
	{ "/proc/keys",             MASKED_USUAL,    "keys of other users" },
	{ "/proc/latency_stats",    MASKED_USUAL,    "kernel stacks of all processes" },
	{ "/proc/sched_debug",      MASKED_USUAL,    "all processes of the host" },
	{ "/proc/scsi",             MASKED_USUAL,    "adding and removing disks" },
	{ "/proc/timer_list",       MASKED_USUAL,    "timers and kernel addresses" },
	{ "/proc/timer_stats",      MASKED_USUAL,    "all processes of the host" },
	{ "/sys/devices/virtual/powercap", MASKED_USUAL, "energy counters: a side channel" },
	{ "/sys/firmware",          MASKED_USUAL,    "tables and variables of the firmware" },
	{ "/proc/iomem",            MASKED_HARDENED, "the physical memory map" },
	{ "/proc/ioports",          MASKED_HARDENED, "the map of ports" },
	{ "/proc/kpagecgroup",      MASKED_HARDENED, "which cgroup holds which page" },
	{ "/proc/kpagecount",       MASKED_HARDENED, "how often pages are shared" },
	{ "/proc/kpageflags",       MASKED_HARDENED, "state of physical pages" },
	{ "/proc/slabinfo",         MASKED_HARDENED, "the kernel's heap, for aiming at it" },
	{ "/proc/vmallocinfo",      MASKED_HARDENED, "kernel addresses" },
	{ "/sys/fs/bpf",            MASKED_HARDENED, "pinned programs and maps" },
	{ "/sys/kernel/debug",      MASKED_HARDENED, "debug files of all drivers" },
	{ "/sys/kernel/security",   MASKED_HARDENED, "controls of the security modules" },
	{ "/sys/kernel/tracing",    MASKED_HARDENED, "tracing of the whole host" },
};

const size_t masked_path_count = ARRAY_SIZE(masked_paths);

const char *const readonly_paths[] = {
	"/proc/bus",
	"/proc/fs",
	"/proc/irq",
	"/proc/sys",
	"/proc/sysrq-trigger",
};

const size_t readonly_path_count = ARRAY_SIZE(readonly_paths);
