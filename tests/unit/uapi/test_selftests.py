# SPDX-License-Identifier: GPL-2.0-or-later
"""The line that compiles one selftest, and what is not looked at below tools/."""

import pytest

from harness.errors import InfrastructureError
from harness.uapi.selftests import ToolLook, _alone, _judge, _Side, _unseen, _with

KVM = "tools/testing/selftests/kvm"


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
    (GOOD, missing("test_util.h"), "", True),
    (GOOD, (False, ""), "its Makefile has no line that compiles it", False),
    (GOOD, InfrastructureError("no end after 120 s"), "no end after 120 s", False),
])
def test_who_is_to_blame_for_what_does_not_compile(side, before, after, problem, blamed):
    tree = {"tools/include/uapi/linux/bpf.h": "", f"{KVM}/include/test_util.h": ""}
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
