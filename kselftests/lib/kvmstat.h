/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What "perf kvm stat report --event=ioport" counts, from the same tracepoints: each access of a
 * guest to a port (kvm_pio), and the time until that vCPU runs again (kvm_entry).
 *
 * tools/perf/arch/x86/util/kvm-stat.c, Documentation/trace/events.rst.
 */
#ifndef KVMSTAT_H
#define KVMSTAT_H

/* Begins to trace; 0 or an errno. Needs CONFIG_EVENT_TRACING. */
int kvmstat_begin(void);

/*
 * Ends it and measures, for each port and direction ("0x70:POUT"): "ARM | 0x70:POUT | samples",
 * "| time" (us in all) and "| squares" (us^2, so that a spread can be had of it). Returns how many
 * events the kernel has lost, or -errno.
 */
long kvmstat_end(const char *arm);

#endif
