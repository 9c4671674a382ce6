# SPDX-License-Identifier: GPL-2.0-or-later
import threading

import pytest

from harness.cache import store


@pytest.fixture
def kept(tmp_path):
    return store.Store(tmp_path / "cells")


def test_a_cell_is_computed_once(kept):
    made = []
    for _ in range(2):
        value, known = kept.memo("k", ("a", "b"), lambda: made.append(1) or {"x": (1, 2)})
    assert (value, known, made) == ({"x": (1, 2)}, True, [1])
    assert kept.memo("k", ("ab",), lambda: "other")[0] == "other", "a, b is not ab"
    assert kept.memo("k2", ("a", "b"), lambda: "kind")[0] == "kind"
    assert kept.has("k", ("a", "b"))
    assert not kept.has("k", ("a",))


def test_what_is_not_worth_keeping_is_not_kept(kept):
    assert kept.memo("k", ("a",), lambda: 1, keep=lambda v: v > 1) == (1, False)
    assert kept.memo("k", ("a",), lambda: 2, keep=lambda v: v > 1) == (2, False)
    assert kept.memo("k", ("a",), lambda: 3) == (2, True)
    assert kept.memo("k", ("a",), lambda: 4, again=True) == (4, False)


def test_another_version_of_the_harness_thinks_anew(kept, monkeypatch):
    kept.memo("k", ("a",), lambda: 1)
    monkeypatch.setattr(store, "code", lambda: "other")
    assert kept.memo("k", ("a",), lambda: 2) == (2, False)


@pytest.mark.parametrize("damage", [
    lambda d: d[:-1], lambda d: d[:40], lambda d: b"", lambda d: d[:50] + b"x" + d[51:]])
def test_a_damaged_cell_is_as_good_as_none(kept, damage):
    kept.memo("k", ("a",), lambda: list(range(99)))
    (path,) = [p for p in kept.root.rglob("*") if len(p.name) == 64]
    path.write_bytes(damage(path.read_bytes()))
    assert kept.memo("k", ("a",), lambda: "anew") == ("anew", False)


def test_an_error_leaves_nothing_behind(kept):
    with pytest.raises(ZeroDivisionError):
        kept.memo("k", ("a",), lambda: 1 / 0)
    assert kept.rows() == []
    assert not kept.has("k", ("a",))


def test_the_ledger_knows_what_is_there_and_forgets_it(kept):
    for n in range(3):
        kept.memo("k", (str(n),), lambda: b"x" * 1000)
    rows = kept.rows()
    assert [r[1] for r in rows] == ["k"] * 3
    assert all(r[4] > 1000 for r in rows)
    kept.forget([rows[0][0]])
    assert len(kept.rows()) == 2
    assert len([p for p in kept.root.rglob("*") if len(p.name) == 64]) == 2


def test_two_runs_at_once(kept):
    """Both get the right result; nothing is torn."""
    got, start = [], threading.Barrier(8)

    def work(n):
        start.wait()
        got.extend(kept.memo("k", (str(key),), lambda key=key: [key] * 1000)[0] == [key] * 1000
                   for key in range(20))

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert len(got) == 160
    assert all(got)
    assert len(kept.rows()) == 20
