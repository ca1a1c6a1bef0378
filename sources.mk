# Written by scripts/sources. Run it when a file comes or goes.

ORLOP_PROGRAM =

ORLOP_SOURCES = $(base_sources) $(kernel_sources) $(tables_sources) $(json_sources) $(host_sources) $(policy_sources) $(spec_sources) $(plan_sources) $(state_sources) $(run_sources) $(cmd_sources)

base_sources = \
	src/base/arena.c \
	src/base/error.c \
	src/base/fd.c \
	src/base/log.c \
	src/base/number.c \
	src/base/text.c

kernel_sources = \
	src/kernel/call.c \
	src/kernel/path.c \
	src/kernel/procfs.c

tables_sources =

json_sources =

host_sources =

policy_sources = \
	src/policy/policy_builtin.c \
	src/policy/policy_line.c

spec_sources =

plan_sources =

state_sources =

run_sources = \
	src/run/ids.c \
	src/run/registry.c \
	src/run/sync.c

cmd_sources =

ORLOP_UNIT_TESTS =

ORLOP_FUZZERS =

ORLOP_MANUALS =

ORLOP_APPARMOR =

ORLOP_SECCOMP =

ORLOP_POLICY =

