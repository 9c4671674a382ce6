# SPDX-License-Identifier: GPL-2.0-or-later
"""The house rules that a machine can check: imports, words, licences, sizes."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
HARNESS = ROOT / "harness"
FILES = sorted(HARNESS.rglob("*.py"))

# Each row may import from itself and from the rows above it; stages not from one another.
GROUND = {"errors", "model", "clean", "evidence"}
TOOLS = {"proc", "sandbox", "arch", "kconfig", "settings", "repo", "trees", "profiles",
         "hunks", "confine", "csource",
         "choice", "cells", "kbuild", "overlay", "condition", "regions"}
STAGES = {"intake", "apply", "lint", "uapi", "build", "generate", "guest", "compare", "doctor",
          "replay", "mutate", "proof", "review", "codecheck"}
TOP = {"stages", "pipeline", "runner", "fuzz", "prove", "workload", "receive", "treelint",
       "state", "reuse", "housekeeping", "schedule", "guests", "dry", "history", "patchwork",
       "looking", "compiled", "selftests", "build_stages"}


def room(path):
    return path.relative_to(HARNESS).with_suffix("").parts[0]


def imported(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("harness"):
            parts = node.module.split(".")
            yield from ([parts[1]] if len(parts) > 1 else [a.name for a in node.names])
        elif isinstance(node, ast.Import):
            yield from (a.name.split(".")[1] for a in node.names if a.name.startswith("harness."))


def allowed(here):
    if here in GROUND:
        return GROUND
    if here in TOOLS:
        return GROUND | TOOLS
    if here in STAGES:
        return GROUND | TOOLS | {here}
    if here == "report":
        return GROUND | {"report"}
    if here in TOP:
        return GROUND | TOOLS | STAGES | TOP | {"report"}
    return None  # cli, __main__, __init__: anything


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(HARNESS)))
def test_imports_go_one_way(path):
    may = allowed(room(path))
    wrong = set(imported(path)) - may - {"__version__"} if may is not None else set()
    assert not wrong, f"{path.name} imports {sorted(wrong)}"


def test_every_room_has_a_row():
    rooms = {room(p) for p in FILES} - {"__init__", "__main__", "cli", "console", "commands",
                                            "options", "report", "mailroom", "reporting",
                                            "uapi_command"}
    assert rooms == GROUND | TOOLS | STAGES | TOP


ONLY = {"unidiff": "intake", "git": "apply", "elftools": "uapi", "subprocess": "proc",
        "jinja2": ("generate", "report"), "liblore": "intake", "tree_sitter": "csource"}


@pytest.mark.parametrize("module", ONLY)
def test_a_library_has_one_user(module):
    users = {room(p) for p in FILES for node in ast.walk(ast.parse(p.read_text()))
             if (isinstance(node, ast.Import) and any(
                 a.name.split(".")[0] == module for a in node.names))
             or (isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == module)}
    assert users == ({ONLY[module]} if isinstance(ONLY[module], str) else set(ONLY[module]))


def tracked():
    done = subprocess.run(["git", "-C", str(ROOT), "ls-files", "-co", "--exclude-standard"],
                          capture_output=True, text=True, check=True)
    return [ROOT / line for line in done.stdout.splitlines() if (ROOT / line).is_file()]


def test_harness_knows_no_subject():
    words = re.compile(r"coalesced|\bpio\b", re.IGNORECASE)
    for path in [p for p in tracked() if HARNESS in p.parents]:
        for number, line in enumerate(path.read_text().splitlines(), 1):
            assert not words.search(line), f"{path}:{number}: {line}"


def test_every_file_says_its_licence():
    for path in tracked():
        if path.suffix in {".py", ".c", ".h", ".toml", ".j2", ".config", ".ini"} or (
                path.name in {"run", "config", "Makefile"}):
            head = "\n".join(path.read_text("utf-8", "replace").splitlines()[:3])
            assert "SPDX-License-Identifier" in head, path


def test_files_are_rooms_and_not_halls():
    # model.py is the vocabulary: every word that travels, in one place
    assert not [f"{p}: {n}" for p in FILES if (n := len(p.read_text().splitlines())) > (
        405 if p.name == "model.py" else 330)]


def test_the_top_level_is_as_agreed():
    names = {p.relative_to(ROOT).parts[0] for p in tracked()}
    names = {n for n in names if not n.startswith(".")}
    assert names <= {"pyproject.toml", "harness", "patches", "kselftests", "tests", "tox.ini",
                     "README.md", "run", "docs"}
