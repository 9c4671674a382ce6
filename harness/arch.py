# SPDX-License-Identifier: GPL-2.0-or-later
"""Architectures, one row each."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Architecture:
    """Facts about a target architecture.

    ``images`` are build targets in the order of preference: the first that
    the configuration can boot is built.
    """

    name: str
    srcarch: str
    qemu: str
    machine: str
    cpu: str
    console: str
    results: str
    append: str = ""  # for the kernel's command line


@dataclass(frozen=True, slots=True)
class Abi:
    """An ABI that userspace is compiled for; the UAPI check runs once for each."""

    name: str
    srcarch: str
    program: str
    flags: tuple[str, ...]
    package: str


ABIS: tuple[Abi, ...] = (
    Abi("x86-64", "x86", "gcc", ("-m64",), "gcc"),
    Abi("i386", "x86", "gcc", ("-m32",), "libc6-dev-i386"),
    *(Abi(name, srcarch, f"{triplet}-gcc", (), f"gcc-{triplet} libc6-dev-{debian}-cross")
      for name, srcarch, triplet, debian in (
          ("arm64", "arm64", "aarch64-linux-gnu", "arm64"),
          ("arm", "arm", "arm-linux-gnueabihf", "armhf"),
          ("powerpc64le", "powerpc", "powerpc64le-linux-gnu", "ppc64el"),
          ("s390x", "s390", "s390x-linux-gnu", "s390x"),
          ("riscv64", "riscv", "riscv64-linux-gnu", "riscv64"),
          ("mips64el", "mips", "mips64el-linux-gnuabi64", "mips64el"),
          ("sparc64", "sparc", "sparc64-linux-gnu", "sparc64"),
          ("m68k", "m68k", "m68k-linux-gnu", "m68k"),
          ("hppa", "parisc", "hppa-linux-gnu", "hppa"),
          ("alpha", "alpha", "alpha-linux-gnu", "alpha"),
          ("sh4", "sh", "sh4-linux-gnu", "sh4"))),
)
NATIVE = ABIS[:2]
BIG_ENDIAN = next(a for a in ABIS if a.name == "s390x")  # where a header depends on byte order
# What programs of 32 bits include first, by who packages it; one of them is enough.
STUBS = "stubs-32.h"
STUBS_32 = (f"/usr/include/x86_64-linux-gnu/gnu/{STUBS}", f"/usr/include/gnu/{STUBS}")

@dataclass(frozen=True, slots=True)
class Target:
    """An architecture whose objects are compiled: how make and its compiler are called.

    ``start`` is the configuration that others begin from; ``words`` are for make's line.
    ``symbols`` (without CONFIG_) are set otherwise than on the machine's own: lines that wait for
    one of them may be compiled there.
    """

    name: str
    srcarch: str
    program: str
    start: str
    package: str
    words: tuple[str, ...] = ()
    symbols: tuple[str, ...] = ()


def _cross(name: str, srcarch: str, triplet: str, symbols: tuple[str, ...],
           start: str = "defconfig") -> Target:
    return Target(name, srcarch, f"{triplet}-gcc", start, f"gcc-{triplet}",
                  (f"ARCH={srcarch}", f"CROSS_COMPILE={triplet}-"), symbols)


# The first is the machine's own, whose kernels are linked and boot as well.
TARGETS: tuple[Target, ...] = (
    Target("x86_64", "x86", "gcc", "tinyconfig", "gcc"),
    _cross("arm64", "arm64", "aarch64-linux-gnu", ("ARM64", "X86")),
    _cross("riscv64", "riscv", "riscv64-linux-gnu", ("RISCV",)),
    _cross("s390x", "s390", "s390x-linux-gnu", ("S390", "CPU_BIG_ENDIAN")),
    _cross("powerpc64le", "powerpc", "powerpc64le-linux-gnu", ("PPC", "PPC64"),
           "ppc64le_defconfig"),
    _cross("arm", "arm", "arm-linux-gnueabihf", ("ARM",), "multi_v7_defconfig"),
    _cross("mips64el", "mips", "mips64el-linux-gnuabi64", ("MIPS",), "64r2el_defconfig"),
    Target("i386", "x86", "gcc", "i386_defconfig", "gcc", ("ARCH=i386",),
           ("X86_32", "X86_64", "64BIT")),
    Target("um", "um", "gcc", "defconfig", "gcc", ("ARCH=um",), ("UML",)),
)
NATIVE_TARGET = TARGETS[0]

X86_64 = Architecture(
    name="x86_64",
    srcarch="x86",
    qemu="qemu-system-x86_64",
    # microvm boots 0.3 s faster but hung in 4 of 30 boots; q35 never did in 24.
    machine="q35",
    # 36 bits: older kernels walk QEMU's hole below 1 TiB page by page otherwise.
    cpu="max,phys-bits=36",
    console="ttyS0",
    results="ttyS1",
    # With nested paging QEMU 7.2's TCG now and then (two vCPUs: once in fifty
    # seconds) leaves a VM with the state of the kernel above it: RIP behind VMRUN
    # and its CR3. Without, never in 300 seconds, and it is faster.
    # Whether the timer's interrupt comes is asked at boot, and a busy host answers too late: a
    # panic ("IO-APIC + timer doesn't work!"; arch/x86/kernel/apic/io_apic.c, check_timer()).
    append="kvm_amd.npt=0 i8042.nokbd i8042.noaux 8250.nr_uarts=2 no_timer_check",
)
