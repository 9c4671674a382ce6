# SPDX-License-Identifier: GPL-2.0-or-later
"""Commit + Kconfig -> KernelImage, base first, the patched tree from its objects.

The base is built once per (tree content, configuration, toolchain) and kept.
A patched tree is the base's sources as hard links with the changed files
replaced, and a copy of the base's build directory: make then compiles what the
series touches and nothing else. In the sandbox both lie at ``/src`` and
``/out``, so that kbuild sees the same command lines.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from harness import kconfig, proc, repo
from harness.clean import one_line
from harness.errors import CommandFailedError, InfrastructureError, ToolMissingError
from harness.model import Applied, Finding, Kconfig, KernelImage, Severity, Tree
from harness.sandbox import Sandbox, plain
from harness.trees import locked

Say = Callable[[str], None]

LIBELF = Path("/usr/include/gelf.h")  # objtool's, on every x86-64
TOOLS = (("make", "make"), ("gcc", "gcc"), ("ld", "binutils"), ("flex", "flex"),
         ("bison", "bison"), ("bc", "bc"), ("perl", "perl"))
_STEP = re.compile(r"^\s+([A-Z][A-Z0-9_]+)(?: \[M\])?\s+(\S+)$")
_ERROR = re.compile(r"^(?:/src/|\.\./)?([\w./+-]+\.[chS]):(\d+)(?::\d+)?: (?:fatal )?error: (.*)$",
                    re.MULTILINE)
VMLINUX, BZIMAGE = "vmlinux", "arch/x86/boot/bzImage"
_WERROR = re.compile(r"^(CONFIG_\w*WERROR)=y$", re.MULTILINE)
USUAL_STEPS = 1500  # of a tiny kernel, until a first build has counted them
FORM = 2  # of what lies in the cache: 2, objects belong to the sandbox's user


@dataclass(frozen=True, slots=True)
class Builder:
    """What every build of a run shares."""

    cache: Path
    sandbox: Sandbox
    jobs: int
    timeout: float
    say: Say
    log: Path


def toolchain() -> str:
    """Name the compiler and linker; raises ``ToolMissingError``."""
    for tool, _ in TOOLS:
        if shutil.which(tool) is None:
            raise ToolMissingError(tool, needed_for="building kernels",
                                   package=" ".join(sorted({p for _, p in TOOLS})))
    if not LIBELF.is_file():
        raise ToolMissingError(str(LIBELF), needed_for="building kernels", package="libelf-dev")
    lines = [proc.run([tool, "--version"]).text.splitlines()[0] for tool in ("gcc", "ld")]
    return " / ".join(lines)


def image_of(config: Kconfig) -> str:
    """Where the bootable image is, below the build directory; its name is make's target.

    A vmlinux boots by PVH and is not compressed. With KASAN it dies at once: the
    PVH entry (arch/x86/platform/pvh) is C that is instrumented, and runs before
    there is any shadow memory.
    """
    return BZIMAGE if kconfig.wants(config, "KASAN") else VMLINUX


def key_of(tree_id: str, config: Kconfig, tools: str) -> str:
    """The cache key of a build: equal keys, equal kernels."""
    start = [] if config.start == "tinyconfig" else [config.start]
    text = json.dumps([FORM, tree_id, kconfig.render(config), tools, Path(image_of(config)).name,
                       *start])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def base(builder: Builder, tree: Tree, commit: str, config: Kconfig) -> KernelImage:
    """Build ``commit``, or take it from the cache."""
    key = key_of(repo.tree_id(tree.repo, commit), config, toolchain())
    home, image = builder.cache / "kernels" / key, image_of(config)
    with locked(builder.cache / f"kernel-{key}.lock", builder.say):
        if (home / "done").is_file():
            return KernelImage(plain(home / "out", image), home / "out", key, cached=True,
                               seconds=0)
        started = time.monotonic()
        need_space(builder.cache, 4 << 30)
        work = home.with_name(f"{key}.part")
        shutil.rmtree(work, ignore_errors=True)
        (work / "src").mkdir(parents=True)
        (work / "out").mkdir()
        builder.say("writing the sources")
        repo.export(tree.repo, commit, work / "src", work / "index")
        configure(builder, work / "src", work / "out", config)
        steps = compile_(builder, work / "src", work / "out", USUAL_STEPS, Path(image).name)
        (work / "done").write_text(json.dumps({"commit": commit, "steps": steps}))
        shutil.rmtree(home, ignore_errors=True)
        work.rename(home)
        return KernelImage(plain(home / "out", image), home / "out", key, cached=False,
                           seconds=time.monotonic() - started)


def matters(paths: Iterable[str]) -> bool:
    """Whether a change of these paths can change the kernel."""
    return any(not p.startswith(("Documentation/", "tools/", "samples/", "LICENSES/"))
               and p not in {"MAINTAINERS", "CREDITS", ".gitignore", ".mailmap"} for p in paths)


def _configures(paths: Iterable[str]) -> bool:
    """Whether a change of these paths can change the configuration."""
    return any(p.rpartition("/")[2].startswith("Kconfig") for p in paths)


def patched(builder: Builder, applied: Applied, start: KernelImage, config: Kconfig,
            work: Path) -> tuple[KernelImage, tuple[tuple[int, CommandFailedError], ...]]:
    """Build a series in ``work`` patch by patch, starting from the base's objects.

    Returns the last kernel, and the number and error of each patch before it that does not
    build: git bisect stops there. Raises ``CommandFailedError`` when the whole does not build.
    """
    started = time.monotonic()
    tree = applied.tree
    source, out = start.build_dir.parent / "src", start.build_dir
    target_src, target_out = work / "src", work / "out"
    for path in (target_src, target_out):
        shutil.rmtree(path, ignore_errors=True)
    work.mkdir(parents=True, exist_ok=True)
    _link_sources(source, target_src)
    _copy_objects(out, target_out)
    image = image_of(config)
    at, broken = applied.base, list[tuple[int, CommandFailedError]]()
    for number, commit in enumerate(applied.commits, 1):
        last = commit == applied.head
        paths = repo.changed(tree.repo, at, commit)
        if not last and not (matters(paths)
                             and matters(repo.changed(tree.repo, commit, applied.head))):
            continue  # the kernel before or after it is the same: that one is built
        replace_files(tree, at, commit, target_src)
        at = commit
        try:
            # The base's .config stands as long as no Kconfig file says otherwise.
            if _configures(paths):
                configure(builder, target_src, target_out, config, fresh=False)
            compile_(builder, target_src, target_out, 0, Path(image).name)
        except CommandFailedError as error:
            if last:
                raise
            broken.append((number, error))
    key = key_of(repo.tree_id(tree.repo, applied.head), config, toolchain())
    return KernelImage(plain(target_out, image), target_out, key, cached=False,
                       seconds=time.monotonic() - started), tuple(broken)


@dataclass(frozen=True, slots=True)
class Start:
    """A finished build that others begin from; nothing in it is ever written."""

    source: Path
    out: Path
    commit: str
    image: str  # below ``out``


def variant(builder: Builder, tree: Tree, start: Start, commit: str, bench: Path) -> Path:
    """Build ``commit`` in ``bench`` from the objects of ``start``; return the image.

    The sources in ``bench`` are hard links that serve again and again: what the
    commit changes is put back afterwards, with its time, so that make sees
    nothing but the next change.
    """
    source, out = bench / "src", bench / "out"
    bench.mkdir(parents=True, exist_ok=True)
    if not source.is_dir():
        _link_sources(start.source, source)
    shutil.rmtree(out, ignore_errors=True)
    _copy_objects(start.out, out)
    paths = repo.changed(tree.repo, start.commit, commit)
    try:
        replace_files(tree, start.commit, commit, source)
        if _configures(paths):
            _make(builder, source, out, "olddefconfig")
        _compile_lenient(builder, source, out, Path(start.image).name)
    finally:
        for path in paths:
            _put_back(start.source / path, source / path)
    return plain(out, start.image)


def _compile_lenient(builder: Builder, source: Path, out: Path, target: str) -> None:
    """Build; what only warns is built all the same.

    A warning is not what is to be found out, and CONFIG_WERROR and its like make
    an error of it.
    """
    try:
        compile_(builder, source, out, 0, target)
    except CommandFailedError:
        if b"[-Werror=" not in builder.log.read_bytes()[-400_000:]:
            raise
        symbols = _WERROR.findall((out / ".config").read_text("utf-8", "replace"))
        compile_(builder, source, out, 0, target, *(f"{symbol}=n" for symbol in symbols))


def _put_back(original: Path, place: Path) -> None:
    place.unlink(missing_ok=True)
    if original.is_symlink() or original.exists():
        proc.run(["cp", "-a", "--link", str(original), str(place)], ok=None)
    if not place.exists() and original.exists():
        proc.run(["cp", "-a", str(original), str(place)])


def replace_files(tree: Tree, old: str, new: str, target: Path) -> None:
    """Make ``target``, hard links to ``old``, hold ``new``: links are broken first."""
    for path in repo.changed(tree.repo, old, new):
        place = target / path
        if place.is_symlink() or place.exists():
            place.unlink()
        content = repo.show(tree.repo, new, path)
        if content is None:
            continue
        place.parent.mkdir(parents=True, exist_ok=True)
        if not place.parent.resolve().is_relative_to(target.resolve()):
            raise InfrastructureError(f"{one_line(path)} would be written outside the tree")
        place.write_bytes(content)
        mode = repo.git(tree.repo, "ls-tree", new, "--", path).text[:6]
        place.chmod(0o755 if mode == "100755" else 0o644)


def _link_sources(source: Path, target: Path) -> None:
    link = ["cp", "-a", "--link"] if _same_device(source, target.parent) else ["cp", "-a"]
    proc.run([*link, str(source), str(target)], timeout=600)


def _copy_objects(out: Path, target: Path) -> None:
    proc.run(["cp", "-a", "--reflink=auto", str(out), str(target)], timeout=600)


def _same_device(one: Path, two: Path) -> bool:
    return one.stat().st_dev == two.stat().st_dev


def need_space(path: Path, wanted: int) -> None:
    """Raise ``InfrastructureError`` when fewer than ``wanted`` bytes are free."""
    path.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(path).free
    if free < wanted:
        raise InfrastructureError(
            f"{path}: {free >> 20} MiB free, {wanted >> 20} MiB needed",
            hint="free some space, or point --cache at another disk; the run can be repeated")


def _make(builder: Builder, source: Path, out: Path, *targets: str,
          on_line: Callable[[str], None] | None = None) -> proc.Done:
    box = builder.sandbox
    argv = ["make", "-C", box.path(source, "/src"), f"O={box.path(out, '/out')}",
            f"-j{builder.jobs}", *targets]
    line = box.wrap(argv, ro={source: "/src"}, rw={out: "/out"}, chdir=box.path(out, "/out"))
    return proc.run(line, merge=True, timeout=builder.timeout, log=builder.log, on_line=on_line)


def configure(builder: Builder, source: Path, out: Path, config: Kconfig, *,
              fresh: bool = True) -> None:
    """Write ``out/.config``; raises ``InfrastructureError`` naming symbols that vanished."""
    dot = out / ".config"
    if fresh:
        builder.say("configuring")
        _make(builder, source, out, config.start)
        with plain(out, ".config").open("a") as handle:
            handle.write(kconfig.render(config))
    before = dot.read_text("utf-8", "replace")
    _make(builder, source, out, "olddefconfig")
    after = plain(out, ".config").read_text("utf-8", "replace")
    if not fresh and before == after:
        return
    if gone := kconfig.vanished(config, after):
        raise InfrastructureError(
            f"the configuration lost {', '.join(gone)} in olddefconfig",
            hint="a dependency is not met in this tree: add it to the fragment, or mark the "
                 "line '# optional'")


def compile_(builder: Builder, source: Path, out: Path, expected: int, *words: str) -> int:
    """Run make and return the number of steps it took; progress goes to ``say``.

    ``words`` are make's targets and variables. Raises ``CommandFailedError`` whose ``tail``
    begins with the first error.
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

    try:
        _make(builder, source, out, *words, on_line=progress)
    except CommandFailedError as error:
        text = builder.log.read_bytes()[-400_000:].decode("utf-8", "replace")
        first = _ERROR.search(text[max(0, text.rfind("\n$ ")):])
        if first is None:
            raise
        path, line, message = first.groups()
        raise CommandFailedError("make", error.returncode, f"{path}:{line}: {message}") from None
    return count


def finding(error: CommandFailedError) -> Finding:
    """A build that only fails with the series, as a finding."""
    where, _, message = error.tail.partition(": ")
    return Finding("build-error", Severity.ERROR, f"the patched kernel does not build: {message}",
                   where=where, evidence=error.tail, subject=re.sub(r":\d+", "", where) + message)
