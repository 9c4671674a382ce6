# SPDX-License-Identifier: GPL-2.0-or-later
"""``python -m tests.made``: the man page and the completions, out of the parser.

They are committed, so that a packager needs neither shtab nor argparse-manpage;
tests/test_docs.py says when they are stale.
"""

import re
from pathlib import Path

import shtab
from argparse_manpage.manpage import Manpage

from harness import __version__
from harness.cli.parser import EXAMPLES, build_parser

DOCS = Path(__file__).resolve().parent.parent / "docs"


def made():
    parser = build_parser()
    parser.man_short_description = "from a patch series on the list to a verdict with evidence"
    page = str(Manpage(parser, format="single-commands-section", _data={
        "project_name": "kernel patch harness", "version": __version__, "prog": "harness",
        "authors": [], "description": parser.description}))
    # The day of the build says nothing; the exit codes are what scripts want to know.
    page = re.sub(r'^(\.TH \S+ "?1"?) "[^"]*"', r'\1 ""', page, flags=re.MULTILINE)
    page = page.replace("Generated Python Manual", "User Commands")
    codes = EXAMPLES.partition("exit codes: ")[2].replace("\n", " ")
    page += f".SH EXIT STATUS\n{' '.join(codes.split())}\n"
    licence = "SPDX-License-Identifier: GPL-2.0-or-later"
    return {
        "harness.1": f'.\\" {licence}\n{page}',
        "completion/harness.bash": f"# {licence}\n{shtab.complete(parser, 'bash')}",
        "completion/_harness": shtab.complete(parser, "zsh").replace(
            "\n", f"\n# {licence}\n", 1)}


def main():
    for name, text in made().items():
        path = DOCS / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("\n".join(t.rstrip() for t in text.splitlines()) + "\n")
        print(path)


if __name__ == "__main__":
    main()
