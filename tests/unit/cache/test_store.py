# SPDX-License-Identifier: GPL-2.0-or-later
import os
import pickle
import threading
import time

import pytest

from harness.cache import store
from harness.system import proc


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


def test_what_was_computed_while_the_run_was_interrupted_is_not_kept(kept, monkeypatch):
    monkeypatch.setattr(proc, "interrupted", lambda: True)
    assert kept.memo("k", ("a",), lambda: 1) == (1, False)
    assert not kept.has("k", ("a",))


def test_a_result_of_a_class_that_is_no_more_is_as_good_as_none(kept, monkeypatch):
    kept.put("ab" * 32, "k", {1}, 0.5)
    assert kept.get("ab" * 32) == {1}

    def fails(_):
        raise AttributeError

    monkeypatch.setattr(pickle, "loads", fails)
    assert kept.get("ab" * 32) is None
    assert not list(kept.root.rglob("ab" * 32))


def test_the_ledger_says_when_and_how_long(kept, monkeypatch):
    clock = iter([10.0, 12.5])
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    monkeypatch.setattr(time, "time", lambda: 1000.0)
    kept.memo("boot", ("a",), lambda: b"x")
    ((key, kind, done, seconds, size),) = kept.rows()
    assert (kind, done, seconds) == ("boot", 1000.0, 2.5)
    assert key == store.digest("boot", store.code(), "a")
    assert size == len(pickle.dumps(b"x", pickle.HIGHEST_PROTOCOL))


def test_the_ledger_has_the_newest_first_and_each_key_once(kept, monkeypatch):
    for when, key in ((1, "aa"), (3, "bb"), (2, "cc"), (4, "aa")):
        monkeypatch.setattr(time, "time", lambda when=when: when)
        kept.put(key, "k", when, 0)
    assert [row[0] for row in kept.rows()] == ["aa", "bb", "cc"]
    assert kept.get("aa") == 4


def test_a_store_that_nobody_wrote_to_is_empty_and_stays_so(tmp_path):
    fresh = store.Store(tmp_path / "none")
    assert fresh.rows() == []
    assert fresh.get("ab") is None
    assert not fresh.root.exists()


def test_parts_of_a_digest_are_told_apart():
    digests = [store.digest(*parts) for parts in (
        ("a", "b"), ("ab",), ("", "ab"), ("ab", ""), (), ("b", "a"))]
    assert len(set(digests)) == len(digests)
    assert store.digest("a", "\ud800") == store.digest(b"a", b"\xed\xa0\x80")


def test_a_folder_is_its_names_and_contents(tmp_path):
    def filled(name, **files):
        (tmp_path / name / "sub").mkdir(parents=True)
        for key, text in files.items():
            (tmp_path / name / key.replace("_", ".")).write_text(text)
        return store.tree_digest(tmp_path / name)

    assert filled("1", a_c="1", b_c="2") == filled("2", b_c="2", a_c="1")
    assert len({filled("3", a_c="1"), filled("4", a_c="2"), filled("5", b_c="1"),
                filled("6", a_c="1", b_c="")}) == 4
    assert filled("7", a_c="1", a_pyc="x") == filled("8", a_c="1"), "what Python itself writes"


def test_a_file_is_its_content(tmp_path):
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_text("x")
    two.write_text("x")
    assert store.file_digest(one) == store.file_digest(two)
    before = store.file_digest(one)
    one.write_text("y")
    os.utime(one, (9, 9))
    assert store.file_digest(one) != before


def test_the_version_of_a_tool_is_its_first_line(commands):
    store.version.cache_clear()
    commands.say("cc", "--version", out=b"cc 12.2\nfree software\n", code=1)
    commands.miss("pahole")
    assert [store.version("cc") for _ in range(2)] == ["cc 12.2"] * 2
    assert store.version("pahole") == ""
    assert len(commands.calls) == 2
    store.version.cache_clear()


def test_the_harness_is_its_code_but_for_what_only_shows(tmp_path, monkeypatch):
    def coded(**files):
        for name in ("report", "cli", "run"):
            (tmp_path / name).mkdir(exist_ok=True)
            (tmp_path / name / "x.py").write_text(files.get(name, ""))
        (tmp_path / "x.pyc").write_text(files.get("pyc", ""))
        (tmp_path / "report_.py").write_text(files.get("other", ""))
        store.code.cache_clear()
        return store.code()

    monkeypatch.setattr(store, "_HOUSE", tmp_path)
    same = coded()
    assert coded(report="1", cli="2", pyc="3") == same
    assert coded(run="1") != same
    assert coded(other="1") != same
    store.code.cache_clear()
