# SPDX-License-Identifier: GPL-2.0-or-later
"""What compiling says of a series: errors, warnings, evidence, and what could not be asked."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from harness.build import kernel, objects
from harness.build.codecheck import BuildSide
from harness.build.kbuild import BuildError, BuildFailedError
from harness.build.objects import Made
from harness.errors import InfrastructureError
from harness.evidence import BuiltFile
from harness.model import Finding, Kconfig, Location, Severity, Sources
from harness.run import configs, warned
from harness.run.single import base, touched
from harness.run.single.answer import Answer, answer
from harness.system import sandbox
from tests.unit.run.toys import counted, raises

TINY = Kconfig(("CONFIG_FS=y\n",))


def error(path):
    return BuildFailedError(2, BuildError("no", Location(path, 3)))


def warning(path):
    return Finding("warning-w1", Severity.WARNING, "unused", Location(path, 1))


def compiles(root, out, path, content="object"):
    """Leave what make leaves of a file that it compiled."""
    place = (out / path).with_suffix(".o")
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(content)
    place.with_name(f".{place.name}.cmd").write_text(f"cmd := gcc {root}/{path}\n")


@pytest.fixture
def compilers(tmp_path, monkeypatch):
    """Compilers that refuse the objects ``bad``, each until a tree; ``says`` are warnings."""
    fake = SimpleNamespace(bad={}, warned=counted(((), (), ())), order=[], trees=0)

    def made(how):
        def go(_builder, sources, out, names, _folders=None):
            wanted = list(names)
            fake.order.append((how, sources.root.name, wanted))
            failed = [n for n in wanted if n in fake.bad and sources.root.name not in fake.bad[n]]
            for name in set(wanted) - set(failed):
                compiles(tmp_path / "base", out, f"{name.removesuffix('.o')}.c", sources.root.name)
            return Made(frozenset(wanted) - set(failed), tuple(
                (n, error(f"{n.removesuffix('.o')}.c")) for n in failed))
        return go

    def move(_self, _sources, _old, _new):
        fake.trees += 1
        return Sources(tmp_path / f"tree{fake.trees}")

    monkeypatch.setattr(objects, "repeat", made("repeat"))
    monkeypatch.setattr(objects, "compile_objects", made("make"))
    monkeypatch.setattr(touched, "names", lambda _state, _sources, _out, paths: {
        p: f"{p.removesuffix('.c')}.o" for p in paths if p.endswith(".c")})
    monkeypatch.setattr(touched, "built", lambda _state, _sources, _out, names: names)
    monkeypatch.setattr(kernel.Workspace, "move", move)
    monkeypatch.setattr(warned, "warned", lambda *args: fake.warned(*args))  # noqa: PLW0108
    return fake


@pytest.fixture
def ask(compilers, tmp_path, monkeypatch):
    """``ask(state, lack)``: the answer; the base has every object but those that it lacks."""
    def go(one, *lack):
        names = {}
        sides = [tmp_path / "before", one.work / "compile" / "out"]
        for out in sides:
            out.mkdir(parents=True, exist_ok=True)
            (out / ".config").write_text("CONFIG_FS=y\n")
        for item in one.files:
            if item.path.endswith(".c") and item.before is not None:
                names[item.path] = f"{item.path.removesuffix('.c')}.o"
                if item.path not in lack:
                    for out in sides:
                        compiles(tmp_path / "base", out, item.path)
        bench = kernel.Workspace(configs.builder(one), one.tree, one.work / "compile")
        start = base.Start(BuildSide(Sources(tmp_path / "base"), sides[0]), names, bench,
                           tuple((path, "no") for path in lack))
        monkeypatch.setattr(base, "base", lambda *_: start)
        return answer(one, TINY)
    return go


def test_a_series_that_compiles_is_evidence_for_its_files(series, ask):
    said = ask(series({"fs/a.c": "1\n"}, {"fs/b.c": "2\n"}))
    assert said == Answer((), (BuiltFile("fs/a.c", 1, lines=(1,)),
                                BuiltFile("fs/b.c", 1, lines=(1,))),
                                 broken=False)


def test_where_nothing_but_sources_differs_the_commands_are_repeated(series, ask, compilers):
    ask(series({"fs/a.c": "1\n"}, {"fs/b.c": "2\n"}))
    assert compilers.order == [("repeat", "tree1", ["fs/a.o"]), ("repeat", "tree2", ["fs/b.o"])]


def test_where_more_differs_make_is_asked(series, ask, compilers):
    ask(series({"fs/a.c": "1\n", "fs/h.h": "2\n"}))
    assert compilers.order == [("make", "tree1", ["fs/a.o"])]


def test_a_series_that_does_not_compile_is_broken(series, ask, compilers):
    compilers.bad["fs/a.o"] = ()
    said = ask(series({"fs/a.c": "1\n"}, {"fs/b.c": "2\n"}))
    assert said.broken
    assert [(f.rule, f.patch, f.where.path) for f in said.found] == [("build-error", 1, "fs/a.c")]


def test_what_is_mended_is_an_error_of_its_patch_and_the_series_is_not_broken(
        series, ask, compilers):
    compilers.bad["fs/a.o"] = ("tree2",)
    said = ask(series({"fs/a.c": "1\n"}, {"fs/a.c": "2\n"}))
    assert not said.broken
    assert [(f.rule, f.patch) for f in said.found] == [("not-bisectable", 1)]


def test_what_the_base_does_not_compile_is_no_evidence_and_no_error(series, ask):
    said = ask(series({"fs/a.c": "1\n", "fs/b.c": "2\n"}), "fs/a.c")
    assert said.rows == (BuiltFile("fs/a.c", 0), BuiltFile("fs/b.c", 1, lines=(1,)))
    assert (said.found, said.broken) == ((), False)
    assert said.failed == (("fs/a.c", "no"),)


def test_warnings_notes_and_tools_that_lack_are_said(series, ask, compilers):
    compilers.warned = counted(((warning("fs/a.c"),), ("a note",), ("sparse: NOT_RUN",)))
    said = ask(series({"fs/a.c": "1\n"}))
    assert (said.found, said.lacking) == ((warning("fs/a.c"),), ("sparse: NOT_RUN",))


def test_an_error_in_a_header_is_one_finding_of_all_that_include_it(series, ask, monkeypatch):
    same = error("fs/h.h")
    monkeypatch.setattr(objects, "repeat", lambda *args: Made(
        frozenset(), tuple((n, same) for n in args[3])))
    said = ask(series({"fs/a.c": "1\n", "fs/b.c": "2\n"}))
    assert [(f.rule, f.where.path) for f in said.found] == [("build-error", "fs/h.h")]


def test_of_a_file_that_does_not_compile_the_error_is_enough(series, ask, compilers):
    compilers.bad["fs/a.o"] = ()
    compilers.warned = counted(((warning("fs/a.c"), warning("fs/b.c")), (), ()))
    said = ask(series({"fs/a.c": "1\n", "fs/b.c": "2\n"}))
    assert [(f.rule, f.where.path) for f in said.found] == [
        ("build-error", "fs/a.c"), ("warning-w1", "fs/b.c")]


@pytest.mark.parametrize("boxed", [False, True])
def test_compilers_are_asked_about_the_last_tree(series, ask, compilers, monkeypatch, boxed):
    monkeypatch.setattr(sandbox, "why_unusable", lambda: "")
    one = series({"fs/a.c": "1\n"}, {"fs/b.c": "2\n"}, settings={"sandbox": boxed})
    ask(one)
    ((_, config, before, after), _), = compilers.warned.calls
    assert (before.sources.root.name, after.sources.root.name) == ("base", "tree2")
    assert (config, after.out) == (TINY, one.work / "compile" / "out")
    assert [tree for _, tree, _ in compilers.order] == ["tree1", "tree2"]


def test_without_a_sandbox_no_tree_is_laid_out_before_the_one_before_is_done(
        series, ask, compilers, monkeypatch):
    seen = []
    monkeypatch.setattr(objects, "repeat", lambda *_: seen.append(compilers.trees) or Made(
        frozenset(), ()))
    ask(series({"fs/a.c": "1\n"}, {"fs/b.c": "2\n"}))
    assert seen == [1, 2]


@pytest.mark.parametrize("boxed", [False, True])
def test_a_series_of_documents_is_the_base(series, ask, compilers, monkeypatch, boxed):
    monkeypatch.setattr(sandbox, "why_unusable", lambda: "")
    said = ask(series({"Documentation/x.rst": "1\n"}, settings={"sandbox": boxed}))
    assert said == Answer((), (), broken=False)
    (_, _, before, after), _ = compilers.warned.calls[0]
    assert before.sources == after.sources
    assert compilers.order == []


def test_a_machine_that_fails_is_no_answer(series, ask, compilers, monkeypatch):
    monkeypatch.setattr(sandbox, "why_unusable", lambda: "")
    monkeypatch.setattr(objects, "repeat", raises(InfrastructureError("no space")))
    one = series({"fs/a.c": "1\n"})
    for boxed in (False, True):
        settings = replace(one.settings, sandbox=boxed)
        with pytest.raises(InfrastructureError):
            ask(replace(one, request=replace(one.request, settings=settings)))
