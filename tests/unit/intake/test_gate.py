# SPDX-License-Identifier: GPL-2.0-or-later
import pytest

from harness.errors import InputRefusedError
from harness.intake import gate
from harness.intake.gate import check_diff, check_links, check_path, links


@pytest.mark.parametrize(("path", "why"), [
    ("../../etc/passwd", "leaves"), ("a/../../b", "leaves"), ("/etc/passwd", "absolute"),
    (".git/hooks/x", ".git"), (".GIT/config", ".git"), ("sub/.git/x", ".git"),
    ("git~1/x", ".git"), (".git./x", ".git"), (".gitmodules", "submodules"),
    ("a\x1b[2J", "control"), ("a\u202eb", "bidirectional"), ("a\udcffb", "undecodable"),
    (".g\u200cit/config", ".git"), ("x" * 5000, "longer"),
])
def test_paths_that_are_refused(path, why):
    assert why in check_path(path)


@pytest.mark.parametrize("path", ["a.c", "Documentation/a b.rst", ".gitignore", "git/x", "a..b/c"])
def test_paths_that_are_fine(path):
    assert check_path(path) == ""


def new_file(mode, name, text):
    return (f"diff --git a/{name} b/{name}\nnew file mode {mode}\n--- /dev/null\n+++ b/{name}\n"
            f"@@ -0,0 +1 @@\n+{text}\n").encode()


@pytest.mark.parametrize(("diff", "why"), [
    (new_file("120000", "a/link", "../../etc/shadow"), "symlink a/link"),
    (new_file("120000", "link", "/etc/shadow"), "symlink link"),
    (new_file("120000", "a/link", "./..//../x"), "symlink a/link"),
    (b"--- /dev/null\n+++ b/.gitattributes\n@@ -0,0 +1 @@\n+* filter=evil\n", "filter"),
    (new_file("160000", "sub", "Subproject commit 1"), "gitlink"),
    (new_file("100644", ".gitattributes", "* filter=evil"), "filter"),
    (b"--- a/x\n+++ b/../../x\n@@ -1 +1 @@\n", "leaves"),
    (b"rename from a\nrename to ../b\n", "leaves"),
    (b"GIT binary patch\nliteral 1048577\n", "binary hunk"),
    (b"GIT binary patch\nliteral 4000000000\n", "binary hunk"),
    (b"GIT binary patch\nliteral 99999999999999999999\n", "binary hunk"),
])
def test_diffs_that_are_refused(diff, why):
    with pytest.raises(InputRefusedError, match=why):
        check_diff(diff, "mail")


@pytest.mark.parametrize("diff", [
    new_file("120000", "a/b/link", "../c"), new_file("100644", ".gitattributes", "*.c text"),
    new_file("100755", "scripts/x", "#!/bin/sh"), b"GIT binary patch\nliteral 768\n",
])
def test_diffs_that_are_fine(diff):
    check_diff(diff, "mail")


@pytest.mark.parametrize(("text", "fine"), [
    ("*.c diff=cpp", True), ("*.c diff=evil", False), ("*.c merge=cpp", False)])
def test_attributes_may_name_drivers_that_git_brings(text, fine):
    diff = new_file("100644", "sub/.gitattributes", text)
    if fine:
        check_diff(diff, "mail")
        return
    with pytest.raises(InputRefusedError, match=r"sub/\.gitattributes"):
        check_diff(diff, "mail")


def test_a_link_whose_target_cannot_be_seen_is_refused():
    diff = b"diff --git a/l b/l\nnew file mode 120000\nGIT binary patch\nliteral 7\n"
    with pytest.raises(InputRefusedError, match="symlink l"):
        check_diff(diff, "mail")


def test_too_many_hunks_are_refused_and_counted(monkeypatch):
    monkeypatch.setattr(gate, "MAX_HUNKS", 2)
    head, hunk = b"--- a/x\n+++ b/x\n", b"@@ -1 +1 @@\n-a\n+b\n"
    check_diff(head + hunk * 2, "mail")
    with pytest.raises(InputRefusedError, match="3 hunks"):
        check_diff(head + hunk * 3, "mail")


def test_too_many_lines_are_refused_and_counted(monkeypatch):
    monkeypatch.setattr(gate, "MAX_LINES", 5)
    head = b"--- a/x\n+++ b/x\n@@ -0,0 +1,2 @@\n"
    check_diff(head + b"+a\n" * 2, "mail")
    with pytest.raises(InputRefusedError, match="6 lines of patches"):
        check_diff(head + b"+a\n" * 3, "mail")
    with pytest.raises(InputRefusedError, match="10 lines of patches"):
        gate.check_lines([head + b"+a\n" * 2] * 2, "series")


def test_nothing_is_written_beneath_a_link_of_the_series():
    link, file = new_file("120000", "l", "dir"), new_file("100644", "l/a.c", "x")
    beside = new_file("100644", "lib/a.c", "x")
    assert links([beside, link]) == {"l"}
    check_links([link, beside], "series")
    check_links([file, beside], "series")
    with pytest.raises(InputRefusedError, match=r"l/a\.c.*'l'"):
        check_links([link, file], "series")
