# SPDX-License-Identifier: GPL-2.0-or-later
"""The solver is asked in the sandbox, and its answer is a stranger's."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.cover import search
from harness.cover.search import Answer, Configuration, Start, asked, lines, parse
from harness.cover.wants import Want
from harness.model import Sources
from harness.system.sandbox import Sandbox

WANTS = (Want("a.c", (), (frozenset({("B", True), ("A", False)}), frozenset({("C", True)}))),
         Want("b.c", (3,), (frozenset(),)))


def answer(settings=(), met=(), unmet=None, **more):
    return json.dumps({"configurations": [{"settings": list(settings), "met": list(met)}],
                       "unmet": unmet or {}, **more}).encode()


def test_wants_are_asked_for_in_an_order_that_is_always_the_same():
    assert json.loads(asked(WANTS)) == [[[["A", False], ["B", True]], [["C", True]]], [[]]]
    assert json.loads(asked(())) == []
    other = Want("z.c", (9,), (frozenset({("A", False), ("B", True)}), frozenset({("C", True)})))
    assert asked([other]) == asked(WANTS[:1]), "a cache key has no other parts of them"


def test_an_answer():
    text = json.dumps({"configurations": [
        {"settings": [["A", "y"], ["B", "n"]], "met": [1]}, {"settings": [], "met": [0, 2]}],
        "unmet": {"3": "because"}}).encode()
    assert parse(text, 4) == Answer((Configuration((("A", "y"), ("B", "n")), (1,)),
                                     Configuration((), (0, 2))), {3: "because"})


@pytest.mark.parametrize("value", ["y", "m", "n", "0", "-12", "0x1F", "0XfF", '""', '"a b"'])
def test_values_that_a_config_can_have(value):
    (found,) = parse(answer([["A", value]]), 0).configurations
    assert found.settings == (("A", value),)


@pytest.mark.parametrize("setting", [
    ["A", "yes"], ["A", ""], ["A", "y\n"], ["A", "y\nCONFIG_B=y"], ["A", '"a"b"'],
    ["A", '"\n"'], ["A", '"\\"'], ["A", '"' + "x" * 201 + '"'], ["A", "1" * 21], ["A", "x"],
    ["A", "0x"], ["A", None], ["A", True], ["A=y\nB", "y"], ["", "y"], ["A B", "y"],
    ["A" * 101, "y"], ["A#", "y"], ["A"], ["A", "y", "z"], "A", 1, None])
def test_what_is_no_setting_is_refused(setting):
    with pytest.raises((ValueError, TypeError)):
        parse(answer([["B", "y"], setting]), 0)


@pytest.mark.parametrize(("met", "unmet"), [
    ([0, 2], {}), ([-1], {}), (["0"], {}), ([0.0], {}), ([None], {}), ([[0]], {}),
    ([0], {"2": "x"}), ([0], {"-1": "x"}), ([0], {"one": "x"}), ([0], {"": "x"})])
def test_what_is_the_index_of_no_want_is_refused(met, unmet):
    parse(answer(met=[0, 1], unmet={"0": "x", "1": "x"}), 2)
    with pytest.raises((ValueError, TypeError)):
        parse(answer(met=met, unmet=unmet), 2)


def test_there_are_not_more_settings_than_somebody_might_read():
    most = [[f"A{n}", "y"] for n in range(search.MOST_SETTINGS)]
    assert len(parse(answer(most), 0).configurations[0].settings) == search.MOST_SETTINGS
    with pytest.raises(ValueError, match="no settings"):
        parse(answer([*most, ["B", "y"]]), 0)


def test_a_reason_is_a_line_without_anything_hidden_in_it():
    found = parse(answer(unmet={"0": "a\n\x1b[31mb\u202e" + "c" * 999, "1": ["list"]}), 2)
    assert found.unmet[0].startswith("a \\x1b[31mb\\u202ecc")
    assert len(found.unmet[0]) == 300
    assert found.unmet[1] == "['list']"


JSON = st.recursive(st.none() | st.booleans() | st.integers(-2, 9) | st.text(max_size=5),
                    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
                        st.sampled_from(["configurations", "unmet", "settings", "met", "0"]),
                        inner, max_size=4), max_leaves=12)


@settings(max_examples=40)
@given(JSON)
def test_whatever_comes_is_an_answer_or_none(data):
    try:
        found = parse(json.dumps(data).encode(), 2)
    except (ValueError, KeyError, TypeError, AttributeError):
        return
    assert set(found.unmet) <= {0, 1}
    assert all(set(c.met) <= {0, 1} for c in found.configurations)


def test_settings_as_a_fragment():
    assert lines((("A", "y"), ("B", "n"), ("C", '"x"'))) == (
        'CONFIG_A=y # optional\n# CONFIG_B is not set # optional\nCONFIG_C="x" # optional\n')
    assert lines(()) == ""


@pytest.fixture
def start(tmp_path):
    (tmp_path / "src").mkdir()
    (tmp_path / "config").write_text("CONFIG_X=y\n")
    return Start(Sources(tmp_path / "src"), tmp_path / "config", {"SRCARCH": "x86"},
                 {"Y": False, "X": True})


@pytest.fixture
def solver(commands, start):
    """``solver(out, ...)``: what the search makes of what the solver does; see ``seen``."""
    def go(*args, box=None, **how):
        def does(argv, kwargs):
            go.seen = (argv, kwargs)

        commands.say("harness.cover.solver", does=does, **how)
        return search.search(box or Sandbox(enabled=False), start, WANTS, *args)
    return go


def test_the_solver_is_asked_about_the_tree(solver, start):
    found = solver(out=answer([["A", "y"]], [0], {"1": "no"}))
    assert found == Answer((Configuration((("A", "y"),), (0,)),), {1: "no"})
    argv, kwargs = solver.seen
    assert json.loads(kwargs["stdin"]) == {
        "env": {"SRCARCH": "x86", "srctree": str(start.sources.root)},
        "config": str(start.dot_config), "keep": [["X", True], ["Y", False]],
        "wants": json.loads(asked(WANTS))}
    assert kwargs["cwd"] == start.sources.root
    assert kwargs["timeout"] == search.TIMEOUT
    assert argv[-3:] == ["python3", "-m", "harness.cover.solver"]
    (path,) = (a.partition("=")[2].split(":") for a in argv if a.startswith("PYTHONPATH="))
    assert str(search.SOLVER.parents[2]) in path
    assert str(search.LIBRARY.parent) in path


def test_in_the_sandbox_it_sees_the_tree_its_config_and_itself_alone(solver, start):
    solver(box=Sandbox(step_down=False), out=answer())
    argv, kwargs = solver.seen
    binds = {argv[n + 2]: argv[n + 1] for n, a in enumerate(argv) if a == "--ro-bind"}
    assert binds["/src"] == str(start.sources.root)
    assert binds["/ask/config"] == str(start.dot_config)
    assert binds["/ask/harness/cover/solver"] == str(search.SOLVER)
    assert "--bind" not in argv, "it writes nothing"
    assert argv[argv.index("--chdir") + 1] == "/src"
    request = json.loads(kwargs["stdin"])
    assert (request["env"]["srctree"], request["config"]) == ("/src", "/ask/config")
    assert "PYTHONPATH=/ask" in argv
    assert f"--as={search.MEMORY}" in argv
    assert kwargs["cwd"] is None


@pytest.mark.parametrize(("how", "reason"), [
    ({"code": 1, "err": b"Traceback\n  File x\nKconfigError: \x1b[1mbad\n\n"},
     "the Kconfig files could not be read: KconfigError: \\x1b[1mbad"),
    ({"code": 3}, "the Kconfig files could not be read: python3 ended with 3"),
    ({"code": 1, "err": b"\xff" * 5000}, None),
    ({"code": -9, "why": "took more than 120 s", "err": b"x"},
     "the Kconfig files could not be read: took more than 120 s"),
    ({"code": 0, "why": "wrote too much", "out": answer()},
     "the Kconfig files could not be read: wrote too much"),
    *(({"out": out}, "the Kconfig solver gave no answer that can be read") for out in (
        b"", b"{}", b"[]", b"null", b"\xff\xfe\xfa", answer(met=[2]), answer([["A", "?"]]),
        answer()[:-3], b"hello" + answer(), answer(unmet=[]).replace(b"{}", b"[]"),
        b"[" * 100_000, b'{"configurations": ' + b"[" * 100_000, b"1" * 5000)),
])
def test_a_search_that_fails_is_a_reason_for_each_want(solver, how, reason):
    found = solver(**how)
    assert (found.configurations, found.sound) == ((), False)
    assert set(found.unmet) == {0, 1}
    said = set(found.unmet.values())
    assert len(said) == 1
    assert reason in {None, *said}
    assert len(said.pop()) <= 340


def test_its_output_is_in_the_log(solver, tmp_path):
    solver(tmp_path / "log", out=answer())
    assert b"configurations" in (tmp_path / "log").read_bytes()
