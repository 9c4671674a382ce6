# SPDX-License-Identifier: GPL-2.0-or-later
"""Kconfig fragments: what is wanted, and what of it a .config has."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from harness.arch import EMULATOR, MACHINES, Emulator, Image, Target
from harness.csource import regions
from harness.errors import UsageError
from harness.model import Kconfig
from harness.system.sandbox import plain

DATA = Path(__file__).resolve().parent
_SET = re.compile(r"^CONFIG_(\w+)=(\S.*?)\s*(#\s*optional)?\s*$")
_UNSET = re.compile(r"^# CONFIG_(\w+) is not set\s*(#\s*optional)?\s*$")


def parse(text: str) -> dict[str, tuple[str, bool]]:
    """Map a symbol to (value, optional); later lines win."""
    wanted: dict[str, tuple[str, bool]] = {}
    for line in text.splitlines():
        if match := _SET.match(line):
            wanted[match.group(1)] = (match.group(2), bool(match.group(3)))
        elif match := _UNSET.match(line):
            wanted[match.group(1)] = ("n", bool(match.group(2)))
    return wanted


def combine(*paths: Path) -> Kconfig:
    """A configuration out of fragment files."""
    return Kconfig(tuple(p.read_text("utf-8") for p in paths))


def for_machine(emulator: Emulator, more: str, *paths: Path) -> Kconfig:
    """The configuration of a guest on another machine, with lines and fragment files."""
    common, *rest = combine(DATA / "tiny.config", *paths).fragments
    mine = "".join(f"{line}\n" for line in common.splitlines()
                   if not ((m := _SET.match(line)) and m.group(1) in emulator.lacks))
    return Kconfig((mine, emulator.config, more, *rest))


def image_of(dot_config: str, images: Sequence[Image] = EMULATOR.images) -> str:
    """The path of the first image that boots with this configuration; its name is make's target."""
    have = parse(dot_config)
    on = {name for name, (value, _) in have.items() if value == "y"}
    return next(i.path for i in images if on.issuperset(i.needs) and on.isdisjoint(i.without))


def images_of(target: Target) -> tuple[Image, ...]:
    """The images that boot an architecture, in the order of preference."""
    return next((m.emulator.images for m in MACHINES if m.target == target), EMULATOR.images)


MOST_FILE = 4 << 20  # bytes of a configuration


def of_the_user(path: Path) -> tuple[str, bool]:
    """The lines of a user's own file, and whether it is a whole .config.

    Of a whole one Kconfig may lose some, for another release has other symbols; the lines of a
    fragment are wanted as they are. Raises ``UsageError`` for what is no such file.
    """
    if not path.is_file():
        raise UsageError(f"--kconfig {path}: no such file",
                         hint="a .config, or lines such as CONFIG_X=y")
    with path.open("rb") as handle:
        text = handle.read(MOST_FILE + 1).decode("utf-8", "replace")
    wanted = parse(text)
    if not wanted or len(text) > MOST_FILE:
        raise UsageError(f"--kconfig {path}: no configuration of a kernel",
                         hint="a .config, or lines such as CONFIG_X=y")
    whole = re.search(r"^# Linux/\S+ \S+ Kernel Configuration", text, re.MULTILINE) is not None
    lines = render(Kconfig((text,))).splitlines()
    return "".join(f"{line} # optional\n" if whole else f"{line}\n" for line in lines), whole


def values(out: Path) -> dict[str, str]:
    """``CONFIG_X`` to its value, of a build directory's .config.

    Raises ``InputRefusedError`` where the build put something else there.
    """
    with plain(out, ".config").open("rb") as handle:
        return regions.symbols(handle.read(MOST_FILE).decode("utf-8", "replace"))


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
    if "||" in _open(expression):
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


_BEGIN = re.compile(r"(if|menu|choice|config|menuconfig|source)\b[ \t]*(.*)")
_END = {"endif": "if", "endmenu": "menu", "endchoice": "choice"}


def around(texts: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """The terms of the ``if`` blocks and menus that a symbol's definition stands in.

    Also of those around the line that sources its file. By symbol, as ``CONFIG_X``; a symbol that
    is defined several times has those of the first place. ``texts`` are Kconfig files by path.
    """
    inside: dict[str, tuple[str, ...]] = {}
    sourced: dict[str, tuple[str, tuple[str, ...]]] = {}
    home: dict[str, str] = {}
    for path, text in texts.items():
        for kind, name, terms in _entries(text):
            if kind == "source":
                sourced.setdefault(name, (path, terms))
            elif name not in inside:
                inside[name], home[name] = terms, path
    found = {}
    for name, terms in inside.items():
        path, every = home[name], list(terms)
        for _ in range(20):  # files deep; a file that sources itself ends here
            if path not in sourced:
                break
            path, more = sourced[path]
            every += more
        found[f"CONFIG_{name}"] = tuple(dict.fromkeys(every))
    return found


def _entries(text: str) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Each symbol and sourced file of a Kconfig file with the terms around it."""
    stack: list[tuple[str, list[str]]] = []
    last = ""
    for line in text.replace("\\\n", " ").splitlines():
        bare = line.partition("#")[0].rstrip()
        word = bare.split(None, 1)[0] if bare.split() else ""
        if word in _END:
            while stack and stack.pop()[0] != _END[word]:
                pass
        elif match := _BEGIN.fullmatch(bare.strip()):
            last, rest = match.groups()
            if last in {"if", "menu", "choice"}:
                stack.append((last, _terms(rest) if last == "if" else []))
            else:
                yield ("source" if last == "source" else "config", rest.strip().strip('"'),
                       tuple(t for _, terms in stack for t in terms))
        elif last == "menu" and (found := _DEPENDS.match(bare)):
            stack[-1][1].extend(_terms(found.group(1)))


def plain_symbols(terms: Iterable[str]) -> tuple[str, ...]:
    """The terms that are nothing but one symbol, as ``CONFIG_X``."""
    return tuple(f"CONFIG_{m.group(1)}" for t in terms if (m := _PLAIN.fullmatch(t)))


def settings(needs: Mapping[str, Iterable[str]], dot_config: str) -> tuple[str, ...]:
    """The lines that switch on what is needed and is off."""
    have = {k: v for k, (v, _) in parse(dot_config).items()}
    wanted = dict.fromkeys(s for terms in needs.values() for s in plain_symbols(terms))
    return tuple(f"{s}=y" for s in wanted if have.get(s.removeprefix("CONFIG_"), "n") != "y")
