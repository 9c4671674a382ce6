# SPDX-License-Identifier: GPL-2.0-or-later
"""A driver that does not build costs what waits for it, and no other suite."""

from dataclasses import replace

import pytest

from harness.build.kbuild import BuildError, BuildFailedError
from harness.model import Kconfig
from harness.run.suites import buildable, configured, registered, sides
from harness.run.suites.configured import Suites
from harness.suites.kunit import Suite
from tests.unit.run.toys import built, image, reusing, write

ROWS = (Suite("a", "drivers/a/a_kunit.c", 9),)
MAKEFILE = "obj-$(CONFIG_ONE) += one.o\nobj-$(CONFIG_TWO) += two.o\n"


def failed(*objects):
    return BuildFailedError(2, BuildError("no"), "".join(
        f"make[1]: *** [m:1: {name}] Error 1\n" for name in objects))


@pytest.fixture
def known(tmp_path, git, versions):
    return reusing(built(tmp_path, git))


@pytest.fixture
def base(known, monkeypatch, tmp_path):
    """``base(*answers)``: what each build comes to; the symbols that were off are in ``tried``."""
    def go(*answers):
        left = iter(answers)
        go.tried = []
        part = tmp_path / "part"
        write(part / "out", {".config": "CONFIG_ONE=y\nCONFIG_TWO=y\nCONFIG_FS=y\n"})
        write(tmp_path / "kb" / "src", {"drivers/Makefile": MAKEFILE})

        def build(_state, config, begun=None):
            go.tried.append((config.fragments, begun))
            answer = next(left)
            if isinstance(answer, Exception):
                raise answer
            return image(tmp_path / "kb")

        monkeypatch.setattr(registered, "key", lambda _: ("key",))
        monkeypatch.setattr(configured, "configured", lambda _s, rows, _t, off=(): Suites(
            rows, Kconfig(tuple(name for name, _ in off))))
        monkeypatch.setattr(sides, "base", build)
        monkeypatch.setattr(sides, "unfinished", lambda *_: part)
        start = replace(known.image_base, sources=replace(
            known.image_base.sources, root=tmp_path / "kb" / "src"))
        return buildable.base(replace(known, image_base=start), ROWS)
    go.part = tmp_path / "part"
    return go


GOOD = "an image"


def test_a_base_that_builds_is_built_once(base):
    have, _ = base(GOOD, GOOD)
    assert have.config.fragments == ()
    assert base.tried == [((), None)] * 2, "the second is in the cache of kernels"


def test_what_does_not_build_is_left_off_and_the_rest_begins_where_it_ended(base):
    have, _ = base(failed("drivers/one.o"), failed("drivers/two.o"), GOOD, GOOD)
    assert have.config.fragments == ("ONE", "TWO")
    assert base.tried[:3] == [((), None), (("ONE",), base.part), (("ONE", "TWO"), base.part)]


def test_what_was_learnt_is_known_the_next_time(base):
    base(failed("drivers/one.o", "drivers/two.o"), GOOD, GOOD)
    have, _ = base(GOOD)
    assert have.config.fragments == ("ONE", "TWO")


def test_a_failure_that_no_symbol_explains_stays_one(base):
    for error in (failed("lib/x.o"), failed()):
        with pytest.raises(BuildFailedError):
            base(error)
        assert len(base.tried) == 1


def test_it_is_not_tried_for_ever(base):
    with pytest.raises(BuildFailedError):
        base(*[failed("drivers/one.o")] * buildable.ROUNDS)
