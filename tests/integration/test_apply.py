# SPDX-License-Identifier: GPL-2.0-or-later
import pytest

from harness import apply, settings
from harness.apply import apply_series, touched
from harness.errors import InputRefusedError
from harness.intake import read_series
from harness.run import cache_keys
from harness.run.state import Request, State
from harness.system import repo
from tests.integration.conftest import CODE, RENAME


def test_one_commit_per_patch_with_its_author(fake, mail):
    mail(CODE, " 1/2", "a.patch", "First")
    folder = mail(RENAME, " 2/2", "b.patch", "Second").parent
    applied = apply_series(read_series(folder), fake, fake.commit)
    assert len(applied.commits) == 2
    text = repo.git(fake.repo, "log", "--format=%an %s", f"{applied.base}..{applied.head}").text
    assert text.splitlines() == ["A Developer toy: Second", "A Developer toy: First"]
    assert touched(applied) == ("drivers/toy/toy.c", "include/uapi/linux/toy.h")


def test_the_same_series_gives_the_same_commits(fake, mail):
    series = read_series(mail(CODE))
    assert apply_series(series, fake, fake.commit) == apply_series(series, fake, fake.commit)


def test_a_conflict_names_patch_file_hunk_and_line(fake, mail):
    mail(CODE, " 1/2", "a.patch")
    folder = mail(RENAME.replace("__u32 size", "__u16 size"), " 2/2", "b.patch").parent
    before = repo.git(fake.repo, "for-each-ref").text
    with pytest.raises(InputRefusedError) as error:
        apply_series(read_series(folder), fake, fake.commit)
    assert "patch 2/2 (b.patch) does not apply" in error.value.message
    assert "include/uapi/linux/toy.h, hunk 1 at line 16" in error.value.message
    assert "looked for '__u16 size;', line 18 has '__u32 size;'" in error.value.message
    assert "--tree" in error.value.hint
    assert repo.git(fake.repo, "for-each-ref").text == before, "nothing half applied"


def test_a_file_that_is_not_there(fake, mail):
    with pytest.raises(InputRefusedError, match=r"drivers/gone.c"):
        apply_series(read_series(mail(CODE.replace("toy/toy.c", "gone.c"))), fake, fake.commit)


def test_a_date_that_git_cannot_read_is_no_reason_to_refuse(fake, mail):
    path = mail(CODE)
    path.write_text(path.read_text().replace("Thu, 1 Jan 2026 00:00:00 +0000", "the other day"))
    assert apply_series(read_series(path), fake, fake.commit).commits


def test_commits_are_made_once_and_again_where_they_are_gone(fake, mail, tmp_path, monkeypatch):
    asked, real = [], apply.apply_series
    monkeypatch.setattr(apply, "apply_series", lambda *args: asked.append(1) or real(*args))
    series = read_series(mail(CODE))
    request = Request(None, settings.load({"cache": tmp_path / "cache"}, {}), tmp_path, "")
    state = State(request, print, tmp_path)
    first = cache_keys.applied(state, series, fake, fake.commit)
    assert cache_keys.applied(state, series, fake, fake.commit) == first
    assert len(asked) == 1
    repo.git(fake.repo, "update-ref", "-d", f"refs/series/{first.head}")
    repo.git(fake.repo, "gc", "-q", "--prune=now")
    assert repo.rev_parse(fake.repo, first.head) is None
    assert cache_keys.applied(state, series, fake, fake.commit) == first
    assert repo.rev_parse(fake.repo, first.head) == first.head


def test_users_are_found_for_all_words_at_once(fake):
    found = repo.users(fake.repo, fake.commit, {"toy_zone", "zone", "nobody"}, ("*.c",))
    assert found == {"toy_zone": ("drivers/toy/toy.c",), "zone": ("drivers/toy/toy.c",),
                     "nobody": ()}
