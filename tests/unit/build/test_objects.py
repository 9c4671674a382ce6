# SPDX-License-Identifier: GPL-2.0-or-later
"""Single objects: by make, or by the command that make used for them the last time."""

import threading
from dataclasses import replace

import pytest

from harness.build import objects
from harness.build.kbuild import BuildFailedError
from harness.errors import CommandFailedError, DeadlineError, InfrastructureError
from harness.model import Sources
from harness.system.sandbox import Sandbox


@pytest.fixture
def out(tmp_path):
    """A build directory with an object of each of fs/a.c, fs/b.c and fs/c.c."""
    for name in "abc":
        left(tmp_path / "out", f"fs/{name}.o", f"gcc -c -o fs/{name}.o /src/fs/{name}.c")
    (tmp_path / "src").mkdir()
    return tmp_path / "out"


def left(out, name, line, word="savedcmd"):
    """What make leaves of an object."""
    (out / name).parent.mkdir(parents=True, exist_ok=True)
    (out / name).write_text("old")
    cmd = (out / name).with_name(f".{(out / name).name}.cmd")
    cmd.write_text(f"{word}_{name} := {line}\n\nsource_{name} := x.c\n\ndeps_{name} := \\\n")


@pytest.mark.parametrize("word", ["cmd", "savedcmd"])
def test_the_command_is_what_make_wrote_down(tmp_path, word):
    left(tmp_path, "fs/a.o", "gcc -DX='1' -c -o fs/a.o a.c ; objtool fs/a.o", word)
    assert objects.command(tmp_path, "fs/a.o") == "gcc -DX='1' -c -o fs/a.o a.c ; objtool fs/a.o"


def test_what_make_wrote_otherwise_for_itself_is_undone(tmp_path):
    left(tmp_path, "a.o", "gcc -D'X=$(pound)' -DY=$$HOME a.c")
    assert objects.command(tmp_path, "a.o") == "gcc -D'X=#' -DY=$HOME a.c"


def test_an_object_of_another_folder_has_its_command_there(tmp_path):
    left(tmp_path, "virt/x.o", "gcc x.c")
    (tmp_path / "arch" / "x86").mkdir(parents=True)
    assert objects.command(tmp_path, "arch/x86/../../virt/x.o") == "gcc x.c"


@pytest.mark.parametrize("text", ["", "cmd_a.o = gcc\n", "# cmd_a.o := gcc\n", "cmd_a.o :=\n"])
def test_without_a_command_there_is_none(tmp_path, text):
    (tmp_path / ".a.o.cmd").write_text(text)
    assert objects.command(tmp_path, "a.o") == ""
    assert objects.command(tmp_path, "never/made.o") == ""


def test_a_command_that_is_a_link_or_lies_outside_is_none(tmp_path):
    left(tmp_path / "other", "a.o", "gcc")
    (tmp_path / "out" / "fs").mkdir(parents=True)
    (tmp_path / "out" / ".b.o.cmd").symlink_to(tmp_path / "other" / ".a.o.cmd")
    (tmp_path / "out" / "link").symlink_to(tmp_path / "other")
    for name in ("b.o", "link/a.o", "fs/../../other/a.o"):
        assert objects.command(tmp_path / "out", name) == ""


class Gcc:
    """sh that compiles: an object is made unless it is of ``bad``, which says why."""

    def __init__(self, out):
        self.out, self.bad, self.silent, self.ran, self.found = out, {}, set(), [], []
        self.guard = threading.Lock()

    def __call__(self, argv, more):
        line = argv[argv.index("-c") + 1]
        name = line.partition(" -o ")[2].partition(" ")[0]
        with self.guard:
            self.ran.append(line)
            self.found.append((self.out / name).is_file())
        if name in self.bad:
            return self.bad[name].encode()
        if name and name not in self.silent:
            (self.out / name).write_text("new")
        return b""


@pytest.fixture
def gcc(out, commands):
    fake = Gcc(out)
    commands.say("sh", "-c", does=fake)
    return fake


@pytest.fixture
def repeat(builder, gcc, out, tmp_path):
    return lambda *names: objects.repeat(builder, Sources(tmp_path / "src"), out, names)


def test_objects_are_made_anew_with_the_commands_of_the_last_time(repeat, gcc, out):
    made = repeat("fs/a.o", "fs/b.o")
    assert made == objects.Made(frozenset({"fs/a.o", "fs/b.o"}), ())
    assert [(out / f"fs/{n}.o").read_text() for n in "abc"] == ["new", "new", "old"]
    assert sorted(gcc.ran) == [f"gcc -c -o fs/{n}.o /src/fs/{n}.c" for n in "ab"]
    assert gcc.found == [False, False], "what was there is no proof"


def test_of_nothing_nothing_is_made(repeat, gcc):
    assert repeat() == objects.Made(frozenset(), ())
    assert gcc.ran == []


def test_an_object_that_does_not_compile_says_why_and_hinders_no_other(repeat, gcc, out, tmp_path):
    gcc.bad["fs/a.o"] = f"{tmp_path}/src/fs/a.c:3:9: error: 'x' undeclared\n"
    made = repeat("fs/a.o", "fs/b.o")
    assert made.built == {"fs/b.o"}
    ((name, error),) = made.failed
    assert (name, error.tail) == ("fs/a.o", "fs/a.c:3: 'x' undeclared")
    assert isinstance(error, BuildFailedError)
    assert made.reasons == {"fs/a.o": "fs/a.c:3: 'x' undeclared"}
    assert not (out / "fs/a.o").exists()


def test_those_that_fail_keep_the_order_in_which_they_were_asked_for(repeat, gcc):
    gcc.bad = dict.fromkeys(("fs/c.o", "fs/a.o", "fs/b.o"), "odd")
    assert [n for n, _ in repeat("fs/c.o", "fs/a.o", "fs/b.o").failed] == [
        "fs/c.o", "fs/a.o", "fs/b.o"]


def test_a_compiler_that_is_content_and_makes_nothing_has_failed(repeat, gcc):
    gcc.silent.add("fs/a.o")
    made = repeat("fs/a.o")
    assert made.built == frozenset()
    assert [n for n, _ in made.failed] == ["fs/a.o"]


def test_an_object_without_a_command_is_not_made(repeat, out):
    (out / "fs" / ".a.o.cmd").unlink()
    made = repeat("fs/a.o", "never/made.o")
    assert (made.built, [n for n, _ in made.failed]) == (frozenset(), ["fs/a.o", "never/made.o"])


def test_an_object_that_is_there_though_its_command_failed_is_none(repeat, commands, out):
    def half(*_):
        (out / "fs/a.o").write_text("half")
        return b"odd\n"
    commands.say("sh", "-c", code=1, does=half)
    made = repeat("fs/a.o")
    assert made.built == frozenset()
    assert made.failed[0][1].returncode == 1


def test_a_compiler_that_was_stopped_says_nothing_of_the_object(repeat, commands):
    commands.say("sh", "-c", code=-15, why="no end after 60 s", timed_out=True)
    with pytest.raises(InfrastructureError, match="no end after 60 s") as error:
        repeat("fs/a.o")
    assert not isinstance(error.value, CommandFailedError)
    assert "repeated" in error.value.hint


def test_trouble_of_the_machine_is_no_error_of_the_object(repeat, gcc):
    gcc.bad["fs/a.o"] = "gcc: fatal error: Killed signal terminated program cc1\n"
    with pytest.raises(InfrastructureError) as error:
        repeat("fs/a.o")
    assert not isinstance(error.value, CommandFailedError)


def test_a_command_is_run_where_make_ran_it(repeat, builder, commands, out, tmp_path):
    given = []
    commands.say("sh", "-c", does=lambda _, more: given.append(more))
    repeat("fs/a.o")
    boxed = replace(builder, sandbox=Sandbox(step_down=False))
    over = Sources(tmp_path / "src", (("fs/a.c", tmp_path / "new.c"),))
    objects.repeat(boxed, over, out, ["fs/a.o"])
    assert [more["cwd"] for more in given] == [out, None]
    assert {more["timeout"] for more in given} == {builder.timeout}
    text = " ".join(commands.calls[-1])
    assert f"--ro-bind {tmp_path}/src /src --ro-bind {tmp_path}/new.c /src/fs/a.c" in text
    assert f"--bind {out} /out" in text
    assert "--chdir /out" in text


class Make:
    """make of single objects: those of ``bad`` fail, and what ``shy`` names only comes alone."""

    def __init__(self, out):
        self.out = out
        self.bad, self.shy, self.lost, self.asked = {}, set(), set(), []

    def __call__(self, argv, _):
        names = [w for w in argv[argv.index("make"):] if w.endswith(".o")]
        self.asked.append((*(["-k"] if "-k" in argv else []), *names,
                           *(w for w in argv if w.startswith("build-dir="))))
        for name in names:
            if name not in {*self.bad, *self.lost, *(self.shy if len(names) > 1 else ())}:
                (self.out / name).parent.mkdir(parents=True, exist_ok=True)
                (self.out / name).write_text("new")
        said = "".join(self.bad[n] for n in names if n in self.bad)
        bad = said or (len(names) > 1 and self.shy & set(names))
        return (said or "odd").encode(), 2 if bad else 0


def error(name, text="no"):
    return f"/src/{name}:1: error: {text}\n"


@pytest.fixture
def maker(out, commands):
    fake = Make(out)
    commands.say("make", does=fake)
    return fake


@pytest.fixture
def compile_(builder, maker, out):
    return lambda *names: objects.compile_objects(builder, Sources(out / "src"), out, names)


def test_make_is_asked_once_for_all_of_them(compile_, maker, out):
    assert compile_("fs/a.o", "net/new.o") == objects.Made(
        frozenset({"fs/a.o", "net/new.o"}), ())
    assert maker.asked == [("-k", "fs/a.o", "net/new.o")]
    assert (out / "fs/a.o").read_text() == "new"


def test_an_old_make_is_told_whose_makefile_an_object_is_in(builder, maker, out):
    maker.bad = {"fs/c.o": error("fs/c.c")}
    made = objects.compile_objects(builder, Sources(out / "src"), out, (
        "fs/a.o", "fs/xfs/libxfs/b.o", "fs/c.o"), {
            "fs/a.o": "fs", "fs/xfs/libxfs/b.o": "fs/xfs", "fs/c.o": "fs"})
    assert (made.built, set(made.reasons)) == ({"fs/a.o", "fs/xfs/libxfs/b.o"}, {"fs/c.o"})
    assert maker.asked == [
        ("-k", "fs/a.o", "fs/c.o", "build-dir=fs"),
        ("-k", "fs/xfs/libxfs/b.o", "build-dir=fs/xfs")]


def test_an_old_make_is_told_so_again_where_each_is_asked_for_its_own_error(builder, maker, out):
    maker.bad = {"fs/x/a.o": error("fs/x/a.c"), "fs/x/b.o": error("fs/x/b.c")}
    objects.compile_objects(builder, Sources(out / "src"), out, ("fs/x/a.o", "fs/x/b.o"),
                            {"fs/x/a.o": "fs", "fs/x/b.o": ""})
    assert maker.asked[2:] == [("fs/x/a.o", "build-dir=fs"), ("fs/x/b.o",)]


def test_without_objects_make_is_not_asked(compile_, maker):
    assert compile_() == objects.Made(frozenset(), ())
    assert maker.asked == []


def test_names_may_be_given_one_by_one(builder, maker, out):
    made = objects.compile_objects(builder, Sources(out), out, iter(["fs/a.o", "fs/b.o"]))
    assert made.built == {"fs/a.o", "fs/b.o"}


def test_each_object_that_fails_has_an_error_of_its_own(compile_, maker):
    maker.bad = {"fs/a.o": error("fs/a.c", "one"), "fs/b.o": error("fs/b.c", "two")}
    made = compile_("fs/a.o", "fs/b.o", "fs/c.o")
    assert made.built == {"fs/c.o"}
    assert [(n, e.tail) for n, e in made.failed] == [
        ("fs/a.o", "fs/a.c:1: one"), ("fs/b.o", "fs/b.c:1: two")]
    assert maker.asked[1:] == [("fs/a.o",), ("fs/b.o",)]


def test_an_object_that_fails_alone_is_not_asked_again(compile_, maker):
    maker.bad = {"fs/a.o": error("fs/a.c")}
    made = compile_("fs/a.o", "fs/b.o")
    assert [(n, e.tail) for n, e in made.failed] == [("fs/a.o", "fs/a.c:1: no")]
    assert len(maker.asked) == 1


def test_the_object_of_the_last_time_is_no_proof(compile_, maker, out):
    maker.bad = {"fs/a.o": error("fs/a.c")}
    assert (out / "fs/a.o").read_text() == "old"
    assert compile_("fs/a.o").built == frozenset()


def test_only_a_few_of_many_that_fail_are_asked_for_their_own_error(compile_, maker):
    names = [f"fs/x{n}.o" for n in range(objects.FEW + 5)]
    maker.bad = {n: error(n) for n in names}
    made = compile_(*names)
    assert [n for n, _ in made.failed] == names[:objects.FEW]
    assert len(maker.asked) == 1 + objects.FEW


def test_an_object_that_comes_when_it_is_asked_for_alone_is_there(compile_, maker):
    maker.shy = {"fs/b.o"}
    maker.bad = {"fs/a.o": error("fs/a.c")}
    made = compile_("fs/a.o", "fs/b.o")
    assert made.built == {"fs/b.o"}
    assert [n for n, _ in made.failed] == ["fs/a.o"]


def test_an_object_that_nobody_can_explain_has_the_error_of_all(compile_, maker):
    maker.bad = {"fs/a.o": error("fs/a.c", "mine")}
    maker.lost = {"fs/b.o"}
    made = compile_("fs/a.o", "fs/b.o")
    assert [(n, e.tail) for n, e in made.failed] == [
        ("fs/a.o", "fs/a.c:1: mine"), ("fs/b.o", "fs/a.c:1: mine")]


def test_what_a_make_that_is_content_did_not_make_is_not_built_and_no_error(compile_, maker):
    maker.lost = {"fs/a.o"}
    assert compile_("fs/a.o", "fs/b.o") == objects.Made(frozenset({"fs/b.o"}), ())


@pytest.mark.parametrize("wrong", [DeadlineError("make: no end"), InfrastructureError("no space")])
def test_what_is_the_machines_ends_it(compile_, monkeypatch, wrong):
    def make(*_args, **_kwargs):
        raise wrong
    monkeypatch.setattr(objects, "make", make)
    with pytest.raises(InfrastructureError) as caught:
        compile_("fs/a.o")
    assert caught.value is wrong
