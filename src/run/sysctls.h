/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/* Kernel parameters of the container's namespaces. Spec: config-linux.md "Sysctl". */
#pragma once

#include "live.h"

/**
 * sysctls_write_foreign() - sysctls of joined namespaces that the container does not own
 *
 * The supervisor's, while it is in them: with a user namespace of its own the
 * child has no power over them.
 */
int sysctls_write_foreign(struct live *live, struct error *err);

/**
 * sysctls_write_early(), sysctls_write_late() - the child's side: plan.sysctls
 *
 * Who may write one differs from file to file and from kernel to kernel: the
 * host's root (vm.memfd_noexec, ipc before Linux 6.2) or the root of the user
 * namespace that owns the namespace (ipc since). All are tried with the ids of the
 * host, in the container's namespaces; what is refused is tried again as root
 * of the user namespace, and must succeed then. What policy imposes is read back.
 */
int sysctls_write_early(struct live *live, struct error *err);
int sysctls_write_late(struct live *live, struct error *err);
