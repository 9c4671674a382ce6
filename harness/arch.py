# SPDX-License-Identifier: GPL-2.0-or-later
"""Architectures, one row each: all that is known of one stands here.

A new one is a row: what make and the compiler are called, which ABIs its userspace has, and which
machine of QEMU boots it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Abi:
    """An ABI that userspace is compiled for; the UAPI check runs once for each."""

    name: str
    srcarch: str
    program: str
    flags: tuple[str, ...]
    package: str
    links: str = ""  # the package that linking a program needs besides


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


@dataclass(frozen=True, slots=True)
class Image:
    """A file of a build that boots where all of ``needs`` are set and none of ``without``.

    The name of the file is make's target.
    """

    path: str
    needs: tuple[str, ...] = ()
    without: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Emulator:
    """The machine of QEMU that boots an architecture's kernels.

    ``images`` are in the order of preference, the last one can always be built. ``port`` is how
    the chardev called "results" is attached, and ``results`` the device that it is in the guest.
    ``config`` are lines for a kernel besides those of any guest (build/tiny.config), ``lacks`` the
    symbols of those that it does not have, ``most_cpus`` how many its kernels can use.
    """

    program: str
    package: str
    machine: str
    cpu: str
    console: str
    results: str
    images: tuple[Image, ...]
    port: tuple[str, ...] = ("-serial", "chardev:results")
    append: str = ""  # for the kernel's command line
    config: str = ""
    lacks: tuple[str, ...] = ()
    most_cpus: int = 64
    flags: tuple[str, ...] = ()  # for the compiler of programs that run there


@dataclass(frozen=True, slots=True)
class Architecture:
    """One row: what can be done for an architecture; "" or None where it cannot.

    ``also``: the ABI of 32 bits whose programs its kernels run too, when ``also_config`` is set.
    The programs of a row without ``abis`` are those of the ABI of its name.
    """

    target: Target | None
    abis: tuple[Abi, ...] = ()
    emulator: Emulator | None = None
    also: str = ""
    also_config: str = ""


MULTIARCH = "/usr/include/x86_64-linux-gnu"  # where Debian has what not all architectures share


@dataclass(frozen=True, slots=True)
class Machine:
    """A kernel that is booted besides the native one, and the ABI of the programs on it."""

    name: str
    target: Target
    emulator: Emulator
    abi: Abi
    own: Abi  # of the kernel itself, whose init that is
    config: str = ""  # lines for the kernel that the programs need

    @property
    def package(self) -> str:
        """What compiles and links its programs."""
        return f"{self.abi.package} {self.abi.links}".rstrip()

    @property
    def compiler(self) -> tuple[str, ...]:
        """How the compiler of its programs is called."""
        return (*line_of(self.abi), *self.emulator.flags)

    @property
    def init_compiler(self) -> tuple[str, ...]:
        """How the compiler of what runs them in the guest is called."""
        return line_of(self.own)


def line_of(abi: Abi) -> tuple[str, ...]:
    """How the compiler of an ABI is called.

    The kernel's headers for 32 bits on x86 are those for 64.
    """
    return (abi.program, *abi.flags, *(("-idirafter", MULTIARCH) if abi in NATIVE else ()))


def _cross(name: str, srcarch: str, triplet: str, debian: str, *, start: str = "",
           symbols: tuple[str, ...] = (), emulator: Emulator | None = None, also: str = "",
           also_config: str = "") -> Architecture:
    """A row of an architecture for which Debian has a cross compiler.

    Without ``start`` kernels are not compiled for it, without ``debian`` no programs.
    """
    compiler = f"{triplet}-gcc"
    return Architecture(
        Target(name, srcarch, compiler, start, f"gcc-{triplet}",
               (f"ARCH={srcarch}", f"CROSS_COMPILE={triplet}-"), symbols) if start else None,
        (Abi(name, srcarch, compiler, (), f"gcc-{triplet} libc6-dev-{debian}-cross"),),
        emulator, also, also_config)


_X86 = Emulator(
    "qemu-system-x86_64", "qemu-system-x86",
    # microvm boots 0.3 s faster but hung in 4 of 30 boots; q35 never did in 24.
    machine="q35",
    # 36 bits: older kernels walk QEMU's hole below 1 TiB page by page otherwise.
    cpu="max,phys-bits=36", console="ttyS0", results="ttyS1",
    # A vmlinux boots by PVH and is not compressed; before 4.21 there is no PVH but for Xen. With
    # KASAN it dies at once: the PVH entry (arch/x86/platform/pvh) is C that is instrumented, and
    # runs before there is any shadow memory.
    images=(Image("vmlinux", needs=("PVH",), without=("KASAN",)),
            Image("arch/x86/boot/bzImage")),
    # With nested paging QEMU 7.2's TCG now and then (two vCPUs: once in fifty
    # seconds) leaves a VM with the state of the kernel above it: RIP behind VMRUN
    # and its CR3. Without, never in 300 seconds, and it is faster.
    # Whether the timer's interrupt comes is asked at boot, and a busy host answers too late: a
    # panic ("IO-APIC + timer doesn't work!"; arch/x86/kernel/apic/io_apic.c, check_timer()).
    # An NMI that nobody asked for panics, with the stacks of all CPUs: so a guest that hangs says
    # where.
    append="kvm_amd.npt=0 i8042.nokbd i8042.noaux 8250.nr_uarts=2 no_timer_check "
           "unknown_nmi_panic=1")

# A second serial port of the board's own is not to be had: one on a PCI card is.
_CARD = ("-device", "pci-serial,chardev=results")
# The C library of 32 bits waits for a thread by the futex() of before 2038.
_TIMES = "CONFIG_COMPAT_32BIT_TIME=y # optional\n"
_ANY = "CONFIG_HOTPLUG_CPU=y # optional\n# CONFIG_WERROR is not set # optional\n"
_CARDS = f"CONFIG_PCI_HOST_GENERIC=y\nCONFIG_SERIAL_8250_PCI=y\n{_ANY}"
_X86_ALONE = ("ACPI", "HYPERVISOR_GUEST", "PVH")
_ARM64 = Emulator(
    "qemu-system-aarch64", "qemu-system-arm", machine="virt,virtualization=on,gic-version=3",
    cpu="max", console="ttyAMA0", results="ttyS0", images=(Image("arch/arm64/boot/Image"),),
    port=_CARD, lacks=_X86_ALONE,
    config=f"{_CARDS}CONFIG_SERIAL_AMBA_PL011=y\nCONFIG_SERIAL_AMBA_PL011_CONSOLE=y\n")
_RISCV64 = Emulator(
    "qemu-system-riscv64", "qemu-system-misc", machine="virt", cpu="rv64,h=true",
    console="ttyS1", results="ttyS0", images=(Image("arch/riscv/boot/Image"),), port=_CARD,
    append="8250.nr_uarts=2", lacks=_X86_ALONE,
    # Static programs of the C library are for a machine with floating point.
    config=f"{_CARDS}CONFIG_SERIAL_OF_PLATFORM=y\nCONFIG_FPU=y\nCONFIG_SOC_VIRT=y # optional\n"
           "CONFIG_ARCH_VIRT=y # optional\nCONFIG_NONPORTABLE=y # optional\n")

_S390X = Emulator(
    "qemu-system-s390x", "qemu-system-misc", machine="s390-ccw-virtio", cpu="max",
    console="ttysclp0", results="hvc0", images=(Image("arch/s390/boot/bzImage"),),
    port=("-device", "virtio-serial-ccw", "-device", "virtconsole,chardev=results"),
    lacks=(*_X86_ALONE, "SERIAL_8250", "SERIAL_8250_CONSOLE", "PCI"),
    config=f"{_ANY}CONFIG_VIRTIO_MENU=y\nCONFIG_VIRTIO_CONSOLE=y\nCONFIG_S390_GUEST=y\n"
           "CONFIG_CCW=y\nCONFIG_SCLP_TTY=y\nCONFIG_SCLP_CONSOLE=y\n")

# A pseries kernel is entered by Open Firmware, at a trampoline that a tinyconfig leaves out. The
# firmware asks for mitigations that TCG does not have. KVM nests in the machine of a POWER9.
_POWERPC64LE = Emulator(
    "qemu-system-ppc64", "qemu-system-ppc",
    machine="pseries,cap-nested-hv=on,cap-cfpc=broken,cap-sbbc=broken,cap-ibs=broken,"
            "cap-ccf-assist=off",
    cpu="power9_v2.0", console="hvc0", results="hvc1", images=(Image("vmlinux"),),
    port=("-device", "spapr-vty,chardev=results"),
    lacks=(*_X86_ALONE, "SERIAL_8250", "SERIAL_8250_CONSOLE", "UNWINDER_FRAME_POINTER"),
    config=f"{_ANY}CONFIG_PPC64=y\nCONFIG_PPC_BOOK3S_64=y\nCONFIG_CPU_LITTLE_ENDIAN=y\n"
           "CONFIG_PPC_PSERIES=y\nCONFIG_PPC_OF_BOOT_TRAMPOLINE=y\nCONFIG_HVC_CONSOLE=y\n"
           "CONFIG_PPC_RADIX_MMU=y # optional\nCONFIG_PPC_RADIX_MMU_DEFAULT=y # optional\n"
           "CONFIG_ALTIVEC=y\nCONFIG_VSX=y\nCONFIG_PPC_DISABLE_WERROR=y # optional\n",
    # Once in ten thousand times a process has lost them after KVM_RUN: docs/found.md.
    flags=("-mno-vsx", "-mno-altivec"))
_I386 = replace(
    _X86, program="qemu-system-i386",
    cpu="max,family=16",  # a kernel warns of two CPUs of family 6 (init_amd_k7())
    images=(Image("arch/x86/boot/bzImage"),),
    lacks=("64BIT", "PVH"), config=f"# CONFIG_64BIT is not set\n{_ANY}{_TIMES}")
# A window of PCI above 4 GiB is none for a kernel without LPAE.
_ARM = replace(
    _ARM64, machine="virt,highmem=off", program="qemu-system-arm", cpu="cortex-a15",
    images=(Image("arch/arm/boot/zImage"),), lacks=(*_X86_ALONE, "64BIT"),
    config=f"{_ARM64.config}CONFIG_MMU=y\nCONFIG_ARCH_MULTI_V7=y\nCONFIG_ARCH_VIRT=y\n"
           f"CONFIG_AEABI=y\nCONFIG_VFP=y\nCONFIG_NEON=y\n{_TIMES}")
_MIPS64EL = Emulator(
    "qemu-system-mips64el", "qemu-system-mips", machine="malta", cpu="MIPS64R2-generic",
    console="ttyS0", results="ttyS1", images=(Image("vmlinux"),), append="8250.nr_uarts=2",
    lacks=(*_X86_ALONE, "SMP"), most_cpus=1,  # more would want MIPS_CPS, and a CPU of release 6
    config=f"{_ANY}CONFIG_MIPS_MALTA=y\nCONFIG_CPU_LITTLE_ENDIAN=y\nCONFIG_CPU_MIPS64_R2=y\n"
           # Programs of the C library are for a machine with floating point.
           "CONFIG_MIPS_FP_SUPPORT=y # optional\n"
           "CONFIG_MFD_SYSCON=y\nCONFIG_POWER_RESET=y\nCONFIG_POWER_RESET_SYSCON=y\n")

# The first is the machine's own, whose kernels are linked and boot as well.
ARCHITECTURES: tuple[Architecture, ...] = (
    Architecture(Target("x86_64", "x86", "gcc", "tinyconfig", "gcc"),
                 (Abi("x86-64", "x86", "gcc", ("-m64",), "gcc"),
                  Abi("i386", "x86", "gcc", ("-m32",), "libc6-dev-i386", "lib32gcc-12-dev")),
                 _X86, also="i386", also_config=f"CONFIG_IA32_EMULATION=y\n{_TIMES}"),
    _cross("arm64", "arm64", "aarch64-linux-gnu", "arm64", start="defconfig",
           symbols=("ARM64", "X86"), emulator=_ARM64, also="arm",
           also_config=f"CONFIG_COMPAT=y\n{_TIMES}"),
    _cross("riscv64", "riscv", "riscv64-linux-gnu", "riscv64", start="defconfig",
           symbols=("RISCV",), emulator=_RISCV64),
    _cross("s390x", "s390", "s390x-linux-gnu", "s390x", start="defconfig",
           symbols=("S390", "CPU_BIG_ENDIAN"), emulator=_S390X),
    _cross("powerpc64le", "powerpc", "powerpc64le-linux-gnu", "ppc64el",
           start="ppc64le_defconfig", symbols=("PPC", "PPC64"), emulator=_POWERPC64LE),
    _cross("arm", "arm", "arm-linux-gnueabihf", "armhf", start="multi_v7_defconfig",
           symbols=("ARM",), emulator=_ARM),
    _cross("mips64el", "mips", "mips64el-linux-gnuabi64", "mips64el", start="64r2el_defconfig",
           symbols=("MIPS",), emulator=_MIPS64EL),
    Architecture(Target("i386", "x86", "gcc", "i386_defconfig", "gcc", ("ARCH=i386",),
                        ("X86_32", "X86_64", "64BIT")), emulator=_I386),
    Architecture(Target("um", "um", "gcc", "defconfig", "gcc", ("ARCH=um",), ("UML",))),
    _cross("sparc64", "sparc", "sparc64-linux-gnu", "sparc64"),
    _cross("m68k", "m68k", "m68k-linux-gnu", "m68k"),
    _cross("hppa", "parisc", "hppa-linux-gnu", "hppa"),
    _cross("alpha", "alpha", "alpha-linux-gnu", "alpha"),
    _cross("sh4", "sh", "sh4-linux-gnu", "sh4"),
)
TARGETS = tuple(row.target for row in ARCHITECTURES if row.target is not None)
NATIVE_TARGET = TARGETS[0]
EMULATOR = _X86
ABIS = tuple(abi for row in ARCHITECTURES for abi in row.abis)
NATIVE = ABIS[:2]


def _abi(name: str) -> Abi:
    return next(a for a in ABIS if a.name == name)


def _machines() -> Iterator[Machine]:
    """The kernels of each row with its own programs, and with those of 32 bits."""
    for row in ARCHITECTURES:
        if row.target is None or row.emulator is None:
            continue
        own = row.abis[0] if row.abis else _abi(row.target.name)
        if row.target != NATIVE_TARGET:
            yield Machine(row.target.name, row.target, row.emulator, own, own)
        if row.also:
            yield Machine(f"{row.also}-on-{row.target.name}", row.target, row.emulator,
                          _abi(row.also), own, row.also_config)


# Those that boot here besides the machine's own.
MACHINES = tuple(_machines())
BIG_ENDIAN = _abi("s390x")  # where a header depends on byte order
# What programs of 32 bits include first, by who packages it; one of them is enough.
STUBS = "stubs-32.h"
STUBS_32 = (f"{MULTIARCH}/gnu/{STUBS}", f"/usr/include/gnu/{STUBS}")
