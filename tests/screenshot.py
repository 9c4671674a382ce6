# SPDX-License-Identifier: GPL-2.0-or-later
"""``python -m tests.screenshot RUN [NAME]``: pictures of a report, light and dark.

Without a name those of README.md; with one what is seen first of it, docs/seen/NAME-*.png.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Values of Blink's enum PreferredColorScheme.
SCHEMES = {"dark": 0, "light": 1}


def taken(page, picture, size, scheme, folder):
    """One picture of a page."""
    subprocess.run(
        ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
         f"--window-size={size}", f"--blink-settings=preferredColorScheme={SCHEMES[scheme]}",
         f"--user-data-dir={folder}", f"--screenshot={picture}", page.as_uri()], check=True,
        capture_output=True)
    print(picture)


def main(run, name=""):
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "report.html"
        subprocess.run([sys.executable, "-m", "harness", "report", run, "--format", "html", "-o",
                        str(page)], cwd=ROOT, check=True)
        if name:
            (ROOT / "docs" / "seen").mkdir(exist_ok=True)
            taken(page, ROOT / "docs" / "seen" / f"{name}.png", "1000,720", "light", folder)
            return
        for scheme in SCHEMES:
            taken(page, ROOT / "docs" / f"report-{scheme}.png", "1100,790", scheme, folder)


if __name__ == "__main__":
    main(*sys.argv[1:])
