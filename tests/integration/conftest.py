# SPDX-License-Identifier: GPL-2.0-or-later
import shutil
from pathlib import Path

import pytest

from harness import trees

FAKE = Path(__file__).parent.parent / "fakelinux"


@pytest.fixture
def fake(tmp_path):
    """The toy kernel, imported as a tree."""
    source = tmp_path / "fake"
    shutil.copytree(FAKE, source)
    return trees.obtain(str(source), tmp_path / "cache", lambda _: None)


@pytest.fixture
def toy_config(tmp_path, monkeypatch):
    """The configuration of the toy kernel."""
    from harness.build import kconfig

    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "tiny.config").write_text("CONFIG_TOY=y\n")
    monkeypatch.setattr(kconfig, "DATA", tmp_path / "data")


MAIL = """From 0000000000000000000000000000000000000000 Mon Sep 17 00:00:00 2001
From: A Developer <a@example.org>
Date: Thu, 1 Jan 2026 00:00:00 +0000
Subject: [PATCH{tag}] toy: {subject}

Because it is better.

Signed-off-by: A Developer <a@example.org>
---

{diff}--
2.39.5
"""

RENAME = """diff --git a/include/uapi/linux/toy.h b/include/uapi/linux/toy.h
--- a/include/uapi/linux/toy.h
+++ b/include/uapi/linux/toy.h
@@ -16,6 +16,6 @@
 struct toy_zone {
 	__u64 addr;
 	__u32 size;
-	__u32 pad;
+	__u32 kind;
 };
 
"""

CODE = """diff --git a/drivers/toy/toy.c b/drivers/toy/toy.c
--- a/drivers/toy/toy.c
+++ b/drivers/toy/toy.c
@@ -3,7 +3,7 @@
 
 int toy_register(struct toy_zone *zone)
 {
-	if (!zone->size)
+	if (!zone->size || zone->addr == 1)
 		return -22;
 	return 0;
 }
"""
# A patch that does not compile, and the one after it that mends it.
BROKEN = CODE.replace("zone->addr == 1", "zone->adr == 1")
MENDED = CODE.replace("-\tif (!zone->size)", "-\tif (!zone->size || zone->adr == 1)").replace(
    "zone->addr == 1)", "zone->addr == 2)")


@pytest.fixture
def mail(tmp_path):
    """Writes a patch mail: ``mail(diff, tag=" v2 1/2")``."""
    def write(diff, tag="", name="0001.patch", subject="Do it"):
        path = tmp_path / "series" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(MAIL.format(tag=tag, subject=subject, diff=diff))
        return path
    return write
