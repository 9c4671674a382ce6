# SPDX-License-Identifier: GPL-2.0-or-later
"""A root for scripts, of the packages that are installed here."""

import shutil

import pytest

from harness.build import root
from harness.errors import ToolMissingError

ROWS = ("bash\tinstalled\tbase-files (>= 2), libc6 (>= 2.36), libtinfo6 (>= 6), \n"
        "libc6\tinstalled\t, libgcc-s1, libcrypt1 (>= 1)\nlibgcc-s1\tinstalled\t, gcc-12-base\n"
        "gone\tconfig-files\t, \nperl\tinstalled\t, libperl5\n")


def test_libraries_come_with_the_programs_and_nothing_else():
    there = root.installed(ROWS)
    assert there == {"bash": ("libc6", "libtinfo6"), "libc6": ("libgcc-s1", "libcrypt1"),
                     "libgcc-s1": ("gcc-12-base",), "perl": ("libperl5",)}
    assert set(root.closure(there)) == {"bash", "libc6", "libgcc-s1"}


@pytest.fixture
def packages(commands, tmp_path, monkeypatch):
    """``packages(*paths)``: the root where these files are all that the packages have."""
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")

    def go(*paths, there=root.NEEDED):
        commands.say("dpkg-query", "-W", out="".join(
            f"{n}\tinstalled\t, \n" for n in there).encode())
        commands.say("dpkg-query", "-L", out="".join(f"{p}\n" for p in paths).encode())
        return root.make()
    return go


def test_programs_and_libraries_are_taken_and_merged_into_usr(packages):
    made = packages("/.", "/bin", "/bin/sh", "/usr/share/doc/x", "/nowhere/x", "/bin/gone")
    assert "bin" in made.links
    assert made.links["bin"] == "usr/bin"
    assert {n for n in (*made.files, *made.links) if n.startswith("usr/")} == {"usr/bin/sh"}


def test_there_is_a_shell_and_an_awk(packages, monkeypatch):
    real = root._read
    monkeypatch.setattr(root, "_read", lambda paths: real(p.replace("mawk", "true") for p in paths))
    assert packages("/bin/true").links["usr/bin/sh"] == "bash"
    assert "usr/bin/awk" not in packages("/bin/true").links


def test_what_is_missing_is_named(packages, monkeypatch):
    with pytest.raises(ToolMissingError, match="procps"):
        packages(there=root.NEEDED[:-1])
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(ToolMissingError, match="dpkg-query"):
        root.make()


def test_there_is_an_end(packages, monkeypatch):
    monkeypatch.setattr(root, "MOST", 10)
    assert packages("/bin/ls").files == {}
