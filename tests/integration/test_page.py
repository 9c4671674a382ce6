# SPDX-License-Identifier: GPL-2.0-or-later
"""The page in a real browser: nothing runs, nothing sticks out, on a phone and on a desk."""

import json
import os
import re
import shutil
import subprocess
from html import unescape

import pytest

from harness.report import render
from tests.unit.report.test_formats import REPORTS

CHROMIUM = shutil.which("chromium")
# Chromium's own habits apart: without these it asks hosts of its own at every start.
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync",
         "--allow-file-access-from-files", "--virtual-time-budget=2000")
PROBE = """<!doctype html><title>probe</title><body style="margin:0">
<iframe id="f" src="page.html" style="border:0;width:{width}px;height:900px"></iframe>
<pre id="out"></pre><script>
onload = () => {{ const d = document.getElementById("f").contentDocument;
  const top = d.scrollingElement, wide = [];
  for (const e of d.querySelectorAll("body *"))
    if (e.getBoundingClientRect().right > {width} + 1 && !e.closest(".wide, pre, svg, .skip"))
      wide.push(e.tagName + " " + e.textContent.slice(0, 40));
  document.getElementById("out").textContent = JSON.stringify({{
    scroll: top.scrollWidth, client: top.clientWidth, wide: wide.slice(0, 5),
    heading: d.querySelectorAll("h1").length, title: d.title, scripts: d.scripts.length,
    focusable: d.querySelectorAll("a[href], summary, [tabindex]").length,
    unnamed: [...d.querySelectorAll("svg, [role=region], nav")].filter(
      e => !e.getAttribute("aria-label")).length,
    owned: !!document.getElementById("f").contentWindow.owned }}); }};
</script>"""

pytestmark = pytest.mark.skipif(
    CHROMIUM is None and "CI" not in os.environ, reason="no chromium: apt-get install chromium")


@pytest.fixture
def look(tmp_path):
    def go(report, width):
        page = render("html", report)
        (tmp_path / "page.html").write_text(page, "utf-8")
        (tmp_path / "probe.html").write_text(PROBE.format(width=width))
        done = subprocess.run(
            [CHROMIUM, *FLAGS, f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom",
             (tmp_path / "probe.html").as_uri()], capture_output=True, text=True, check=True,
            timeout=60)
        return json.loads(unescape(re.search(r'<pre id="out">(.*?)</pre>', done.stdout).group(1)))
    return go


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("name", REPORTS)
def test_a_page_fits_and_runs_nothing(look, name, width):
    seen = look(REPORTS[name](), width)
    assert seen["scroll"] <= seen["client"], seen
    assert seen["wide"] == []
    assert seen["heading"] == 1
    assert seen["scripts"] == 0
    assert seen["unnamed"] == 0, "each picture and region has a name for those who do not see it"
    assert seen["focusable"] > 3, "with the keyboard alone"
    assert seen["owned"] is False
