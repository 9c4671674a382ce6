# SPDX-License-Identifier: GPL-2.0-or-later
import pytest

from harness.lint import checkpatch
from harness.lint.text import licence
from harness.model import NOWHERE, Location, PatchFile, Severity
from tests import make


def patch(line=7, number=1):
    file = PatchFile("a.c", "a.c", 1, 0, added_lines=((line, "int  a;"),))
    return make.patch(files=(file,), number=number)


def test_a_message_becomes_a_finding_at_its_line():
    (one,) = checkpatch.findings(patch(number=3), "a.c:7: WARNING:SPACING: too many\tspaces\n")
    assert (one.rule, one.where, one.patch) == ("checkpatch-spacing", Location("a.c", 7), 3)
    assert (one.message, one.evidence) == ("too many spaces", "int  a;")


@pytest.mark.parametrize(("kind", "level"), [("ERROR", Severity.WARNING),
                                             ("WARNING", Severity.NOTE)])
def test_a_style_guide_is_advice(kind, level):
    (one,) = checkpatch.findings(patch(), f"a.c:7: {kind}:LONG_LINE: too long\n")
    assert (one.rule, one.severity) == ("checkpatch-long-line", level)


def test_what_is_about_the_mail_is_nowhere_in_the_tree():
    (one,) = checkpatch.findings(patch(), "-:5: ERROR:GERRIT_CHANGE_ID: Remove it\n")
    assert (one.where, one.evidence) == (NOWHERE, "")


@pytest.mark.parametrize("row", [
    "-:9: ERROR:MISSING_SIGN_OFF: Missing", "-:9: ERROR:NO_AUTHOR_SIGN_OFF: Missing",
    "-:9: WARNING:FILE_PATH_CHANGES: Update it", "a.c:7: ERROR:TRAILING_WHITESPACE: blanks",
    "-:9: WARNING:BAD_FIXES_TAG: x", "nonsense",
    "-:9: WARNING:BAD_SIGN_OFF: Co-developed-by: must be immediately followed",
    "a.c:7: CHECK:SPACING: x", ""])
def test_what_rules_of_ours_say_and_what_cannot_be_read_is_left_out(row):
    assert checkpatch.findings(patch(), row + "\n") == ()


def test_an_id_survives_moved_lines_and_tells_lines_apart():
    def one(line, number=1, says="too many spaces"):
        row = f"a.c:{line}: ERROR:SPACING: {says}\n"
        return checkpatch.findings(patch(line, number), row)[0].id
    assert one(7) == one(9) == one(7, says="reworded")
    assert one(7) == one(7, number=2), "the number of a patch is no part of it"
    off = [checkpatch.findings(patch(), f"a.c:8: ERROR:X: {word}\n")[0].id for word in "ab"]
    assert off[0] != off[1], "where there is no text of the line the message tells"
    other = make.patch(files=(PatchFile("b.c", "b.c", 1, 0, added_lines=((7, "int  a;"),)),))
    assert checkpatch.findings(other, "b.c:7: ERROR:SPACING: x\n")[0].id != one(7)
    mail = [checkpatch.findings(patch(), f"{at}:5: ERROR:X: y\n")[0].id for at in ("-", "Commit")]
    assert mail[0] == mail[1], "what is nowhere in the tree has no path"


ROW = ("-:6: ERROR:GIT_COMMIT_ID: Please use git commit description style\n"
       "-:6: WARNING:UNKNOWN_COMMIT_ID: Unknown commit id '0123456789ab'\n")


@pytest.mark.parametrize(("message", "count"), [
    ("[ Upstream commit 0123456789abcdef0123456789abcdef01234567 ]\n\nWhy.", 0),
    ("commit 0123456789abcdef0123456789abcdef01234567 upstream.\n\nWhy.", 0),
    ("Since commit 0123456789ab it is so.", 2),
    ("commit 0123456789abcdef0123456789abcdef01234567 upstream.\n\nAs commit 89abcdef does.", 2)])
def test_the_line_of_a_backport_is_what_stable_wants(message, count):
    assert len(checkpatch.findings(make.patch(message=message), ROW)) == count


@pytest.mark.parametrize(("lines", "count"), [
    ((), 0),  # the rule about licences has told it
    (("#include <linux/a.h>", "/* SPDX-License-Identifier: GPL-2.0 */"), 1),  # but not of this
])
def test_a_licence_that_is_missing_is_told_once(lines, count):
    text = (*lines, "int a;")
    file = PatchFile("new.c", "new.c", len(text), 0, new=True,
                     added_lines=tuple(enumerate(text, 1)))
    one = make.patch(files=(file,))
    assert sum(hit.where == Location("new.c", 1) for hit in licence(one)) + count == 1
    row = "new.c:1: WARNING:SPDX_LICENSE_TAG: Missing or malformed SPDX-License-Identifier tag\n"
    assert len(checkpatch.findings(one, row)) == count
