# SPDX-License-Identifier: GPL-2.0-or-later
"""``python -m tests.side_by_side BEFORE AFTER NAME``: one picture of how a report has changed.

Both folders hold what two versions of this program made of one series: NAME.ansi (its screen, as
script(1) records it), NAME.mail and NAME.html. The picture is docs/seen/before-after-NAME.png.
"""

import html
import re
import sys
import tempfile
from pathlib import Path

from tests.screenshot import ROOT, taken

_SGR = re.compile(r"\x1b\[([\d;]*)m")
_OTHER = re.compile(r"\x1b(?:\[[\d;?]*[A-Za-z]|\][^\x07]*\x07)|\r")
COLOURS = {"31": "#c01c28", "32": "#1a7f37", "33": "#8a5a00", "34": "#0969da", "36": "#0b7285"}
MOST = 42  # lines of a screen or a mail: what is seen first
PAGE = """<!doctype html><meta charset="utf-8"><style>
body{{margin:0;padding:14px;font:13px sans-serif;background:#fff;color:#1f2328}}
.row{{display:grid;grid-template-columns:1fr 1fr;gap:14px;margin-bottom:14px}}
h2{{font-size:14px;margin:0 0 4px}}
pre{{margin:0;padding:8px;border:1px solid #ccc;font-size:10.5px;
white-space:pre-wrap;overflow-wrap:anywhere;background:#fafafa}}
img{{width:100%;border:1px solid #ccc;display:block}}</style>{rows}"""


def screen(text):
    """A recorded screen as HTML: its colours, and nothing else of it."""
    out, opened = [], 0
    at = 0
    for match in _SGR.finditer(text):
        out.append(html.escape(_OTHER.sub("", text[at: match.start()])))
        at = match.end()
        out.append("</span>" * opened)
        codes = set(match[1].split(";"))
        style = ";".join([*(f"color:{c}" for code, c in COLOURS.items() if code in codes),
                          *(["font-weight:bold"] if "1" in codes else []),
                          *(["opacity:.6"] if "2" in codes else [])])
        opened = int(bool(style))
        out.append(f'<span style="{style}">' * opened)
    out.append(html.escape(_OTHER.sub("", text[at:])) + "</span>" * opened)
    lines = "".join(out).split("\n")
    return "\n".join(lines[:MOST]) + ("\n…" if len(lines) > MOST else "")


def block(title, body):
    return f"<div><h2>{title}</h2>{body}</div>"


def main(before, after, name):
    sides = [("before", Path(before)), ("now", Path(after))]
    with tempfile.TemporaryDirectory() as folder:
        rows = []
        for kind, ending in (("terminal", "ansi"), ("mail", "mail")):
            made = [block(f"{kind}, {side}", "<pre>" + (
                screen((place / f"{name}.{ending}").read_text(errors="replace"))
                if (place / f"{name}.{ending}").is_file() else "(none)") + "</pre>")
                for side, place in sides]
            rows.append(f'<div class="row">{"".join(made)}</div>')
        made = []
        for side, place in sides:
            picture = Path(folder) / f"{side}.png"
            taken(place / f"{name}.html", picture, "1000,900", "light", f"{folder}/user")
            made.append(block(f"page, {side}", f'<img src="{picture.as_uri()}">'))
        rows.append(f'<div class="row">{"".join(made)}</div>')
        page = Path(folder) / "side.html"
        page.write_text(PAGE.format(rows="".join(rows)))
        target = ROOT / "docs" / "seen" / f"before-after-{name}.png"
        taken(page, target, "1400,1750", "light", f"{folder}/user")


if __name__ == "__main__":
    main(*sys.argv[1:])
