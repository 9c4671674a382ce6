// SPDX-License-Identifier: GPL-2.0-or-later
// strace turns numbers into names, and has them in case labels.
#include <linux/perf_event.h>
#include <linux/prctl.h>
#include <linux/seccomp.h>
#include <linux/sched.h>

const char *name(int op)
{
	switch (op) {
	case PR_SET_NO_NEW_PRIVS: return "PR_SET_NO_NEW_PRIVS";
	case PR_SET_SECCOMP: return "PR_SET_SECCOMP";
	case PR_CAP_AMBIENT: return "PR_CAP_AMBIENT";
	case PR_SET_PTRACER: return "PR_SET_PTRACER";
	}
	return "?";
}

unsigned long long flags(const struct perf_event_attr *a)
{
	return a->sample_type & (PERF_SAMPLE_IP | PERF_SAMPLE_TID) ? a->read_format : a->inherit;
}

int thread(unsigned long long f)
{
	return (f & (CLONE_VM | CLONE_THREAD)) == (CLONE_VM | CLONE_THREAD);
}

int action(unsigned int r)
{
	return (r & SECCOMP_RET_ACTION) == SECCOMP_RET_ERRNO ? (int)(r & SECCOMP_RET_DATA) : 0;
}
