# SPDX-License-Identifier: GPL-2.0-or-later
"""Names that mean something, and when a struct may grow."""

import pytest

from harness.uapi import context
from tests.make import api, member, struct

HERE = "include/uapi/linux/x.h"


@pytest.mark.parametrize(("name", "yes"), [
    ("pad", True), ("__pad", True), ("pad1", True), ("pad_2", True), ("_pad", True),
    ("hw.pad", True), ("pad.kind", False), ("reserved", True), ("reserved2", True),
    ("__reserved", True), ("rsvd", True), ("unused", True), ("spare", True), ("my_padding", True),
    ("RESERVED", True), ("mbz", True), ("__res", True), ("resv", True),
    ("path", False), ("padded", False), ("spread", False), ("unusedness", False), ("", False),
    ("address", False), ("result", False),
])
def test_padding(name, yes):
    assert context.is_padding(name) == yes


@pytest.mark.parametrize(("name", "yes"), [
    ("X_MAX", True), ("MAX", True), ("__X_MAX", True), ("__NL80211_ATTR_AFTER_LAST", True),
    ("X_CNT", True), ("NR_FILES", True), ("X_NUM_TYPES", True), ("__IFLA_MAX", True),
    ("X_SENTINEL", True), ("__NR_syscalls", True), ("__NR_compat_syscalls", True),
    ("__NR_openat", False), ("KVM_CAP_NR_VCPUS", False), ("KVM_CAP_MAX_VCPUS", False),
    ("X_MAXIMAL", False), ("COUNTER", False), ("ENDING", False), ("X_SIZE", False),
])
def test_numbers_that_only_say_how_many(name, yes):
    assert context.is_sentinel(name) == yes


@pytest.mark.parametrize(("name", "mask", "version"), [
    ("X_FLAGS_MASK", True, False), ("X_ALL", True, False), ("X_VALID_FLAGS", True, False),
    ("X_FEATURES", True, False), ("RESERVED_X", True, False), ("X_SMALL", False, False),
    ("X_FLAGS_A", False, False), ("X_VERSION", False, True), ("X_API_VERSION_2", False, True),
    ("SUBVERSION", False, True), ("X_MINOR", False, True), ("X_PATCHLEVEL", False, True),
    ("X_VERSION_EXTRA", False, True), ("X_MINORITY", False, False), ("X_VERSIONED", False, False),
])
def test_masks_and_versions(name, mask, version):
    assert (context.is_mask(name), context.is_version(name)) == (mask, version)


def test_places():
    field = member("a", 4, 4, bits=3, bit_offset=35)
    assert context.byte_range(field) == (4, 4, 3, 35)
    assert context.place_text(field) == "bits 35..37"
    assert context.place_text(member("a", 4, 8)) == "offset 4, 8 bytes"
    assert context.is_inline(member("a", 0, type="struct (anonymous)"))
    assert not context.is_inline(member("a", 0, type="struct s"))


def test_where():
    here = context.HeaderContext(HERE, "i386")
    assert str(here.where(7)) == f"{HERE}:7"
    assert str(here.where(0)) == HERE


def grown(*names, size=8):
    """A struct with these first fields, before and after another came at its end."""
    fields = [member(n, 4 * i) for i, n in enumerate(names)]
    return (struct("struct i", *fields, size=size),
            struct("struct i", *fields, member("new", 4 * len(names)), size=size + 4))


@pytest.mark.parametrize(("names", "says"), [
    (("argsz", "flags"), "argsz"), (("flags", "argsz"), "argsz"), (("size", "x"), "size"),
    (("len", "x"), "size"), (("type", "size"), "size"), (("x", "size"), ""), (("x", "type"), ""),
    (("struct_size", "x"), "struct_size"),
])
def test_protocols_by_which_userspace_says_what_it_knows(names, says):
    reason = context.protocol(*grown(*names), api(), HERE)
    assert says in reason
    assert bool(reason) == bool(says)


@pytest.mark.parametrize(("name", "value", "safe"), [
    ("I_SIZE_VER0", 8, True), ("I_SIZE_VER0", 12, False), ("I_SIZE_V1", 8, True),
    ("SIZEOF_VER0", 8, False), ("I_SIZE_OF_VER_1", 8, False), ("I_SIZE", 8, False),
    ("I_SIZE_VER", 8, False),
])
def test_a_macro_that_names_the_old_size(name, value, safe):
    reason = context.protocol(*grown("x", "y"), api(numbers={name: value}), HERE)
    assert bool(reason) == safe
    assert not safe or name in reason


@pytest.mark.parametrize(("path", "safe"), [
    ("include/uapi/drm/i915_drm.h", True), ("include/uapi/linux/bpf.h", True),
    ("include/uapi/rdma/x.h", True), ("include/uapi/linux/virtio_net.h", True),
    ("include/uapi/linux/inet_diag.h", True), ("include/uapi/linux/kvm.h", False),
    ("arch/x86/include/uapi/asm/bpf.h", False),
])
def test_interfaces_that_take_a_length(path, safe):
    assert bool(context.protocol(*grown("x", "y"), api(), path)) == safe


def test_growth_is_safe_only_at_the_end():
    old = struct("struct i", member("size", 0), member("a", 4), size=8)
    renamed = struct("struct i", member("size", 0), member("b", 4), member("new", 8), size=12)
    gone = struct("struct i", member("size", 0), member("new", 8), size=12)
    assert not context.protocol(old, old, api(), HERE)
    assert not context.protocol(old, struct("struct i", size=4), api(), HERE)
    assert context.protocol(old, renamed, api(), HERE), "the bytes are where they were"
    assert not context.protocol(old, gone, api(), HERE)
    assert context.protocol(struct("struct i", member("size", 0), member("pad", 4), size=8),
                            gone, api(), HERE), "padding may give way"
    inline = struct("struct i", member("size", 0), member("u", 4, type="union (anonymous)"),
                    size=8)
    assert context.protocol(inline, gone, api(), HERE)
    # a is where new is as well: it has moved, and another lies in its place
    assert not context.protocol(old, struct("struct i", member("size", 0), member("a", 8),
                                            size=12), api(), HERE)


def test_two_layouts_side_by_side():
    old = struct("struct s", member("a", 0), member("flag", 4, bits=3), size=8)
    new = struct("struct s", member("a", 0), size=4)
    lines = context.picture(old, new, "then", "now").splitlines()
    assert lines[0].split() == ["struct", "s:", "then", "|", "now"]
    assert [line.split() for line in lines[1:]] == [
        ["0", "4", "u32", "a", "|", "0", "4", "u32", "a"],
        ["4", "4", "u32", "flag:3", ">", "4", "bytes,", "align", "8"],
        ["8", "bytes,", "align", "8", ">"]]
    assert len({max(line.find("|"), line.find(">")) for line in lines}) == 1
    longer = context.picture(new, old).splitlines()
    assert len(longer) == 4
    assert longer[0].split()[-1] == "after"


def test_a_field_that_moved_is_no_growth_though_another_took_its_place():
    old = struct("s", member("size", 0), member("a", 4), size=8)
    moved = struct("s", member("size", 0), member("new", 4), member("a", 8), size=12)
    renamed = struct("s", member("size", 0), member("b", 4), member("new", 8), size=12)
    assert context.protocol(old, moved, api(), HERE) == ""
    assert context.protocol(old, renamed, api(), HERE) != ""
