# SPDX-License-Identifier: GPL-2.0-or-later
"""Many compilations in one sandbox: how they are called, and what is read out of them."""

import shlex
import signal
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness.errors import DeadlineError, ToolMissingError
from harness.system.sandbox import Sandbox
from harness.uapi import batch
from harness.uapi.batch import Job, Said
from harness.uapi.compiler import Compiler

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
    limit, first, second = seen["script"].splitlines()
    assert limit == "ulimit -S -t 60", "of each compiler's own time"
    words = shlex.split(first.partition("cd 0; { ")[2].partition(" >")[0])
    assert words[:4] == ["gcc", "-m32", "-I", str(tmp_path)]
    assert words[-3:] == ["-E", "t.c;", "}"]
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


def test_a_name_of_ours_is_no_advice(cc, shell):
    err = (b"t.c:3:4: error: 'q' undeclared; did you mean 'harness_q9'?\n"
           b"t.c:4:4: error: 'r' undeclared; did you mean 's'?\n")
    shell((1, err, b"", b""))
    assert [s.text for s in cc().run("").said] == [
        "'q' undeclared", "'r' undeclared; did you mean 's'?"]


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


@pytest.mark.parametrize(("code", "err"), [
    (137, b"Killed\n"), (128 + signal.SIGXCPU, b""),
    (4, b"gcc: internal compiler error: CPU time limit exceeded signal terminated program cc1\n"),
])
def test_one_that_does_not_end_is_an_error_and_no_answer(cc, shell, code, err):
    shell(FINE, (code, err, b"", b""))
    with pytest.raises(DeadlineError, match="g\\+\\+: no end after 60 s"):
        batch.run_all([Job(cc(), ""), Job(cc(program="g++"), "")])


def test_what_a_header_says_of_signals_is_no_signal(cc, shell):
    shell((1, b"t.c:1:2: error: #error gcc: Killed signal terminated program cc1\n", b"", b""))
    assert not cc().run("").ok


def held(monkeypatch, number):
    """Requests of so many threads that wait together; returns how to send them."""
    gate = batch._Gate(0)
    monkeypatch.setattr(batch, "_GATE", gate)

    def send(*requests):
        with ThreadPoolExecutor(number) as pool:
            asked = [pool.submit(batch.run_all, jobs) for jobs in requests]
            while len(gate._waiting) < number:
                time.sleep(0.001)
            gate.free = gate._all = 1
            gate.work()
            return [a.exception() or a.result() for a in asked]
    return send


def test_what_several_threads_wait_for_is_one_batch(cc, shell, monkeypatch):
    shell(FINE, (1, b"t.c:1: error: odd\n", b"", b""), FINE)
    send = held(monkeypatch, 2)
    one, two = sorted(send([Job(cc(), "int a;"), Job(cc(), "int b;")], [Job(cc(), "int a;")]),
                      key=len, reverse=True)
    assert len(shell.seen) == 1
    assert (len(one), len(two)) == (2, 1)
    assert sorted(d.ok for d in [*one, *two]) == [False, True, True]


def test_each_sandbox_takes_its_part_of_what_waits(cc, monkeypatch):
    gate, jobs = batch._Gate(0), [Job(cc(), "int a;")] * 20
    gate._all, gate._waiting = 2, [batch._Request(jobs) for _ in range(5)]
    assert [len(gate._take()) for _ in range(4)] == [3, 1, 1, 0], "fifty, sixteen, at least one"
    assert gate.free == 1


def test_who_is_interrupted_lets_nobody_wait(cc, monkeypatch):
    gate = batch._Gate(1)
    gate._waiting = first, second = [batch._Request([Job(cc(), "int a;")]) for _ in range(2)]

    def interrupt(taken):
        gate._waiting.append(second)
        for request in taken:
            request.answer.set_exception(KeyboardInterrupt())
        raise KeyboardInterrupt
    monkeypatch.setattr(batch, "_answer", interrupt)
    gate._waiting.remove(second)
    with pytest.raises(KeyboardInterrupt):
        gate.work()
    assert isinstance(first.answer.exception(), KeyboardInterrupt)
    assert isinstance(second.answer.exception(), KeyboardInterrupt)
    assert (gate.free, gate._waiting) == (1, [])


def test_one_request_that_fails_fails_alone(cc, shell, monkeypatch):
    shell(FINE, (137, b"", b"", b""))
    send = held(monkeypatch, 2)
    done = send([Job(cc(), "int a;")], [Job(cc(), "int b;")])
    assert sorted(type(d) for d in done if isinstance(d, DeadlineError)) == [DeadlineError]
    assert [d[0].ok for d in done if isinstance(d, list)] == [True]


def test_where_nobody_knows_who_did_it_each_is_asked_by_itself(cc, commands, monkeypatch):
    def does(_, kwargs):
        folders = [p for p in kwargs["cwd"].iterdir() if p.is_dir()]
        for folder in folders:
            (folder / "rc").write_text("0\n")
            (folder / "err").touch()
            (folder / "out").touch()
        if any(b"endless" in (f / "t.c").read_bytes() for f in folders):
            raise DeadlineError("sh: no end")
    commands.say("sh", does=does)
    send = held(monkeypatch, 2)
    done = send([Job(cc(), "int a;")], [Job(cc(), "endless")])
    assert done[0][0].ok
    assert isinstance(done[1], DeadlineError)
    assert len(commands.calls) == 3


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
