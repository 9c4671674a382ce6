# SPDX-License-Identifier: GPL-2.0-or-later
"""Kconfig fragments: what is wanted, and what of it a .config has."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from harness.errors import UsageError
from harness.model import Kconfig

DATA = Path(__file__).resolve().parent
_SET = re.compile(r"^CONFIG_(\w+)=(\S.*?)\s*(#\s*optional)?\s*$")
_UNSET = re.compile(r"^# CONFIG_(\w+) is not set\s*$")


def parse(text: str) -> dict[str, tuple[str, bool]]:
    """Map a symbol to (value, optional); later lines win."""
    wanted: dict[str, tuple[str, bool]] = {}
    for line in text.splitlines():
        if match := _SET.match(line):
            wanted[match.group(1)] = (match.group(2), bool(match.group(3)))
        elif match := _UNSET.match(line):
            wanted[match.group(1)] = ("n", False)
    return wanted


def combine(*paths: Path) -> Kconfig:
    """A configuration out of fragment files."""
    return Kconfig(tuple(p.read_text("utf-8") for p in paths))


_LINES = re.compile(r"CONFIG_\w+=[^,\s]+(?:,CONFIG_\w+=[^,\s]+)*")


def named(name: str) -> Kconfig:
    """An extra configuration to build: lines, a fragment of one's own, or a target of make.

    Raises ``UsageError`` for what is none of them.
    """
    path = Path(name)
    if _LINES.fullmatch(name):
        text = "".join(f"{line}\n" for line in name.split(","))
        return Kconfig((*combine(DATA / "tiny.config").fragments, text))
    if path.is_file():
        return combine(DATA / "tiny.config", path)
    if not re.fullmatch(r"[\w.-]+config", name):
        raise UsageError(f"--config {name}: no such file, and no configuration of make",
                         hint="CONFIG_X=y,CONFIG_Y=n, a file of such lines, or defconfig, "
                              "allnoconfig, allmodconfig …")
    return Kconfig((), name)


def render(kconfig: Kconfig) -> str:
    """The fragments as one text to append to a .config."""
    lines = []
    for name, (value, _) in parse("\n".join(kconfig.fragments)).items():
        lines.append(f"# CONFIG_{name} is not set" if value == "n" else f"CONFIG_{name}={value}")
    return "\n".join(lines) + "\n"


def vanished(kconfig: Kconfig, dot_config: str) -> tuple[str, ...]:
    """Wanted symbols that a .config does not have as wanted.

    Kconfig drops a symbol whose dependencies are not met without a word (on
    4.18 KVM needs NET, for one).
    """
    have = {k: v for k, (v, _) in parse(dot_config).items()}
    return tuple(
        f"CONFIG_{name}={value}"
        for name, (value, optional) in parse("\n".join(kconfig.fragments)).items()
        if not optional and have.get(name, "n") != value)


_BLOCK = re.compile(r"^(?:menu)?config[ \t]+(\w+)[ \t]*\n((?:[ \t]+[^\n]*\n|[ \t]*\n|#[^\n]*\n)*)",
                    re.MULTILINE)
_DEPENDS = re.compile(r"^[ \t]+depends[ \t]+on[ \t]+(.*)$", re.MULTILINE)
_PLAIN = re.compile(r"\(*\s*([A-Z][A-Z0-9_]*)(?:\s*=\s*y)?\s*\)*")


def depends_on(text: str, symbol: str) -> tuple[str, ...]:
    """The terms that a symbol depends on in one Kconfig file, as it has them.

    Terms that && joins come apart; what else is in an expression stays whole.
    """
    found: list[str] = []
    for name, body in _BLOCK.findall(text + "\n"):
        if f"CONFIG_{name}" == symbol:
            for expression in _DEPENDS.findall(body.replace("\\\n", " ")):
                found += [t for t in _terms(expression.partition("#")[0]) if t]
    return tuple(dict.fromkeys(found))


def _terms(expression: str) -> list[str]:
    """The parts of an expression that && joins outside of parentheses."""
    if _open(expression.replace("||", "\0")).count("\0"):
        return [expression.strip()]
    parts, depth, start = [], 0, 0
    for at, char in enumerate(expression):
        depth += {"(": 1, ")": -1}.get(char, 0)
        if depth == 0 and expression.startswith("&&", at):
            parts.append(expression[start:at].strip())
            start = at + 2
    return [*parts, expression[start:].strip()]


def _open(expression: str) -> str:
    """What of an expression stands outside of its parentheses."""
    while (shorter := re.sub(r"\([^()]*\)", "", expression)) != expression:
        expression = shorter
    return expression


def plain_symbols(terms: Iterable[str]) -> tuple[str, ...]:
    """The terms that are nothing but one symbol, as ``CONFIG_X``."""
    return tuple(f"CONFIG_{m.group(1)}" for t in terms if (m := _PLAIN.fullmatch(t)))


def settings(needs: Mapping[str, Iterable[str]], dot_config: str) -> tuple[str, ...]:
    """The lines that switch on what is needed and is off."""
    have = {k: v for k, (v, _) in parse(dot_config).items()}
    wanted = dict.fromkeys(s for terms in needs.values() for s in plain_symbols(terms))
    return tuple(f"{s}=y" for s in wanted if have.get(s.removeprefix("CONFIG_"), "n") != "y")
