# SPDX-License-Identifier: GPL-2.0-or-later
"""cp and rm without a process, and what a build is given."""

import os
import shutil
from pathlib import Path

import pytest

from harness.build.kbuild import Builder
from harness.system.sandbox import Sandbox


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


@pytest.fixture
def disk(commands):
    """``commands`` that copy and remove in truth."""
    commands.say("cp", "-a", does=_cp)
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
