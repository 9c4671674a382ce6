# SPDX-License-Identifier: GPL-2.0-or-later
import pytest

from harness.errors import InputRefusedError, UsageError
from harness.intake import read_series
from harness.settings import ROOT
from tests.integration.conftest import CODE, RENAME

TOPIC = ROOT / "patches" / "coalesced-pio"


def test_a_mail_becomes_a_patch(mail):
    series = read_series(mail(CODE, " v2"))
    (patch,) = series.patches
    assert (series.title, series.version) == ("toy: Do it", 2)
    assert (patch.author, patch.email) == ("A Developer", "a@example.org")
    assert patch.message.startswith("Because it is better.")
    assert [f.path for f in patch.files] == ["drivers/toy/toy.c"]
    assert patch.files[0].added_lines == ((6, "\tif (!zone->size || zone->addr == 1)"),)


def test_a_directory_in_order_with_its_cover(mail):
    mail(RENAME, " 2/2", "b.patch", "Second")
    mail(CODE, " 1/2", "c.patch", "First")
    path = mail("", " 0/2", "a.patch", "Both")
    series = read_series(path.parent)
    assert series.title == "toy: Both"
    assert [p.subject for p in series.patches] == ["toy: First", "toy: Second"]
    assert "Because it is better" in series.cover


def test_an_mbox(mail, tmp_path):
    text = mail(CODE, " 1/2", "a").read_text() + mail(RENAME, " 2/2", "b").read_text()
    (tmp_path / "x.mbox").write_text(text)
    assert len(read_series(tmp_path / "x.mbox").patches) == 2


def test_crlf_is_normal(mail):
    path = mail(CODE)
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert b"\r" not in read_series(path).patches[0].diff


@pytest.mark.parametrize(("text", "why"), [
    ("", "empty"), ("\n \n", "empty"), ("hello\n", "not a mail"),
    ("Subject: hi\n\nno diff here\n", "no patch found"),
    ("Subject: [PATCH]\n\n> --- a/x\n> +++ b/x\n> @@ -1 +1 @@\n> -a\n> +b\n", "no patch found"),
])
def test_no_patch_is_said(tmp_path, text, why):
    path = tmp_path / "mail"
    path.write_text(text)
    with pytest.raises(InputRefusedError, match=why):
        read_series(path)


def test_missing_and_duplicate_parts_are_named(mail):
    folder = mail(CODE, " 1/3", "a.patch").parent
    mail(RENAME, " 3/3", "c.patch")
    with pytest.raises(InputRefusedError, match="patch 2 of 3 is missing"):
        read_series(folder)
    mail(CODE, " 2/3", "b.patch")
    mail(CODE, " 2/3", "b2.patch")
    assert "came twice, the same text" in " ".join(read_series(folder).notices)
    mail(RENAME, " 2/3", "b2.patch")
    with pytest.raises(InputRefusedError, match="patch 2 of 3 is there twice"):
        read_series(folder)


def test_a_hunk_shorter_than_it_says(mail):
    path = mail(CODE.replace("@@ -3,7 +3,7 @@", "@@ -3,17 +3,17 @@"))
    with pytest.raises(InputRefusedError, match="malformed hunk"):
        read_series(path)


def test_too_large_and_not_there(tmp_path):
    with (tmp_path / "big").open("wb") as handle:
        handle.truncate(33 << 20)
    with pytest.raises(InputRefusedError, match="too large"):
        read_series(tmp_path / "big")
    with pytest.raises(UsageError, match="no such file"):
        read_series(tmp_path / "none")


def test_a_path_that_leaves_the_tree_is_refused(mail):
    with pytest.raises(InputRefusedError, match="leaves the tree"):
        read_series(mail(CODE.replace("drivers/toy/toy.c", "../../toy.c")))


def test_control_characters_in_headers_are_shown(mail):
    path = mail(CODE, subject="$(touch /tmp/x) \x1b[2J")
    assert "\x1b" not in read_series(path).patches[0].subject


def test_v2_as_posted_has_the_diffstat_of_the_review_mail():
    (patch,) = read_series(TOPIC / "v2").patches
    stat = {f.path: (f.added, f.removed) for f in patch.files}
    assert stat["virt/kvm/coalesced_mmio.c"] == (13, 3)
    assert stat["include/uapi/linux/kvm.h"] == (3, 2)
    assert (sum(a for a, _ in stat.values()), sum(r for _, r in stat.values())) == (44, 5)
    review = (TOPIC / "review-of-v2.txt").read_text("utf-8", "replace")
    assert "44 insertions(+), 5 deletions(-)" in review


def test_every_line_that_the_review_quotes_is_in_v2():
    """Blanks are damaged in the archive; everything else must be there, in order."""
    def words(text):
        return "".join(text.split())

    review = (TOPIC / "review-of-v2.txt").read_text("utf-8", "replace")
    quoted = [line[1:] for line in review.splitlines() if line.startswith(">")]
    quoted = quoted[next(n for n, q in enumerate(quoted) if q.startswith(" diff --git")):]
    ours = words((TOPIC / "v2" / "0001-KVM-Add-coalesced-PIO-support.patch").read_text())
    at = 0
    for line in filter(None, map(words, quoted)):
        at = ours.find(line, at)
        assert at >= 0, line
