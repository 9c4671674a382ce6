# SPDX-License-Identifier: GPL-2.0-or-later
"""Known kernel trees, and how each gets into a bare repository of our own.

The user's own tree is only ever read as an object store; nothing in its
configuration, hooks or attributes is used to run anything.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import re
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from harness.errors import CommandFailedError, InfrastructureError, ToolMissingError, UsageError
from harness.model import Say, Tree
from harness.system import files, proc, repo


@dataclass(frozen=True, slots=True)
class Source:
    """One row: a tree by name. ``where`` is a Debian package or a git URL."""

    name: str
    kind: str  # "debian" or "git"
    where: str
    ref: str
    note: str


_STABLE = "https://git.kernel.org/pub/scm/linux/kernel/git/stable/linux.git"
_KVM = "https://git.kernel.org/pub/scm/virt/kvm/kvm.git"

TREES: tuple[Source, ...] = (
    Source("debian-6.1", "debian", "linux-source-6.1", "", "default; Debian 12's own kernel"),
    Source("debian-6.12", "debian", "linux-source-6.12", "", "Debian 12 backports or later"),
    Source("v4.18", "git", _STABLE, "v4.18", "needs a network that reaches kernel.org"),
    Source("v4.19", "git", _STABLE, "v4.19", "needs a network that reaches kernel.org"),
    Source("kvm-next", "git", _KVM, "next", "needs a network that reaches kernel.org"),
)


_TOP = ("Kconfig", "Makefile", "MAINTAINERS", ".git")


def here() -> str:
    """The kernel tree with a history that the user is in, or ""."""
    cwd = Path.cwd()
    return next((str(p) for p in (cwd, *cwd.parents)
                 if all((p / name).exists() for name in _TOP)), "")


def known(name: str) -> Source | None:
    """The row of that name."""
    return next((row for row in TREES if row.name == name), None)


@contextlib.contextmanager
def locked(path: Path, say: Say) -> Iterator[None]:
    """Hold a lock file, saying so when another run has it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"waiting for another run that holds {path}")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def cached(cache: Path, source: Source) -> Tree | None:
    """The tree when it has been imported already."""
    bare = cache / "trees.git"
    if not (bare / "HEAD").is_file():
        return None
    commit = repo.rev_parse(bare, f"refs/trees/{source.name}")
    if commit is None:
        return None
    origin = repo.git(bare, "log", "-1", "--format=%s", commit).text.strip()
    return Tree(source.name, bare, commit, origin)


def obtain(wanted: str, cache: Path, say: Say) -> Tree:
    """Return the tree named ``wanted``: a row of the table or ``PATH[@REV]``.

    Raises ``UsageError`` for a name that is neither, ``InfrastructureError``
    when it cannot be fetched.
    """
    source = known(wanted)
    if source is None:
        return _own(wanted, cache, say)
    with locked(cache / f"tree-{source.name}.lock", say):
        tree = cached(cache, source)
        if tree is not None:
            return tree
        bare = cache / "trees.git"
        repo.new_bare(bare)
        if source.kind == "debian":
            _import_debian(source, bare, say)
        else:
            _fetch(source, bare, say)
    tree = cached(cache, source)
    if tree is None:
        raise InfrastructureError(f"tree {wanted}: the import left nothing behind")
    return tree


def _fetch(source: Source, bare: Path, say: Say) -> None:
    say(f"fetching {source.ref} from {source.where}")
    try:
        repo.git(bare, "fetch", "--quiet", "--depth=1", "--no-tags", source.where,
                 f"+{source.ref}:refs/trees/{source.name}", timeout=3600)
    except CommandFailedError as error:
        raise InfrastructureError(
            f"tree {source.name}: cannot fetch {source.where}: {_last_line(error)}",
            hint="give a clone of your own with --tree PATH@REV, or use --tree debian-6.1",
        ) from None


def _last_line(error: CommandFailedError) -> str:
    return (error.tail.strip().splitlines() or ["no reason given"])[-1]


def _import_debian(source: Source, bare: Path, say: Say) -> None:
    for tool, package in (("apt-get", "apt"), ("dpkg-deb", "dpkg"), ("xz", "xz-utils")):
        if shutil.which(tool) is None:
            raise ToolMissingError(tool, needed_for=f"tree {source.name}", package=package)
    with tempfile.TemporaryDirectory(dir=bare.parent, prefix="import-") as temporary:
        work = Path(temporary)
        say(f"downloading {source.where} (about 140 MB)")
        try:
            proc.run(["apt-get", "-q", "download", source.where], cwd=work, timeout=1800)
        except CommandFailedError as error:
            raise InfrastructureError(
                f"tree {source.name}: {_last_line(error)}",
                hint="run 'apt-get update' as root, or give a tree of your own with --tree PATH",
            ) from None
        archive = next(work.glob("*.deb"))
        version = proc.run(["dpkg-deb", "-f", str(archive), "Version"]).text.strip()
        say(f"importing {source.where} {version} (about half a minute, once)")
        proc.run(["dpkg-deb", "-x", str(archive), str(work / "x")], timeout=600)
        archive.unlink()
        tarball = next((work / "x" / "usr" / "src").glob("*.tar.xz"))
        plain = tarball.with_suffix("")
        proc.run(["xz", "-d", "-T0", str(tarball)], timeout=600)
        fast_import(bare, f"refs/trees/{source.name}", f"{source.where} {version}",
                    _tar_entries(plain))


def _tar_entries(path: Path) -> Iterator[tuple[str, str, bytes]]:
    """Yield (mode, path, content) of a source tarball, its top directory dropped."""
    with tarfile.open(path) as tar:
        for member in tar:
            _, _, name = member.name.removeprefix("./").partition("/")
            if not name:
                continue
            if member.issym():
                yield "120000", name, member.linkname.encode("utf-8", "surrogateescape")
            elif (handle := tar.extractfile(member)) is not None:
                yield ("100755" if member.mode & 0o100 else "100644"), name, handle.read()


def _quoted(name: str) -> str:
    """A path as C quotes strings (git-fast-import(1)); bytes that are no ASCII in octal."""
    return "".join(chr(b) if 0x20 <= b < 0x7F and b not in b'"\\' else f"\\{b:03o}"
                   for b in name.encode("utf-8", "surrogateescape"))


def fast_import(bare: Path, ref: str, title: str,
                entries: Iterator[tuple[str, str, bytes]]) -> None:
    """Make one parentless commit of ``entries`` and point ``ref`` at it, all or nothing."""

    def stream() -> Iterator[bytes]:
        text = title.encode()
        yield (f"commit {ref}\ncommitter harness <harness@localhost> 0 +0000\n"
               f"data {len(text)}\n").encode() + text + b"\n"
        for mode, name, data in entries:
            yield f'M {mode} inline "{_quoted(name)}"\ndata {len(data)}\n'.encode() + data + b"\n"
        yield b"done\n"

    # Deltas would cost minutes; level 1 keeps a kernel at 290 MB.
    line = repo.argv(bare, "-c", "pack.compression=1", "fast-import", "--quiet", "--done",
                     "--depth=0", "--force")
    proc.feed(line, stream(), env=repo.env())


def _split(wanted: str) -> tuple[str, str]:
    """The path and the revision of PATH@REV; a path may hold an @, and a revision be @{u}."""
    for match in reversed(list(re.finditer(r"@(?!\{)", wanted))):
        path, rev = wanted[:match.start()], wanted[match.end():]
        if Path(path).expanduser().is_dir():
            return path, rev or "HEAD"
    return wanted, "HEAD"


def _own(wanted: str, cache: Path, say: Say) -> Tree:
    """A tree of the user's: its objects are borrowed, its configuration is not."""
    text, rev = _split(wanted)
    path = Path(text).expanduser()
    if not path.is_dir():
        names = ", ".join(row.name for row in TREES)
        raise UsageError(f"unknown tree {wanted!r}",
                         hint=f"one of {names}, or a directory as PATH or PATH@REV")
    path = path.resolve()
    key = hashlib.sha256(str(path).encode()).hexdigest()[:12]
    bare = cache / "own" / f"{path.name}-{key}.git"
    with locked(cache / f"own-{key}.lock", say):
        repo.new_bare(bare)
        objects = _objects(path)
        if objects is None:
            return _import_directory(path, bare, say)
        _borrow(bare, objects)
        commit = _resolve(path, rev)
        if commit is None or repo.rev_parse(bare, commit) is None:
            raise UsageError(f"{path} has no commit {rev!r}", hint="check --tree PATH@REV")
    return Tree(path.name, bare, commit, f"{path}@{rev}")


def _common_dir(path: Path) -> Path | None:
    """The git directory that holds the objects of the repository at ``path``."""
    for candidate in (path / ".git", path):
        if candidate.is_file():  # a worktree or submodule: "gitdir: ..."
            text = candidate.read_text("utf-8", "replace").strip().removeprefix("gitdir:").strip()
            candidate = (path / text).resolve()  # noqa: PLW2901
            common = candidate / "commondir"
            if common.is_file():
                return (candidate / common.read_text("utf-8").strip()).resolve()
        if (candidate / "objects").is_dir() and (candidate / "HEAD").is_file():
            return candidate
    return None


def _objects(path: Path) -> Path | None:
    common = _common_dir(path)
    return None if common is None else common / "objects"


def _borrow(bare: Path, objects: Path) -> None:
    """Let a repository read another one's objects; others may be reading it just now."""
    path, text = bare / "objects" / "info" / "alternates", f"{objects}\n"
    if not path.is_file() or path.read_text() != text:
        files.write(path, text)


def _resolve(path: Path, rev: str) -> str | None:
    """The commit id of ``rev``; rev-parse runs nothing that a repository can configure."""
    done = proc.run(["git", "-C", str(path), "-c", "safe.directory=*", "-c",
                     "core.fsmonitor=false", "rev-parse", "--verify", "--quiet",
                     "--end-of-options", f"{rev}^{{commit}}"],
                    env=repo.env({"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory",
                                  "GIT_CONFIG_VALUE_0": "*"}), ok=None)
    return done.text.strip() or None


def _import_directory(path: Path, bare: Path, say: Say) -> Tree:
    """A plain directory (an unpacked tarball): import it with an index of our own."""
    if not (path / "Makefile").is_file():
        raise UsageError(f"{path} is neither a git repository nor a kernel tree")
    say(f"importing {path}")
    extra = {"GIT_INDEX_FILE": str(bare / "harness-index")}
    flags = ("-c", "core.symlinks=true", "-c", "core.bare=false", f"--work-tree={path}")
    repo.git(bare, *flags, "add", "--all", "--force", ".", extra=extra, cwd=path)
    tree = repo.git(bare, "write-tree", extra=extra).text.strip()
    commit = repo.git(bare, "commit-tree", tree, "-m", f"import of {path}", extra={
        "GIT_AUTHOR_NAME": "harness", "GIT_AUTHOR_EMAIL": "harness@localhost",
        "GIT_AUTHOR_DATE": "@0 +0000"}).text.strip()
    repo.git(bare, "update-ref", "refs/trees/import", commit)
    return Tree(path.name, bare, commit, str(path))
