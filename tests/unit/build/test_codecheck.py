# SPDX-License-Identifier: GPL-2.0-or-later
"""New warnings only, out of what gcc and sparse say of both sides."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.build import codecheck
from harness.build.codecheck import BuildSide, Warned
from harness.build.kbuild import BuildError, BuildFailedError
from harness.errors import CommandFailedError, InfrastructureError
from harness.model import Location, PatchFile, Severity, Sources
from harness.system.sandbox import Sandbox
from tests import make

LINE = ("gcc -Wp,-MMD,kernel/.a.o.d -nostdinc -Werror -Werror=vla -Wundef -DX "
        "-c -o kernel/a.o /src/kernel/a.c ; ./objtool kernel/a.o")
OLD = "/src/kernel/a.c: In function 'f':\n/src/kernel/a.c:3:5: warning: unused x [-Wunused]\n"
NEW = f"{OLD}/src/kernel/a.c:9:1: warning: no return\n"


@pytest.mark.parametrize(("row", "path", "line", "text"), [
    ("/src/a/b.c:3:5: warning: x [-Wx]", "a/b.c", 3, "x [-Wx]"),
    ("a.c:12: error: no", "a.c", 12, "no"),
    ("../../inc/h-1.h:1:1: warning: y", "inc/h-1.h", 1, "y"),
    ("/src/../a.c:3:5: warning: x", "a.c", 3, "x"),
])
def test_a_warning_has_a_place_in_the_tree(row, path, line, text):
    assert codecheck.parse(row) == (Warned(path, line, text, ""),)


@pytest.mark.parametrize("row", [
    "a.c:3:5: note: declared here", "  CC a.o", "a.o: warning: objtool: f: x", "a.c: warning: x",
    "In file included from /src/a.c:3:", "", "cc1: warning: x",
])
def test_other_lines_are_no_warnings(row):
    assert codecheck.parse(row) == ()


def test_a_warning_belongs_to_the_function_before_it():
    found = codecheck.parse(f"{NEW}/src/kernel/a.c: In function 'g':\na.c:1: warning: z\n"
                            "a.c: At top level:\na.c:2: warning: w\n")
    assert [(w.function, w.text) for w in found] == [
        ("f", "unused x [-Wunused]"), ("f", "no return"), ("g", "z"), ("", "w")]


WARNED = st.builds(Warned, st.from_regex(r"[a-z]{1,5}(/[a-z]{1,5}){0,2}\.[ch]", fullmatch=True),
                   st.integers(1, 99_999), st.from_regex(r"[a-z0-9' \[\]-]{1,30}", fullmatch=True),
                   st.from_regex(r"[a-z_]{1,9}", fullmatch=True))


@given(st.lists(WARNED, max_size=8), st.sampled_from(["/src/", "", "../"]))
def test_what_a_compiler_writes_is_read(warned, top):
    text = "".join(f"{top}{w.path}: In function '{w.function}':\n"
                   f"{top}{w.path}:{w.line}:7: warning: {w.text}\n      |  ^~\n" for w in warned)
    assert codecheck.parse(text) == tuple(warned)


def rows(*texts, line=1, function="f", path="a.c"):
    return [Warned(path, line, text, function) for text in texts]


@pytest.mark.parametrize(("before", "after", "left"), [
    (rows("x"), rows("x", line=90), 0), (rows("8 of 16"), rows("9 of 16"), 0),
    (rows("x"), rows("y"), 1), (rows("x"), rows("x", function="g"), 1),
    (rows("x"), rows("x", path="b.c"), 1), (rows("x"), rows("x", "x", "x"), 2),
    (rows("x", "x"), rows("x"), 0), ([], rows("x", "y"), 2), (rows("u8"), rows("u16"), 1),
])
def test_new_is_what_was_not_there_as_often(before, after, left):
    found = list(codecheck.new(before, after))
    assert found == after[len(after) - left:]


@pytest.fixture
def sides(tmp_path):
    """Two builds; ``kernel/a.c`` is compiled in both."""
    made = []
    for name in ("before", "after"):
        for folder in ("src/kernel", "out/kernel"):
            (tmp_path / name / folder).mkdir(parents=True)
        (tmp_path / name / "src/kernel/a.c").touch()
        (tmp_path / name / "out/kernel/.a.o.cmd").write_text(
            f"cmd_kernel/a.o := {LINE}\n\nsource_kernel/a.o := /src/kernel/a.c\n")
        made.append(BuildSide(Sources(tmp_path / name / "src"), tmp_path / name / "out"))
    return tuple(made)


def series(*paths):
    return make.series(*(make.patch(number=n, files=(PatchFile(path, path, 1, 0),))
                         for n, path in enumerate(paths, 1)))


def test_which_files_a_configuration_compiles(sides):
    paths = ("kernel/a.c", "kernel/b.c", "kernel/gone.c", "tools/t.c", "samples/s.c", "kernel/a.h",
             "scripts/s.c", "usr/u.c", "Documentation/d.c")
    for path in paths:
        place = sides[1].sources.root / path
        place.parent.mkdir(exist_ok=True)
        if "gone" not in path:
            place.touch()
    assert codecheck.compiled(series(*paths), sides[1]) == (("kernel/a.c",), ("kernel/b.c",))


class Tools:
    """gcc and sparse, in the sandbox: ``says`` is their output by tool and side."""

    def __init__(self, commands):
        self.says, self.lines, self.given = {}, {}, []
        commands.say("sh", "-c", does=self)

    def __call__(self, argv, given):
        line = argv[-1]
        side = next(name for name in ("before", "after") if any(f"/{name}/src" in a for a in argv))
        self.lines[line.split()[0], side] = line
        self.given.append((" ".join(argv), given))
        return self.says.get((line.split()[0], side), b"")


@pytest.fixture
def tools(commands, monkeypatch):
    made = Tools(commands)
    made.missing = set()
    monkeypatch.setattr(codecheck.shutil, "which",
                        lambda tool: None if tool in made.missing else f"/bin/{tool}")
    return made


@pytest.fixture
def check(tools, sides, tmp_path):
    def go(*paths, **more):
        return codecheck.check(series(*(paths or ("kernel/a.c",))), sides,
                               Sandbox(step_down=False), tmp_path / "log", **more)
    return go


def test_a_new_warning_is_a_finding_of_the_patch_that_touched_the_file(check, tools):
    tools.says = {("gcc", "before"): OLD.encode(), ("gcc", "after"): NEW.encode()}
    (found,), notices, lacking = check("x.h", "kernel/a.c")
    assert (found.rule, found.severity, found.patch) == ("warning-w1", Severity.WARNING, 2)
    assert found.where == Location("kernel/a.c", 9)
    assert "no return" in found.message
    assert (notices, lacking) == ((), ())


def test_what_sparse_says_has_a_rule_of_its_own(check, tools):
    tools.says = {("sparse", "after"): NEW.encode()}
    found, _, _ = check()
    assert [(f.rule, f.where.line) for f in found] == [("warning-sparse", 3), ("warning-sparse", 9)]


def test_the_id_of_a_warning_does_not_move_with_its_line(check, tools):
    ids = set()
    for line in (3, 90):
        tools.says = {("gcc", "after"): f"kernel/a.c:{line}:1: warning: frame of {line} B".encode()}
        (found,), _, _ = check()
        ids.add(found.id)
    assert len(ids) == 1


def test_the_command_is_kbuilds_with_more_warnings_and_no_object(check, tools):
    check()
    words = tools.lines["gcc", "after"].split()
    assert words[:2] == ["gcc", "-nostdinc"]
    assert {"-Wundef", "-DX", "-Wextra", "-Wno-error", "/src/kernel/a.c"} <= set(words)
    assert words[words.index("-o") + 1] == "/dev/null"
    assert words.count("-c") == words.count("-o") == 1
    assert not [w for w in words if w.startswith(("-Werror", "-Wp,-MMD", "kernel/a.o", "./obj"))]


@pytest.mark.parametrize("option", ["-Wp,-MD,kernel/.a.o.d", "-Wp,-MMD,kernel/.a.o.d"])
def test_no_compiler_writes_down_what_it_read(option):
    """Nothing can be written there, and with -MD (before 5.11) that was all that gcc said."""
    line = LINE.replace("-Wp,-MMD,kernel/.a.o.d", option)
    assert re.sub(codecheck.DEPENDENCIES, "", line) == LINE.replace("-Wp,-MMD,kernel/.a.o.d", "")


def test_sparse_gets_the_flags_of_the_compiler(check, tools):
    check()
    words = tools.lines["sparse", "after"].split()
    assert {"-D__CHECKER__", "-DX", "-nostdinc", "/src/kernel/a.c"} <= set(words)
    assert not {"gcc", "-c", "-o", "kernel/a.o"} & set(words)


def test_both_sides_are_asked_where_they_lie_and_are_not_written(check, tools, sides, tmp_path):
    check()
    assert len(tools.given) == 4
    text, given = tools.given[0]
    before = sides[0]
    assert f"--ro-bind {before.sources.root} /src --ro-bind {before.out} /out" in text
    assert "--chdir /out" in text
    assert f"--as={4 << 30}" in text
    assert given["timeout"] == 120


def test_a_saved_command_is_one_too(check, tools, sides):
    for side in sides:
        (side.out / "kernel/.a.o.cmd").write_text(f"savedcmd_kernel/a.o := {LINE}\n")
    check()
    assert len(tools.lines) == 4


def test_a_build_that_left_no_command_is_not_asked(check, tools, sides):
    (sides[0].out / "kernel/.a.o.cmd").write_text("deps := x\n")
    tools.says = {("gcc", "after"): OLD.encode()}
    found, _, _ = check()
    assert len(found) == 1
    assert not [side for _, side in tools.lines if side == "before"]


def test_a_file_that_comes_with_the_series_has_no_base(check, tools, sides):
    (sides[0].out / "kernel/.a.o.cmd").unlink()
    tools.says = {("gcc", "after"): NEW.encode()}
    assert len(check()[0]) == 2


def test_what_is_not_compiled_is_noted_and_asked_of_nobody(check, tools, sides):
    (sides[1].sources.root / "kernel/b.c").touch()
    found, (note,), _ = check("kernel/b.c")
    assert "kernel/b.c" in note
    assert (found, tools.lines) == ((), {})


@pytest.mark.parametrize("tool", ["gcc", "sparse"])
def test_a_tool_that_is_missing_is_said_once_and_the_other_is_asked(check, tools, sides, tool):
    tools.missing.add(tool)
    _, notices, (lacks,) = check("kernel/a.c")
    assert notices == ()
    assert re.match(rf"{tool}: NOT_RUN\b", lacks)
    assert {name for name, _ in tools.lines} == {"gcc", "sparse"} - {tool}


def test_without_a_file_to_look_at_no_tool_is_missed(check, tools):
    tools.missing |= {"gcc", "sparse"}
    assert check("kernel/none.h") == ((), (), ())


def test_a_tool_that_ends_with_1_has_said_why(check, commands):
    def warned(argv, given):
        return (NEW if any("/after/src" in a for a in argv) else OLD).encode()

    commands.say("sh", "-c", code=1, does=warned)
    assert len(check()[0]) == 2


@pytest.mark.parametrize("ended", [
    {"code": 128}, {"code": 139}, {"code": -9}, {"code": 0, "why": "no end"},
])
def test_a_compiler_that_breaks_is_no_clean_file(check, commands, ended):
    commands.say("sh", "-c", **ended)
    with pytest.raises(InfrastructureError) as error:
        check()
    assert "gcc on kernel/a.c" in error.value.message
    assert str(ended.get("why") or ended["code"]) in error.value.message


def test_what_is_known_of_the_base_is_not_asked_again(check, tools):
    tools.says = {("gcc", "after"): NEW.encode()}
    asked = []

    def old(path, tool, ask):
        asked.append((path, tool))
        return codecheck.parse(OLD) if tool == "gcc" else ask()

    found, _, _ = check(old=old)
    assert [f.where.line for f in found] == [9]
    assert asked == [("kernel/a.c", "gcc"), ("kernel/a.c", "sparse")]
    assert ("gcc", "before") not in tools.lines
    assert ("sparse", "before") in tools.lines


def test_patches_in_the_middle_that_do_not_build():
    broken = ((2, BuildFailedError(2, BuildError("no", Location("a.c", 3)))),
              (3, CommandFailedError("make", 2, "odd")))
    two, three = codecheck.bisection_broken(broken, 5)
    assert (two.rule, two.severity, two.patch, two.where) == (
        "not-bisectable", Severity.ERROR, 2, Location("a.c", 3))
    assert "2 of 5" in two.message
    assert two.message.endswith("no")
    assert (three.patch, bool(three.where), three.evidence) == (3, False, "odd")
    assert two.id != codecheck.not_bisectable(broken[0][1], 4, 5).id


def test_a_file_that_does_not_compile_is_no_silence():
    assert codecheck.parse("/src/a.c:3:10: fatal error: x.h: No such file\n")


def test_a_tool_that_gives_up_in_silence_is_not_run(check, commands):
    commands.say("sh", "-c", code=127, out=b"sh: 1: sparse: not found\n")
    found, _, lacking = check()
    assert found == ()
    assert [row.split(":")[0] for row in lacking] == ["gcc", "sparse"]
    assert all("NOT_RUN: kernel/a.c" in row and "127" in row for row in lacking)


def test_without_a_sandbox_paths_are_those_of_the_tree_too(sides, commands, tools, tmp_path):
    tops = {side.out: side.sources.root for side in sides}

    def warned(_, given):
        top = tops[given["cwd"]]
        new = f"{top}/kernel/a.c:4:5: warning: new\n" if "after" in str(top) else ""
        return f"{top}/kernel/a.c:3:5: warning: old\n{new}".encode()

    commands.say("sh", "-c", does=warned)
    tools.missing.add("sparse")
    found, _, _ = codecheck.check(series("kernel/a.c"), sides, Sandbox(enabled=False),
                                  tmp_path / "log")
    assert [str(f.where) for f in found] == ["kernel/a.c:4"]


@pytest.mark.parametrize("words", [
    "cc1: out of memory allocating 99 bytes", "fatal error: Killed signal terminated program cc1",
    "/src/a.c:1:1: fatal error: error writing to /tmp/x: No space left on device"])
def test_the_machines_trouble_is_no_word_about_a_file(check, commands, words):
    commands.say("sh", "-c", code=1, out=words.encode())
    with pytest.raises(InfrastructureError):
        check()


def test_what_may_be_kept():
    missing = "sparse: NOT_RUN: not installed; next: apt-get install sparse"
    assert codecheck.steady(())
    assert codecheck.steady((missing,))
    assert not codecheck.steady((missing, "gcc: NOT_RUN: a.c: it ended with 1: odd"))
