# SPDX-License-Identifier: GPL-2.0-or-later
"""Defaults < file < environment < flags, folded into one frozen ``Settings``.

The file is ``$XDG_CONFIG_HOME/harness/config.toml``: data only, it can name no
program to run. The environment uses ``HARNESS_<FIELD>``.
"""

from __future__ import annotations

import dataclasses
import difflib
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness import selection
from harness.errors import UsageError
from harness.selection import RuleSelection

FLAVOURS = ("default", "debug")
EXECUTED = "executed"
REQUIRABLE = (EXECUTED,)  # what --require can make an error where it is not so
STARTS = ("tinyconfig", "defconfig", "allmodconfig")  # of a kernel's configuration
ACCELERATORS = ("auto", "tcg", "kvm")
ALL_RULES = RuleSelection()
DEFAULT_TREE = "debian-6.1"
_HERE = Path(__file__).resolve().parent
# patches/ and kselftests/: in a checkout beside harness/, installed inside of it.
CHECKOUT = (_HERE.parent / "kselftests").is_dir() and (_HERE.parent / "patches").is_dir()
ROOT = _HERE.parent if CHECKOUT else _HERE / "share"


def _xdg(env: Mapping[str, str], name: str, default: str) -> Path:
    value = env.get(name, "")
    home = Path(env.get("HOME", "/tmp"))  # noqa: S108  (no home at all: a last resort)
    return Path(value) if value.startswith("/") else home / default


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of a run. Times are in seconds."""

    cache: Path
    tree: str = ""  # what the user said; without a word the mails do, else DEFAULT_TREE
    jobs: int = 0  # 0: one more than there are cores
    sandbox: bool = True
    fail_on: str = "error"
    boot_timeout: float = 60.0
    test_timeout: float = 20.0
    run_timeout: float = 300.0
    build_timeout: float = 3600.0
    accel: str = "auto"  # KVM, where a kernel shows that it works, else TCG
    memory: int = 512  # MiB of the guest
    cpus: int = 2
    guests: int = 0  # that share the programs of one kernel; 0: two, where there are two cores
    flavour: str = "default"  # or "debug": KASAN, kmemleak, lockdep
    choice: RuleSelection = ALL_RULES  # of rules: the table [rules] of the file, and flags
    operations: int = 2000  # random ones that a check replays against a profile's model

    share: str = ""  # a directory that several machines share, with the bases of all
    archive: str = "https://lore.kernel.org/all"  # where message-ids are looked up

    @property
    def tree_name(self) -> str:
        """The tree that the user named, or the default."""
        return self.tree or DEFAULT_TREE

    @property
    def timeout_factor(self) -> float:
        """Factor by which timeouts in a guest are extended."""
        return 8.0 if self.flavour == "debug" else 1.0

    @property
    def shared(self) -> int:
        """Number of guests that share the programs of one kernel."""
        return max(1, self.guests or min(2, os.cpu_count() or 1))

    @property
    def undisturbed(self) -> int:
        """Number of guests that can have all their CPUs at the same time."""
        return max(1, self.guests or min(2, (os.cpu_count() or 1) // max(1, self.cpus)))

    @property
    def parallel(self) -> int:
        """Number of jobs for make."""
        return self.jobs or (os.cpu_count() or 1) + 1


def _convert(name: str, kind: object, value: object, origin: str) -> Any:
    text = str(value)
    try:
        match kind:
            case "int":
                return int(text)
            case "float":
                return float(text)
            case "bool":
                return {"1": True, "true": True, "yes": True, "0": False, "false": False,
                        "no": False}[text.lower()]
            case "Path":
                return Path(text)
            case _:
                return text
    except (ValueError, KeyError):
        raise UsageError(f"{origin}: {name} = {text!r} is not of type {kind}") from None


def flavour_named(text: str) -> str:
    """A flavour, also by the name that it had before 28 November 2026."""
    return "default" if text == "usual" else text


# Variables that are no settings; their names are here so that none counts as a typo.
_OTHERS = frozenset({"HARNESS_PATCHWORK_TOKEN"})


def variables() -> tuple[str, ...]:
    """The names of the variables of the environment that are settings."""
    return tuple(f"HARNESS_{f.name.upper()}" for f in dataclasses.fields(Settings)
                 if f.name != "choice")


def unknown(env: Mapping[str, str]) -> tuple[str, ...]:
    """What is wrong with HARNESS_ variables that nobody reads: one line for each.

    Other programs have some too, so that they are named and nothing more.
    """
    names = {*variables(), *_OTHERS}
    lines = []
    for name in sorted(n for n in env if n.startswith("HARNESS_") and n not in names):
        near = difflib.get_close_matches(name, names, 1)
        lines.append(f"{name} is no setting" + (f"; is {near[0]} meant?" if near else ""))
    return tuple(lines)


def load(flags: Mapping[str, Any], env: Mapping[str, str]) -> Settings:
    """Fold the four sources; raises ``UsageError`` for an unknown key or bad value."""
    fields = {f.name: f.type for f in dataclasses.fields(Settings) if f.name != "choice"}
    rules: dict[str, str] = {}
    values: dict[str, Any] = {"cache": _xdg(env, "XDG_CACHE_HOME", ".cache") / "harness"}
    path = _xdg(env, "XDG_CONFIG_HOME", ".config") / "harness" / "config.toml"
    if path.is_file():
        try:
            data = tomllib.loads(path.read_text("utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise UsageError(f"{path}: {error}") from None
        rules = {str(k): str(v) for k, v in data.pop("rules", {}).items()}
        for name, value in data.items():
            if name not in fields:
                known = ", ".join(sorted(fields))
                raise UsageError(f"{path}: unknown key {name!r}", hint=f"known keys: {known}")
            values[name] = _convert(name, fields[name], value, str(path))
    for name, kind in fields.items():
        if value := env.get(f"HARNESS_{name.upper()}"):
            values[name] = _convert(name, kind, value, f"HARNESS_{name.upper()}")
    rules |= dict(flags.get("rules", {}))
    values["choice"] = selection.read(rules, flags.get("only_rules") or ())
    values.update({k: v for k, v in flags.items() if k in fields and v is not None})
    if "flavour" in values:
        values["flavour"] = flavour_named(values["flavour"])
    if values.get("flavour", "default") not in FLAVOURS:
        raise UsageError(f"flavour = {values['flavour']!r} is not one of {', '.join(FLAVOURS)}")
    if values.get("accel", "auto") not in ACCELERATORS:
        raise UsageError(f"accel = {values['accel']!r} is not one of {', '.join(ACCELERATORS)}")
    return Settings(**values)
