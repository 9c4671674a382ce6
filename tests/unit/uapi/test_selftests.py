# SPDX-License-Identifier: GPL-2.0-or-later
"""The line that compiles one selftest, and what is not looked at below tools/."""

from pathlib import Path

import pytest

from harness.errors import InfrastructureError
from harness.system.sandbox import Sandbox
from harness.uapi.result import ToolLook
from harness.uapi.selftests import MOST, _alone, _judge, _Side, _unseen, _with
from harness.uapi.selftests import check as check_tools

TOP = "tools/testing/selftests"
KVM = f"{TOP}/kvm"
OUT = "/tmp/o/"  # noqa: S108  (where make would write, in the sandbox)


def test_one_source_out_of_a_line_that_links_many():
    line = ("gcc -O2 -I/src/include -pthread a.c /tmp/o/lib/x.o /tmp/o/lib.a -ldl -o /tmp/o/a")
    assert _alone(line.split(), "a.c") == [
        "gcc", "-O2", "-I/src/include", "-pthread", "-fsyntax-only", "a.c"]
    line = "gcc -O2 -c lib/x.c -o /tmp/o/lib/x.o"
    assert _alone(line.split(), "lib/x.c") == ["gcc", "-O2", "-c", "-fsyntax-only", "lib/x.c"]


@pytest.mark.parametrize(("path", "words"), [
    ("tools/perf/a.c", "tools/perf has a build system of its own"),
    ("samples/bpf/a.c", "samples/bpf has a build system of its own"),
    (f"{KVM}/run.sh", "what is no C of selftests is not looked at"),
    (f"{KVM}/include/a.h", "no C file of its selftests that changes includes it"),
])
def test_what_is_not_compiled_says_why(path, words):
    assert _unseen(path)[0].startswith(words)


class Side(_Side):
    """A side whose compiler has spoken already."""

    said = None

    def compiled(self, path):
        if isinstance(self.said, Exception):
            raise self.said
        return self.said


@pytest.fixture
def side(tmp_path):
    def make(said, name="after", **files):
        for path, text in {f"{KVM}/a.c": "", **files}.items():
            place = tmp_path / name / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text)
        (tmp_path / "headers" / "linux").mkdir(parents=True, exist_ok=True)
        (tmp_path / "headers" / "linux" / "exported.h").touch()
        made = Side(tmp_path / name, tmp_path / "headers", None, tmp_path / "log")
        object.__setattr__(made, "said", said)
        return made
    Side.__slots__ = ()
    return make


GOOD, BAD = (True, ""), (False, "a.c:3:1: error: no\n")


def missing(name):
    return (False, f"a.c:1:10: fatal error: {name}: No such file or directory\n")


@pytest.mark.parametrize(("before", "after", "problem", "blamed"), [
    (GOOD, GOOD, "", False), (GOOD, BAD, "", True),
    (BAD, BAD, "does not compile before the series either", False),
    (GOOD, missing("sys/capability.h"), "cannot be compiled here", False),
    (GOOD, missing("bpf/bpf.h"), "cannot be compiled here", False),
    (GOOD, missing("test_util.h"), "", True), (GOOD, missing("beside.h"), "", True),
    (GOOD, missing("linux/exported.h"), "", True), (GOOD, missing("exported.h"), "cannot", False),
    (GOOD, (False, ""), "its Makefile has no line that compiles it", False),
    (GOOD, InfrastructureError("no end after 120 s"), "no end after 120 s", False),
])
def test_who_is_to_blame_for_what_does_not_compile(side, before, after, problem, blamed):
    tree = {"tools/include/uapi/linux/bpf.h": "", f"{KVM}/include/test_util.h": "",
            f"{KVM}/beside.h": ""}
    look, finding = _judge(f"{KVM}/a.c", side(before, "before"), side(after, "after", **tree))
    assert look.problem.startswith(problem)
    assert bool(look.problem) == bool(problem)
    assert (finding is not None) == blamed


def test_a_file_that_goes_is_a_gap(side):
    look, finding = _judge(f"{KVM}/gone.c", side(GOOD, "before"), side(GOOD))
    assert "is gone" in look.problem
    assert finding is None


def test_a_header_was_looked_at_where_something_compiled_has_it(side):
    after = side(GOOD, **{f"{KVM}/a.c": '#include "include/used.h"\n'})
    good = {f"{KVM}/a.c"}
    for name, seen in (("include/used.h", True), ("include/other.h", False), ("Makefile", True),
                       ("run.sh", False)):
        look = ToolLook(f"{KVM}/{name}", "why")
        assert bool(_with(look, after, good).problem) != seen, name
        assert _with(look, after, set()).problem == "why"


class Make:
    """What make and the compiler would say; ``lines`` has what make has for each goal."""

    def __init__(self, lines=None, errors=None):
        self.lines, self.errors, self.made, self.compiled = lines or {}, errors or {}, [], []

    def answer(self, commands):
        commands.say("make", does=lambda argv, _: self.make(argv))
        commands.say("sh", does=lambda argv, _: self.compiled.append(argv[-1]))
        commands.say("gcc", does=lambda argv, _: self.compiled.append(argv))
        return self

    def make(self, argv):
        self.made.append(argv[argv.index("make"):])
        return self.lines.get(argv[-1].removeprefix(OUT), "make: no rule\n").encode()


TREE = {"Makefile": "VERSION = 6\n", f"{TOP}/lib.mk": "", f"{KVM}/Makefile": "x\n",
        f"{KVM}/a.c": "int a;\n", f"{KVM}/sub/b.c": "int b;\n", f"{KVM}/run.sh": "#!/bin/sh\n",
        f"{TOP}/net/n.c": "", "include/uapi/linux/a.h": "struct a { void __user *p; };\n"}


@pytest.fixture
def applied(applied_to):
    return lambda changes, base=TREE: applied_to(base, changes)


@pytest.fixture
def look(tmp_path):
    def check(series, *paths):
        return check_tools(series, paths, Sandbox(enabled=False), tmp_path / "log")
    return check


def test_a_file_is_compiled_with_the_line_of_its_own_makefile(commands, applied, look, tmp_path):
    make = Make({"a": "echo x; odd '\ngcc -O2 -Wall a.c -o /tmp/o/a -lm\n"}).answer(commands)
    looks, findings = look(applied({f"{KVM}/a.c": "int c;\n"}), f"{KVM}/a.c")
    assert (looks, findings) == ((ToolLook(f"{KVM}/a.c"),), ())
    (line,) = make.compiled
    assert line.endswith(f"/{KVM} && exec gcc -O2 -Wall -fsyntax-only a.c")
    (asked,) = make.made
    assert asked[:3] == ["make", "-n", "-B"]
    assert "OUTPUT=/tmp/o" in asked
    assert asked[asked.index("-C") + 1].endswith(f"/{KVM}")
    assert any(a.startswith("KHDR_INCLUDES=-isystem /") for a in asked)
    assert any(a.startswith("LINUX_HDR_PATH=/") for a in asked)
    assert (tmp_path / "log").is_file()


def test_where_no_program_is_made_of_it_its_object_is_asked_for(commands, applied, look):
    make = Make({"sub/b.o": "/usr/bin/x86_64-linux-gnu-gcc -c sub/b.c -o /tmp/o/sub/b.o\n"})
    make.answer(commands)
    looks, _ = look(applied({f"{KVM}/sub/b.c": "int c;\n"}), f"{KVM}/sub/b.c")
    assert looks == (ToolLook(f"{KVM}/sub/b.c"),)
    assert [argv[-1] for argv in make.made] == [f"{OUT}sub/b", f"{OUT}sub/b.o"]
    assert make.compiled[0].endswith(
        "exec /usr/bin/x86_64-linux-gnu-gcc -c -fsyntax-only sub/b.c")


@pytest.mark.parametrize("line", ["", "clang a.c", "echo gcc a.c", "gcc b.c", "notgcc a.c"])
def test_a_makefile_without_a_line_for_it_is_a_gap(commands, applied, look, line):
    Make({"a": f"{line}\n"}).answer(commands)
    ((found,), findings) = look(applied({f"{KVM}/a.c": "int c;\n"}), f"{KVM}/a.c")
    assert "Makefile" in found.problem
    assert findings == ()


def test_the_tree_lies_there_with_its_scripts_and_exported_headers(commands, applied, look):
    seen = {}

    def does(argv, _):
        place = next(a for a in argv if "LINUX_HDR_PATH=" in a).partition("=")[2]
        top = Path(argv[argv.index("-C") + 1]).parents[3]
        seen.update({"headers": Path(place, "linux/a.h").read_text(),
                     "files": sorted(str(p.relative_to(top)) for p in top.rglob("*")
                                     if p.is_file()),
                     "modes": [(top / KVM / n).stat().st_mode & 0o777 for n in ("run.sh", "a.c")]})
        return b"gcc a.c\n"
    Make().answer(commands)
    commands.say("make", does=does)
    look(applied({f"{KVM}/a.c": "int c;\n"}), f"{KVM}/a.c")
    assert seen["headers"] == "struct a { void *p; };\n"
    assert seen["files"] == ["Makefile", f"{KVM}/Makefile", f"{KVM}/a.c", f"{KVM}/run.sh",
                             f"{KVM}/sub/b.c", f"{TOP}/lib.mk"], "no other target's"
    assert seen["modes"] == [0o755, 0o644]


def test_what_no_longer_compiles_is_a_finding_of_its_line(commands, applied, look):
    Make({"a": "gcc a.c\n"}).answer(commands)
    answers = [b"a.c:9:2: warning: x\na.c:12:2: error: no member 'pad2'\nmore\n", b""]
    commands.say("sh", code=1, does=lambda *_: answers.pop(0))
    series = applied({f"{KVM}/a.c": "int c;\n", f"{KVM}/new.c": ""}, {
        p: t for p, t in TREE.items() if p != f"{KVM}/a.c"})
    ((found,), (finding,)) = look(series, f"{KVM}/a.c")
    assert found == ToolLook(f"{KVM}/a.c")
    assert (finding.rule, str(finding.where)) == ("build-error", f"{KVM}/a.c:12")
    assert "no member 'pad2'" in finding.message
    assert finding.evidence.startswith("a.c:9:2: warning")
    assert "padN" in finding.subject, "numbers may change and it is the same"


@pytest.mark.parametrize("end", [
    {"code": -9}, {"code": 137}, {"out": b"gcc: fatal error: Killed signal terminated program"},
    {"out": b"cc1: out of memory: Cannot allocate memory"}, {"out": b"No space left on device"},
    {"why": "no end after 120 s"},
])
def test_a_compiler_that_was_stopped_says_nothing_of_the_file(commands, applied, look, end):
    Make({"a": "gcc a.c\n"}).answer(commands)
    commands.say("sh", **{"code": 1, **end})
    ((found,), findings) = look(applied({f"{KVM}/a.c": "int c;\n"}), f"{KVM}/a.c")
    assert found.passing
    assert end.get("why", "killed") in found.problem
    assert findings == ()


def test_copies_of_headers_are_compiled_alone(commands, applied, look):
    path = "tools/include/uapi/linux/a.h"
    make = Make().answer(commands)
    looks, findings = look(applied({path: "int x;\n"}), path)
    assert (looks, findings) == ((ToolLook(path),), ())
    (argv,) = make.compiled
    inner = argv[argv.index("gcc"):]
    assert inner[-1].endswith(f"/src/{path}")
    assert "-fsyntax-only" in inner
    assert [a for a in inner if a.endswith("/tools/include/uapi")]
    assert make.made == [], "no Makefile has a part in it"


def test_what_is_not_compiled_is_still_said(commands, applied, look):
    paths = (f"{TOP}/top.c", "tools/perf/a.c", "tools/include/uapi/linux/notes.txt")
    looks, findings = look(applied(dict.fromkeys(paths, "")), *paths)
    assert [t.path for t in looks] == list(paths)
    assert all(t.problem for t in looks)
    assert (findings, commands.calls) == ((), [])


def test_a_header_beside_a_file_that_was_compiled_was_looked_at(commands, applied, look):
    Make({"a": "gcc a.c\n"}).answer(commands)
    series = applied({f"{KVM}/a.c": '#include "b.h"\n', f"{KVM}/b.h": "", f"{KVM}/c.h": ""})
    looks, _ = look(series, f"{KVM}/b.h", f"{KVM}/a.c", f"{KVM}/c.h")
    assert {t.path: bool(t.problem) for t in looks} == {
        f"{KVM}/a.c": False, f"{KVM}/b.h": False, f"{KVM}/c.h": True}


def test_no_more_files_than_a_limit_are_compiled_and_the_rest_is_said(commands, applied, look):
    paths = [f"{KVM}/f{n}.c" for n in range(MOST + 3)]
    make = Make({f"f{n}": f"gcc f{n}.c\n" for n in range(MOST + 3)}).answer(commands)
    looks, _ = look(applied(dict.fromkeys(paths, "")), *paths)
    assert {t.path for t in looks} == set(paths)
    assert sum(not t.problem for t in looks) == MOST == len(make.compiled)
    assert all(str(MOST) in t.problem for t in looks if t.problem)


def test_both_sides_are_asked_once(commands, applied, look):
    """What fails after is asked before; what compiles is not."""
    make = Make({"a": "gcc a.c\n"}).answer(commands)
    commands.say("sh", code=1, out=b"a.c:1:1: error: no\n", does=lambda argv, _:
                 make.compiled.append(argv[-1]))
    ((found,), findings) = look(applied({f"{KVM}/a.c": "int c;\n"}), f"{KVM}/a.c")
    assert len(make.compiled) == 2
    assert len(set(make.compiled)) == 2, "two trees"
    assert "before" in found.problem
    assert findings == ()


def test_a_file_of_another_target_is_no_look_at_a_header(commands, applied, look):
    Make({"n": "gcc n.c\n"}).answer(commands)
    other, header = f"{TOP}/net/n.c", f"{KVM}/b.h"
    series = applied({other: '#include "b.h"\n', header: ""})
    looks, _ = look(series, header, other)
    assert {t.path: bool(t.problem) for t in looks} == {other: False, header: True}
