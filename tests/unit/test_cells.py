# SPDX-License-Identifier: GPL-2.0-or-later
import threading

import pytest

from harness import cells


@pytest.fixture
def store(tmp_path):
    return cells.Store(tmp_path / "cells")


def test_a_cell_is_computed_once(store):
    made = []
    for _ in range(2):
        value, known = store.memo("k", ("a", "b"), lambda: made.append(1) or {"x": (1, 2)})
    assert (value, known, made) == ({"x": (1, 2)}, True, [1])
    assert store.memo("k", ("ab",), lambda: "other")[0] == "other", "a, b is not ab"
    assert store.memo("k2", ("a", "b"), lambda: "kind")[0] == "kind"
    assert store.has("k", ("a", "b"))
    assert not store.has("k", ("a",))


def test_what_is_not_worth_keeping_is_not_kept(store):
    assert store.memo("k", ("a",), lambda: 1, keep=lambda v: v > 1) == (1, False)
    assert store.memo("k", ("a",), lambda: 2, keep=lambda v: v > 1) == (2, False)
    assert store.memo("k", ("a",), lambda: 3) == (2, True)
    assert store.memo("k", ("a",), lambda: 4, again=True) == (4, False)


def test_another_version_of_the_harness_thinks_anew(store, monkeypatch):
    store.memo("k", ("a",), lambda: 1)
    monkeypatch.setattr(cells, "code", lambda: "other")
    assert store.memo("k", ("a",), lambda: 2) == (2, False)


@pytest.mark.parametrize("damage", [
    lambda d: d[:-1], lambda d: d[:40], lambda d: b"", lambda d: d[:50] + b"x" + d[51:]])
def test_a_damaged_cell_is_as_good_as_none(store, damage):
    store.memo("k", ("a",), lambda: list(range(99)))
    (path,) = [p for p in store.root.rglob("*") if len(p.name) == 64]
    path.write_bytes(damage(path.read_bytes()))
    assert store.memo("k", ("a",), lambda: "anew") == ("anew", False)


def test_an_error_leaves_nothing_behind(store):
    with pytest.raises(ZeroDivisionError):
        store.memo("k", ("a",), lambda: 1 / 0)
    assert store.rows() == []
    assert not store.has("k", ("a",))


def test_the_ledger_knows_what_is_there_and_forgets_it(store):
    for n in range(3):
        store.memo("k", (str(n),), lambda: b"x" * 1000)
    rows = store.rows()
    assert [r[1] for r in rows] == ["k"] * 3
    assert all(r[4] > 1000 for r in rows)
    store.forget([rows[0][0]])
    assert len(store.rows()) == 2
    assert len([p for p in store.root.rglob("*") if len(p.name) == 64]) == 2


def test_two_runs_at_once(store):
    """Both get the right result; nothing is torn."""
    got, start = [], threading.Barrier(8)

    def work(n):
        start.wait()
        got.extend(store.memo("k", (str(key),), lambda key=key: [key] * 1000)[0] == [key] * 1000
                   for key in range(20))

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert len(got) == 160
    assert all(got)
    assert len(store.rows()) == 20
