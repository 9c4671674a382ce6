# SPDX-License-Identifier: GPL-2.0-or-later
"""Patches for another project that came over the same list. Pure.

kvm@vger carries QEMU and kvm-unit-tests too, netdev iproute2: each rule about kernel code would
blame each of their patches.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from harness.model import Patch

# By a word in the subject's brackets: these projects ask for it.
_BY_WORD = {
    "kvm-unit-tests": "kvm-unit-tests", "qemu": "QEMU", "qemu-web": "QEMU",
    "qemu-devel": "QEMU", "qemu-block": "QEMU", "qemu-arm": "QEMU", "qemu-ppc": "QEMU",
    "qemu-riscv": "QEMU", "qemu-s390x": "QEMU", "libvirt": "libvirt", "edk2": "EDK II",
    "kvmtool": "kvmtool",
    "iproute2": "iproute2", "iproute2-next": "iproute2", "ethtool-next": "ethtool",
    "nft": "nftables", "iptables": "iptables", "xfsprogs": "xfsprogs", "fstests": "fstests",
    "btrfs-progs": "btrfs-progs", "e2fsprogs": "e2fsprogs", "f2fs-tools": "f2fs-tools",
    "bluez": "BlueZ", "ndctl": "ndctl", "pahole": "pahole", "dwarves": "pahole",
    "blktests": "blktests", "ltp": "LTP", "b4": "b4", "ethtool": "ethtool", "mdadm": "mdadm",
    "liburing": "liburing", "trace-cmd": "trace-cmd", "libtraceevent": "libtraceevent",
    "libtracefs": "libtracefs", "rt-tests": "rt-tests", "kexec-tools": "kexec-tools",
    "makedumpfile": "makedumpfile", "opensbi": "OpenSBI", "seabios": "SeaBIOS",
    "edk2-devel": "EDK II", "nvme-cli": "nvme-cli", "libnvme": "libnvme", "dtc": "dtc",
    "util-linux": "util-linux", "man-pages": "man-pages", "wireless-regdb": "wireless-regdb",
    "linux-firmware": "linux-firmware", "multipath-tools": "multipath-tools",
    "xfstests": "fstests", "rdma-core": "rdma-core", "libdrm": "libdrm",
    "i-g-t": "IGT", "igt": "IGT", "igt-gpu-tools": "IGT", "wpan-tools": "wpan-tools",
    "lvm2": "LVM2", "cryptsetup": "cryptsetup", "erofs-utils": "erofs-utils",
    "exfatprogs": "exfatprogs", "dosfstools": "dosfstools", "nfs-utils": "nfs-utils",
    "cifs-utils": "cifs-utils", "keyutils": "keyutils", "libtirpc": "libtirpc",
    "audit-userspace": "audit", "iw": "iw", "hostap": "hostap", "conntrack-tools":
    "conntrack-tools", "libnftnl": "libnftnl", "libmnl": "libmnl", "mptcpd": "mptcpd",
    "v4l-utils": "v4l-utils", "alsa-lib": "alsa-lib", "alsa-utils": "alsa-utils",
    "libbpf-tools": "bcc", "syzkaller": "syzkaller", "buildroot": "Buildroot",
}
_LIKE_A_KERNEL = {"u-boot": "U-Boot", "uboot": "U-Boot", "barebox": "barebox", "xen": "Xen"}
# By folders that only they have; others of theirs a kernel has too.
_BY_FOLDER = (
    ("QEMU", ("accel/", "hw/", "target/", "linux-user/", "bsd-user/", "qapi/", "migration/", "tcg/",
              "softmmu/", "qga/", "pc-bios/", "linux-headers/", "include/hw/", "include/sysemu/",
              "include/qemu/", "include/exec/", "tests/qtest/", "block/qcow2")),
    ("kvm-unit-tests", ("x86/", "s390x/", "lib/x86/", "lib/arm/", "lib/arm64/", "lib/s390x/",
                        "lib/powerpc/", "lib/ppc64/", "lib/riscv/")),
)
_KERNELS = ("arch/", "drivers/", "fs/", "kernel/", "mm/", "virt/", "sound/", "security/",
            "include/uapi/", "net/core/", "net/ipv4/", "tools/testing/selftests/", "tools/perf/")
_MAYBE = ("Documentation/", "include/linux/")  # kvmtool has them as well, which says its name
# By the list, where nothing of a kernel is touched; xen-devel carries Linux' patches as well.
_BY_LIST = {
    "qemu-devel@nongnu.org": "QEMU", "qemu-block@nongnu.org": "QEMU",
    "libvir-list@redhat.com": "libvirt", "devel@lists.libvirt.org": "libvirt",
    "devel@edk2.groups.io": "EDK II", "u-boot@lists.denx.de": "U-Boot",
    "barebox@lists.infradead.org": "barebox", "opensbi@lists.infradead.org": "OpenSBI",
    "ltp@lists.linux.it": "LTP", "buildroot@buildroot.org": "Buildroot",
    "libc-alpha@sourceware.org": "glibc", "gcc-patches@gcc.gnu.org": "GCC",
    "binutils@sourceware.org": "binutils", "git@vger.kernel.org": "git",
    "linux-man@vger.kernel.org": "man-pages", "fstests@vger.kernel.org": "fstests",
    "igt-dev@lists.freedesktop.org": "IGT", "lvm-devel@lists.linux.dev": "LVM2",
}
# The folders that a kernel has had at its top since 4.18, and what distributions put there.
_TOP = frozenset((
    "LICENSES", "Documentation", "arch", "block", "certs", "crypto", "drivers", "firmware", "fs",
    "include", "init", "io_uring", "ipc", "kernel", "lib", "mm", "net", "rust", "samples",
    "scripts", "security", "sound", "tools", "usr", "virt", "debian", "debian.master", "ubuntu",
    "redhat", "android", "dist"))
_XEN, _LKML = "xen-devel@lists.xenproject.org", "linux-kernel@vger.kernel.org"
_WORD = re.compile(r"[\w.-]+")


def project_of(patches: Sequence[Patch]) -> str:
    """The name of the other project; "" for a series that may be the kernel's."""
    paths = _paths(patches)
    for patch in patches:
        if name := next((_LIKE_A_KERNEL[w] for w in _words(patch) if w in _LIKE_A_KERNEL), ""):
            return name
    if not paths or any(p.startswith(_KERNELS) for p in paths):
        return ""
    for patch in patches:
        if name := next((_BY_WORD[w] for w in _words(patch) if w in _BY_WORD), ""):
            return name
    if any(p.startswith(_MAYBE) for p in paths):
        return ""
    sent = {a for p in patches for a in p.recipients}
    if name := next((_BY_LIST[a] for a in sorted(sent) if a in _BY_LIST), ""):
        return name
    if _XEN in sent and _LKML not in sent:
        return "Xen"
    return next((name for name, folders in _BY_FOLDER if any(
        p.startswith(folders) for p in paths)), "" if any(map(_may_be, paths)) else
        "a project with other folders than a kernel's")


def _may_be(path: str) -> bool:
    """Whether a kernel may have a file of this name: any at its top, and below its folders."""
    top, slash, _ = path.partition("/")
    return not slash or top in _TOP


def _words(patch: Patch) -> list[str]:
    """The words in the brackets of a subject."""
    return _WORD.findall(" ".join(re.findall(r"\[[^][]*\]", patch.raw_subject)).lower())


def _paths(patches: Iterable[Patch]) -> list[str]:
    return [f.path for p in patches for f in p.files]
