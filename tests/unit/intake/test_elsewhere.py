# SPDX-License-Identifier: GPL-2.0-or-later
"""Mails for another project are told by their subjects and their folders."""

from dataclasses import replace

import pytest

from harness.intake.elsewhere import project_of
from harness.model import PatchFile
from tests import make


def series(subject, *paths):
    return [make.patch(raw_subject=subject, files=tuple(PatchFile(p, p, 1, 1) for p in paths))]


OTHER = "a project with other folders than a kernel's"


@pytest.mark.parametrize(("subject", "paths", "name"), [
    ("[kvm-unit-tests PATCH v2 1/2] x86: b", ["x86/vmx.c"], "kvm-unit-tests"),
    ("[PATCH kvm-unit-tests] lib: b", ["lib/util.c"], "kvm-unit-tests"),
    ("[PATCH] nVMX: b", ["x86/vmx.c", "lib/x86/vm.h"], "kvm-unit-tests"),
    ("[PATCH QEMU v2] a: b", ["util/log.c"], "QEMU"),
    ("[PATCH v2] i386/kvm: b", ["target/i386/kvm/kvm.c"], "QEMU"),
    ("[PATCH] accel: b", ["accel/kvm/kvm-all.c", "include/sysemu/kvm.h"], "QEMU"),
    ("[PATCH kvmtool] b", ["builtin-run.c"], "kvmtool"),
    ("[PATCH v2 kvmtool 1/3] b", ["include/linux/sizes.h", "x86/bios.c"], "kvmtool"),
    ("[PATCH iproute2-next] ip: b", ["ip/iplink.c"], "iproute2"),
    ("[PATCH b4] ez: b", ["src/b4/ez.py"], "b4"), ("[PATCH ethtool v2] b", ["x.c"], "ethtool"),
    ("[Qemu-devel] [PATCH 2/3] b", ["vl.c"], "QEMU"), ("[libvirt PATCH] b", ["a.c"], "libvirt"),
    ("[PATCH mdadm] b", ["super1.c"], "mdadm"), ("[u-boot PATCH] b", ["drivers/x.c"], "U-Boot"),
    ("[PATCH xfstests] b", ["tests/generic/001"], "fstests"),
    ("[PATCH lvm2] b", ["lib/x.c"], "LVM2"),
    ("[PATCH rdma-core] b", ["libibverbs/verbs.c"], "rdma-core"),
    ("[PATCH i-g-t v2] b", ["tests/intel/gem.c"], "IGT"),
    ("[PATCH] foo: b", ["cmds/device.c"], OTHER),
    ("[PATCH] foo: b", ["src/b4/__init__.py", "README"], ""),
    ("[PATCH] foo: b", ["b4/ez.py", "man/b4.5"], OTHER),
])
def test_another_project_is_named(subject, paths, name):
    assert project_of(series(subject, *paths)) == name


@pytest.mark.parametrize(("subject", "paths"), [
    ("[PATCH] KVM: x86: b", ["arch/x86/kvm/vmx/vmx.c"]),
    ("[PATCH] tools/kvm_stat: b", ["tools/kvm/kvm_stat/kvm_stat"]),
    ("[PATCH qemu] fw_cfg: b", ["drivers/firmware/qemu_fw_cfg.c"]),
    ("[PATCH] x86/boot: b", ["x86/notes.c", "include/linux/x.h"]),
    ("[PATCH] toy: b", ["toy.c"]), ("[PATCH] rust: b", ["rust/kernel/lib.rs"]),
    ("[PATCH] lib: b", ["lib/list_sort.c"]),
    ("[PATCH] crypto: b", ["crypto/aes.c"]), ("[PATCH] block: b", ["block/bio.c"]),
    ("[PATCH] scripts: qemu", ["scripts/x.sh"]), ("[PATCH] b", []),
])
def test_what_may_be_the_kernels_is_taken(subject, paths):
    assert project_of(series(subject, *paths)) == ""


LKML, XEN = "linux-kernel@vger.kernel.org", "xen-devel@lists.xenproject.org"


@pytest.mark.parametrize(("sent", "path", "name"), [
    (["qemu-devel@nongnu.org"], "block/qcow2.c", "QEMU"),
    (["qemu-devel@nongnu.org", "kvm@vger.kernel.org"], "arch/x86/kvm/x86.c", ""),
    ([XEN], "xen/common/domain.c", "Xen"), ([XEN, LKML], "xen/common/domain.c", OTHER),
    ([XEN], "drivers/xen/events.c", ""), ([LKML], "block/bio.c", "")])
def test_the_list_says_whose_it_is_where_no_kernel_is_touched(sent, path, name):
    (one,) = series("[PATCH] b: c", path)
    assert project_of([replace(one, recipients=tuple(sent))]) == name
