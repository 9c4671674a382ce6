// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Do v20, v31 and f14 of a process survive KVM_RUN? docs/found.md. As init of a guest:
 * powerpc64le-linux-gnu-gcc -O1 -static -mcpu=power9
 */
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define RUNS 20000
#define RAM_SIZE 65536
#define CODE 0x1000

/* KVM_RUN with a value in three registers; what is in them then goes to out. */
static long run(int cpu, const uint64_t *in, uint64_t *out)
{
	register long r0 asm("r0") = __NR_ioctl;
	register long r3 asm("r3") = cpu;
	register long r4 asm("r4") = KVM_RUN;
	register long r5 asm("r5") = 0;

	asm volatile("lxvx 52, 0, %[in]; lxvx 63, 0, %[in]; lxvx 14, 0, %[in]; sc;"
		     "stxvx 52, 0, %[out]; addi 6, %[out], 16; stxvx 63, 0, 6;"
		     "addi 6, 6, 16; stxvx 14, 0, 6"
		     : "+r"(r0), "+r"(r3), "+r"(r4), "+r"(r5)
		     : [in] "b"(in), [out] "b"(out)
		     : "r6", "r7", "r8", "r9", "r10", "r11", "r12", "cr0", "ctr", "xer",
		       "memory", "v20", "v31", "fr14");
	return r3;
}

int main(void)
{
	/* lis r4,1; stb r5,0(r4); b -4 */
	const uint32_t code[] = { 0x3c800001, 0x98a40000, 0x4bfffffc };
	struct kvm_regs regs = { .pc = CODE, .msr = 1ull << 63 | 1 << 12 | 1 };
	struct kvm_enable_cap papr = { .cap = KVM_CAP_PPC_PAPR };
	struct kvm_userspace_memory_region slot = { .memory_size = RAM_SIZE };
	int kvm, vm, cpu, i, lost = 0;
	uint8_t *ram = mmap(NULL, RAM_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			    -1, 0);

	mkdir("/dev", 0755);
	mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
	kvm = open("/dev/kvm", O_RDWR);
	vm = ioctl(kvm, KVM_CREATE_VM, 0);
	slot.userspace_addr = (uintptr_t)ram;
	ioctl(vm, KVM_SET_USER_MEMORY_REGION, &slot);
	cpu = ioctl(vm, KVM_CREATE_VCPU, 0);
	ioctl(cpu, KVM_ENABLE_CAP, &papr);
	memcpy(ram + CODE, code, sizeof(code));
	ioctl(cpu, KVM_SET_REGS, &regs);
	for (i = 0; i < RUNS; i++) {
		uint64_t in[2] = { 0x1122334455667788ull + i, 0x99aabbccddeeff00ull + i }, out[6];

		if (run(cpu, in, out)) {
			printf("KVM_RUN failed\n");
			break;
		}
		if (memcmp(out, in, 16) || memcmp(out + 2, in, 16) || out[4] != in[0]) {
			lost++;
			printf("run %d: v20 %llx %llx\n", i, (unsigned long long)out[0],
			       (unsigned long long)out[1]);
		}
	}
	printf("%d runs, lost in %d of them\n", i, lost);
	fflush(stdout);
	reboot(RB_AUTOBOOT);
	return 0;
}
