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


@pytest.mark.parametrize(("line", "symbol", "value"), [
    ("CONFIG_A=y", "A", ("y", False)), ("CONFIG_A=y  # optional", "A", ("y", True)),
    ("CONFIG_A=y #optional", "A", ("y", True)), ('CONFIG_A="x y"', "A", ('"x y"', False)),
    ("CONFIG_A=0x10 ", "A", ("0x10", False)), ("# CONFIG_A is not set", "A", ("n", False)),
])
def test_a_line_of_a_fragment(line, symbol, value):
    assert kconfig.parse(f"# a comment\n\n{line}\n") == {symbol: value}


@pytest.mark.parametrize("line", ["CONFIG_A", "# CONFIG_A=y", "XCONFIG_A=y", "CONFIG_A=", "A=y"])
def test_a_line_that_sets_nothing(line):
    assert kconfig.parse(line) == {}


def test_fragment_files_are_combined_in_order(tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).write_text(f"CONFIG_X={name}\n")
    both = kconfig.combine(tmp_path / "one", tmp_path / "two")
    assert both == Kconfig(("CONFIG_X=one\n", "CONFIG_X=two\n"), "tinyconfig")


def test_a_fragment_of_ones_own_comes_behind_the_shipped_one(tmp_path):
    (tmp_path / "x").write_text("# CONFIG_SLUB_DEBUG is not set\n")
    text = kconfig.render(kconfig.named(str(tmp_path / "x")))
    assert "# CONFIG_SLUB_DEBUG is not set\n" in text
    assert "CONFIG_PVH=y\n" in text


def test_a_symbol_with_another_value_has_vanished():
    assert kconfig.vanished(Kconfig(("CONFIG_A=y\nCONFIG_B=m\n# CONFIG_C is not set\n",)),
                            "CONFIG_A=m\nCONFIG_B=m\nCONFIG_C=y\n") == (
        "CONFIG_A=y", "CONFIG_C=n")


@pytest.mark.parametrize(("text", "terms"), [
    ("config A\n\tdepends on B\n", ("B",)), ("menuconfig A\n\tdepends on B\n", ("B",)),
    ("config A\n\tdepends on B && \\\n\t\tC\n", ("B", "C")),
    ("config A\n\tdepends on B # why && C\n", ("B",)),
    ("config A\n\tdepends on B\n\tdepends on B\n", ("B",)),
    ("config AB\n\tdepends on B\n", ()), ("config A\n\tdepends on B", ("B",)),
    ("config A\n\tdepends on X\nconfig B\nconfig A\n\tdepends on Y\n", ("X", "Y")),
    ("config A\n\tbool\nif X\n\tdepends on B\n", ()),
])
def test_what_a_kconfig_file_says_of_a_symbol(text, terms):
    assert kconfig.depends_on(text, "CONFIG_A") == terms


@pytest.mark.parametrize(("term", "symbol"), [
    ("A", "CONFIG_A"), ("(A)", "CONFIG_A"), ("A=y", "CONFIG_A"), ("A = y", "CONFIG_A"),
    ("!A", ""), ("A || B", ""), ("A=n", ""), ("A!=y", ""), ("$(cc-option)", ""), ("64BIT", ""),
])
def test_a_term_that_is_one_symbol(term, symbol):
    assert kconfig.plain_symbols([term]) == ((symbol,) if symbol else ())


def test_what_is_needed_is_switched_on_once_and_only_where_it_is_off():
    needs = {"CONFIG_X": ("A", "B", "!C", "M"), "CONFIG_Y": ("B", "D")}
    assert kconfig.settings(needs, "CONFIG_A=y\nCONFIG_M=m\n# CONFIG_D is not set\n") == (
        "CONFIG_B=y", "CONFIG_M=y", "CONFIG_D=y")


@pytest.mark.parametrize(("expression", "terms"), [
    ("A && B", ("A", "B")), ("(B && C) || D", ("(B && C) || D",)),
    ("A && (B || C)", ("A", "(B || C)")), ("A && (B && C)", ("A", "(B && C)")),
    ("A || B && C", ("A || B && C",))])
def test_only_what_and_joins_comes_apart(expression, terms):
    text = f"config X\n\tbool\n\tdepends on {expression}\n"
    assert kconfig.depends_on(text, "CONFIG_X") == terms


def test_lines_may_be_given_as_they_are():
    text = kconfig.render(kconfig.named("CONFIG_EXT4_FS=y,CONFIG_SLUB_TINY=n,CONFIG_NR=7"))
    assert "CONFIG_EXT4_FS=y\n" in text
    assert "# CONFIG_SLUB_TINY is not set\n" in text
    assert "CONFIG_NR=7\n" in text
    assert "CONFIG_64BIT=y\n" in text, "on top of the guest's own"


@pytest.mark.parametrize("name", ["CONFIG_X", "CONFIG_X=", "CONFIG_X=y,", "CONFIG_X=y CONFIG_Y=y"])
def test_lines_that_are_none(name):
    with pytest.raises(UsageError):
        kconfig.named(name)


FILES = {
    "Kconfig": 'source "fs/Kconfig"\nmenu "Top"\n\tdepends on TOP && NET\nsource "net/Kconfig"\n'
               "endmenu\n",
    "fs/Kconfig": 'config EARLY\n\tbool\nif BLOCK\nsource "fs/ext4/Kconfig"\nendif # BLOCK\n'
                  "config LATE\n\tbool\n",
    "fs/ext4/Kconfig": "config EXT4\n\ttristate\nif EXT4 && (A || B)\nconfig EXT4_ACL\n"
                       "\tdepends on NLS\nendif\n",
    "net/Kconfig": "menuconfig SCTP\n\tbool\n\tdepends on INET\n"}


@pytest.mark.parametrize(("symbol", "terms"), [
    ("EARLY", ()), ("LATE", ()), ("EXT4", ("BLOCK",)), ("EXT4_ACL", ("EXT4", "(A || B)", "BLOCK")),
    ("SCTP", ("TOP", "NET"))])
def test_what_stands_around_a_symbol_and_around_its_file(symbol, terms):
    assert kconfig.around(FILES)[f"CONFIG_{symbol}"] == terms


@pytest.mark.parametrize("text", [
    'source "a"\nconfig X\n', "endif\nendmenu\nconfig X\n", "if A\nmenu\nendif\nconfig X\n", ""])
def test_files_that_go_round_or_do_not_end_are_read(text):
    assert kconfig.around({"a": text}).get("CONFIG_X", ()) == ()
