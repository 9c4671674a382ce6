# SPDX-License-Identifier: GPL-2.0-or-later
from harness.uapi.headers import closure, includers, install, is_uapi, transform


def test_a_header_as_userspace_gets_it():
    text = ("#include <linux/compiler.h>\nstruct s {\n\tvoid __user *p;\n} __packed;\n"
            "static inline int f(void) __attribute_const__;\n")
    out = transform(text)
    assert "__user" not in out
    assert "compiler.h" not in out
    assert "__attribute__((packed))" in out
    assert out.count("\n") == text.count("\n"), "line numbers must stay"


def test_install_lets_the_architecture_win_and_wraps_the_generic_ones():
    out = install({
        "include/uapi/linux/a.h": b"a", "include/uapi/asm-generic/types.h": b"t",
        "include/uapi/asm-generic/kvm.h": b"generic", "arch/x86/include/uapi/asm/kvm.h": b"x86",
        "arch/x86/include/uapi/asm/Kbuild": b"generic-y += types.h\n",
        "include/uapi/linux/notes.txt": b"no header",
    }, "x86")
    assert out["linux/a.h"] == "a"
    assert out["asm/kvm.h"] == "x86"
    assert out["asm/types.h"] == "#include <asm-generic/types.h>\n"
    assert "linux/notes.txt" not in out


def test_what_includes_a_changed_header_is_reached():
    headers = {"a.h": "", "b.h": "#include <a.h>\n", "c.h": '# include "b.h"\n', "d.h": "a.h"}
    assert includers(headers, ["a.h"]) == ("a.h", "b.h", "c.h")
    assert includers(headers, ["gone.h"]) == ()


def test_only_what_is_needed_lies_on_disk():
    headers = {"linux/a.h": '#include "b.h"\n#include <asm/c.h>\n', "linux/b.h": "",
               "asm/c.h": "", "linux/d.h": ""}
    assert closure(headers, ["linux/a.h"]) == ("asm/c.h", "linux/a.h", "linux/b.h")
    headers["linux/b.h"] = "#include MACRO\n"
    assert len(closure(headers, ["linux/a.h"])) == 4, "it may be any of them"


def test_which_paths_userspace_sees():
    assert is_uapi("include/uapi/linux/kvm.h", "x86")
    assert is_uapi("arch/x86/include/uapi/asm/kvm.h", "x86")
    assert not is_uapi("arch/arm64/include/uapi/asm/kvm.h", "x86")
    assert not is_uapi("include/linux/kvm_host.h", "x86")
