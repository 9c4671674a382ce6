# SPDX-License-Identifier: GPL-2.0-or-later
"""What make gives to Kconfig, as a conf that runs env says it."""

import pytest

from harness.build import environment
from harness.errors import CommandFailedError, InputRefusedError
from harness.model import Sources

ROWS = [b"SRCARCH=x86", b"CC=gcc"]


class Conf:
    """make and conf of a toy: what it is told to read runs, and it writes what it is told to."""

    def __init__(self, out):
        self.out, self.rows, self.understands = out, list(ROWS), True

    def __call__(self, argv, _):
        given = dict(word.split("=", 1) for word in argv if "=" in word)
        asked = (self.out / given.get("KBUILD_KCONFIG", "Kconfig")).read_text()
        if "$(shell,env -0 >kconfig.env)" in asked and self.understands:
            (self.out / "kconfig.env").write_bytes(b"".join(r + b"\0" for r in self.rows))
        if "olddefconfig" in argv:
            (self.out / given.get("KCONFIG_CONFIG", ".config")).write_text("# of the question\n")


@pytest.fixture
def out(tmp_path):
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


@pytest.fixture
def conf(out, commands):
    fake = Conf(out)
    commands.say("make", does=fake)
    return fake


@pytest.fixture
def ask(builder, conf, out, tmp_path):
    return lambda: environment.environment(builder, Sources(tmp_path / "src"), out)


def test_the_environment_is_what_make_gave_to_conf(ask):
    assert ask() == {"SRCARCH": "x86", "CC": "gcc"}


def test_the_configuration_of_the_folder_stays_as_it_is(ask, out):
    (out / ".config").write_text("CONFIG_A=y\n")
    ask()
    assert (out / ".config").read_text() == "CONFIG_A=y\n"


def test_values_may_have_anything_in_them(ask, conf):
    conf.rows = [b"A=b=c", b"EMPTY=", b"LINES=one\ntwo", b"BYTES=\xff", b"no equals", b"", b"=x"]
    assert ask() == {"A": "b=c", "EMPTY": "", "LINES": "one\ntwo", "BYTES": "\ufffd", "": "x"}


@pytest.mark.parametrize("name", ["MAKEFLAGS", "MAKELEVEL", "MAKE", "MFLAGS", "KCONFIG_CONFIG"])
def test_what_only_this_make_is_meant_by_is_left_out(ask, conf, name):
    conf.rows.append(f"{name}=x".encode())
    assert name not in ask()
    conf.rows.append(b"KCONFIG_WERROR=1")
    assert ask()["KCONFIG_WERROR"] == "1"


def test_a_tree_that_says_nothing_is_refused(ask, conf):
    conf.understands = False
    with pytest.raises(InputRefusedError):
        ask()


def test_an_answer_of_another_time_is_none(ask, conf):
    ask()
    conf.understands = False
    with pytest.raises(InputRefusedError):
        ask()


def test_a_make_that_fails_is_an_error(ask, builder, commands):
    builder.log.write_text("$ make\n")
    commands.say("make", code=2)
    with pytest.raises(CommandFailedError):
        ask()


def test_an_environment_without_end_is_cut_off(ask, conf, monkeypatch):
    monkeypatch.setattr(environment, "MOST", 20)
    conf.rows = [b"A=1", b"B=" + b"x" * 99, b"LATE=1"]
    assert ask() == {"A": "1", "B": "x" * 14}


def test_a_link_in_the_place_of_the_answer_is_not_followed(ask, out, tmp_path, commands):
    (tmp_path / "secret").write_text("KEY=1\0")
    commands.say("make", does=lambda *_: (out / "kconfig.env").symlink_to(tmp_path / "secret"))
    with pytest.raises(InputRefusedError):
        ask()


def test_a_link_that_a_make_left_in_the_place_of_the_question_is_not_followed(
        ask, out, tmp_path):
    (tmp_path / "mine").write_text("mine\n")
    (out / "kconfig.ask").symlink_to(tmp_path / "mine")
    assert ask()["CC"] == "gcc"
    assert (tmp_path / "mine").read_text() == "mine\n"
