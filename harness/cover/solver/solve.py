# SPDX-License-Identifier: GPL-2.0-or-later
"""Configurations for a row of wants."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import kconfiglib as kc

from harness.cover.solver.plan import Planner
from harness.cover.solver.tree import Tree, UnmetError

Way = Sequence[tuple[str, bool]]
ROUNDS = 4  # of asking what is still missing
MOST_WORDS = 300  # characters of a reason
CONFIGURATIONS = 4  # where wants exclude one another
FEW = 8  # alternatives that are tried


class Solver:
    """A search in one tree, on top of one .config."""

    def __init__(self, tree: Tree, config: str) -> None:
        self.tree = tree
        for symbol in tree.unique_defined_syms:
            symbol.set_value(1 if symbol.choice else 2)
        for choice in tree.unique_choices:
            choice.set_value(2)
        # What the largest configuration has: terms that hold there can be had.
        self.most = {s.name: s.tri_value for s in tree.unique_defined_syms}
        self.config = config
        self.reset()

    def reset(self) -> None:
        """The .config as it was given."""
        self.tree.load_config(self.config, replace=True)
        self.set: dict[str, str] = {}
        self.kept: dict[str, bool] = {}  # what earlier wants rest on

    def is_so(self, way: Way) -> bool:
        """Whether the configuration is as a way wants it."""
        return all((self._value(name) > 0) is on for name, on in way)

    def _value(self, name: str) -> int:
        symbol = self.tree.syms.get(name)
        if symbol is None:
            return 0
        if symbol.orig_type not in {kc.BOOL, kc.TRISTATE}:
            return 2 if symbol.str_value and symbol.config_string else 0
        return int(symbol.tri_value)

    def meet(self, ways: list[Way]) -> None:
        """Set what the cheapest way needs; raises ``UnmetError`` and leaves all as it was."""
        if found := next((w for w in ways if self.is_so(w)), None):
            self._keep(found)
            return
        reason = ""
        for way in sorted(ways, key=self._price)[:FEW]:
            before, state, choices = dict(self.set), self._user_values(), self._selections()
            try:
                self._try(way)
            except (UnmetError, RecursionError) as error:
                reason = reason or str(error)
                self._restore(state, choices)
                self.set = before
            else:
                self._keep(way)
                return
        raise UnmetError(reason or "no way to it is known")

    def _price(self, way: Way) -> int:
        total, planner = 0, Planner(self.tree, self.most, self.kept)
        for name, on in way:
            symbol = self.tree.syms.get(name)
            if symbol is None or not symbol.nodes:
                total += 1000 if on else 0
            elif on:
                total += planner.cost(symbol)
            else:
                total += 3 if symbol.tri_value else 0
        return total

    def _try(self, way: Way) -> None:
        for _ in range(ROUNDS):
            planner = Planner(self.tree, self.most, {**self.kept, **dict(way)})
            for name, on in way:
                symbol = self.tree.syms.get(name)
                if symbol is None or not symbol.nodes:
                    if on:
                        raise UnmetError(f"{name} is defined nowhere for this architecture")
                    continue
                planner.ensure(symbol, on=on, depth=0)
            self._apply(planner)
            if self.is_so(way):
                break
        else:
            raise UnmetError(self._why(way))
        if any((self._value(name) > 0) is not on for name, on in self.kept.items()):
            raise UnmetError("it and what else is wanted exclude one another")

    def _apply(self, planner: Planner) -> None:
        for name, text in planner.values.items():
            self.tree.syms[name].set_value(text)
            self.set[name] = text
        for name, on in planner.plan.items():
            symbol = self.tree.syms[name]
            if symbol.orig_type not in {kc.BOOL, kc.TRISTATE} or not any(
                    n.prompt for n in symbol.nodes):
                continue
            if symbol.choice and not on:
                continue
            value = 2 if on else 0
            if symbol.user_value != value:
                symbol.set_value(value)
            if symbol.choice:
                symbol.choice.set_value(2)
            self.set[name] = "y" if on else "n"

    def _why(self, way: Way) -> str:
        for name, on in way:
            symbol = self.tree.syms.get(name)
            if symbol is not None and (self._value(name) > 0) is not on:
                return (f"{name} stays off: it depends on {kc.expr_str(symbol.direct_dep)}" if on
                        else f"{name} stays on")
        return "it stays as it is"

    def _keep(self, way: Way) -> None:
        self.kept |= dict(way)

    def _user_values(self) -> dict[str, object]:
        return {s.name: s.user_value for s in self.tree.unique_defined_syms
                if s.user_value is not None}

    def _selections(self) -> list[tuple[object, object]]:
        return [(c.user_value, c.user_selection) for c in self.tree.unique_choices]

    def _restore(self, state: dict[str, object], choices: list[tuple[object, object]]) -> None:
        for symbol in self.tree.unique_defined_syms:
            old = state.get(symbol.name)
            if symbol.user_value != old:
                if old is None:
                    symbol.unset_value()
                else:
                    symbol.set_value(old)
        for choice, (mode, chosen) in zip(self.tree.unique_choices, choices, strict=True):
            choice.unset_value()
            if mode is not None:
                choice.set_value(mode)
            choice.user_selection = chosen

    def settings(self) -> Iterator[tuple[str, str]]:
        """What has to be set on top of the .config; the rest of a choice as well."""
        for name in [n for n, v in self.set.items() if v in {"y", "n"}]:
            self._without(name)
        for name in list(self.set):
            symbol = self.tree.syms[name]
            value = symbol.str_value if symbol.orig_type in {kc.BOOL, kc.TRISTATE} else (
                f'"{kc.escape(self.set[name])}"' if symbol.orig_type is kc.STRING
                else self.set[name])
            yield name, value
            if symbol.choice and value == "y":
                yield from ((s.name, "n") for s in symbol.choice.syms
                            if s is not symbol and s.name not in self.set)

    def _without(self, name: str) -> None:
        """Leave a symbol as it was, when everything is as wanted all the same."""
        symbol, value = self.tree.syms[name], self.set[name]
        if symbol.choice or name in self.kept:
            return
        old, state = symbol.user_value, self.before.get(name)
        symbol.unset_value() if state is None else symbol.set_value(state)
        if all((self._value(n) > 0) is on for n, on in self.kept.items()) and (
                self._levels() == self.levels):
            del self.set[name]
        else:
            symbol.set_value(old if old is not None else value)

    def _levels(self) -> dict[str, tuple[int, int]]:
        """What is wanted has its value, and its dependencies, which a select does not ask."""
        return {n: (self._value(n), kc.expr_value(self.tree.syms[n].direct_dep))
                for n in self.kept if n in self.tree.syms}

    def configuration(self, wants: dict[int, list[Way]], keep: Way) -> tuple[
            list[tuple[str, str]], list[int], dict[int, str]]:
        """One configuration for as many wants as go together; and why the others do not."""
        self.reset()
        self.kept = {name: on for name, on in keep if (self._value(name) > 0) is on}
        self.before = self._user_values()
        met, unmet = [], {}
        for index, ways in wants.items():
            try:
                self.meet(ways)
                met.append(index)
            except UnmetError as error:
                unmet[index] = str(error)[:MOST_WORDS]
        self.levels = self._levels()
        return list(self.settings()), met, unmet


def solve(solver: Solver, wants: Iterable[list[Way]], keep: Way = ()) -> dict[str, object]:
    """The configurations for a row of wants; the first has what is to be kept."""
    left = dict(enumerate(wants))
    found: list[dict[str, object]] = []
    reasons: dict[int, str] = {}
    while left and len(found) < CONFIGURATIONS:
        first = not found
        settings, met, unmet = solver.configuration(left, keep if first else ())
        if not met and not first:
            break
        found.append({"settings": settings, "met": met})
        left = {i: w for i, w in left.items() if i in unmet}
        reasons = unmet
    return {"configurations": found,
            "unmet": {str(i): reasons.get(i, "too many configurations") for i in left}}
