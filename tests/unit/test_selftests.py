# SPDX-License-Identifier: GPL-2.0-or-later
"""The line that compiles one selftest, and what is not looked at below tools/."""

import pytest

from harness.selftests import _alone, _unseen

KVM = "tools/testing/selftests/kvm"


def test_one_source_out_of_a_line_that_links_many():
    line = ("gcc -O2 -I/src/include -pthread a.c /tmp/o/lib/x.o /tmp/o/lib.a -ldl -o /tmp/o/a")
    assert _alone(line.split(), "a.c") == [
        "gcc", "-O2", "-I/src/include", "-pthread", "-fsyntax-only", "a.c"]
    line = "gcc -O2 -c lib/x.c -o /tmp/o/lib/x.o"
    assert _alone(line.split(), "lib/x.c") == ["gcc", "-O2", "-c", "-fsyntax-only", "lib/x.c"]


@pytest.mark.parametrize(("path", "mine", "words"), [
    ("tools/perf/a.c", [], "tools/perf has a build system of its own"),
    ("samples/bpf/a.c", [], "samples/bpf has a build system of its own"),
    (f"{KVM}/run.sh", [], "scripts and data of selftests are not run"),
    (f"{KVM}/Makefile", [f"{KVM}/a.c"], ""), (f"{KVM}/include/a.h", [f"{KVM}/a.c"], ""),
    (f"{KVM}/Makefile", [], "nothing was compiled with it"),
    (f"{KVM}/include/a.h", ["tools/testing/selftests/net/a.c"], "nothing was compiled with it"),
])
def test_what_is_not_compiled_says_why(path, mine, words):
    assert _unseen(path, mine)[0].startswith(words)
    assert bool(_unseen(path, mine)[0]) == bool(words)
