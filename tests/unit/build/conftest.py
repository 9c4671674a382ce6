# SPDX-License-Identifier: GPL-2.0-or-later
"""cp, rm, find and make without a process, and what a build is given."""

import fnmatch
import itertools
import os
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from harness.build import kernel
from harness.build.kbuild import Builder
from harness.model import Kconfig
from harness.system.sandbox import Sandbox

CONFIG = Kconfig(("CONFIG_PVH=y\n",))
TOY = {"toy.c": "toy;", "other.c": "other;", "Documentation/x.rst": "x", "Kconfig": "config PVH\n"}


def _cp(argv, _):
    source, target = Path(argv[-2].removesuffix("/.")), Path(argv[-1])
    if source.is_dir():
        shutil.copytree(source, target, symlinks=True, dirs_exist_ok=True,
                        copy_function=os.link if "--link" in argv else shutil.copy2)
    else:
        shutil.copy2(source, target, follow_symlinks=False)


def _rm(argv, _):
    path = Path(argv[-1])
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _find(argv, more):
    """Remove the files that have a name asked for, below no path that is left out."""
    left, names = ([argv[n + 1] for n, word in enumerate(argv) if word == kind]
                   for kind in ("-path", "-name"))
    top = Path(more["cwd"])
    for path in [p for p in top.rglob("*") if p.is_file() and not p.is_symlink()]:
        whole = f"./{path.relative_to(top)}"
        if not any(fnmatch.fnmatch(whole, p) for p in left) and any(
                fnmatch.fnmatch(path.name, n) for n in names):
            path.unlink()


@pytest.fixture
def disk(commands):
    """``commands`` that copy and remove in truth."""
    commands.say("cp", "-a", does=_cp)
    commands.say("find", "rm", does=_find)
    commands.say("rm", "-rf", does=_rm)
    return commands


@pytest.fixture
def builder(tmp_path):
    """What every build shares; ``builder.say`` is a list's ``append``."""
    said = []
    return Builder(tmp_path / "cache", Sandbox(enabled=False), 3, 60.0, said.append,
                   tmp_path / "log")


@pytest.fixture
def said(builder):
    return builder.say.__self__


class Toy:
    """make: an image is all C of the sources; "#error" ends it, "#warn" does with WERROR."""

    def __init__(self):
        self.asked = []

    def __call__(self, argv, _):
        at = argv.index("make")
        src, out = Path(argv[at + 2]), Path(argv[at + 3].removeprefix("O="))
        target, *variables = argv[at + 6:]
        self.asked.append((target, *variables))
        dot = out / ".config"
        if target.endswith("config"):
            text = dot.read_text() if dot.exists() else ""
            dot.write_text(text if target == "olddefconfig" else "CONFIG_X_WERROR=y\n")
            return b""
        text = "".join(p.read_text() for p in sorted(src.glob("*.c")))
        said = "toy.c:1: error: broken\n" * ("#error" in text)
        if "#warn" in text and "CONFIG_X_WERROR=n" not in variables:
            said += "toy.c:1: error: unused [-Werror=unused]\n"
        if said:
            return f"{said}make: Error 2\n".encode(), 2
        image = out / {"bzImage": "arch/x86/boot/bzImage"}.get(target, target)
        image.parent.mkdir(parents=True, exist_ok=True)
        image.write_text(text)
        return b"  CC      toy.o\n  LD      vmlinux\n"

    @property
    def builds(self):
        return [row for row in self.asked if not row[0].endswith("config")]


@pytest.fixture
def toy(builder, disk, git, monkeypatch):
    """make, and git that writes sources; a build takes five seconds. See ``Toy``."""
    def checkout(argv, _):
        top = Path(next(a for a in argv if a.startswith("--work-tree=")).partition("=")[2])
        for name, text in git.files(read[-1]).items():
            (top / name).parent.mkdir(parents=True, exist_ok=True)
            (top / name).write_bytes(text)

    read = []
    disk.say("read-tree", does=lambda argv, _: read.append(argv[-1]))
    disk.say("checkout-index", does=checkout)
    maker = Toy()
    disk.say("make", does=maker)
    clock = itertools.count(1000, 5)
    monkeypatch.setattr(kernel, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    monkeypatch.setattr(kernel, "toolchain", lambda *_: "gcc 12 / ld 2.40")
    return maker


@pytest.fixture
def tree(git):
    return git.tree(TOY)


@pytest.fixture
def start(toy, builder, tree):
    return kernel.base(builder, tree, tree.commit, CONFIG)
