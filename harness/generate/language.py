# SPDX-License-Identifier: GPL-2.0-or-later
"""The language of the specs: phrases with typed holes, and the C they become.

``phrases.toml`` files hold it as data: ``[int]`` ranges, one or several, ``[choice.X]`` words,
``[form.X]`` phrases inside phrases, ``[list]`` of forms, ``[after]`` (values of
a type are possible only after some step), and ``[step]``, the phrases that a
test is written in. Pure: text in, text out.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.errors import UsageError
from harness.profiles import Profile

_HOLE = re.compile(r"\{(\w+):(\w+)\}")
_INTEGER = re.compile(r"-?(?:0[xX][0-9a-fA-F]{1,16}|0|[1-9][0-9]{0,19})")


class PhraseError(ValueError):
    """A phrase that the language does not have; the message says why."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """One phrase: ``pattern`` matches it, ``holes`` are (name, type), ``code`` is C."""

    say: str
    pattern: re.Pattern[str]
    holes: tuple[tuple[str, str], ...]
    code: str


@dataclass(frozen=True, slots=True)
class Language:
    """All types and phrases; later files add to earlier ones."""

    ints: Mapping[str, tuple[tuple[int, int], ...]] = field(default_factory=dict)
    choices: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    forms: Mapping[str, tuple[Phrase, ...]] = field(default_factory=dict)
    lists: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    after: Mapping[str, str] = field(default_factory=dict)  # type -> a step that comes first
    steps: tuple[Phrase, ...] = ()

    def translate(self, step: str, before: Sequence[str] = ()) -> str:
        """The C of one step that comes after the steps ``before``; raises ``PhraseError``."""
        used: set[str] = set()
        code = self._best(self.steps, step, "step", used)
        for type_ in sorted(used & set(self.after)):
            if self.after[type_] not in before:
                raise PhraseError(f"{step!r} is impossible before {self.after[type_]!r}")
        return code

    def _best(self, phrases: tuple[Phrase, ...], text: str, kind: str, used: set[str]) -> str:
        reasons = []
        for phrase in phrases:
            match = phrase.pattern.fullmatch(text.strip())
            if match is None:
                continue
            mine: set[str] = set()
            try:
                values = {name: self._value(type_, match.group(name), mine)
                          for name, type_ in phrase.holes}
            except PhraseError as error:
                reasons.append(str(error))
                continue
            used |= mine
            code = phrase.code
            for name, value in values.items():
                code = code.replace("{" + name + "}", value)
            return code
        if reasons:
            raise PhraseError(reasons[0])
        known = "; ".join(p.say for p in phrases)
        raise PhraseError(f"unknown {kind} {text.strip()!r}; there are: {known}")

    def _value(self, type_: str, text: str, used: set[str]) -> str:
        text = text.strip()
        used.add(type_)
        if type_ in self.ints:
            return self._int(type_, text)
        if type_ in self.choices:
            words = self.choices[type_]
            if text not in words:
                raise PhraseError(f"{text!r} is not a {type_}: one of {', '.join(words)}")
            return words[text]
        if type_ in self.forms:
            return self._best(self.forms[type_], text, type_, used)
        if type_ in self.lists:
            of, separator = self.lists[type_]
            return ", ".join(self._value(of, part, used) for part in text.split(separator))
        if type_ == "word":
            return text
        raise PhraseError(f"unknown type {type_!r}")

    def _int(self, type_: str, text: str) -> str:
        if not _INTEGER.fullmatch(text):
            raise PhraseError(f"{text!r} is not a number")
        value = int(text, 0)
        if not any(low <= value <= high for low, high in self.ints[type_]):
            ranges = " or ".join(f"0x{low:x} to 0x{high:x}" for low, high in self.ints[type_])
            raise PhraseError(f"{text} is outside {type_} ({ranges})")
        suffix = "u" if 0x7FFFFFFF < value <= 0xFFFFFFFF else "ull" if value > 0xFFFFFFFF else ""
        return text + suffix


def _phrase(say: str, code: str) -> Phrase:
    parts, last = [], 0
    for hole in _HOLE.finditer(say):
        parts.append(re.escape(say[last: hole.start()]))
        kind = r"\S+?" if hole.group(2) == "word" else ".+?"
        parts.append(f"(?P<{hole.group(1)}>{kind})")
        last = hole.end()
    parts.append(re.escape(say[last:]))
    return Phrase(say, re.compile("".join(parts)), tuple(_HOLE.findall(say)), code)


def _phrases(table: Mapping[str, str]) -> tuple[Phrase, ...]:
    return tuple(_phrase(say, code) for say, code in table.items())


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: {error}") from None


def _ranges(value: list[Any]) -> tuple[tuple[int, int], ...]:
    """``[low, high]``, or a list of such pairs."""
    pairs = value if isinstance(value[0], list) else [value]
    return tuple((int(low), int(high)) for low, high in pairs)


def load_language(*paths: Path) -> Language:
    """Read phrase files in order; raises ``UsageError`` for one that is wrong."""
    ints: dict[str, tuple[tuple[int, int], ...]] = {}
    choices: dict[str, Mapping[str, str]] = {}
    forms: dict[str, tuple[Phrase, ...]] = {}
    lists: dict[str, tuple[str, str]] = {}
    after: dict[str, str] = {}
    steps: tuple[Phrase, ...] = ()
    for path in paths:
        data = _read(path)
        if unknown := set(data) - {"int", "choice", "form", "list", "after", "step"}:
            raise UsageError(f"{path}: unknown table {min(unknown)!r}")
        try:
            ints.update({k: _ranges(v) for k, v in data.get("int", {}).items()})
            choices.update(data.get("choice", {}))
            for name, table in data.get("form", {}).items():
                forms[name] = forms.get(name, ()) + _phrases(table)
            lists.update({k: (v["of"], v["separator"]) for k, v in data.get("list", {}).items()})
            after.update(data.get("after", {}))
            steps += _phrases(data.get("step", {}))
        except (KeyError, TypeError, ValueError, IndexError, AttributeError, re.error) as error:
            raise UsageError(f"{path}: {error}") from None
    return Language(ints, choices, forms, lists, after, steps)


def language_of(profile: Profile) -> Language:
    """The library's phrases and the profile's own."""
    own = profile.folder / "phrases.toml"
    return load_language(profile.folder.parent / "lib" / "phrases.toml",
                         *((own,) if own.is_file() else ()))
