# SPDX-License-Identifier: GPL-2.0-or-later
"""What is set so that symbols are on or off, in Kconfig files of a few lines."""

import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.cover.solver import solve as module


def asked_for(name, *rows):
    """A symbol that a user can set."""
    return f'config {name}\n bool "{name}"\n' + "".join(f" {row}\n" for row in rows)


def hidden(name, *rows):
    return f"config {name}\n bool\n" + "".join(f" {row}\n" for row in rows)


def choice(*symbols, more=""):
    return f'choice\n prompt "one"\n{more}' + "".join(symbols) + "endchoice\n"


A, B, C, D = map(asked_for, "ABCD")
ONE = choice(A, B, C)
MODULES = 'config MODULES\n bool "modules"\n modules\n'


@pytest.mark.parametrize(("text", "want", "sets"), [
    (A, "A", "A=y"),
    (A + asked_for("B", "depends on A") + asked_for("C", "depends on B"), "C", "A=y B=y C=y"),
    (A + B + asked_for("C", "depends on A && B"), "C", "A=y B=y C=y"),
    (A + f"if A\n{B}endif\n", "B", "A=y B=y"),
    (A + f'menu "m"\n depends on A\n{B}endmenu\n', "B", "A=y B=y"),
    (A + f'menu "m"\n visible if A\n{B}endmenu\n', "B", "A=y B=y"),
    (A + 'config B\n bool "B" if A\n', "B", "A=y B=y"),
    (asked_for("A", "select X") + hidden("X"), "X", "A=y"),
    (asked_for("A", "select X if B") + B + hidden("X"), "X", "A=y B=y"),
    (asked_for("A", "imply X") + hidden("X"), "X", "A=y"),
    (A + hidden("X", "default y if A"), "X", "A=y"),
    (A + hidden("X", "default A"), "X", "A=y"),
    (A + "config X\n def_bool y\n depends on A\n", "X", "A=y"),
    (A + hidden("X", "default n", "default y if A"), "A", "A=y"),
    (A + asked_for("B", "depends on A = y"), "B", "A=y B=y"),
    (A + asked_for("B", "depends on y = A"), "B", "A=y B=y"),
    (A + asked_for("B", "depends on A != n"), "B", "A=y B=y"),
    (A + asked_for("B", "depends on !!A"), "B", "A=y B=y"),
    (A + asked_for("B", "depends on !(A = n)"), "B", "A=y B=y"),
    (A + asked_for("B", "depends on !(A != y)"), "B", "A=y B=y"),
])
def test_all_that_a_symbol_rests_on_is_set(kconfig, text, want, sets):
    assert kconfig.sets(text, want) == sets


@pytest.mark.parametrize(("text", "want", "sets"), [
    (A, "!A", "A=n"),
    (A + asked_for("B", "depends on !A"), "B", "A=n B=y"),
    (A + asked_for("B", "depends on A = n"), "B", "A=n B=y"),
    (A + asked_for("B", "depends on A != y"), "B", "A=n B=y"),
    (A + asked_for("B", "depends on !(A || C)") + C, "B", "A=n B=y"),
    (A + asked_for("B", "depends on !(A && C)") + asked_for("C", "default y"), "B", "A=n B=y"),
    (A + asked_for("B", "depends on !(A = y)"), "B", "A=n B=y"),
    (asked_for("A", "select X") + hidden("X"), "!X", "A=n"),
    (asked_for("A", "select X") + asked_for("X"), "!X", "A=n X=n"),
    (asked_for("A", "imply X") + hidden("X"), "!X", "A=n"),
    (A + hidden("X", "default y if A"), "!X", "A=n"),
    (A + "config X\n def_bool y\n depends on A\n", "!X", "A=n"),
])
def test_what_has_to_go_goes(kconfig, text, want, sets):
    assert kconfig.sets(text, want, config="CONFIG_A=y\n") == sets


@pytest.mark.parametrize(("text", "want", "why"), [
    (A, "Z", "Z is defined nowhere for this architecture"),
    (asked_for("A", "depends on NOWHERE"), "A",
     "A depends on NOWHERE: NOWHERE is defined nowhere for this architecture"),
    (hidden("X"), "X", "X has no prompt and nothing selects it"),
    (hidden("X", "default n"), "X", "X has no prompt and nothing selects it"),
    (hidden("X", "default y"), "!X", "X is always on"),
    (A, "A !A", "A would have to be both on and off"),
    (A + asked_for("B", "depends on A") + asked_for("C", "depends on !A"), "B C",
     "C depends on !A: A would have to be both on and off"),
    (asked_for("A", "depends on B && !B") + B, "A",
     "A depends on B && !B: B would have to be both on and off"),
    ('config N\n int "n"\n default 3\n' + asked_for("A", "depends on N > 4"), "A",
     "A depends on N > 4: N > 4"),
    ('config N\n int "n"\n default 3\n' + asked_for("A", "depends on !(N < 4)"), "A",
     "A depends on !(N < 4): not N < 4"),
    (asked_for("A", 'depends on N = "x"') + "config N\n string\n", "A",
     'A depends on N = "x": N = "x"'),
    (ONE, "A B", None), (ONE + asked_for("X", "depends on A && B"), "X", None),
])
def test_what_cannot_be_is_said_with_its_reason(kconfig, text, want, why):
    asked = kconfig.ask(text, want)
    assert (asked.met, asked.settings) == ([[]], [""])
    assert why in {None, asked.said[0]}
    assert asked.said[0]


def test_what_is_so_already_is_met_and_nothing_is_set(kconfig):
    asked = kconfig.ask(A + B, "A !B", "!Z", "Z | A", config="CONFIG_A=y\n")
    assert (asked.met, asked.settings, asked.said) == ([[0, 1, 2]], [""], {})


def test_of_no_wants_there_is_no_configuration(kconfig):
    assert kconfig.ask(A).found == []


def test_a_want_without_alternatives_is_not_met(kconfig):
    solver = kconfig.solver(A)
    found = module.solve(solver, [[]])
    assert found["configurations"] == [{"settings": [], "met": []}]
    assert found["unmet"] == {"0": "no way to it is known"}


@pytest.mark.parametrize(("text", "sets"), [
    (asked_for("A", "depends on NOWHERE") + B, "B=y"),
    (asked_for("A", "depends on " + " && ".join(f"T{n}" for n in range(8))) + B + "".join(
        asked_for(f"T{n}") for n in range(8)), "B=y"),
    (asked_for("A", "depends on C") + hidden("B") + C, "A=y C=y"),
    (A + "config B\n string\n", "A=y"),
])
def test_the_cheapest_of_alternatives_that_goes_is_taken(kconfig, text, sets):
    assert kconfig.sets(text, "A|B") == sets
    assert kconfig.sets(text, "B|A") == sets


def test_few_alternatives_are_tried(kconfig, monkeypatch):
    monkeypatch.setattr(module, "FEW", 2)
    text = "".join(asked_for(f"S{n}", "depends on A") for n in range(2)) + A + asked_for(
        "B", "depends on " + " && ".join(f"T{n}" for n in range(30))) + "".join(
        asked_for(f"T{n}") for n in range(30))
    assert kconfig.ask(text, "S0 !A|B").met == [[0]]
    assert kconfig.ask(text, "S0 !A|S1 !A|B").met == [[]]


@pytest.mark.parametrize("other", ["Z", "A", "!X"])
def test_what_the_largest_configuration_lacks_is_tried_last(kconfig, monkeypatch, other):
    monkeypatch.setattr(module, "FEW", 1)
    text = asked_for("A", "depends on C && !C") + C + hidden("X", "default y") + asked_for(
        "B", "depends on " + " && ".join(f"T{n}" for n in range(8))) + "".join(
        asked_for(f"T{n}") for n in range(8))
    assert kconfig.ask(text, f"{other}|B").met == [[0]]
    assert kconfig.ask(text, f"B|{other}").met == [[0]]


@pytest.mark.parametrize(("rule", "sets"), [
    ("A || B", "B=y X=y"), ("B || A", "B=y X=y"), ("A || !B", "X=y"),
    ("(A && C) || (B && C)", "B=y C=y X=y")])
def test_one_side_of_an_or_is_enough(kconfig, rule, sets):
    text = asked_for("A", "depends on NOWHERE") + B + C + asked_for("X", f"depends on {rule}")
    assert kconfig.sets(text, "X") == sets


def test_what_an_alternative_planned_in_vain_is_not_set(kconfig):
    """The first side looks cheaper; only on the way it comes out that it cannot be."""
    deep = "".join(asked_for(f"O{n}", f"depends on O{n + 1}") for n in range(9)) + asked_for("O9")
    text = ('config S\n string "s"\n' + asked_for("Q") + deep + asked_for("N", "depends on !Q")
            + asked_for("A", 'depends on ((S = "x" && N) || (O0 && O1 && O2 && O3 && O4)) && Q'))
    assert kconfig.sets(text, "Q A") == " ".join(
        ["A=y", *(f"O{n}=y" for n in range(10)), "Q=y"])


def test_a_symbol_of_a_choice_turns_the_others_off(kconfig):
    assert kconfig.sets(ONE, "B") == "A=n B=y C=n"
    assert kconfig.sets(ONE, "!A") == "A=n B=y C=n"
    assert kconfig.sets(choice(A, B, more=" optional\n"), "B") == "A=n B=y"


def test_a_choice_may_depend_on_something(kconfig):
    assert kconfig.sets(D + choice(A, B, more=" depends on D\n"), "B") == "A=n B=y D=y"
    text = choice(A, B) + asked_for("X", "depends on B")
    assert kconfig.sets(text, "X") == "A=n B=y X=y"


def test_symbols_of_one_choice_take_a_configuration_each(kconfig):
    asked = kconfig.ask(ONE, "C", "B", "A")
    assert asked.met == [[0], [1], [2]]
    assert asked.settings == ["A=n B=n C=y", "A=n B=y C=n", ""]


def test_what_failed_leaves_a_choice_as_it_was(kconfig):
    """B is chosen, then it comes out that X needs A, and A is what an earlier want rests on."""
    asked = kconfig.ask(ONE + asked_for("X", "depends on A"), "X", "B", "X A")
    assert asked.met == [[0, 2], [1]]
    asked = kconfig.ask(ONE + asked_for("X", "depends on A"), "X", "B", config="CONFIG_A=y\n")
    assert asked.settings == ["X=y", "A=n B=y C=n"]


@pytest.mark.parametrize("rule", ["select S", "select S if Q"])
def test_what_a_symbol_of_a_choice_selects_goes_with_it(kconfig, rule):
    text = choice(asked_for("A", rule), B) + hidden("S") + asked_for("Q")
    assert kconfig.sets(text, "!S", config="CONFIG_A=y\nCONFIG_Q=y\n") == "A=n B=y"


@pytest.mark.parametrize(("text", "want", "sets"), [
    ('config T\n tristate "t"\n', "T", "T=y"),
    ('config T\n tristate "t"\n depends on m\n', "T", "MODULES=y T=m"),
    ('config T\n tristate "t"\n depends on U\nconfig U\n tristate "u"\n depends on m\n', "T",
     "MODULES=y T=m U=m"),
    ("config T\n bool\n default y if MODULES\n", "T", "MODULES=y"),
])
def test_a_module_will_do_where_nothing_else_does(kconfig, text, want, sets):
    assert kconfig.sets(MODULES + text, want) == sets


def test_modules_are_on_as_well(kconfig):
    text = MODULES + 'config T\n tristate "t"\n'
    asked = kconfig.ask(text, "T", config="CONFIG_MODULES=y\nCONFIG_T=m\n")
    assert (asked.met, asked.settings) == ([[0]], [""])
    assert kconfig.sets(text, "!T", config="CONFIG_MODULES=y\nCONFIG_T=m\n") == "T=n"


@pytest.mark.parametrize(("kind", "value", "said"), [
    ("string", '"bar"', '"bar"'), ("string", '"a b"', '"a b"'), ("int", "4", "4"),
    ("int", '"4"', "4"), ("hex", "0x4", "0x4")])
def test_a_value_that_is_compared_is_set_as_a_config_has_it(kconfig, kind, value, said):
    text = f'config S\n {kind} "s"\n' + asked_for("A", f"depends on S = {value}")
    assert kconfig.sets(text, "A") == f"A=y S={said}"


def test_a_symbol_with_a_value_is_on(kconfig):
    """``#if CONFIG_PGTABLE_LEVELS > 3``: an int without a prompt."""
    text = 'config P\n int\n default 5\nconfig S\n string\n default "x"\n' + A
    assert kconfig.sets(text, "A P S") == "A=y"
    assert kconfig.ask('config S\n string "s"\n', "S").said == {
        0: "S stays off: it depends on y"}, "empty"


def test_what_a_symbol_with_a_value_rests_on_is_set(kconfig):
    text = A + 'config N\n int "n"\n default 3\n depends on A\n'
    assert kconfig.sets(text, "N") == "A=y"
    assert kconfig.sets(text, "!N", config="CONFIG_A=y\n") == "A=n"


def test_what_only_experts_may_turn_off(kconfig):
    """``bool "x" if EXPERT``, ``default y``."""
    text = A + 'config X\n bool "x" if A\n default y\n'
    assert kconfig.sets(text, "!X") == "A=y X=n"
    assert kconfig.sets(text, "X") == ""


def test_symbols_of_one_want_do_not_stand_in_their_own_way(kconfig):
    text = A + asked_for("B", "depends on A") + D + asked_for("C", "depends on !A || D")
    assert kconfig.sets(text, "B C") == "A=y B=y C=y D=y"
    text = asked_for("S2", "depends on S3 || S4") + asked_for("S3") + asked_for("S4", "default y")
    assert kconfig.sets(text, "S2 !S4", config="# CONFIG_S4 is not set\n") == (
        "S2=y S3=y S4=n")


def test_wants_that_exclude_one_another_take_two_configurations(kconfig):
    text = A + asked_for("B", "depends on A") + asked_for("C", "depends on !A") + D
    asked = kconfig.ask(text, "B", "C", "D", "!C")
    assert asked.met == [[0, 2, 3], [1]]
    assert asked.settings == ["A=y B=y D=y", "C=y"]


def test_a_later_want_takes_nothing_of_an_earlier_one(kconfig):
    text = A + B + asked_for("C", "depends on A || B") + asked_for("X", "depends on !A")
    asked = kconfig.ask(text, "C A", "X", "X | C")
    assert asked.met == [[0, 2], [1]]
    assert asked.said == {}


def test_there_are_few_configurations(kconfig):
    many = choice(*(asked_for(f"S{n}") for n in range(7)))
    asked = kconfig.ask(many, *(f"S{n}" for n in range(7)))
    assert asked.met == [[n] for n in range(module.CONFIGURATIONS)]
    assert set(asked.said) == set(range(module.CONFIGURATIONS, 7))


def test_what_is_to_be_kept_is_so_in_the_first_configuration_alone(kconfig):
    text = A + asked_for("B", "depends on !A") + C
    asked = kconfig.ask(text, "B", "C", config="CONFIG_A=y\n", keep="A")
    assert asked.met == [[1], [0]]
    assert asked.settings == ["C=y", "A=n B=y"]
    asked = kconfig.ask(text, "B", config="CONFIG_A=y\n", keep="A")
    assert asked.settings == ["", "A=n B=y"], "the first is the one that boots"
    asked = kconfig.ask(text, "A B", config="CONFIG_A=y\n", keep="A")
    assert (asked.met, asked.settings) == ([[]], [""])


def test_what_is_off_may_be_kept_too(kconfig):
    asked = kconfig.ask(A + asked_for("B", "depends on A"), "B", keep="!A")
    assert asked.settings == ["", "A=y B=y"]


def test_what_is_not_so_cannot_be_kept(kconfig):
    assert kconfig.ask(A + asked_for("B", "depends on !A"), "B", keep="A Z").settings == ["B=y"]


@pytest.mark.parametrize(("text", "wants", "sets"), [
    (asked_for("A", "select B") + B + asked_for("C", "depends on B"), ("C", "A"), "A=y C=y"),
    (asked_for("A", "default y") + asked_for("B", "depends on A"), ("B",), "B=y"),
    (A + hidden("X", "default y if A") + hidden("Y", "default y if A"), ("X", "Y"), "A=y"),
    (A + asked_for("B", "default y if A") + asked_for("C", "depends on B"), ("C", "A"),
     "A=y C=y"),
    (A + asked_for("B", "default y") + asked_for("C", "depends on !B || A"), ("C", "A"),
     "A=y C=y"),
])
def test_no_more_is_set_than_has_to_be(kconfig, text, wants, sets):
    asked = kconfig.ask(text, *wants)
    assert asked.settings == [sets]
    assert asked.met == [list(range(len(wants)))]


def test_a_selected_symbol_keeps_what_it_depends_on(kconfig):
    """A select does not ask, and a kernel like that may not compile."""
    text = asked_for("A", "select X") + hidden("X", "depends on D") + D
    assert kconfig.sets(text, "X") == "A=y D=y"


def test_built_in_does_not_become_a_module_to_save_a_setting(kconfig):
    text = MODULES + ('config T\n tristate "t"\nconfig U\n tristate\n default T\n'
                      'config V\n tristate "v"\n select U\n default m\n')
    config = "CONFIG_MODULES=y\nCONFIG_V=m\n"
    assert kconfig.sets(text, "T U", config=config) == "T=y"


def test_wants_of_one_tree_are_answered_alike_each_time(kconfig):
    text = ONE + asked_for("X", "depends on A") + asked_for("Y", "depends on B")
    solver = kconfig.solver(text)
    wants = [[[("X", True)]], [[("Y", True)]], [[("C", True)]]]
    first = module.solve(solver, wants)
    assert len(first["configurations"]) == 3
    assert module.solve(solver, wants) == first


def test_chains_without_end_are_given_up(kconfig):
    def chain(length):
        return "".join(asked_for(f"S{n}", f"depends on S{n + 1}")
                       for n in range(length)) + asked_for(f"S{length}")
    assert kconfig.ask(chain(150), "S0").met == [[0]]
    why = kconfig.sets(chain(300), "S0")
    assert why.endswith("its dependencies go too deep")


def test_a_search_has_a_number_of_steps(kconfig, monkeypatch):
    monkeypatch.setattr("harness.cover.solver.plan.STEPS", 20)
    text = "".join(asked_for(f"S{n}") for n in range(30)) + asked_for(
        "A", "depends on " + " && ".join(f"S{n}" for n in range(30))) + B
    assert "go too deep" in kconfig.sets(text, "A")
    assert kconfig.sets(text, "B") == "B=y"


def test_a_reason_is_short(kconfig):
    text = asked_for("A", "depends on " + " && ".join(f"NOT_THERE_{n}" for n in range(99)))
    assert len(kconfig.sets(text, "A")) == module.MOST_WORDS


NAMES = [f"S{n}" for n in range(5)]


@st.composite
def trees(draw):
    """Five symbols, each of which rests on later ones only."""
    text = ""
    for at, name in enumerate(NAMES):
        later = st.sampled_from(NAMES[at + 1:] or ["NOWHERE"])
        earlier = st.sampled_from(NAMES[:at] or ["NOWHERE"])
        term = st.builds("{}{}".format, st.sampled_from(["", "!"]), later)
        rule = st.builds("{} {} {}".format, term, st.sampled_from(["&&", "||"]), term)
        rows = draw(st.lists(st.one_of(
            st.builds("depends on {}".format, rule), st.builds("default y if {}".format, rule),
            st.builds("select {}".format, earlier),
            st.builds("imply {} if {}".format, earlier, term),
        ), max_size=2))
        text += draw(st.sampled_from([asked_for, asked_for, hidden]))(name, *rows)
    return text


WANTS = st.lists(st.lists(st.sampled_from(NAMES + [f"!{n}" for n in NAMES]), min_size=1,
                          max_size=2).map(" ".join), min_size=1, max_size=3)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture],
          deadline=None)
@given(trees(), WANTS, st.lists(st.sampled_from(NAMES), unique=True))
def test_what_is_said_to_be_met_is_so_in_any_tree(kconfig, text, wants, on):
    """``ask`` loads each answer into a new tree."""
    asked = kconfig.ask(text, *wants, config="".join(f"CONFIG_{n}=y\n" for n in on))
    met = list(itertools.chain(*asked.met))
    assert sorted([*met, *asked.said]) == list(range(len(wants))), "each once"
