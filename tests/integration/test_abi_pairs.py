# SPDX-License-Identifier: GPL-2.0-or-later
"""Pairs of headers in data/abi, one oddity each, with the truth beside them.

The truth is derived by compiling static assertions and userspace lines with
plain gcc, not by our own code; then our code must come to the same.
"""

import os
import subprocess
import tempfile
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from harness.report import headers
from harness.settings import Settings
from harness.uapi import pair
from harness.uapi.result import Options

DATA = Path(__file__).parent.parent / "data" / "abi"
PAIRS = sorted(p.name for p in DATA.iterdir())
# What a static assertion cannot express; their breaks are proved in their own way below.
UNPROVED = {"bitfield_inserted_before", "bitfield_widened", "libc_macro_as_name",
            "cplusplus_keyword"}


def truth(name):
    return tomllib.loads((DATA / name / "truth.toml").read_text())


def side_of(name, side):
    """A header, or a folder of them whose ``linux/x.h`` is the one that is looked at."""
    folder = DATA / name / side
    return folder if folder.is_dir() else DATA / name / f"{side}.h"


def compiles(name, side, proof):
    """Whether the lines of a proof compile after one side, in C11 or in what ``lang`` says.

    ``run``: they are a program, which ends with 0 where it finds what it expects.
    """
    path = side_of(name, side)
    include = "#include <linux/x.h>" if path.is_dir() else path.read_text()
    language = proof.get("lang", "c")
    standard = proof.get("std", "gnu11" if language == "c" else "c++17")
    more = proof.get("more", "").split() or ["-w"]
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "program"
        wanted = ["-o", str(program)] if proof.get("run") else (
            ["-c", "-o", str(program)] if language.startswith("assembler") else ["-fsyntax-only"])
        done = subprocess.run(
            ["gcc", proof["flags"], *(["-I", str(path)] if path.is_dir() else ()),
             "-idirafter", "/usr/include/x86_64-linux-gnu", f"-std={standard}", *wanted,
             *more, "-x", language, "-"],
            input=f"{proof.get('head', '')}\n{include}\n{proof['code']}\n", text=True,
            capture_output=True, check=False)
        if done.returncode or not proof.get("run"):
            return done.returncode == 0
        return subprocess.run([str(program)], check=False).returncode == 0


def test_there_are_enough():
    assert len(PAIRS) >= 150


@pytest.mark.parametrize("name", PAIRS)
def test_the_truth_is_what_the_compiler_says(name):
    told = truth(name)
    derived = set()
    for proof in told["proof"]:
        # a header that is new is not there before
        assert compiles(name, "before", proof) == (proof["kind"] != "new"), proof["code"]
        assert compiles(name, "after", proof) == proof["after"], proof["code"]
        if proof["kind"] == "new":
            derived.add("source")
        elif not proof["after"] and proof["kind"] in {"source", "abi"}:
            derived.add("source" if proof["kind"] == "source" else
                        "abi" if proof["flags"] == "-m64" else "abi32")
    if "abi" in derived:
        derived.discard("abi32")
    if name not in UNPROVED:
        assert sorted(derived) == told["breaks"]


def run_bits(name, side, tmp_path):
    program = tmp_path / side
    text = (DATA / name / f"{side}.h").read_text()
    subprocess.run(["gcc", "-x", "c", "-o", str(program), "-"], check=True, text=True, input=(
        f"{text}\n#include <stdio.h>\nint main(void) {{ union {{ struct x_s s; unsigned v; }} u = "
        '{ .v = 0 }; u.s.b = 1; printf("%u", u.v); return 0; }\n'))
    return subprocess.run([str(program)], capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("name", ["bitfield_inserted_before", "bitfield_widened"])
def test_bits_really_move(name, tmp_path):
    assert run_bits(name, "before", tmp_path) != run_bits(name, "after", tmp_path)


def test_names_that_only_break_somewhere_else_do_break_there():
    for side, ok in (("before", True), ("after", False)):
        include = side_of("libc_macro_as_name", side).read_text()
        done = subprocess.run(["gcc", "-fsyntax-only", "-x", "c", "-"], text=True, check=False,
                              input=f"#include <errno.h>\n{include}", capture_output=True)
        assert (done.returncode == 0) == ok
        include = side_of("cplusplus_keyword", side).read_text()
        done = subprocess.run(["g++", "-fsyntax-only", "-x", "c++", "-"], text=True, check=False,
                              input=include, capture_output=True)
        assert (done.returncode == 0) == ok


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    """What we say of every pair, as many at a time as there are processors."""
    settings = Settings(cache=tmp_path_factory.mktemp("cache"))

    def answer(name):
        sides = [str(side_of(name, side)) for side in ("before", "after")]
        result = pair.check_pair(*sides, settings, Options(), lambda *_: None)
        missed = [f"{c.header} ({c.abi}): {c.problem}" for c in result.missed]
        return headers.document(result.findings, result.headers, missed, result.notices, "",
                                allow_incomplete=False)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return dict(zip(PAIRS, pool.map(answer, PAIRS), strict=True))


@pytest.mark.timeout(1500)  # the first of them waits for all
@pytest.mark.parametrize("name", PAIRS)
def test_we_say_the_same(name, answers):
    document, told = answers[name].data, truth(name)
    said = [(f["rule"], f["message"]) for f in document["findings"]]
    assert document["breaks"] == told["breaks"], said
    assert document["verdict"] == told["verdict"], said
    errors = [f for f in document["findings"] if f["severity"] == "error"]
    assert answers[name].code == (1 if errors else 0)
    assert bool(errors) >= bool(told["breaks"])
    assert document["notices"] == []
