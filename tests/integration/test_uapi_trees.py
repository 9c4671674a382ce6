# SPDX-License-Identifier: GPL-2.0-or-later
"""Directories, trees, real consumers, suppressions, other architectures."""

import json
import shutil
import subprocess

import pytest

from harness.cli import main
from tests.integration.conftest import FAKE


@pytest.fixture(autouse=True)
def _cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def trees(tmp_path):
    """Two copies of the toy kernel; ``edit`` changes the second."""
    for name in "ab":
        shutil.copytree(FAKE, tmp_path / name)

    def edit(old, new, path="include/uapi/linux/toy.h"):
        file = tmp_path / "b" / path
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new))
    return tmp_path / "a", tmp_path / "b", edit


def uapi(capsys, *argv):
    code = main.run(["uapi", *map(str, argv), "--json"])
    got = capsys.readouterr()
    assert "Traceback" not in got.err
    return code, json.loads(got.out) if got.out else None, got.err


def test_the_same_tree_twice(capsys, trees):
    code, document, _ = uapi(capsys, trees[0], trees[1])
    assert (code, document["verdict"], document["findings"]) == (0, "compatible", [])


def test_trees_and_revisions(capsys, trees, tmp_path):
    a, _, _ = trees
    git = ["git", "-C", str(a), "-c", "user.name=u", "-c", "user.email=u@x"]
    subprocess.run(["git", "init", "-q", str(a)], check=True)
    for text, tag in (("__u32 pad;", "v1"), ("__u32 kind;", "v2")):
        header = a / "include/uapi/linux/toy.h"
        header.write_text(header.read_text().replace("__u32 pad;", text))
        subprocess.run([*git, "add", "-A"], check=True)
        subprocess.run([*git, "commit", "-qm", tag], check=True)
        subprocess.run([*git, "tag", tag], check=True)
    code, document, _ = uapi(capsys, f"{a}@v1", f"{a}@v2")
    assert (code, document["breaks"]) == (1, ["source"])
    (broken,) = [f for f in document["findings"] if f["rule"] == "uapi-source"]
    assert broken["where"].startswith("include/uapi/linux/toy.h:")


def test_an_unchanged_header_is_reached_through_its_include(capsys, trees):
    _, _, edit = trees
    edit("unsigned int __u32", "unsigned short __u32", "include/uapi/asm-generic/types.h")
    _, document, _ = uapi(capsys, trees[0], trees[1])
    assert "linux/toy.h" in document["headers"]
    assert any("struct toy_zone" in f["message"] for f in document["findings"])
    assert "abi" in document["breaks"]


def test_an_unchanged_header_that_stops_compiling(capsys, trees):
    _, _, edit = trees
    edit("typedef unsigned char __u8;", "typedef unsigned char __u8;\n#define toy_zone 1",
         "include/uapi/asm-generic/types.h")
    _, document, _ = uapi(capsys, trees[0], trees[1])
    assert any(f["rule"] == "uapi-header" and "linux/toy.h" in f["message"]
               for f in document["findings"])


def test_consumers_name_the_program_and_only_what_is_new(capsys, trees, tmp_path):
    _, _, edit = trees
    edit("__u32 pad;", "__u32 kind;")
    folder = tmp_path / "users"
    folder.mkdir()
    (folder / "old.c").write_text("#include <linux/toy.h>\nint f(struct toy_zone *z)\n{\n"
                                  "\treturn z->pad;\n}\n")
    (folder / "broken.c").write_text("#include <linux/toy.h>\nnonsense\n")
    (folder / "other.c").write_text("int main;\n")
    code, document, _ = uapi(capsys, trees[0], trees[1], "--consumers", folder)
    assert code == 1
    (found,) = [f for f in document["findings"] if f["rule"] == "uapi-source"]
    assert "seen with our example old.c:4" in found["message"]
    assert "return z->pad;" in found["evidence"]
    assert any("broken.c: does not compile on the base" in n for n in document["notices"])


def test_numbers_of_a_newer_tree(capsys, trees, tmp_path):
    newer = tmp_path / "newer"
    shutil.copytree(FAKE, newer)
    # sixteen names with values of their own make a family that is sure
    more = "".join(f"#define TOY_CAP_MORE{n} {n}\n" for n in range(8, 17))
    for folder, extra in ((trees[0], ""), (trees[1], "#define TOY_CAP_MINE 20\n"),
                          (newer, "#define TOY_CAP_THEIRS 20\n")):
        header = folder / "include/uapi/linux/toy.h"
        header.write_text(header.read_text().replace("struct toy_zone {",
                                                     f"{more}{extra}struct toy_zone {{"))
    code, document, _ = uapi(capsys, trees[0], trees[1], "--also", newer)
    assert code == 1
    (found,) = document["findings"]
    assert found["message"] == f"TOY_CAP_MINE: number 20 is already TOY_CAP_THEIRS in {newer}"
    assert uapi(capsys, trees[0], trees[1])[0] == 0


SUPPRESS = """[[suppress]]
rule = "uapi-source"
subject = "struct toy_*"
reason = "never released"
until = {}
"""


def test_a_suppression_has_a_reason_and_an_end(capsys, trees, tmp_path):
    trees[2]("__u32 pad;", "__u32 kind;")
    file = tmp_path / "s.toml"
    file.write_text(SUPPRESS.format("2999-01-01"))
    code, document, _ = uapi(capsys, trees[0], trees[1], "--suppress", file)
    assert (code, document["verdict"]) == (0, "compatible")
    assert any("never released" in f["message"] for f in document["findings"])
    file.write_text(SUPPRESS.format("2001-01-01"))
    code, document, _ = uapi(capsys, trees[0], trees[1], "--suppress", file)
    assert code == 1
    assert any("ended on 2001-01-01" in n for n in document["notices"])
    file.write_text(SUPPRESS.format('"soon"'))
    code, _, err = uapi(capsys, trees[0], trees[1], "--suppress", file)
    assert code == 2
    assert "a reason and a date" in err


def test_an_architecture_whose_compiler_is_missing_is_not_run(capsys, trees, monkeypatch):
    real = shutil.which
    monkeypatch.setattr(shutil, "which", lambda n: None if n.startswith("riscv64") else real(n))
    code, document, _ = uapi(capsys, trees[0], trees[1], "--arch", "riscv64")
    assert code in {1, 4}, "never 0: what was asked for was not looked at"
    (missed,) = document["not_compared"]
    assert missed == ("riscv64: NOT_RUN: riscv64-linux-gnu-gcc is not installed; next: apt-get "
                      "install gcc-riscv64-linux-gnu libc6-dev-riscv64-cross")


BOMB = "#define A0 x\n" + "".join(
    f"#define A{n + 1} {f'A{n} ' * 10}\n" for n in range(7)) + "int A7;\n"


@pytest.mark.parametrize(("text", "why"), [
    ('#include "/etc/shadow"\n', "no such file"),
    ('#include "x.h"\n', "nested"),
    (BOMB, "x.h"),
])
def test_hostile_headers_are_limited(capsys, tmp_path, text, why):
    """Nothing outside is read, nothing runs away; the header does not compile, which is said."""
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "x.h").write_text(text + f"struct {name} {{ int v; }};\n")
    code, document, _ = uapi(capsys, tmp_path / "a", tmp_path / "b")
    assert (code, document["verdict"]) == (4, "not-compared")
    assert why in " ".join(document["not_compared"]).lower()
    assert "root:" not in json.dumps(document)


def test_what_is_none_of_the_four(capsys, tmp_path):
    code, _, err = uapi(capsys, tmp_path / "gone", tmp_path / "gone")
    assert code == 2
    assert "no such header, directory or tree" in err
    (tmp_path / "x.h").touch()
    (tmp_path / "empty").mkdir()
    assert uapi(capsys, tmp_path / "x.h", tmp_path / "empty")[0] == 2
    assert uapi(capsys, tmp_path / "empty", tmp_path / "empty")[0] == 3
