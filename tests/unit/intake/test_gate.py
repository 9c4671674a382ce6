# SPDX-License-Identifier: GPL-2.0-or-later
import pytest

from harness.errors import InputRefusedError
from harness.intake.gate import check_diff, check_path


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
    (new_file("160000", "sub", "Subproject commit 1"), "gitlink"),
    (new_file("100644", ".gitattributes", "* filter=evil"), "filter"),
    (b"--- a/x\n+++ b/../../x\n@@ -1 +1 @@\n", "leaves"),
    (b"rename from a\nrename to ../b\n", "leaves"),
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
