# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs a kernel's make in the sandbox: configures, compiles, tells how far it is."""

from __future__ import annotations

import posixpath
import re
import shutil
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.arch import NATIVE_TARGET, Target
from harness.build import kconfig, overlay
from harness.build.unmade import unmade
from harness.errors import CommandFailedError, InfrastructureError, ToolMissingError
from harness.model import NOWHERE, Kconfig, Location, Say, Sources
from harness.system import proc
from harness.system.sandbox import Sandbox, plain

LIBELF = Path("/usr/include/gelf.h")  # objtool's, on every x86-64
TOOLS = (("make", "make"), ("gcc", "gcc"), ("ld", "binutils"), ("flex", "flex"),
         ("bison", "bison"), ("bc", "bc"), ("perl", "perl"))
_STEP = re.compile(r"^\s+([A-Z][A-Z0-9_]+)(?: \[M\])?\s+(\S+)$")
# binutils: "x.o: in function `f':" and "a.c:(.text+0x1): undefined reference to `symbol'"
_LINK = re.compile(r"^(?:\S*ld(?:\.\w+)?: )?(?:([^\s(:]+):)?(?:\([^)]*\):|\d+:)? ?"
                   r"((?:undefined reference to|multiple definition of) [`'][^'\n]+')",
                   re.MULTILINE)
# The machine's, not the series': whoever wrote the code cannot help it.
TROUBLE = re.compile(r"(?:fatal error|internal error|error|ld): .*(?:Killed signal terminated|"
                     r"No space left on device|Cannot allocate memory)[^\n]*|"
                     r"virtual memory exhausted[^\n]*|cc1: out of memory[^\n]*")
_DENIED = re.compile(r"^(?:/bin/sh: \d+: |make\[?\d*\]?: )?(?:\./)?(\S+?): Permission denied$",
                     re.MULTILINE)
_NO_RULE = re.compile(r"^make\S*: \*\*\* No rule to make target '([^'\n]+)'", re.MULTILINE)
# How an object was made, in the .cmd file beside it.
COMMAND = re.compile(r"^(?:saved)?cmd_\S+ := (.*)$", re.MULTILINE)
_WANTED_BY = re.compile(r"in function [`']([^'\n]+)'")
_MODPOST = re.compile(r'^ERROR: modpost: ("[^"\n]+" \[[^\]\n]+\] undefined!)$', re.MULTILINE)
_ERROR = re.compile(r"^(?:/src/|\.\./)?([\w./+-]+\.[chS]):(\d+)(?::\d+)?: (?:fatal )?error: (.*)$",
                    re.MULTILINE)
# objtool of old trees warns with today's compilers, and its own -Werror would end the build.
_UPWARDS = re.compile(r"(?<![\w./+-])\w[\w+-]*(?:/[\w.+-]+)*?/\.\./[\w./+-]+")
_LENIENT = ("WERROR=0",)
MOST_LINES = 20_000  # the last ones of a command, in which its error is looked for
USUAL_STEPS = 1500  # of a tiny kernel, until a first build has counted them


@dataclass(frozen=True, slots=True)
class Builder:
    """Parameters that all builds of a run share."""

    cache: Path
    sandbox: Sandbox
    jobs: int
    timeout: float
    say: Say
    log: Path
    target: Target = NATIVE_TARGET
    share: Path | None = None  # a directory with bases of several machines


def toolchain(target: Target = NATIVE_TARGET) -> str:
    """Name the compiler and linker; raises ``ToolMissingError``."""
    for tool, _ in TOOLS:
        if shutil.which(tool) is None:
            raise ToolMissingError(tool, needed_for="building kernels",
                                   package=" ".join(sorted({p for _, p in TOOLS})))
    if not LIBELF.is_file():
        raise ToolMissingError(str(LIBELF), needed_for="building kernels", package="libelf-dev")
    if shutil.which(target.program) is None:
        raise ToolMissingError(target.program, needed_for=f"compiling for {target.name}",
                               package=target.package)
    tools = (target.program, f"{target.program.removesuffix('gcc')}ld")
    lines = [proc.run([tool, "--version"]).text.splitlines()[0] for tool in tools]
    return " / ".join([*lines, *target.words])


def make(builder: Builder, source: Sources, out: Path, *targets: str,
         on_line: Callable[[str], None] | None = None) -> proc.Done:
    """Run make in the sandbox; raises ``CommandFailedError`` or ``DeadlineError``.

    The ``tail`` of the former begins with what ended the build, where that can be told.
    """
    builder.sandbox.grant(source.binds("/src"), (out,))
    last: deque[str] = deque(maxlen=MOST_LINES)  # of this command alone: the log is shared

    def heard(said: str) -> None:
        last.append(said)
        if on_line is not None:
            on_line(said)

    done = proc.run(line(builder, source, out, *targets), merge=True, timeout=builder.timeout,
                    log=builder.log, on_line=heard, ok=None, keep=4096, name="make")
    if done.why or not done.returncode:
        return proc.check(done, (0,), name="make")
    raise failure("".join(f"{text}\n" for text in last), done.returncode,
                  builder.sandbox.path(source.root, "/src"))


def failure(text: str, returncode: int, root: str) -> BuildFailedError:
    """The error that what make or a compiler printed is about.

    ``root`` is how they were told where the tree is. Raises ``InfrastructureError`` for what is
    the machine's.
    """
    if trouble := TROUBLE.search(text):
        raise InfrastructureError(f"make: {trouble.group(0)}", hint="the run can be repeated; "
                                  "more memory, more space or fewer --jobs may help")
    return BuildFailedError(returncode, first_error(text, root), text)


def line(builder: Builder, source: Sources, out: Path, *targets: str) -> list[str]:
    """The exact line of make."""
    box = builder.sandbox
    argv = ["make", "-C", box.path(source.root, "/src"), f"O={box.path(out, '/out')}",
            f"-j{builder.jobs}", *_LENIENT, *builder.target.words, *targets]
    return box.wrap(argv, ro=source.binds("/src"), rw={out: "/out"}, chdir=box.path(out, "/out"))


def configure(builder: Builder, source: Sources, out: Path, config: Kconfig, *,
              fresh: bool = True, lines: str = "") -> None:
    """Write ``out/.config``; raises ``InfrastructureError`` naming symbols that vanished.

    ``lines``: what is set anew in a .config that is not ``fresh``.
    """
    dot = out / ".config"
    if fresh:
        builder.say("configuring")
        make(builder, source, out, config.start)
        with plain(out, ".config").open("a") as handle:
            handle.write(kconfig.render(config))
    before = dot.read_text("utf-8", "replace")
    if lines:
        with plain(out, ".config").open("a") as handle:
            handle.write(lines)
    make(builder, source, out, "olddefconfig")
    after = plain(out, ".config").read_text("utf-8", "replace")
    if not fresh and before == after:
        return
    gone = kconfig.vanished(config, after)
    needs: dict[str, tuple[str, ...]] = {}
    texts = _kconfig_texts(source, builder.target.srcarch) if gone else {}
    around = kconfig.around(texts)
    for _ in range(DEPTH if gone else 0):
        needs = _dependencies(texts, around, gone, after)
        added = kconfig.settings(needs, after)
        if not added:
            break
        builder.say(f"configuring again, with {', '.join(added)}")
        with plain(out, ".config").open("a") as handle:
            handle.write("".join(f"{line}\n" for line in added) + kconfig.render(config))
        make(builder, source, out, "olddefconfig")
        after = plain(out, ".config").read_text("utf-8", "replace")
        if not (gone := kconfig.vanished(config, after)):
            return
    if gone:
        raise InfrastructureError(
            f"the configuration lost {', '.join(gone)} in olddefconfig"
            + "".join(f"; {name} depends on {' and '.join(words)}"
                      for name, words in needs.items() if words),
            hint="a dependency is not met in this tree: add it to the fragment, or mark the "
                 "line '# optional'")


DEPTH = 4  # rounds: a dependency may have its own


def _dependencies(texts: Mapping[str, str], around: Mapping[str, tuple[str, ...]],
                  gone: tuple[str, ...], dot_config: str) -> dict[str, tuple[str, ...]]:
    """Explain symbols that vanished by their dependencies in the tree's Kconfig files."""
    found: dict[str, tuple[str, ...]] = {}
    todo = [line.partition("=")[0] for line in gone]
    while todo and len(found) < 50:
        name = todo.pop()
        if name in found:
            continue
        words = (*(w for text in texts.values() for w in kconfig.depends_on(text, name)),
                 *around.get(name, ()))
        found[name] = tuple(dict.fromkeys(words))
        todo += [w for w in kconfig.plain_symbols(found[name])
                 if f"\n{w}=y\n" not in f"\n{dot_config}\n"]
    return found


def _kconfig_texts(source: Sources, srcarch: str) -> dict[str, str]:
    """The Kconfig files that this architecture reads, by path; those of others would mislead."""
    texts = {}
    for path in sorted(source.root.rglob("Kconfig*")):
        parts = path.relative_to(source.root).parts
        other = parts[0] == "arch" and parts[1:2] not in {(srcarch,), ("Kconfig",)}
        text = None if other else overlay.text_of(source, "/".join(parts), 1 << 20)
        if text is not None:
            texts["/".join(parts)] = text
    return texts


def compile_(builder: Builder, source: Sources, out: Path, expected: int, *words: str) -> int:
    """Run make and return the number of steps it took; progress goes to ``say``.

    ``words`` are make's targets and variables. Raises what ``make`` raises.
    """
    started = time.monotonic()
    count = 0
    shown = 0.0

    def progress(line: str) -> None:
        nonlocal count, shown
        match = _STEP.match(line)
        if match is None:
            return
        count += 1
        now = time.monotonic()
        if now - shown < 0.5:
            return
        shown = now
        eta = ""
        if expected > count > 50:
            left = (now - started) * (expected - count) / count
            eta = f", about {int(left) // 60}:{int(left) % 60:02d} left"
        of = f"/{expected}" if expected > count else ""
        builder.say(f"[{match.group(1)} {count}{of}{eta}] {match.group(2)}")

    make(builder, source, out, *words, on_line=progress)
    return count


def in_tree(text: str, root: str) -> str:
    """What a compiler printed, with paths as they are in the tree: ``root`` before them goes.

    KVM's Makefile says "../../../virt/kvm/x.c" of a file.
    """
    text = re.sub(rf"(?m)(^|[\s(]){re.escape(root)}/", r"\1", text)
    return _UPWARDS.sub(_straight, text)


def _straight(match: re.Match[str]) -> str:
    """A path without its "..", where it stays in the tree."""
    path = posixpath.normpath(match.group())
    return match.group() if path.startswith("..") else path


@dataclass(frozen=True, slots=True)
class BuildError:
    """The error that ended a build, and its place in the tree where that is known."""

    message: str
    where: Location = NOWHERE

    def __str__(self) -> str:
        return f"{self.where}: {self.message}" if self.where else self.message


class BuildFailedError(CommandFailedError):
    """make ended because of ``cause``, or as its last words say.

    ``text`` is what was printed, ``unmade`` the objects that could not be made.
    """

    def __init__(self, returncode: int, cause: BuildError | None, text: str = "") -> None:
        super().__init__("make", returncode, str(cause) if cause else text[-2000:])
        self.cause = cause or BuildError(self.tail)
        self.text = text
        self.unmade = unmade(text)


def cause_of(error: CommandFailedError) -> BuildError:
    """The error that ended a build; of any other program's its last words."""
    return error.cause if isinstance(error, BuildFailedError) else BuildError(error.tail)


def first_error(text: str, root: str = "/src") -> BuildError | None:
    """Extract from make's output the error that ended a build: the first of compiler or linker.

    For the linker the symbol, and who wants it. None when it is neither. ``root`` is how the
    compiler was told where the tree is.
    """
    text = in_tree(text, root)
    if match := _ERROR.search(text):
        path, line, message = match.groups()
        return BuildError(message, Location(path, int(line)))
    if match := _LINK.search(text):
        place, message = match.group(1) or "", match.group(2)
        function = _WANTED_BY.findall(text[:match.start()] + text[match.start():match.end()])
        by = f" (wanted by {function[-1]})" if function else ""
        return BuildError(f"{message}{by}", Location(place) if place else NOWHERE)
    if match := _MODPOST.search(text):
        return BuildError(f"modpost: {match.group(1)}")
    if match := _DENIED.search(text):
        return BuildError("permission denied: it is not executable, this tree has lost its file "
                          "modes", Location(match.group(1)))
    if match := _NO_RULE.search(text):
        return BuildError("the tree lacks it, and has no rule to make it",
                          Location(match.group(1)))
    return None
