# SPDX-License-Identifier: GPL-2.0-or-later
"""Find the files of a series that a build has compiled, and whether the object changed.

Asked of what make left behind: objects, and the list of files that each was made of (``.x.o.cmd``).
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from harness.build import kconfig
from harness.build.codecheck import BuildSide
from harness.clean import decode
from harness.csource import blocks, lines, regions
from harness.evidence import BUILT, RUN, BuiltFile, Changed, FileKind, kind_of
from harness.model import Applied
from harness.system import repo

MOST_CMD = 4 << 20  # bytes of one .cmd file
_OBJECT = re.compile(r"^\.(.+\.(?:o|lds))\.cmd$")


def changes(applied: Applied) -> tuple[Changed, ...]:
    """Every file that differs."""
    store, base, head = applied.tree.repo, applied.base, applied.head
    rows = []
    for path in repo.changed(store, base, head):
        old, new = (repo.show(store, commit, path) for commit in (base, head))
        gone, come = repo.changed_lines(store, base, head, path)
        rows.append(Changed(path, None if old is None else decode(old),
                            None if new is None else decode(new), gone, come))
    return tuple(rows)


Ask = Callable[[BuildSide, str, str], frozenset[int] | None]  # object, file -> lines, if known


def look(files: Iterable[Changed], before: BuildSide, after: BuildSide, prefixes: Iterable[str],
         ask: Ask = lambda _side, _object, _path: None) -> tuple[BuiltFile, ...]:
    """Collect a build's evidence about each file that can be built.

    ``prefixes`` are how the sources' directory is called in the .cmd files (``/src/``); ``ask``
    says which lines of a file are in an object.
    """
    rows = [f for f in files if kind_of(f.path) in BUILT]
    if not rows:
        return ()
    included = [f.path for f in rows if kind_of(f.path) in RUN]
    made = users(included, after.out, tuple(prefixes))
    config = kconfig.values(after.out)
    return tuple(_one(f, made, (before, after), (config, ask)) for f in rows)


def _one(item: Changed, made: dict[str, list[str]], sides: tuple[BuildSide, BuildSide],
         asked: tuple[dict[str, str], Ask]) -> BuiltFile:
    before, after = sides
    config, ask = asked
    kind = kind_of(item.path)
    if kind is FileKind.KCONFIG:
        return BuiltFile(item.path, int(_configured(item.path, after.out)))
    if kind is FileKind.MAKEFILE:
        return BuiltFile(item.path, int(_entered(item.path, after.out)))
    # The patched build began with copies of the base's objects: one that make did not make anew,
    # though a file of it is newer, is no part of the kernel any more.
    objects = [n for n in made.get(item.path, []) if _made_anew(before.out / n, after.out / n)]
    if item.after is None:  # a file that goes: what the base made of it is what counts
        own = f"{item.path.rpartition('.')[0]}.o"
        there = (before.out / own).is_file()
        return BuiltFile(item.path, int(there))
    if not objects:
        return BuiltFile(item.path, 0)
    known = regions.Configured(config, assembler=item.path.endswith(".S"))
    off, unsure = _off(item, known)
    found = _lines(item, objects, (sides, ask), dict(off))
    if found is not None:
        unsure = (unsure and not item.gone + item.come) or _asks(item, known)
        off = found[1]
    same = not off and not unsure and all(
        _equal(before.out / name, after.out / name) for name in objects)
    return BuiltFile(item.path, len(objects), same, off, found[0] if found else _certain(
        item, known))


MOST_OBJECTS = 3  # that are asked for the lines of one file


def _lines(item: Changed, objects: list[str],
           asked: tuple[tuple[BuildSide, BuildSide], Ask], said: dict[int, str],
           ) -> tuple[tuple[int, ...], tuple[tuple[int, str], ...]] | None:
    """Changed lines of code that are in an object, and others with the condition around them.

    ``said``: what the symbols alone say of lines that are left out. None where nobody can say.
    """
    sides, ask = asked
    seen: list[int] = []
    off: list[tuple[int, str]] = []
    for sign, side, text, changed in ((-1, sides[0], item.before, item.gone),
                                      (1, sides[1], item.after, item.come)):
        left = lines.code(text or "") & set(changed)
        known = not left
        for name in objects[:MOST_OBJECTS] if left else ():
            rows = ask(side, name, item.path)
            known = known or rows is not None
            seen += (sign * n for n in sorted(left & (rows or frozenset())))
            left -= rows or frozenset()
            if not left:
                break
        if not known and sign > 0:
            return None
        if not known:  # of what goes, the base may have no object
            off += ((n, words) for n, words in said.items() if n < 0)
            continue
        words = blocks.innermost(text or "", left)
        off += ((n, said.get(n) or words.get(abs(n), "the preprocessor"))
                for n in (sign * n for n in sorted(left)))
    return tuple(sorted(seen)), tuple(sorted(off))


def _certain(item: Changed, known: regions.Configured) -> tuple[int, ...]:
    """Changed lines of code that are compiled whatever a preprocessor would say of macros."""
    out = regions.left_out(item.after or "", known)
    return tuple(sorted(lines.code(item.after or "") & set(item.come) - out.keys()))


def _asks(item: Changed, known: regions.Configured) -> bool:
    """Whether code asks at run time for a symbol that is off: it is compiled, and not built."""
    return any(regions.asks_for(text or "", known) for text in (item.before, item.after))


def _off(item: Changed, known: regions.Configured,
         ) -> tuple[tuple[tuple[int, str], ...], bool]:
    """Changed lines that the configuration leaves out, and whether there are others to doubt."""
    off: dict[int, str] = {}
    unsure = item.before is not None and item.after is not None and not item.gone + item.come
    for sign, text, rows in ((-1, item.before, item.gone), (1, item.after, item.come)):
        out = regions.left_out(text or "", known) if rows else {}
        off |= {sign * line: out[line] for line in rows if out.get(line)}
        unsure = unsure or any(line in out and not out[line] for line in rows) or (
            bool(rows) and regions.asks_for(text or "", known))
    return tuple(sorted(off.items())), unsure


def _made_anew(old: Path, new: Path) -> bool:
    if new.is_symlink() or not new.is_file():
        return False
    return not old.is_file() or old.stat().st_mtime_ns != new.stat().st_mtime_ns


def _equal(one: Path, two: Path) -> bool:
    try:
        return (not one.is_symlink() and not two.is_symlink()
                and one.read_bytes() == two.read_bytes())
    except OSError:
        return False


def _cmd_files(out: Path) -> Iterator[tuple[str, Path]]:
    """Objects of a build, and the file that says what each was made of."""
    for path in out.rglob(".*.cmd"):
        match = _OBJECT.match(path.name)
        if match and path.is_file() and not path.is_symlink():
            name = path.with_name(match.group(1))
            if name.is_file() and not name.is_symlink():
                yield str(name.relative_to(out)), path


def users(paths: Iterable[str], out: Path, prefixes: tuple[str, ...],
          ) -> dict[str, list[str]]:
    """For each file, the objects that it is in."""
    words = {f"{prefix}{p}".encode("utf-8", "surrogateescape"): p
             for p in paths for prefix in prefixes}
    found: dict[str, list[str]] = {}
    for name, cmd in sorted(_cmd_files(out)) if words else ():
        with cmd.open("rb") as handle:
            text = handle.read(MOST_CMD)
        # virt/kvm/x.c is arch/x86/kvm/../../../virt/kvm/x.c to the Makefile that has it built
        made_of = {posixpath.normpath(w) if b"/../" in w else w for w in text.split()}
        for word in words.keys() & made_of:
            found.setdefault(words[word], []).append(name)
    return found


def _configured(path: str, out: Path) -> bool:
    """Whether the configuration was made with this Kconfig file."""
    listed = out / "include" / "config" / "auto.conf.cmd"
    if not listed.is_file() or listed.is_symlink():
        return False
    text = listed.read_text("utf-8", "replace")
    return re.search(rf"(?:^|[\s/]){re.escape(path)}[\s\\]", text) is not None


# Below scripts/, what every build reads.
_ALWAYS_READ = frozenset({"Kbuild.include", "Makefile", "Makefile.build", "Makefile.lib",
                          "Makefile.compiler", "Makefile.host"})


def _entered(path: str, out: Path) -> bool:
    """Whether make read this Makefile: it has built something in that folder."""
    folder, _, name = path.rpartition("/")
    if not folder or folder == "scripts":
        return not folder or name in _ALWAYS_READ
    if re.fullmatch(r"arch/[^/]+", folder):
        return name == "Makefile" and f"# Linux/{folder.removeprefix('arch/')} " in (
            out / ".config").read_text("utf-8", "replace")[:400]
    place = out / folder
    return place.is_dir() and any(place.glob(".*.cmd"))
