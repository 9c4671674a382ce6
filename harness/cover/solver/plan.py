# SPDX-License-Identifier: GPL-2.0-or-later
"""What has to be on or off for a symbol to be: a search outwards from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import kconfiglib as kc

from harness.cover.solver.tree import Expr, Tree, UnmetError, parts

DEPTH = 200  # symbols that wait for one another
STEPS = 20_000  # of a search for one way
FEW = 32  # branches of one expression that are tried


class Planner:
    """One search; ``plan`` is what it found so far.

    ``most``: the values that the largest configuration has: terms that hold there can be had.
    ``kept``: what must stay as it is. ``plan`` has symbols that are to be on or off, ``values``
    those of other types.
    """

    def __init__(self, tree: Tree, most: Mapping[str, int], kept: Mapping[str, bool]) -> None:
        self.tree, self.most, self.kept = tree, most, kept
        self.plan: dict[str, bool] = {}
        self.values: dict[str, str] = {}
        self.steps = 0

    def cost(self, expr: Expr) -> int:
        """Roughly how much has to be set for an expression to hold."""
        if kc.expr_value(expr) > 0:
            return 0
        if not isinstance(expr, tuple):
            if isinstance(expr, kc.Choice) or not expr.nodes:
                return 1000
            likely = 1 if self.most.get(expr.name) else 50
            return likely + len(kc.expr_items(expr.direct_dep)) // 8
        if expr[0] is kc.AND:
            return sum(map(self.cost, expr[1:]))
        if expr[0] is kc.OR:
            return min(map(self.cost, expr[1:]))
        if expr[0] is kc.NOT:
            return self._cost_off(expr[1])
        return 20

    def _cost_off(self, expr: Expr) -> int:
        if isinstance(expr, tuple):
            return 5
        if isinstance(expr, kc.Choice):
            return 1000
        return 50 if getattr(expr, "nodes", None) and self._forced(expr) else 1

    @staticmethod
    def _forced(symbol: Any) -> bool:
        return bool(kc.expr_value(symbol.rev_dep) > 0)

    def hold(self, expr: Expr, depth: int) -> None:
        """Plan what makes an expression true."""
        if kc.expr_value(expr) == 2 and not self._plans_otherwise(expr):
            return
        if isinstance(expr, kc.Choice):
            self.hold(expr.nodes[0].dep, depth)
        elif not isinstance(expr, tuple):
            self.ensure(expr, on=True, depth=depth)
        elif expr[0] is kc.AND:
            for part in expr[1:]:
                self.hold(part, depth)
        elif expr[0] is kc.OR:
            self._either([lambda p=p: self.hold(p, depth)  # type: ignore[misc]
                          for p in sorted(parts(kc.OR, expr), key=self.cost)])
        elif expr[0] is kc.NOT:
            self.fail(expr[1], depth)
        else:
            self._compare(expr, depth)

    def _plans_otherwise(self, expr: Expr) -> bool:
        """Whether a symbol that an expression names is planned to be what it is not now."""
        return any(self.plan.get(s.name) is (s.tri_value == 0) for s in kc.expr_items(expr)
                   if isinstance(s, kc.Symbol) and s.orig_type in {kc.BOOL, kc.TRISTATE})

    def fail(self, expr: Expr, depth: int) -> None:
        """Plan what makes an expression false."""
        if kc.expr_value(expr) == 0 and not self._plans_otherwise(expr):
            return
        if not isinstance(expr, tuple):
            if isinstance(expr, kc.Choice):
                raise UnmetError("a choice would have to be off")
            self.ensure(expr, on=False, depth=depth)
        elif expr[0] is kc.OR:
            for part in parts(kc.OR, expr):
                self.fail(part, depth)
        elif expr[0] is kc.AND:
            self._either([lambda p=p: self.fail(p, depth)  # type: ignore[misc]
                          for p in sorted(parts(kc.AND, expr), key=self._cost_off)
                          if p is not self.tree.y])
        elif expr[0] is kc.NOT:
            self.hold(expr[1], depth)
        else:
            opposite = {kc.EQUAL: kc.UNEQUAL, kc.UNEQUAL: kc.EQUAL}.get(expr[0])
            if opposite is None:
                raise UnmetError(f"not {kc.expr_str(expr)}")
            self._compare((opposite, *expr[1:]), depth)

    def _compare(self, expr: Expr, depth: int) -> None:
        operator, one, two = expr
        if one.is_constant:
            one, two = two, one
        if operator in {kc.EQUAL, kc.UNEQUAL} and two.name in {"y", "m", "n"}:
            self.ensure(one, on=(two.name != "n") is (operator is kc.EQUAL), depth=depth)
        elif operator is kc.EQUAL and not two.nodes and any(n.prompt for n in one.nodes):
            self.values[one.name] = two.name
        else:
            raise UnmetError(kc.expr_str(expr))

    def _either(self, ways: list[Callable[[], None]]) -> None:
        """The first of several ways that goes; what the others planned is forgotten."""
        said: UnmetError | None = None
        for way in ways[:FEW]:
            before = dict(self.plan), dict(self.values)
            try:
                way()
            except UnmetError as error:
                said, (self.plan, self.values) = said or error, before
            else:
                return
        raise said or UnmetError("nothing would do")

    def ensure(self, symbol: Any, *, on: bool, depth: int) -> None:
        """Plan a symbol's value, and all that it rests on."""
        self.steps += 1
        if depth > DEPTH or self.steps > STEPS:
            raise UnmetError("its dependencies go too deep")
        if symbol is self.tree.m or (symbol.is_constant and symbol.name == "m"):
            self.ensure(self.tree.modules, on=on, depth=depth + 1)
        elif not symbol.nodes:
            if (symbol.tri_value > 0) is not on:
                raise UnmetError(f"{symbol.name} is defined nowhere for this architecture" if on
                                 else f"{symbol.name} is always on")
        elif not self._planned(symbol.name, on=on):
            self.plan[symbol.name] = on
            if symbol.orig_type in {kc.BOOL, kc.TRISTATE}:
                if on and symbol.tri_value < 2:
                    self._on(symbol, depth + 1)
                elif not on and symbol.tri_value:
                    self._off(symbol, depth + 1)
            else:
                (self.hold if on else self.fail)(symbol.direct_dep, depth + 1)

    def _planned(self, name: str, *, on: bool) -> bool:
        """Whether a value is planned already; raises ``UnmetError`` when it is the other one."""
        known = self.plan.get(name, self.kept.get(name))
        if known is not None and known is not on:
            raise UnmetError(f"{name} would have to be both on and off")
        return name in self.plan

    def _on(self, symbol: Any, depth: int) -> None:
        try:
            self.hold(symbol.direct_dep, depth)
        except UnmetError as error:
            raise UnmetError(f"{symbol.name} depends on {kc.expr_str(symbol.direct_dep)}: {error}"
                             if "depends on" not in str(error) else str(error)) from None
        prompts = [n.prompt[1] for n in symbol.nodes if n.prompt]
        selected = [lambda t=t: self.hold(t, depth)
                    for t in sorted(parts(kc.OR, symbol.rev_dep), key=self.cost)
                    if t is not self.tree.n]
        defaults = [(kc.AND, value, condition) for value, condition in symbol.defaults]
        if prompts:  # where the prompt is not seen, the default counts
            self._either([*(lambda p=p: self.hold(p, depth)
                            for p in sorted(prompts, key=self.cost)), *selected,
                          *(lambda d=d: self.hold(d, depth) for d in defaults if self._can_be(d))])
            return
        # "imply" gives a symbol without a prompt its value too, where its dependencies hold
        ways = [*((self.cost(e), e) for e in defaults if self._can_be(e)),
                *((self.cost(e), e) for by in (symbol.rev_dep, symbol.weak_rev_dep)
                  for e in parts(kc.OR, by) if e is not self.tree.n)]
        if not ways:
            raise UnmetError(f"{symbol.name} has no prompt and nothing selects it")
        ways.sort(key=lambda row: row[0])
        self._either([lambda e=e: self.hold(e, depth) for _, e in ways])  # type: ignore[misc]

    def _can_be(self, expr: Expr) -> bool:
        """Whether no part of an expression is the constant n."""
        return all(part is not self.tree.n for part in parts(kc.AND, expr))

    def _off(self, symbol: Any, depth: int) -> None:
        for term in parts(kc.OR, symbol.rev_dep):
            if kc.expr_value(term):
                self.fail(term, depth)
        if symbol.choice and symbol.choice.selection is symbol:
            self._either([lambda s=s: self.ensure(s, on=True, depth=depth)  # type: ignore[misc]
                          for s in symbol.choice.syms if s is not symbol])
        elif not any(n.prompt and kc.expr_value(n.prompt[1]) for n in symbol.nodes):
            self._either([*(lambda p=p: self.hold(p, depth)
                            for p in sorted((n.prompt[1] for n in symbol.nodes if n.prompt),
                                            key=self.cost)),
                          lambda: self._without_a_value(symbol, depth)])

    def _without_a_value(self, symbol: Any, depth: int) -> None:
        """Plan that nothing gives a value to a symbol whose prompt is not seen."""
        for expr in (*((kc.AND, *row) for row in symbol.defaults),
                     *parts(kc.OR, symbol.weak_rev_dep)):
            if all(part is self.tree.y for part in parts(kc.AND, expr)):
                raise UnmetError(f"{symbol.name} is always on")
            if kc.expr_value(expr):
                self.fail(expr, depth)
