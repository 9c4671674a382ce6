# SPDX-License-Identifier: GPL-2.0-or-later
"""What a mail must say, and the ways in which authors say it."""

import pytest

from harness.lint import lint
from harness.lint.mail import RULES
from harness.model import Damage, Severity
from tests import make

SIGNED = "Signed-off-by: A Developer <a@example.org>\n"


def found(*patches, **changes):
    return [f.rule for f in lint(make.series(*patches, **changes), RULES)]


def of(rule, **changes):
    """Whether a rule says something about a patch."""
    return rule in found(make.patch(**changes))


def test_a_patch_as_it_should_be_is_left_alone():
    assert found(make.patch()) == []


@pytest.mark.parametrize("subject", [
    "KVM: x86: Do it", "toy: do", "x86/kvm, mm: Do", "lib/{a,b}.c: Do", "KVM: arm64+x86: x",
    'Revert "toy: Do it"', 'Reapply "Do it"', 'Partially revert "Do it"'])
def test_a_subject_with_a_subsystem_is_fine(subject):
    assert not of("subject-prefix", subject=subject)


@pytest.mark.parametrize("subject", [
    "Do it", "toy:", "toy: ", "", 'Do it "toy: x', "Revert the thing", "x" * 61 + ": Do"])
def test_a_subject_without_a_subsystem_is_named(subject):
    assert of("subject-prefix", subject=subject)


@pytest.mark.parametrize(("message", "bad"), [
    ("", True), ("\n \n", True), (SIGNED, True), (SIGNED + 'Fixes: 123 ("x")\n', True),
    ("Because.\n\n" + SIGNED, False), ("Because.\n", False), ("Because.\n" + SIGNED, False),
    ("Note: it was slow.\n", False), ("Cc: a@x.org\n" + SIGNED, True),
    (SIGNED + "\nLink: https://x.org/\n", True), ("\n" + SIGNED, True),
])
def test_trailers_alone_are_no_description(message, bad):
    assert of("description", message=message) == bad


@pytest.mark.parametrize(("message", "rules"), [
    ("Why.\n\n" + SIGNED, []),
    ("Why.\n\n" + SIGNED.lower(), []),
    ("Why.\n", ["signed-off"]),
    ("Why.\n\nMy Signed-off-by: A Developer <a@example.org>\n", ["signed-off"]),
    ("Why.\n\nSigned-off-by: a@example.org\n", ["signed-off"]),
    ("Why.\n\nSigned-off-by: B <b@x.org>\n", ["author-signed"]),
    ("Why.\n\nSigned-off-by: B <b@x.org>\n" + SIGNED, []),
    ("Why.\n\nSigned-off-by: B <A@Example.org>\n", []),
    ('Why.\n\nSigned-off-by: "a developer" <b@x.org>\n', []),
    ("It lacked a\nSigned-off-by: B <b@x.org>\nline, and does.\n\nReviewed-by: A <a@x.org>\n",
     ["signed-off"]),
    ("Why.\n\n" + SIGNED + "[b: reworded the subject,\n and the rest]\n"
     "Signed-off-by: B <b@x.org>\n", []),
    ("Why.\n\n" + SIGNED + "\nThanks to all.\n", []),
])
def test_the_author_signs_off_by_name_or_address(message, rules):
    assert found(make.patch(message=message)) == rules


@pytest.mark.parametrize(("notes", "words"), [
    ("More.\n\nSigned-off-by: A U Thor <a@x.org>", "below a line '---'"), ("More.", "missing")])
def test_a_sign_off_that_git_would_cut_off_is_told_where_it_is(notes, words):
    (one,) = lint(make.series(make.patch(message="Why.\n", notes=notes)), RULES)
    assert (one.rule, words in one.message) == ("signed-off", True)


def test_an_author_in_quotes_is_the_same():
    assert not of("author-signed", author='"A DEVELOPER"', email="other@x.org")


@pytest.mark.parametrize(("kind", "rule", "level"), [
    ("diffstat", "diffstat", Severity.WARNING), ("blanks", "blanks", Severity.ERROR),
    ("disagreement", "parsers-disagree", Severity.ERROR)])
def test_damage_becomes_a_finding_of_its_own_rule(kind, rule, level):
    damage = (Damage(kind, "says 7"), Damage("mail", "odd"))
    (one,) = lint(make.series(make.patch(damage=damage)), RULES)
    assert (one.rule, one.severity, one.message, one.patch) == (rule, level, "says 7", 1)


@pytest.mark.parametrize("text", [
    "v2: fixed it", "Changes since v1:\n- x", "v1 -> v2: x", "Changelog: x",
    "  * v2 - less", "Interdiff against v1:", "Range-diff against v1:", "changes in V2",
    "1 => 2: renamed", "Version 2: x", "Differences to v1:", "Changes since the last version: x",
    "Changes:\n- less", "changed since the previous series: x"])
def test_a_changelog_may_have_any_form(text):
    assert "changelog" not in found(make.patch(notes=text), version=2)


@pytest.mark.parametrize("where", ["notes", "message", "cover"])
def test_a_changelog_may_stand_anywhere(where):
    text = "Why.\n\nv2: less\n\n" + SIGNED
    got = found(make.patch(**{where: text}), version=2) if where != "cover" else found(
        make.patch(), version=2, cover=text)
    assert got == []


@pytest.mark.parametrize("text", [
    "", "Because it is better.", " a.c | 2 +-\n 1 file changed, 2 insertions(+)",
    " v2.c | 2 +-", "Change the limit from 8 to 16.", "It behaves differently since 5.10.",
    "This changed the old behaviour of v4l2."])
def test_a_later_version_without_a_changelog_is_named(text):
    (one,) = lint(make.series(make.patch(notes=text), version=3), RULES)
    assert (one.rule, one.patch) == ("changelog", 0)
    assert "v3" in one.message
    assert "v2" in one.message


@pytest.mark.parametrize("text", [
    "Compared to the previous version, this one stops before.", "What changed:\n - stop before",
    "New in this version:\n - y", "since last time:\n - stop before", " - drop the second check",
    "Add Reviewed-by tags, fix typo in the title (Bob)",
    "As requested by Bob, moved the check up."])
def test_a_changelog_has_many_forms(text):
    assert lint(make.series(make.patch(notes=text), version=2), RULES) == ()


@pytest.mark.parametrize("text", [
    "Since v5.10 the blanks are missing.", "It changes with cgroup v2 hierarchies too.",
    "It has changed nothing on v3 hardware.", "This changes what RFC 7296 says.",
    "Different servers speak NFS v4.1.", "This was changed in version 2 of PSCI."])
def test_what_a_message_says_of_other_versions_is_no_changelog(text):
    assert found(make.patch(message=f"{text}\n\n{SIGNED}"), version=3) == ["changelog"]


@pytest.mark.parametrize("text", [
    "Updates in v2:\n - less", "What's new in v2: less.", "Addressed Ann's comments on v1: less.",
    "In v2 I made it shorter.", "Delta to v1:\n  * less", "Changes since RFC:\n- less",
    "v1..v2: less", "No change since v1.", "Rebased onto kvm/next, no functional change.",
    "No changes.", "Just a rebase.", "Addressed Ann's comments."])
def test_below_the_line_authors_say_it_in_many_ways(text):
    assert found(make.patch(notes=text), version=2) == []


@pytest.mark.parametrize("text", [
    "The bug is there since the first version of the driver.", "New devices of version 2 need it.",
    "It restores state from the previous version of the structure.",
    "Update to the GICv3: version 3 has it.",
    "History of the ring: it was changed from v1 to v2 of the protocol in 2014.",
    "The difference between v1 and v2 of the hypercall ABI is the padding."])
def test_prose_about_code_is_no_list_of_versions(text):
    assert found(make.patch(message=f"{text}\n\n{SIGNED}"), version=3) == ["changelog"]


@pytest.mark.parametrize("text", [
    "v2: https://lore.kernel.org/r/x@y", "Link: https://lore.kernel.org/r/v2-x@y",
    "v1: https://lore.kernel.org/r/x@y\nv2: https://lore.kernel.org/r/x2@y", "v1 -> v2: reworded",
    "Changes in v2:\n- reworded", "Tested with NFS v3 and USB v2.",
    "The v2 API of cgroup is not touched.", "RFC -> v1"])
def test_links_and_what_was_new_in_older_versions_say_nothing_of_this_one(text):
    assert found(make.patch(notes=text), version=3) == ["changelog"]


@pytest.mark.parametrize("text", [
    "v2: https://lore.kernel.org/r/x@y\n - less", "Diff with v2: less", "Changes since PR v2:\n- x",
    "Updates:\nver #3)\n - less", "This v2 was not picked up, I try again.",
    "V2: https://lore.kernel.org/r/x@y\nUpdates:\n- less", "v2 is here: https://x.org/\nless"])
def test_what_changed_since_the_last_one_may_be_said_of_that(text):
    assert found(make.patch(notes=text), version=3) == []


def test_a_template_below_the_line_is_one_too():
    assert found(make.patch(notes="Changes in v2:\n- EDITME: describe what is new\n"),
                 version=2) == ["template"]


def test_a_first_version_a_resend_and_a_part_alone_need_no_changelog():
    assert found(make.patch()) == []
    assert found(make.patch(raw_subject="[resend PATCH v2] toy: Do it"), version=2) == []
    assert found(make.patch(total=3), version=2) == []


def test_a_series_that_answers_a_mail_that_is_not_here_may_have_its_cover_there():
    two = make.patch(total=2), make.patch(number=2, total=2)
    assert found(*two, answers=True) == []
    assert found(make.patch(), version=3, answers=True) == []
    assert found(make.patch(), version=3, answers=True, cover="All.") == ["changelog"]


@pytest.mark.parametrize("left", ["*** SUBJECT HERE ***", "*** BLURB HERE ***",
                                  "EDITME: cover title for x"])
def test_a_template_that_was_not_filled_in_is_an_error(left):
    for where in ({"title": left}, {"cover": f"{left}\n\nA (1):\n"}):
        (one,) = lint(make.series(**where), RULES)
        assert (one.rule, one.severity) == ("template", Severity.ERROR)


def test_a_sender_that_a_list_rewrote_is_no_author():
    assert found(make.patch(author="A Developer via kvm-list", email="kvm-list@x.org")) == [
        "rewritten-author"]
    assert found(make.patch(author="Giovanni Via", email="a@example.org")) == []


def test_several_patches_have_a_cover_letter():
    two = make.patch(total=2), make.patch(number=2, total=2)
    assert found(*two) == ["cover-letter"]
    assert found(*two, cover="All.") == []
    assert found(make.patch()) == []


def test_findings_stand_in_the_order_of_the_patches():
    two = make.patch(total=2, subject="no"), make.patch(number=2, total=2, message="")
    got = lint(make.series(*two), RULES)
    assert [(f.rule, f.patch) for f in got] == [
        ("cover-letter", 0), ("subject-prefix", 1), ("description", 2), ("signed-off", 2)]
    assert all(f.where.path == "" for f in got)


@pytest.mark.parametrize(("text", "said"), [
    ("Note: this is needed.", []), ('Fixes: 0123456789ab ("x")\nLink: https://x.org/1',
                                   ["description"]),
    ("Change-Id: I0123", ["description"]), ("Why: because", [])])
def test_a_sentence_with_a_colon_is_a_description(text, said):
    assert found(make.patch(message=f"{text}\n\n{SIGNED}")) == said
