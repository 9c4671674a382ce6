# SPDX-License-Identifier: GPL-2.0-or-later
"""How work is wrapped so that it cannot reach outside, and when it may not be done at all."""

import os
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from harness.errors import (
    CommandFailedError,
    InfrastructureError,
    InputRefusedError,
    ToolMissingError,
)
from harness.system import sandbox
from harness.system.sandbox import NOBODY, Sandbox


@pytest.fixture
def user(monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)


@pytest.fixture
def root(monkeypatch):
    """Root, and what it gave away: path, user, group."""
    given = []
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(os, "chown", lambda *row: given.append(row))
    return given


@pytest.fixture
def device(monkeypatch):
    """/dev/toy with a mode and a group."""
    def make(mode=0o660, gid=0):
        stat = SimpleNamespace(st_mode=0o020000 | mode, st_gid=gid)
        monkeypatch.setattr(Path, "exists", lambda path: path.name == "toy")
        monkeypatch.setattr(Path, "stat", lambda path, **_: stat)
        return "/dev/toy"
    return make


def has(argv, *parts):
    """Whether these stand one after another."""
    return any(tuple(argv[n: n + len(parts)]) == parts for n in range(len(argv)))


def before(argv, one, other):
    return argv.index(one) < argv.index(other)


def test_the_command_comes_last_and_as_it_is(user):
    assert Sandbox().wrap(["sh", "-c", "a b"])[-3:] == ["sh", "-c", "a b"]
    assert Sandbox(enabled=False).wrap(["sh", "-c", "a b"])[-3:] == ["sh", "-c", "a b"]


@pytest.mark.parametrize("box", [Sandbox(), Sandbox(enabled=False)])
def test_limits_hold_for_all_of_it(user, box):
    argv = box.wrap(["make"], memory=1 << 30, file_size=1 << 20)
    assert argv[:5] == ["prlimit", "--as=1073741824", "--fsize=1048576", "--core=0", "--"]


def test_processes_are_counted_inside(user):
    argv = Sandbox().wrap(["make"], processes=7)
    assert argv[-5:] == ["--", "prlimit", "--nproc=7", "--", "make"]
    assert "--nproc=7" not in Sandbox(enabled=False).wrap(["make"], processes=7)


def test_work_that_can_wait_gives_way(user):
    assert Sandbox(nice=10).wrap(["make"])[:4] == ["nice", "-n", "10", "prlimit"]
    assert "nice" not in Sandbox().wrap(["make"])


def test_without_a_sandbox_only_the_environment_is_clean(user, tmp_path):
    argv = Sandbox(enabled=False).wrap(["make"], rw={tmp_path: "/out"})
    assert "bwrap" not in argv
    assert has(argv, "env", "-i")
    assert "HOME=/tmp" in argv
    assert "KBUILD_BUILD_HOST=sandbox" in argv


def test_nothing_of_the_machine_is_there_but_what_was_named(user, tmp_path):
    ro, rw = tmp_path / "ro", tmp_path / "rw"
    argv = Sandbox().wrap(["make"], ro={ro: "/src"}, rw={rw: "/out"}, chdir="/out")
    assert "--unshare-all" in argv
    assert "--clearenv" in argv
    assert "--die-with-parent" in argv
    assert "--new-session" in argv
    assert has(argv, "--cap-drop", "ALL")
    assert has(argv, "--ro-bind", str(ro), "/src")
    assert has(argv, "--bind", str(rw), "/out")
    assert has(argv, "--ro-bind", "/usr", "/usr")
    assert has(argv, "--setenv", "HOME", "/tmp")  # noqa: S108  (inside)
    assert has(argv, "--tmpfs", "/tmp")  # noqa: S108
    assert has(argv, "--chdir", "/out")
    assert not has(argv, "--bind", str(ro))
    assert [argv[n + 1] for n, part in enumerate(argv) if part == "--bind"] == [str(rw)]
    assert has(argv, "--ro-bind-try", "/etc/alternatives", "/etc/alternatives")


def test_folders_above_what_is_named_can_be_entered(user, tmp_path):
    argv = Sandbox().wrap(["make"], ro={tmp_path: "/data/deep/x", tmp_path / "y": "/y"})
    made = [argv[n + 1] for n, part in enumerate(argv) if part == "--dir"]
    assert made == ["/data/deep", "/etc"]
    assert has(argv, "--perms", "0755", "--dir", "/data/deep")
    assert before(argv, "/data/deep", "/data/deep/x")


def test_devices_are_there_when_they_are_named(user):
    assert has(Sandbox().wrap(["qemu"], devices=("/dev/kvm",)),
               "--dev-bind-try", "/dev/kvm", "/dev/kvm")
    assert "--dev-bind-try" not in Sandbox().wrap(["qemu"])


def test_root_becomes_nobody_behind_a_second_door(root, tmp_path):
    argv = Sandbox().wrap(["make"], rw={tmp_path: "/out", tmp_path / "gone": "/gone"})
    assert root == [], "an argv alone changes nothing: it may only be shown"
    Sandbox().grant((), (tmp_path, tmp_path / "gone"))
    assert has(argv, "setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups",
               "--inh-caps=-all", "bwrap", "--unshare-user", "--disable-userns")
    assert has(argv, "--cap-add", "CAP_SETUID")
    assert "--unshare-all" not in argv
    assert {"--unshare-net", "--unshare-pid", "--unshare-ipc"} <= set(argv)
    assert before(argv, "setpriv", "--nproc=512")
    assert root == [(tmp_path, NOBODY, NOBODY)]


def test_nobody_may_read_what_root_made(root, tmp_path):
    closed, plain = tmp_path / "closed", tmp_path / "file"
    closed.mkdir(mode=0o700)
    plain.touch(mode=0o600)
    Sandbox().wrap(["make"], ro={closed: "/src"})
    assert closed.stat().st_mode & 0o777 == 0o700
    Sandbox().grant((closed, plain, tmp_path / "gone"))
    assert closed.stat().st_mode & 0o777 == 0o755
    assert plain.stat().st_mode & 0o777 == 0o600
    assert root == []
    closed.chmod(0o2775)
    Sandbox().grant((closed,))
    assert closed.stat().st_mode & 0o7777 == 0o2775


@pytest.mark.parametrize(("gid", "keeps"), [(108, "--groups=108"), (0, "--clear-groups")])
def test_nobody_keeps_the_group_of_a_device(root, device, gid, keeps):
    argv = Sandbox().wrap(["qemu"], devices=(device(gid=gid), "/dev/gone"))
    assert keeps in argv
    assert has(argv, "--dev-bind-try", "/dev/toy", "/dev/toy")


@pytest.mark.parametrize("asked", ["user", "no step down"])
def test_others_stay_who_they_are(root, monkeypatch, tmp_path, asked):
    if asked == "user":
        monkeypatch.setattr(os, "geteuid", lambda: 1000)
    box = Sandbox(step_down=asked == "user")
    argv = box.wrap(["make"], rw={tmp_path: "/out"})
    box.grant((), (tmp_path,))
    Sandbox(enabled=False).grant((), (tmp_path,))
    assert "setpriv" not in argv
    assert "--unshare-all" in argv
    assert "--disable-userns" in argv
    assert root == []


def test_paths_are_those_inside():
    assert Sandbox().path(Path("/my/tree"), "/src") == "/src"
    assert Sandbox(enabled=False).path(Path("/my/tree"), "/src") == "/my/tree"


# What a build has left


def test_a_plain_file_is_read_where_it_is(tmp_path):
    (tmp_path / "arch" / "x86").mkdir(parents=True)
    (tmp_path / "arch" / "x86" / "image").touch()
    assert sandbox.plain(tmp_path, "arch/x86/image") == tmp_path / "arch" / "x86" / "image"


@pytest.mark.parametrize("name", ["link", "up/file", "loose", "folder", "gone", "gone/file",
                                  "folder/../file"])
def test_what_is_no_plain_file_is_refused(tmp_path, name):
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("file")
    (tmp_path / "loose").symlink_to("nothing")
    (tmp_path / "up").symlink_to(tmp_path)
    with pytest.raises(InputRefusedError) as error:
        sandbox.plain(tmp_path, name)
    assert error.value.message.startswith(name)


# Whether it works here


@pytest.mark.parametrize(("mode", "gid", "usable"), [
    (0o660, 108, True), (0o666, 0, True), (0o666, 108, True), (0o660, 0, False),
    (0o600, 108, False), (0o640, 108, False), (0o662, 0, False)])
def test_root_gives_away_what_nobody_may_use(root, device, mode, gid, usable):
    why = sandbox.may_use(device(mode, gid))
    assert (why == "") == usable
    assert usable or "/dev/toy" in why


@pytest.mark.parametrize("allowed", [True, False])
def test_a_user_may_use_what_he_may_open(user, device, monkeypatch, allowed):
    asked = []
    monkeypatch.setattr(os, "access", lambda _, how: asked.append(how) or allowed)
    assert (sandbox.may_use(device()) == "") == allowed
    assert asked == [os.R_OK | os.W_OK]


def test_a_device_that_is_not_there(device):
    device()
    assert "/dev/gone" in sandbox.may_use("/dev/gone")


@pytest.fixture
def here(monkeypatch, commands, user):
    """A machine that has bubblewrap; nothing is remembered of another."""
    monkeypatch.setattr(shutil, "which", lambda tool: f"/usr/bin/{tool}")
    sandbox.why_unusable.cache_clear()
    yield commands
    sandbox.why_unusable.cache_clear()


def test_a_sandbox_that_works(here):
    here.say("bwrap", "true")
    assert sandbox.why_unusable() == ""
    assert sandbox.get(enabled=True) == Sandbox()
    assert len(here.calls) == 1, "it is tried once"


@pytest.mark.parametrize("answer", [
    {"code": 1, "err": b"first\nlast words\n"}, {"code": -9, "why": "last words"}])
def test_a_sandbox_that_does_not_work_is_an_error(here, answer):
    here.say("bwrap", **answer)
    assert sandbox.why_unusable().endswith("last words")
    with pytest.raises(InfrastructureError, match="last words") as error:
        sandbox.get(enabled=True)
    assert "--no-sandbox" in error.value.hint


def test_a_sandbox_that_does_not_start_is_one_that_does_not_work(here):
    def fails(argv, kwargs):
        raise InfrastructureError("no namespaces")

    here.say("bwrap", does=fails)
    assert "no namespaces" in sandbox.why_unusable()


def test_without_bubblewrap_nothing_is_run_unless_the_user_says_so(here, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda _: None)
    assert sandbox.why_unusable()
    with pytest.raises(ToolMissingError) as error:
        sandbox.get(enabled=True)
    assert error.value.tool == "bwrap"
    assert sandbox.get(enabled=False) == Sandbox(enabled=False)
    assert here.calls == []


@pytest.mark.parametrize("name", ["/etc/passwd", "", "."])
def test_what_lies_elsewhere_or_is_no_file_is_refused(tmp_path, name):
    with pytest.raises(InputRefusedError):
        sandbox.plain(tmp_path, name)


def test_what_runs_inside_is_granted_wrapped_and_named(root, commands, tmp_path):
    commands.say("cc", code=2, err=b"no")
    with pytest.raises(CommandFailedError, match=r"^cc ended with 2"):
        Sandbox().run(["cc", "-c"], rw={tmp_path: "/out"}, inside={"chdir": "/out"})
    assert root == [(tmp_path, NOBODY, NOBODY)]
    (argv,) = commands.calls
    assert has(argv, "--bind", str(tmp_path), "/out")
    assert has(argv, "--chdir", "/out")
    assert argv[-2:] == ["cc", "-c"]
