# SPDX-License-Identifier: GPL-2.0-or-later
"""From fragments to a .config that has them, with a make that drops what it may not have."""

import pytest

from harness.build import kbuild, kconfig
from harness.errors import InfrastructureError, InputRefusedError
from harness.model import Kconfig, Sources

KVM = """config KVM
\tbool
\tdepends on NET && (A || B)

config NET
\tbool
\tdepends on INET

config INET
\tbool
"""


class Conf:
    """``olddefconfig`` of a toy: a symbol stays when all that it ``needs`` is there."""

    def __init__(self, out, needs):
        self.out, self.needs, self.runs = out, needs, []

    def __call__(self, argv, _):
        self.runs.append(argv[-1])
        dot = self.out / ".config"
        if argv[-1] != "olddefconfig":
            dot.write_text(f"CONFIG_START={argv[-1]}\n")
            return
        have = {k: v for k, (v, _) in kconfig.parse(dot.read_text()).items() if v != "n"}
        for _ in range(9):
            have = {k: v for k, v in have.items()
                    if all(n in have for n in self.needs.get(k, ()))}
        dot.write_text("".join(f"CONFIG_{k}={v}\n" for k, v in have.items()))


@pytest.fixture
def place(builder, tmp_path, commands):
    """``place(config, needs, **files)``: configure, and the .config and what make was asked."""
    def go(config, needs=(), files=(), *, fresh=True, over=()):
        src, out = tmp_path / "src", tmp_path / "out"
        for folder in (src, out):
            folder.mkdir(exist_ok=True)
        for name, text in dict(files).items():
            (src / name).parent.mkdir(parents=True, exist_ok=True)
            (src / name).write_text(text)
        conf = Conf(out, dict(needs))
        commands.say("make", does=conf)
        kbuild.configure(builder, Sources(src, over), out, config, fresh=fresh)
        return (out / ".config").read_text().splitlines(), conf.runs
    return go


def test_the_fragments_come_behind_what_make_begins_with(place):
    have, runs = place(Kconfig(("CONFIG_A=y\n", "CONFIG_A=m\nCONFIG_B=y\n")))
    assert have == ["CONFIG_START=tinyconfig", "CONFIG_A=m", "CONFIG_B=y"]
    assert runs == ["tinyconfig", "olddefconfig"]


def test_a_configuration_of_make_is_what_it_begins_with(place):
    assert place(Kconfig((), "defconfig"))[1] == ["defconfig", "olddefconfig"]


def test_what_a_symbol_needs_is_switched_on_round_by_round(place, said):
    have, runs = place(Kconfig(("CONFIG_KVM=y\n",)), {"KVM": ("NET",), "NET": ("INET",)},
                       {"virt/Kconfig": KVM})
    assert set(have) >= {"CONFIG_KVM=y", "CONFIG_NET=y", "CONFIG_INET=y"}
    assert runs == ["tinyconfig", "olddefconfig", "olddefconfig"]
    assert "CONFIG_NET=y" in said[-1]


def test_what_was_on_already_is_not_asked_for_again(place, said):
    place(Kconfig(("CONFIG_KVM=y\nCONFIG_INET=y\n",)), {"KVM": ("NET",), "NET": ("INET",)},
          {"virt/Kconfig": KVM})
    assert "CONFIG_NET=y" in said[-1]
    assert "CONFIG_INET" not in said[-1]


def test_a_symbol_that_cannot_be_had_is_named_with_what_it_lacks(place):
    with pytest.raises(InfrastructureError) as error:
        place(Kconfig(("CONFIG_KVM=y\nCONFIG_X=y\n",)), {"KVM": ("NOBODY",), "X": ("NOBODY",)},
              {"virt/Kconfig": KVM})
    for word in ("CONFIG_KVM=y", "CONFIG_X=y", "NET and (A || B)"):
        assert word in error.value.message
    assert "CONFIG_INET depends" not in error.value.message, "it depends on nothing"
    assert error.value.hint


def test_symbols_that_depend_on_one_another_come_to_an_end(place):
    with pytest.raises(InfrastructureError, match="CONFIG_A=y"):
        place(Kconfig(("CONFIG_A=y\n",)), {"A": ("B",), "B": ("C",)},
              {"Kconfig": "config A\n\tdepends on B\nconfig B\n\tdepends on A\n"})


def test_rounds_have_an_end(place, commands):
    files = {"Kconfig": "config A\n\tdepends on B\n"}
    with pytest.raises(InfrastructureError):
        place(Kconfig(("CONFIG_A=y\n",)), {"A": ("NO",), "B": ("NO",)}, files)
    assert sum("olddefconfig" in call for call in commands.calls) == 1 + kbuild.DEPTH


def test_an_optional_symbol_may_vanish(place):
    have, _ = place(Kconfig(("CONFIG_A=y # optional\n",)), {"A": ("NO",)})
    assert have == ["CONFIG_START=tinyconfig"]


@pytest.mark.parametrize(("name", "read"), [
    ("Kconfig", True), ("arch/Kconfig", True), ("arch/x86/Kconfig", True),
    ("arch/x86/kvm/Kconfig", True), ("arch/arm64/Kconfig", False), ("net/Kconfig.debug", True),
    ("net/Makefile", False), ("archive/Kconfig", True),
])
def test_only_kconfig_files_of_this_architecture_are_believed(place, name, read):
    files = {name: "config A\n\tdepends on WIDGET\n"}
    config, needs = Kconfig(("CONFIG_A=y\n",)), {"A": ("WIDGET",)}
    if read:
        assert "CONFIG_WIDGET=y" in place(config, needs, files)[0]
    else:
        with pytest.raises(InfrastructureError) as error:
            place(config, needs, files)
        assert "WIDGET" not in error.value.message


def test_a_kconfig_file_is_read_as_the_series_has_it(place, tmp_path):
    (tmp_path / "new").write_text("config A\n\tdepends on B\n")
    have, _ = place(Kconfig(("CONFIG_A=y\n",)), {"A": ("B",)},
                    {"Kconfig": "config A\n\tdepends on NONE\n"},
                    over=(("Kconfig", tmp_path / "new"),))
    assert "CONFIG_B=y" in have


def test_a_kconfig_file_that_is_a_link_is_not_read(place, tmp_path):
    (tmp_path / "outside").write_text("config A\n\tdepends on B\n")
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "Kconfig").symlink_to(tmp_path / "outside")
    with pytest.raises(InfrastructureError):
        place(Kconfig(("CONFIG_A=y\n",)), {"A": ("B",)})


def test_a_configuration_that_make_leaves_as_it_is_is_not_judged_again(place, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / ".config").write_text("CONFIG_A=y\n")
    have, runs = place(Kconfig(("CONFIG_A=y\nCONFIG_GONE=y\n",)), fresh=False)
    assert (have, runs) == (["CONFIG_A=y"], ["olddefconfig"])


def test_a_configuration_that_loses_a_symbol_with_the_series_is_judged(place, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / ".config").write_text("CONFIG_A=y\nCONFIG_B=y\n")
    with pytest.raises(InfrastructureError, match="CONFIG_A=y"):
        place(Kconfig(("CONFIG_A=y\n",)), {"A": ("NO",)}, fresh=False)


def test_a_link_in_the_place_of_the_configuration_is_not_followed(builder, tmp_path, commands):
    out = tmp_path / "out"
    out.mkdir()
    (tmp_path / "mine").write_text("mine\n")
    commands.say("make", does=lambda *_: (out / ".config").symlink_to(tmp_path / "mine"))
    with pytest.raises(InputRefusedError):
        kbuild.configure(builder, Sources(tmp_path), out, Kconfig(("CONFIG_A=y\n",)))
    assert (tmp_path / "mine").read_text() == "mine\n"
