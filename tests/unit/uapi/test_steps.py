# SPDX-License-Identifier: GPL-2.0-or-later
"""Generators of batches that go on together, and what is left when wrong lines are gone."""

from harness.uapi import batch, steps
from harness.uapi.batch import CompileResult, Said
from tests.make import driven


def asks(*rows):
    """A generator of batches that returns what it was told."""
    told = []
    for row in rows:
        answer = yield list(row)
        told.append(answer)
    return told


def test_generators_go_on_together_in_one_batch_each(monkeypatch):
    calls = []

    def run_all(jobs):
        calls.append(list(jobs))
        return [j.upper() for j in jobs]
    monkeypatch.setattr(batch, "run_all", run_all)
    assert steps.drive(asks("ab", "c"), asks(), asks("d", "", "ef"), asks("")) == [
        [["A", "B"], ["C"]], [], [["D"], [], ["E", "F"]], [[]]]
    assert calls == [["a", "b", "d"], ["c"], ["e", "f"]]
    assert steps.drive() == []


def ask(compiler, head, lines, *flags):
    return driven(compiler, steps.surviving(compiler, head, lines, *flags))


class Speaks:
    """A compiler that says what a function of the source has for each line."""

    def __init__(self, says):
        self.says = says
        self.flags = set()

    def run(self, source, *flags, keep=None):
        self.flags.add(flags)
        rows = [row for n, line in enumerate(source.splitlines(), 1) for row in self.says(n, line)]
        said = [Said(*row, row[1] if row[0] == "t.c" else 0) for row in rows]
        return CompileResult(all(s.grade == "warning" for s in said), tuple(said), "")


def test_lines_are_counted_after_the_head():
    def says(number, line):
        return [("t.c", number, "error", "first"), ("t.c", number, "error", "second"),
                ("t.c", number - 1, "warning", "before")] if "bad" in line else []
    one = Speaks(says)
    good, bad = ask(one, "#include <a.h>\n\n", {
        "x": "fine 1", "y": "bad", "z": "fine 2"}, "-std=c99")
    assert (good, bad) == ({"x": "fine 1", "z": "fine 2"}, {"y": "first"})
    assert one.flags == {("-fsyntax-only", "-w", "-std=c99")}


def test_a_line_whose_own_error_stands_elsewhere_is_found_and_the_others_stay():
    def says(number, line):
        return [("a.h", 1, "error", "odd")] if "hidden" in line else (
            [("t.c", number, "error", "plain")] if "bad" in line else [])
    lines = {str(n): "fine" for n in range(9)} | {"h": "hidden", "b": "bad"}
    good, bad = ask(Speaks(says), "", lines)
    assert good == {str(n): "fine" for n in range(9)}
    assert set(bad) == {"h", "b"}
    assert bad["b"] == "plain"


def test_errors_of_a_line_that_was_not_asked_blame_nobody():
    one = Speaks(lambda _, line: [("t.c", 99, "error", "beyond")] if "bad" in line else [])
    assert ask(one, "", {"x": "bad", "y": "fine"})[0] == {"y": "fine"}


def test_a_line_that_another_one_leaves_open_is_asked_again():
    def says(number, line):
        return [("t.c", number, "error", "expected ';'")] if "open" in line else []

    class Loses(Speaks):
        def run(self, source, *flags, keep=None):
            done = super().run(source, *flags)
            last = source.count("\n")
            lost = Said("t.c", last, "error", "expected declaration at end of input", last)
            return done if done.ok else CompileResult(ok=False, said=(*done.said, lost), output="")
    good, bad = ask(Loses(says), "", {"x": "open", "y": "fine"})
    assert (good, bad) == ({"y": "fine"}, {"x": "expected ';'"})


def test_warnings_that_are_errors_are_not_switched_off():
    one = Speaks(lambda _, __: [])
    ask(one, "", {"x": "fine"}, "-Werror=int-conversion")
    assert one.flags == {("-fsyntax-only", "-Werror=int-conversion")}
