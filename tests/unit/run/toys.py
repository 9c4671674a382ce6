# SPDX-License-Identifier: GPL-2.0-or-later
"""A run as it is halfway: states, profiles, kernels and programs that are a few bytes each."""

from dataclasses import replace
from pathlib import Path

from harness.arch import EMULATOR
from harness.evidence import Changed
from harness.guest.boot import Guest
from harness.guest.qemu import Machine
from harness.model import Applied, KernelImage, Program, Sources
from harness.profiles import Profile
from harness.run.state import Request, State
from harness.settings import Settings
from harness.system.sandbox import Sandbox
from tests.make import series

SPEC = """about = "toys"

[[test]]
name = "dirty_padding"
says = "It works."
hazard = "padding"
structs = ["toy_zone"]
steps = ["do it"]

[[test]]
name = "plain"
says = "It works."
structs = ["toy_zone"]
steps = ["do it"]
"""
MODEL = """
PROGRAM = "driver"
KINDS = {"rule": ""}
EXPECTATIONS = {}
probes = lambda: (("1", "1"),)
traits = lambda answers: 0
describe = lambda found: "a toy"
generate = lambda kind, seed, size: tuple(str((seed + n) % 7) for n in range(size))
mode = lambda kind, script: "plain"
expect = lambda kind, script, found: script
"""


def state(folder, *, settings=None, request=None, **fields):
    """A run in ``folder`` without a sandbox, and with no results of earlier runs.

    With ``applied`` it has that tree and base too.
    """
    chosen = Settings(**{"cache": folder / "cache", "sandbox": False, **(settings or {})})
    asked = Request(**{"series": "x.mbox", "settings": chosen, "out": folder / "out",
                       "reproduce": "./run check", "reuse": False, **(request or {})})
    asked.out.mkdir(parents=True, exist_ok=True)
    (folder / "work").mkdir(exist_ok=True)
    said = []
    if made := fields.get("applied"):
        fields = {"tree": made.tree, "base": made.base, **fields}
    return State(**{"request": asked, "say": said.append, "work": folder / "work",
                    "series": series(), **fields})


def reusing(known, **changes):
    """The same run, but results of earlier ones serve."""
    return replace(known, request=replace(known.request, reuse=True, **changes))


def applied(git, *versions, notices=()):
    """Commits of ``versions``, each ``{path: text}``, the first being the base."""
    tree = git.tree(versions[0])
    commits = tuple(git.commit(files, f"patch {n}") for n, files in enumerate(versions[1:], 1))
    return Applied(tree, tree.commit, commits, notices)


def write(folder, files):
    """These files below a folder, as sources."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return Sources(folder)


def profile(folder, name="toy", *, model=False, **changes):
    """A profile whose folder is below ``folder``, with one spec of two tests."""
    home = folder / "kselftests" / name
    (home / "specs").mkdir(parents=True, exist_ok=True)
    (home / "specs" / "old.toml").write_text(SPEC)
    (home / "config").write_text(f"CONFIG_{name.upper()}=y\n")
    if model:
        (home / "model.py").write_text(MODEL)
    values = {"name": name, "title": name, "folder": home, "paths": (), "words": (),
              "config": home / "config", "sources": (), "library": (), "handwritten": (),
              "includes": (), "locals": (), "setup": (), "teardown": (), "needs": "",
              "model": home / "model.py" if model else None}
    return Profile(**{**values, **changes})


def guest(_state, side, guests=1):
    """What a guest of that side is; ``out.name`` is the side until somebody gives it a place."""
    return Guest(Machine(EMULATOR, "tcg", 512, 2), Sandbox(enabled=False), Path(side), 1.0, 1.0,
                 1.0, print, Path("init"), guests=guests)


def image(folder, content=b"kernel", name="vmlinux", **changes):
    """A finished build below ``folder``."""
    out = folder / "out"
    (out / name).parent.mkdir(parents=True, exist_ok=True)
    (out / name).write_bytes(content)
    (out / ".config").write_text("CONFIG_TOY=y\n")
    (folder / "src").mkdir(exist_ok=True)
    return KernelImage(**{"path": out / name, "build_dir": out, "key": "k", "cached": False,
                          "seconds": 1.0, "sources": Sources(folder / "src"), **changes})


def program(folder, name="prog", tests=("a",), *, parallel=False, content=b"ELF"):
    """A compiled program that is a file of ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    path = Path(folder / name)
    path.write_bytes(content)
    return Program(name, path, tuple(tests), parallel)


def counted(answer):
    """A function that answers like ``answer``, and ``calls``: with what it was called."""
    def function(*args, **kwargs):
        function.calls.append((args, kwargs))
        return answer(*args, **kwargs) if callable(answer) else answer
    function.calls = []
    return function


def raises(error):
    """A function that raises."""
    def function(*_args, **_kwargs):
        raise error
    return function


def compiles(built, path="fs/a.c"):
    """Leave what make leaves of a file that it compiled."""
    place = (built.build_dir / path).with_suffix(".o")
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(b"object")
    cmd = f"savedcmd_{place.name} := gcc -c {built.sources.root}/{path}\n"
    place.with_name(f".{place.name}.cmd").write_text(cmd)


def built(folder, git):
    """A run of two patches to one file, with both kernels."""
    made = applied(git, {"fs/a.c": "old\n"}, {"fs/a.c": "newer\n"}, {"fs/a.c": "new\n"})
    return state(folder, applied=made,
                 files=(Changed("fs/a.c", "int a;\n", "int b;\n", (1,), (1,)),),
                 image_base=image(folder / "base"), image_patched=image(folder / "patched"))


def objects(after, build):
    """How many objects each file is in, as a build says."""
    return {row.path: row.objects for row in dict(after.compiled)[build]}
