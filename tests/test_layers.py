# SPDX-License-Identifier: GPL-2.0-or-later
"""The house rules that a machine can check: imports, words, licences, sizes."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
HARNESS = ROOT / "harness"
FILES = sorted(HARNESS.rglob("*.py"))

# Each floor may import from those below it, and each folder from itself; of the subjects none
# from another. What stands beside the folders is the vocabulary, or a small tool.
VOCABULARY = {"arch", "clean", "errors", "evidence", "model", "selection", "settings"}
TOOLS = {"compare", "csource", "hunks", "profiles", "trees"}
SUBJECTS = {"intake", "review", "apply", "lint", "uapi", "build", "cover", "generate", "guest",
            "suites"}
ORDER = (VOCABULARY, {"system"}, TOOLS, {"cache"}, SUBJECTS, {"report"}, {"run"},
         {"bench", "prove"}, {"farm"}, {"cli"}, {"__main__"})


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
    if here == "report":  # a leaf: it shows what is in a Report and asks nothing
        return VOCABULARY | {here}
    floor = next(n for n, rooms in enumerate(ORDER) if here in rooms)
    below = set().union(*ORDER[:floor])
    return below | {here} if ORDER[floor] is SUBJECTS else below | ORDER[floor]


@pytest.mark.parametrize("path", [p for p in FILES if p.parent != HARNESS or p.stem != "__init__"],
                         ids=lambda p: str(p.relative_to(HARNESS)))
def test_imports_go_one_way(path):
    wrong = set(imported(path)) - allowed(room(path)) - {"__version__"}
    assert not wrong, f"{path.name} imports {sorted(wrong)}"


def test_few_files_stand_beside_the_folders():
    assert len([p for p in tracked() if p.parent == HARNESS]) <= 14


MOST_IMPORTS = 10  # modules of the house that one module may need, outside of what shows


def modules(path):
    known = {".".join(p.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
             for p in FILES}
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("harness"):
            names = [f"{node.module}.{a.name}" for a in node.names]
            yield from (n if n in known else node.module for n in names)


# The table of the stages names them all.
COUNTED = [p for p in FILES if room(p) not in {"cli", "report"} and p.stem != "pipeline"]


@pytest.mark.parametrize("path", COUNTED,
                         ids=lambda p: str(p.relative_to(HARNESS)))
def test_a_module_needs_few_others(path):
    needs = set(modules(path))
    assert len(needs) <= MOST_IMPORTS, sorted(needs)


ONLY = {"unidiff": "intake", "git": "apply", "elftools": ("cover", "uapi"), "subprocess": "system",
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


def test_what_is_installed_is_all_that_is_there():
    """Each package and each data file is named where setuptools looks for them."""
    told = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    packages = {".".join(p.parent.relative_to(ROOT).parts) for p in FILES
                if p.name == "__init__.py"}
    assert {p for p in told["packages"] if not p.startswith("harness.share")} == packages
    for path in tracked():
        if HARNESS in path.parents and path.suffix != ".py":
            globs = told["package-data"].get(".".join(path.parent.relative_to(ROOT).parts), ())
            assert any(path.match(glob) for glob in globs), f"{path} would not be installed"


def test_harness_knows_no_subject():
    """Not the lead case's words, and not the name of any profile."""
    names = [a.parent.name for a in (ROOT / "kselftests").glob("*/about.toml")]
    words = re.compile("|".join(["coalesced", r"\bpio\b", *(rf"\b{n}\b" for n in names)]),
                       re.IGNORECASE)
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
    assert not [f"{p}: {n}" for p in FILES if (n := len(p.read_text().splitlines())) > 300]


def test_the_top_level_is_as_agreed():
    names = {p.relative_to(ROOT).parts[0] for p in tracked()}
    assert names <= {".ci", ".editorconfig", ".gitignore", ".pre-commit-hooks.yaml",
                     "pyproject.toml", "harness", "patches", "kselftests", "tests", "tox.ini",
                     "README.md", "run", "docs",
                     "COPYING", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md"}


def test_the_command_line_starts_without_what_only_some_commands_need():
    late = {"jinja2", "rich", "unidiff", "git", "liblore", "requests", "elftools", "tree_sitter"}
    code = f"import sys, harness.cli.main; print(*sorted({late!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True,
                          cwd=ROOT)
    assert done.stdout.split() == []


def test_every_test_is_collected():
    """Pytest passes over folders of some names, "build" among them."""
    done = subprocess.run([sys.executable, "-m", "pytest", "--collect-only", "-qq", "tests/unit"],
                          capture_output=True, text=True, check=True, cwd=ROOT)
    seen = {line.partition(":")[0] for line in done.stdout.splitlines()}
    here = {str(p.relative_to(ROOT)) for p in (ROOT / "tests/unit").rglob("test_*.py")}
    assert here <= seen
