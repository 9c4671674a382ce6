# SPDX-License-Identifier: GPL-2.0-or-later
"""tests/data/mail: one oddity per file, what is expected of it in the .toml beside it.

Keys: ``exit`` (0), ``says`` (patterns in what is said), ``applies``, ``plain`` (the tree
afterwards is that of plain.eml), ``patches``, ``files``, ``title``, ``version``, ``subject``,
``author``, ``message``, ``base_commit``, ``replies``, ``trailers``; with ``repaired`` a run with
--repair must end in the tree of plain.eml ("like NAME": of that mail; "but for inner blanks"),
with ``repair_exit`` it must not; ``unquoted`` and ``unquote_exit`` the same for --unquote;
``lint`` is the exit code of harness lint.
"""

import hashlib
import json
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from harness.cli import main
from harness.system import repo

MAILS = Path(__file__).parent.parent / "data" / "mail"
NAMES = sorted(p.stem for p in MAILS.glob("*.toml"))


def path_of(name):
    return next(p for p in MAILS.glob(f"{name}.*") if p.suffix != ".toml")


def hashed(folder):
    """Every path below with its mode, time and content.

    git freshens the times of objects that it borrows (object-file.c, freshen_file).
    """
    return {str(p): (p.lstat().st_mode, 0 if "objects" in p.parts else p.lstat().st_mtime_ns,
                     hashlib.sha256(p.read_bytes()).hexdigest() if p.is_file() else "")
            for p in sorted(folder.rglob("*"))}


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A tree to apply to, a cache, and a canary beside them that nothing may change."""
    top = tmp_path_factory.mktemp("mails")
    shutil.copytree(MAILS / "tree", top / "tree")
    who = ["-c", "user.name=T", "-c", "user.email=t@example.org"]
    for line in (["init", "-q"], ["add", "-A"], [*who, "commit", "-qm", "base"]):
        subprocess.run(["git", "-C", str(top / "tree"), *line], check=True)
    (top / "canary").mkdir()
    (top / "canary" / "bird").write_text("sings")
    before = hashed(top / "tree"), hashed(top / "canary")
    yield top
    assert (hashed(top / "tree"), hashed(top / "canary")) == before
    assert not list(Path("/tmp").glob("harness-mail-canary*"))  # noqa: S108  (named in mails)


@pytest.fixture
def run(world, capsys, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(world / "cache"))
    monkeypatch.chdir(world / "canary")

    def call(command, name, *argv):
        code = main.run([command, str(path_of(name)), *argv])
        got = capsys.readouterr()
        assert "Traceback" not in got.err
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", got.out + got.err)
        if code == 3:
            assert got.err.startswith("harness: ")
        return code, got.out, got.err
    return call


def intake(run, world, name, *argv):
    code, out, err = run("intake", name, "--tree", str(world / "tree"), "--json", *argv)
    answer = json.loads(out) if out else {}
    patches = answer.get("patches", [])
    said = "\n".join([err, *answer.get("notices", []),
                      *(d["message"] for p in patches for d in p["damage"]),
                      *(p["subject"] for p in patches), json.dumps(answer.get("applied"))])
    return code, answer, said


def head(world, answer):
    bare = next((world / "cache" / "harness" / "own").glob("*.git"))
    return bare, answer["applied"]["commits"][-1]


def tree_of(world, answer):
    return repo.tree_id(*head(world, answer))


def same_tree(run, world, answer, expected):
    """``expected``: True, "like NAME" or "but for inner blanks"."""
    other = expected.removeprefix("like ") if str(expected).startswith("like ") else "plain"
    _, right, _ = intake(run, world, other)
    if expected == "but for inner blanks":
        bare, commit = head(world, answer)
        theirs = head(world, right)[1]
        done = repo.git(bare, "diff", "-b", "--stat", commit, theirs)
        lines = repo.git(bare, "diff", "-U0", commit, theirs).text
        changed = [t for t in lines.splitlines() if re.match(r"[+-](?![+-])", t)]
        return done.text == "" and all(re.search(r"\S(?:\t| {2})", t) for t in changed)
    return tree_of(world, answer) == tree_of(world, right)


def file_line(file):
    what = "binary" if file["binary"] else f"+{file['added']} -{file['removed']}"
    more = " new" if file["new"] else " deleted" if file["deleted"] else ""
    return f"{file['path']} {what}" + ("" if file["binary"] else more)


@pytest.mark.parametrize("name", NAMES)
def test_mail(name, run, world):  # noqa: C901  (a table of keys)
    want = tomllib.loads((MAILS / f"{name}.toml").read_text())
    code, answer, said = intake(run, world, name)
    assert code == want.get("exit", 0), said
    for pattern in want.get("says", []):
        assert re.search(pattern, said), said
    if want.get("applies"):
        assert answer["applied"]["applies"] is True
    if want.get("plain"):
        assert same_tree(run, world, answer, expected=True)
    for key in ("title", "version", "base_commit"):
        if key in want:
            assert answer[key] == want[key]
    patches = answer.get("patches", [])
    assert want.get("patches") in {None, len(patches)}
    if "files" in want:
        assert [file_line(f) for p in patches for f in p["files"]] == want["files"]
    if "subject" in want:
        assert patches[-1]["subject"] == want["subject"]
    if "author" in want:
        assert f"{patches[0]['author']} <{patches[0]['email']}>" == want["author"]
    if "message" in want:
        bare, _ = head(world, answer)
        text = repo.git(bare, "log", "-1", "--format=%B", answer["applied"]["commits"][0]).text
        assert want["message"] in text
    assert want.get("replies", len(answer.get("replies", []))) == len(answer.get("replies", []))
    if "trailers" in want:
        assert [t for r in answer["replies"] for t in r["trailers"]] == want["trailers"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("switch", ["repair", "unquote"])
def test_what_a_switch_makes_of_it(name, switch, run, world):
    want = tomllib.loads((MAILS / f"{name}.toml").read_text())
    done, code_key = {"repair": ("repaired", "repair_exit"),
                      "unquote": ("unquoted", "unquote_exit")}[switch]
    if done not in want and code_key not in want:
        # A sound mail is not changed by it; a refused one stays refused.
        want = {done: "like " + name} if not want.get("exit") else {code_key: want["exit"]}
    code, answer, said = intake(run, world, name, f"--{switch}")
    assert code == want.get(code_key, 0), said
    for pattern in want.get(f"{switch}_says", []):
        assert re.search(pattern, said), said
    if code == 0 and switch == "repair":
        assert same_tree(run, world, answer, want[done])


@pytest.mark.parametrize("name", [n for n in NAMES if "lint" in (MAILS / f"{n}.toml").read_text()])
def test_lint_of(name, run):
    want = tomllib.loads((MAILS / f"{name}.toml").read_text())
    code, out, _ = run("lint", name)
    assert code == want["lint"]
    for pattern in want["lint_says"]:
        assert re.search(pattern, out)


def test_there_are_enough():
    assert len(NAMES) >= 60
