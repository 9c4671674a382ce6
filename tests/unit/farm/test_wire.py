# SPDX-License-Identifier: GPL-2.0-or-later
"""What driver and worker send one another, and what neither believes."""

import base64
import json
import zlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import InputRefusedError
from harness.farm import jobs, wire
from harness.farm.jobs import Result, Spec

SPEC = Spec("5e", "check", ("t",), commits=("c" * 40,), flavour="debug", arches=("arm64",),
            suites=("x",))
DONE = Result(1, "fail", "one error", 1, 2, "t")


@given(st.lists(st.binary(max_size=200), max_size=4))
def test_a_job_comes_as_it_was_sent(mails):
    assert wire.read_job(wire.job(SPEC, mails)) == (SPEC, tuple(mails))


def test_too_much_for_the_way(monkeypatch):
    monkeypatch.setattr(wire, "MOST", 100)
    with pytest.raises(InputRefusedError, match="too much"):
        wire.job(SPEC, [bytes(range(256))])


def left(folder, **files):
    run = folder / jobs.RUN
    for name, data in files.items():
        path = run / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def test_an_answer_brings_the_report_and_the_logs(tmp_path):
    there = left(tmp_path / "there", report_json=b"{}", log=b"$ x\n", guest__console_log=b"ok",
                 vmlinux=b"large")
    (there / jobs.RUN / "evil.log").symlink_to("/etc/passwd")
    here = tmp_path / "here"
    assert wire.read_answer(wire.answer(DONE, there), here) == DONE
    assert {str(p.relative_to(here / jobs.RUN)) for p in here.rglob("*") if p.is_file()} == {
        "report.json", "log", "guest/console.log"}
    assert (here / jobs.RUN / "log").read_bytes() == b"$ x\n"


def test_the_report_comes_first_where_there_is_little_room(tmp_path, monkeypatch):
    monkeypatch.setattr(wire, "MOST", 200)
    there = left(tmp_path / "there", report_json=b"{}", log=bytes(range(256)) * 9)
    wire.read_answer(wire.answer(DONE, there), tmp_path / "here")
    assert [p.name for p in (tmp_path / "here" / jobs.RUN).iterdir()] == ["report.json"]


def packed(data):
    return base64.b64encode(zlib.compress(data)).decode()


def said(result=None, **files):
    row = json.loads(wire.answer(DONE))
    return json.dumps({"result": row["result"] | (result or {}), "files": files})


@pytest.mark.parametrize("text", [
    "", "[]", "{}", "null", said({"code": "0"}), said({"again": 1}), said({"words": None}),
    json.dumps({"result": {"code": 0}, "files": {}}), json.dumps({"result": [], "files": {}}),
    said(**{"../../x": packed(b"")}), said(**{"/etc/x": packed(b"")}), said(**{"..": packed(b"")}),
    said(**{"a/b/c": packed(b"")}), said(**{"a b": packed(b"")}), said(**{"": packed(b"")}),
    said(**{"." * 3: packed(b"")}), said(**{"x" * 101: packed(b"")}), said(x="*"), said(x="eJw="),
    said(x=packed(b"y")[:-8] + "AAAA"), json.dumps({"result": {}, "files": []}),
])
def test_no_answer_of_a_worker_is_believed(text, tmp_path):
    with pytest.raises(InputRefusedError):
        wire.read_answer(text, tmp_path / "here")
    assert not list(tmp_path.rglob("*")), "nothing was written"


def test_a_file_that_grows_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(wire, "_FILE", 1000)
    with pytest.raises(InputRefusedError):
        wire.read_answer(said(log=packed(b"0" * 1001)), tmp_path)
    got = wire.read_answer(said({"words": "x" * 9999}, log=packed(b"0" * 1000)), tmp_path)
    assert len(got.words) <= 1000
    assert got == (
        replace(DONE, words=got.words))


def test_all_files_together_have_an_end(tmp_path, monkeypatch):
    monkeypatch.setattr(wire, "_ALL", 1500)
    with pytest.raises(InputRefusedError):
        wire.read_answer(said(a=packed(b"0" * 1000), b=packed(b"0" * 1000)), tmp_path)


def test_words_are_one_line_that_does_nothing(tmp_path):
    got = wire.read_answer(said({"words": "\x1b[2Ja\nb \ud800"}), tmp_path)
    assert "\x1b" not in got.words
    assert "\n" not in got.words
    got.words.encode()


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"spec": {}, "mails": []}', json.dumps(
    {"spec": json.loads(SPEC.json), "mails": ["!"]})])
def test_no_job_of_a_driver_is_believed(text):
    with pytest.raises(InputRefusedError):
        wire.read_job(text)
