# SPDX-License-Identifier: GPL-2.0-or-later
"""Compiles the programs below tools/testing/selftests that a series touches.

Each C file is compiled with the very line that its own Makefile has for it (``make -n``), on both
sides, in the sandbox. Copies of kernel headers in tools/ are compiled alone. The rest of tools/
and samples/ has build systems of its own, which are not run; the report says so.
"""

from __future__ import annotations

import re
import shlex
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from harness.clean import one_line
from harness.errors import InfrastructureError
from harness.model import Applied, Finding, Location, Severity
from harness.system import proc, repo
from harness.system.sandbox import Sandbox
from harness.uapi.result import ToolLook
from harness.uapi.series import export_to

_TOP = "tools/testing/selftests"
_COPIES = ("tools/include/uapi/", "tools/arch/x86/include/uapi/", "tools/include/linux/")
_ALWAYS = ("tools/include", "tools/arch/x86", "tools/build", "scripts", "Makefile",
           f"{_TOP}/lib.mk", f"{_TOP}/kselftest.h", f"{_TOP}/kselftest_harness.h",
           f"{_TOP}/kselftest_module.h", f"{_TOP}/lib", f"{_TOP}/rseq", f"{_TOP}/cgroup")
_ERROR = re.compile(r"^([^\s:]+):(\d+):(?:\d+:)? (?:fatal )?error: (.*)$", re.MULTILINE)
_NO_HEADER = re.compile(r"([\w./-]+\.h): No such file or directory")
_KILLED = re.compile(r"Killed signal|Cannot allocate memory|No space left on device")
MOST = 40  # files of one series; a notice names the rest
SECONDS = 120.0
MEMORY = 2 << 30


@dataclass(frozen=True, slots=True)
class _Side:
    """The part of a tree that selftests are compiled in, and the headers that userspace gets."""

    top: Path
    headers: Path
    box: Sandbox
    log: Path
    known: dict[str, tuple[bool, str]] = field(default_factory=dict)

    def compiled(self, path: str) -> tuple[bool, str]:
        """Whether a file compiles, and what was said; "" when its Makefile has no line for it.

        Raises ``InfrastructureError`` when the compiler did not come to an end.
        """
        if path not in self.known:
            line = self._copy(path) if path.startswith(_COPIES) else self._line(path)
            self.known[path] = self._run(line) if line else (False, "")
        return self.known[path]

    def _inside(self) -> tuple[str, str]:
        return self.box.path(self.top, "/src"), self.box.path(self.headers, "/headers")

    def _copy(self, path: str) -> list[str]:
        src, headers = self._inside()
        return ["gcc", "-fsyntax-only", "-w", "-I", f"{src}/tools/include/uapi",
                "-I", f"{src}/tools/arch/x86/include/uapi", "-I", f"{src}/tools/include",
                "-idirafter", headers, "-x", "c", f"{src}/{path}"]

    def _line(self, path: str) -> list[str]:
        """The compiler's line for a file, out of what its Makefile would do."""
        src, headers = self._inside()
        target = path.split("/")[3]
        inner = path.removeprefix(f"{_TOP}/{target}/")
        stem = inner.rpartition(".")[0]
        for goal in (f"/tmp/o/{stem}", f"/tmp/o/{stem}.o"):  # noqa: S108  (the sandbox's own)
            done = self._inside_run([
                "make", "-n", "-B", "-C", f"{src}/{_TOP}/{target}", "OUTPUT=/tmp/o",
                f"KHDR_INCLUDES=-isystem {headers}", f"LINUX_HDR_PATH={headers}/", goal])
            for row in done.text.splitlines():
                words = _words(row)
                if inner in words and words and re.search(r"(?:^|/|-)(?:gcc|cc)$", words[0]):
                    return ["sh", "-c", f"cd {src}/{_TOP}/{target} && exec "
                            + shlex.join(_alone(words, inner))]
        return []

    def _inside_run(self, argv: list[str]) -> proc.Done:
        return self.box.run(argv, ro={self.top: "/src", self.headers: "/headers"},
                            inside={"chdir": "/", "memory": MEMORY}, ok=None, timeout=SECONDS,
                            log=self.log, merge=True)

    def _run(self, argv: list[str]) -> tuple[bool, str]:
        done = self._inside_run(argv)
        if done.why or done.returncode < 0 or done.returncode > 128 or _KILLED.search(done.text):
            raise InfrastructureError(f"the compiler did not end well: {done.why or 'killed'}")
        return done.returncode == 0, done.text


def _words(row: str) -> list[str]:
    try:
        return shlex.split(row)
    except ValueError:
        return []


def _alone(words: list[str], source: str) -> list[str]:
    """A line that compiles one source and writes nothing."""
    kept = [w for w in words if not w.endswith((".o", ".a", ".c", ".S")) and not w.startswith("-l")]
    if "-o" in kept:
        at = kept.index("-o")
        after = words[words.index("-o") + 1]
        kept = [*kept[:at], *kept[at + 1 + (kept[at + 1:at + 2] == [after]):]]
    return [*kept, "-fsyntax-only", source]


def _side(applied: Applied, commit: str, paths: Iterable[str], place: tuple[Path, Sandbox, Path],
          ) -> _Side:
    top, box, log = place
    targets = {"/".join(p.split("/")[:4]) for p in paths if p.startswith(f"{_TOP}/")}
    files = repo.read_files(applied.tree.repo, commit, (*_ALWAYS, *sorted(targets)))
    for name, content in files.items():
        path = top / "src" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        path.chmod(0o755 if name.endswith((".sh", ".py", ".pl")) else 0o644)
    return _Side(top / "src", export_to(applied.tree, commit, top / "headers"), box, log)


def check(applied: Applied, paths: tuple[str, ...], box: Sandbox, log: Path,
          ) -> tuple[tuple[ToolLook, ...], tuple[Finding, ...]]:
    """Look at the files below tools/ and samples/; new errors are findings."""
    mine = [p for p in paths if p.endswith(".c") and p.startswith(f"{_TOP}/")
            and p.count("/") > 3] + [p for p in paths if p.endswith(".h") and p.startswith(_COPIES)]
    looks = [ToolLook(p, *_unseen(p)) for p in paths if p not in mine]
    looks += [ToolLook(p, f"more than {MOST} files below tools/") for p in mine[MOST:]]
    findings: list[Finding] = []
    if not mine:
        return tuple(looks), ()
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
        before = _side(applied, applied.base, mine, (Path(one), box, log))
        after = _side(applied, applied.head, mine, (Path(two), box, log))
        for path in mine[:MOST]:
            look, finding = _judge(path, before, after)
            looks.append(look)
            findings += [finding] if finding else []
        good = {t.path for t in looks if not t.problem}
        return tuple(_with(t, after, good) for t in looks), tuple(findings)


def _unseen(path: str) -> tuple[str, str]:
    """Why a file is not compiled by itself."""
    if path.startswith(f"{_TOP}/"):
        if path.endswith(".h"):
            return _NOT_INCLUDED, ""
        return "what is no C of selftests is not looked at", ""
    return f"{'/'.join(path.split('/')[:2])} has a build system of its own, which is not run", ""


_NOT_INCLUDED = "no C file of its selftests that changes includes it"


def _with(look: ToolLook, after: _Side, good: set[str]) -> ToolLook:
    """A header or Makefile of selftests, looked at with a C file of theirs that was compiled."""
    folder = "/".join(look.path.split("/")[:4]) + "/"
    name = look.path.rpartition("/")[2]
    users = [p for p in good if p.startswith(folder) and p.endswith(".c")
             and (after.top / p).is_file()]
    if not look.problem or not look.path.startswith(f"{_TOP}/") or not users:
        return look
    include = re.compile(rf'#[ \t]*include[ \t]*[<"](?:[^>"\n]*/)?{re.escape(name)}[>"]')
    if name.startswith("Makefile") or any(include.search(
            (after.top / p).read_text("utf-8", "replace")) for p in users):
        return ToolLook(look.path)
    return look


def _judge(path: str, before: _Side, after: _Side) -> tuple[ToolLook, Finding | None]:
    if not (after.top / path).is_file():
        return ToolLook(path, "it is gone, and whether its Makefile still names it was not "
                        "asked"), None
    try:
        good, said = after.compiled(path)
        old = (before.top / path).is_file() and not good and bool(said)
        known = old and not before.compiled(path)[0]
    except InfrastructureError as error:
        return ToolLook(path, error.message, passing=True), None
    if good:
        return ToolLook(path), None
    if not said:
        return ToolLook(path, "its Makefile has no line that compiles it"), None
    first = _ERROR.search(said)
    text = first.group(3) if first else next(iter(said.strip().splitlines()), "?")
    missing = _NO_HEADER.search(text)
    if known or (missing and not _has(after, path, missing.group(1))):
        hint = "install the -dev package that has it" if missing else ""
        words = "does not compile before the series either" if known else "cannot be compiled here"
        return ToolLook(path, f"{words}: {one_line(text)}", hint), None
    line = int(first.group(2)) if first else 0
    return ToolLook(path), Finding(
        "build-error", Severity.ERROR, f"{path} does not compile: {one_line(text)}",
        where=Location(path, line), evidence="\n".join(said.splitlines()[:20]),
        subject=f"{path} {re.sub(r'[0-9]+', 'N', text)}")


def _has(side: _Side, path: str, name: str) -> bool:
    """Whether the tree itself has a header of that name: then its absence is no package's."""
    if ((side.top / path).parent / name).is_file() or (side.headers / name).is_file():
        return True
    return any(str(p).endswith(f"/include/{name}") for p in side.top.rglob(Path(name).name))
