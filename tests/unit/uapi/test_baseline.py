# SPDX-License-Identifier: GPL-2.0-or-later
"""What a tree offers, in a file."""

import gzip
import json

import pytest

from harness.errors import InputRefusedError, UsageError
from harness.uapi import baseline

HEADERS = {"x86": {"linux/a.h": "int a; /* \udcff */\n"}, "s390": {"linux/a.h": "int s;\n"}}


def test_what_is_written_is_read(tmp_path):
    path = tmp_path / "v6.1.uapi"
    baseline.save(path, "v6.1", HEADERS, "include/uapi/")
    assert baseline.is_baseline(path)
    assert baseline.read(path, "x86") == (HEADERS["x86"], "include/uapi/")
    assert baseline.read(path, "s390")[0] == HEADERS["s390"]
    first = path.read_bytes()
    baseline.save(path, "v6.1", HEADERS, "include/uapi/")
    assert path.read_bytes() == first, "the same every time"


def test_what_is_no_baseline(tmp_path):
    (tmp_path / "a.h").write_text("int a;\n")
    assert not baseline.is_baseline(tmp_path / "a.h")
    assert not baseline.is_baseline(tmp_path)
    assert not baseline.is_baseline(tmp_path / "gone")


def test_a_place_that_cannot_be_written_is_wrong_use(tmp_path):
    with pytest.raises(UsageError):
        baseline.save(tmp_path / "no" / "such", "t", HEADERS, "")


GOOD = {"document": "uapi-baseline", "version": 1, "name": "t", "prefix": "", "headers": HEADERS}


@pytest.mark.parametrize("change", [
    {"document": "other"}, {"version": 2}, {"headers": []}, {"headers": {"arm": {}}},
    {"headers": {"x86": []}}, {"headers": {"x86": {"../a.h": ""}}},
    {"headers": {"x86": {"/etc/a.h": ""}}}, {"headers": {"x86": {"a.h": 1}}},
    {"headers": {"x86": {"a\0.h": ""}}},
])
def test_a_file_of_another_kind_is_refused(tmp_path, change):
    path = tmp_path / "b"
    path.write_bytes(gzip.compress(json.dumps({**GOOD, **change}).encode()))
    with pytest.raises(InputRefusedError):
        baseline.read(path, "x86")


@pytest.mark.parametrize("data", [
    b"", b"\x1f\x8b", b"\x1f\x8bgarbage", gzip.compress(b"[]"), gzip.compress(b"{"),
    gzip.compress(b"\xff"), gzip.compress(b"{}")[:-3], gzip.compress(b"[" * 100_000),
])
def test_damage_is_refused(tmp_path, data):
    path = tmp_path / "b"
    path.write_bytes(data)
    with pytest.raises(InputRefusedError):
        baseline.read(path, "x86")


def test_a_file_that_grows_without_end_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(baseline, "MOST_BYTES", 1000)
    path = tmp_path / "b"
    path.write_bytes(gzip.compress(b" " * 5000))
    with pytest.raises(InputRefusedError, match="too large"):
        baseline.read(path, "x86")
    monkeypatch.setattr(baseline, "MOST_HEADERS", 0)
    path.write_bytes(gzip.compress(json.dumps(GOOD).encode()))
    with pytest.raises(InputRefusedError, match="too many"):
        baseline.read(path, "x86")


def test_an_unknown_place_in_the_tree_is_none(tmp_path):
    path = tmp_path / "b"
    path.write_bytes(gzip.compress(json.dumps({**GOOD, "prefix": "../"}).encode()))
    assert baseline.read(path, "x86")[1] == ""
