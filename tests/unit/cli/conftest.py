# SPDX-License-Identifier: GPL-2.0-or-later
"""The command line, run in this process: readers are not confined, since the input is ours."""

from types import SimpleNamespace

import pytest

from harness.cli import main
from harness.run import incoming, review_mail

MAIL = """From 0000000000000000000000000000000000000000 Mon Sep 17 00:00:00 2001
From: A Developer <a@example.org>
Date: Thu, 1 Jan 2026 00:00:00 +0000
Subject: [PATCH{tag}] {subject}
Message-ID: <{id}@example.org>

{body}
---
 a.c | 2 +-
 1 file changed, 1 insertion(+), 1 deletion(-)

diff --git a/a.c b/a.c
--- a/a.c
+++ b/a.c
@@ -1,3 +1,3 @@
 one
-two
+{new}
 three
--
2.39.5
"""
BODY = "Because it is better.\n\nSigned-off-by: A Developer <a@example.org>"


@pytest.fixture(autouse=True)
def _at_home(tmp_path, monkeypatch):
    for name in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for module in (incoming, review_mail):
        monkeypatch.setattr(module, "confined", lambda function, what, **_: function())


@pytest.fixture
def cli(capsys):
    """``cli("lint", path)`` gives the exit code, standard output and standard error."""
    def run(*argv):
        code = main.run([str(a) for a in argv])
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return SimpleNamespace(code=code, out=said.out, err=said.err)
    return run


@pytest.fixture
def mail(tmp_path, tools):  # tools: git that reads mails
    """Writes a patch mail and gives its path."""
    def write(name="a.patch", *, tag="", subject="toy: Do it", body=BODY, new="2"):
        path = tmp_path / name
        path.write_text(MAIL.format(tag=tag, subject=subject, body=body, new=new, id=name))
        return path
    return write
