// SPDX-License-Identifier: GPL-2.0-or-later
// libbpf fills the union that bpf(2) takes.
#include <stdint.h>
#include <string.h>
#include <unistd.h>
#include <sys/syscall.h>
#include <linux/bpf.h>

static __u64 ptr_to_u64(const void *ptr)
{
	return (__u64)(unsigned long)ptr;
}

int map_create(enum bpf_map_type type, uint32_t key, uint32_t value, uint32_t entries)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.map_type = type;
	attr.key_size = key;
	attr.value_size = value;
	attr.max_entries = entries;
	return syscall(__NR_bpf, BPF_MAP_CREATE, &attr, sizeof(attr));
}

int load(const struct bpf_insn *insns, uint32_t count, char *log, uint32_t size)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = BPF_PROG_TYPE_SOCKET_FILTER;
	attr.insn_cnt = count;
	attr.insns = ptr_to_u64(insns);
	attr.license = ptr_to_u64("GPL");
	attr.log_buf = ptr_to_u64(log);
	attr.log_size = size;
	attr.log_level = 1;
	return syscall(__NR_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
}

int is_exit(const struct bpf_insn *i)
{
	return i->code == (BPF_JMP | BPF_EXIT) && i->dst_reg == BPF_REG_0;
}
