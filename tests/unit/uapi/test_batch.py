# SPDX-License-Identifier: GPL-2.0-or-later
"""Many compilations in one sandbox: how they are called, and what is read out of them."""

import shlex

import pytest

from harness.errors import DeadlineError, ToolMissingError
from harness.system.sandbox import Sandbox
from harness.uapi import batch
from harness.uapi.batch import Job, Said
from harness.uapi.compiler import Compiler
from tests.make import driven

BARE = Sandbox(enabled=False)


@pytest.fixture
def cc(tmp_path, installed):
    """A compiler of the headers in a folder; keywords change it."""
    return lambda **changes: Compiler(**{"sandbox": BARE, "headers": tmp_path, **changes})


@pytest.fixture
def shell(commands):
    """The shell that runs the jobs: each row is (code, err, out, object) of one of them."""
    seen = []

    def answers(*rows):
        def does(_, kwargs):
            work = kwargs["cwd"]
            seen.append({"script": (work / "jobs.sh").read_text(), "sources": [
                (work / str(n) / "t.c").read_bytes() for n in range(len(rows))]})
            for number, (code, err, out, made) in enumerate(rows):
                folder = work / str(number)
                (folder / "err").write_bytes(err)
                (folder / "out").write_bytes(out)
                (folder / "rc").write_text(f"{code}\n")
                if made:
                    (folder / "t.o").write_bytes(made)
        commands.say("sh", does=does)
    answers.seen = seen
    return answers


FINE = (0, b"", b"", b"")


def test_each_source_has_a_folder_and_a_line_of_the_script(cc, shell, tmp_path):
    shell(FINE, (0, b"", b"said\n", b""))
    one, two = batch.run_all([Job(cc(flags=("-m32",)), "int x; // \udcff\n", ("-E",)),
                              Job(cc(program="g++"), "int y;", ("-w",))])
    (seen,) = shell.seen
    assert seen["sources"] == [b"int x; // \xff\n", b"int y;"]
    first, second = seen["script"].splitlines()
    words = shlex.split(first.partition("exec ")[2].partition(" >")[0])
    assert words[:4] == ["timeout", "-s", "KILL", "60"]
    assert words[4:8] == ["gcc", "-m32", "-I", str(tmp_path)]
    assert words[-2:] == ["-E", "t.c"]
    assert "g++" in second
    assert (one.ok, one.said, one.output, two.output) == (True, (), "", "said\n")


def test_in_the_sandbox_only_its_own_paths_are_named(cc, commands, tmp_path, monkeypatch):
    commands.say("sh")
    monkeypatch.setattr(batch, "_result", lambda folder, _: folder.name)
    other = tmp_path / "after"
    other.mkdir()
    box = Sandbox()
    assert batch.run_all([Job(cc(sandbox=box), ""), Job(cc(sandbox=box, headers=other), "")]
                         ) == ["0", "1"]
    (argv,) = commands.calls
    for number, folder in enumerate((tmp_path, other)):
        assert argv[argv.index(str(folder)) - 1:][:3] == [
            "--ro-bind", str(folder), f"/side{number}/headers"]
    assert argv[argv.index("--chdir") + 1] == "/out"
    assert argv[-2:] == ["sh", "jobs.sh"]
    assert f"--as={batch.MEMORY}" in argv


def test_a_command_keeps_its_words_whatever_they_are(cc, shell):
    shell(FINE)
    batch.run_all([Job(cc(flags=("-DX='; rm -rf /'",)), "")])
    assert "'\"'\"'; rm -rf /'\"'\"''" in shell.seen[0]["script"]


@pytest.mark.parametrize(("program", "has", "lacks"), [
    ("gcc", ["-fmax-errors=0", "-idirafter"], ["-ferror-limit=0"]),
    ("clang", ["-ferror-limit=0", "-idirafter"], ["-fmax-errors=0"]),
    ("clang++", ["-ferror-limit=0", "-idirafter"], ["-fmax-errors=0"]),
    ("aarch64-linux-gnu-gcc", ["-fmax-errors=0"], ["-idirafter"]),
])
def test_each_compiler_gets_flags_that_it_knows(cc, shell, program, has, lacks):
    shell(FINE)
    cc(program=program).run("")
    words = set(shlex.split(shell.seen[0]["script"]))
    assert set(has) <= words
    assert not set(lacks) & words


ERRORS = b"""In file included from t.c:1:
/headers/linux/a.h:12:5: error: unknown type name 'u32'
t.c:3: warning: odd
t.c:4:1: fatal error: no.h: No such file or directory
t.c:5:1: note: see here
t.c: In function 'f':
\xff.h:6:1: error: x
t.c:7:1: note: in the definition of 'struct s'
t.c:8:1: note: and here
"""


def test_diagnostics_are_read_line_by_line(cc, shell):
    shell((1, ERRORS, b"", b""))
    done = cc().run("")
    assert not done.ok
    assert done.said[:3] == (
        Said("a.h", 12, "error", "unknown type name 'u32'"), Said("t.c", 3, "warning", "odd", 3),
        Said("t.c", 4, "fatal error", "no.h: No such file or directory", 4))
    assert [(s.line, s.source) for s in done.said[3:]] == [(6, 7)], "what the first note names"


def test_warnings_alone_are_no_failure(cc, shell):
    shell((0, b"t.c:3: warning: odd\n", b"", b""))
    assert cc().run("").ok


def test_the_object_file_is_kept_where_one_was_made(cc, shell, tmp_path):
    shell((0, b"", b"", b"elf"))
    cc().run("", keep=tmp_path / "kept.o")
    assert (tmp_path / "kept.o").read_bytes() == b"elf"
    shell((1, b"", b"", b""))
    cc().run("", keep=tmp_path / "other.o")
    assert not (tmp_path / "other.o").exists()


@pytest.mark.parametrize("code", [124, 137])
def test_one_that_does_not_end_is_an_error_and_no_answer(cc, shell, code):
    shell(FINE, (code, b"Killed\n", b"", b""))
    with pytest.raises(DeadlineError, match="g\\+\\+: no end after 60 s"):
        batch.run_all([Job(cc(), ""), Job(cc(program="g++"), "")])


def test_a_shell_that_does_not_end_is_none_either(cc, commands):
    commands.say("sh", code=-15, why="no end after 120 s", timed_out=True)
    with pytest.raises(DeadlineError):
        cc().run("")


def test_a_compiler_that_is_not_there_names_what_to_install(cc, commands, installed):
    installed("gcc")
    with pytest.raises(ToolMissingError, match=r"g\+\+"):
        cc(program="g++").run("")
    assert commands.calls == []
    assert batch.run_all([]) == []


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
    assert batch.drive(asks("ab", "c"), asks(), asks("d", "", "ef"), asks("")) == [
        [["A", "B"], ["C"]], [], [["D"], [], ["E", "F"]], [[]]]
    assert calls == [["a", "b", "d"], ["c"], ["e", "f"]]
    assert batch.drive() == []


def ask(compiler, head, lines, *flags):
    return driven(compiler, batch.surviving(compiler, head, lines, *flags))


class Speaks:
    """A compiler that says what a function of the source has for each line."""

    def __init__(self, says):
        self.says = says
        self.flags = set()

    def run(self, source, *flags, keep=None):
        self.flags.add(flags)
        rows = [row for n, line in enumerate(source.splitlines(), 1) for row in self.says(n, line)]
        said = [Said(*row, row[1] if row[0] == "t.c" else 0) for row in rows]
        return batch.CompileResult(all(s.grade == "warning" for s in said), tuple(said), "")


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
