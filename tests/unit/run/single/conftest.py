# SPDX-License-Identifier: GPL-2.0-or-later
"""A toy kernel of two files and a header, halfway through a series that touches them."""

import shutil
from pathlib import Path

import pytest

from harness.evidence import Changed
from harness.run import configs
from harness.system import repo
from tests.unit.run.toys import applied, state

OLD = {"Makefile": "x", "fs/Makefile": "obj-$(CONFIG_FS) += a.o b.o\n",
       "fs/a.c": '#include "h.h"\nint a;\n', "fs/b.c": "int b;\n", "fs/h.h": "int h;\n",
       "Documentation/x.rst": "x\n"}


@pytest.fixture
def series(tmp_path, git, versions, monkeypatch):
    """``series(edits, ...)``: a run whose series has a patch for each; None removes a file."""
    monkeypatch.setattr(configs, "kconfig_environment", lambda *_: {})

    def go(*edits, **fields):
        rows = [OLD]
        for edit in edits:
            rows.append({p: t for p, t in {**rows[-1], **edit}.items() if t is not None})
        made = applied(git, *rows)
        new = git.files(made.head)
        files = tuple(Changed(p, OLD.get(p), new[p].decode() if p in new else None,
                              *repo.changed_lines("", made.base, made.head, p))
                      for p in repo.changed("", made.base, made.head))
        return state(tmp_path, **{"applied": made, "files": files, **fields})
    return go


@pytest.fixture
def copies(commands):
    """``commands`` that copy in truth."""
    def cp(argv, _):
        shutil.copytree(argv[-2], argv[-1], symlinks=True)
    commands.say("cp", "-a", does=cp)
    return commands


@pytest.fixture
def out(tmp_path):
    """A build directory in which CONFIG_FS is on."""
    place = Path(tmp_path / "out")
    place.mkdir()
    (place / ".config").write_text("CONFIG_FS=y\n")
    return place
