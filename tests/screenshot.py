# SPDX-License-Identifier: GPL-2.0-or-later
"""``python -m tests.screenshot RUN``: the pictures of a report in README.md, light and dark."""

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Values of Blink's enum PreferredColorScheme.
SCHEMES = {"dark": 0, "light": 1}


def main(run):
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "report.html"
        subprocess.run([sys.executable, "-m", "harness", "report", run, "--format", "html", "-o",
                        str(page)], cwd=ROOT, check=True)
        for name, value in SCHEMES.items():
            picture = ROOT / "docs" / f"report-{name}.png"
            subprocess.run(
                ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu",
                 "--hide-scrollbars", "--window-size=1100,790",
                 f"--blink-settings=preferredColorScheme={value}", f"--user-data-dir={folder}",
                 f"--screenshot={picture}", page.as_uri()], check=True, capture_output=True)
            print(picture)


if __name__ == "__main__":
    main(sys.argv[1])
