# SPDX-License-Identifier: GPL-2.0-or-later
import pytest

from harness.build import kbuild, kconfig, kernel
from harness.errors import UsageError
from harness.model import Kconfig

WANTED = Kconfig((
    'CONFIG_A=y\nCONFIG_S="x"\n# CONFIG_OFF is not set\n',
    "CONFIG_A=n\nCONFIG_B=y # optional\nCONFIG_C=y\n",
))


def test_later_fragments_win_and_notes_are_dropped():
    assert kconfig.render(WANTED) == (
        '# CONFIG_A is not set\nCONFIG_S="x"\n# CONFIG_OFF is not set\nCONFIG_B=y\nCONFIG_C=y\n')


def test_a_symbol_that_vanished_is_named_and_an_optional_one_is_not():
    have = '# CONFIG_A is not set\nCONFIG_S="x"\n'
    assert kconfig.vanished(WANTED, have) == ("CONFIG_C=y",)


def test_absent_is_as_good_as_not_set():
    assert kconfig.vanished(Kconfig(("# CONFIG_X is not set\n",)), "") == ()


def test_the_fragment_that_is_shipped_parses():
    wanted = kconfig.parse((kconfig.DATA / "tiny.config").read_text())
    assert wanted["PVH"] == ("y", True)
    assert wanted["SLUB_DEBUG"] == ("y", False)


def test_an_extra_configuration_is_a_file_or_a_target_of_make(tmp_path):
    (tmp_path / "x").write_text("CONFIG_LOCKDEP=y\n")
    assert "CONFIG_LOCKDEP=y\n" in kconfig.render(kconfig.named(str(tmp_path / "x")))
    assert kconfig.named("allmodconfig").start == "allmodconfig"
    for wrong in ("no/such/file", "help", "clean; rm", "-f"):
        with pytest.raises(UsageError, match="no configuration of make"):
            kconfig.named(wrong)


LINK = ("  LD      vmlinux\nld: net/core/skbuff.o: in function `consume_skb':\n"
        "skbuff.c:(.text+0x1f3): undefined reference to `sk_skb_reason_drop'\n"
        "make[1]: *** [/src/scripts/Makefile.vmlinux:72: vmlinux.unstripped] Error 1\n")


LOST = "permission denied: it is not executable, this tree has lost its file modes"


@pytest.mark.parametrize(("text", "says"), [
    ("/src/a/b.c:3:9: error: no\nb.c:4: error: yes\n", "a/b.c:3: no"),
    (LINK, "skbuff.c: undefined reference to `sk_skb_reason_drop' (wanted by consume_skb)"),
    ("/usr/bin/ld: a.o: in function `f':\n/usr/bin/ld: (.text+0x1): undefined reference to `g'\n",
     "undefined reference to `g' (wanted by f)"),
    ("ld: a.o: multiple definition of `f'; b.o: first defined here\n",
     "a.o: multiple definition of `f'"),
    ('ERROR: modpost: "no_such" [fs/a.ko] undefined!\n', 'modpost: "no_such" [fs/a.ko] undefined!'),
    ("/bin/sh: 1: /src/scripts/ld-version.sh: Permission denied\n",
     f"scripts/ld-version.sh: {LOST}"),
    ("make[2]: *** No rule to make target 'scripts/Makefile.lib'.  Stop.\n",
     "scripts/Makefile.lib: the tree lacks it, and has no rule to make it"),
    ("make: *** [Makefile:1: all] Error 2\n", ""), ("", ""),
])
def test_what_ended_a_build(text, says):
    assert kbuild.first_error(text) == says


KVM = """config KVM
\ttristate "KVM"
\tdepends on HAVE_KVM
\tdepends on HIGH_RES_TIMERS
\t# for TASKSTATS/TASK_DELAY_ACCT:
\tdepends on NET && MULTIUSER && (A || B)
\tselect X

config OTHER
\tbool
\tdepends on C
"""


def test_what_a_symbol_that_vanished_depends_on():
    terms = kconfig.depends_on(KVM, "CONFIG_KVM")
    assert terms == ("HAVE_KVM", "HIGH_RES_TIMERS", "NET", "MULTIUSER", "(A || B)")
    assert kconfig.plain_symbols(terms) == tuple(
        f"CONFIG_{n}" for n in ("HAVE_KVM", "HIGH_RES_TIMERS", "NET", "MULTIUSER"))
    have = "CONFIG_HAVE_KVM=y\nCONFIG_HIGH_RES_TIMERS=y\nCONFIG_MULTIUSER=y\n"
    assert kconfig.settings({"CONFIG_KVM": terms}, have) == ("CONFIG_NET=y",)
    assert kconfig.depends_on(KVM, "CONFIG_NONE") == ()


def test_which_image_a_configuration_can_boot():
    assert kernel.image_of("CONFIG_PVH=y\n") == kernel.VMLINUX
    assert kernel.image_of("CONFIG_PVH=y\nCONFIG_KASAN=y\n") == kernel.BZIMAGE
    assert kernel.image_of("CONFIG_XEN_PVH=y\n") == kernel.BZIMAGE
