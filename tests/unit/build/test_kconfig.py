# SPDX-License-Identifier: GPL-2.0-or-later
import pytest

from harness.build import kconfig
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
