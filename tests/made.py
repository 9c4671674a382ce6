# SPDX-License-Identifier: GPL-2.0-or-later
"""``python -m tests.made``: man page and completions out of the parser, docs/rules.md out of rows.

They are committed, so that a packager needs neither shtab nor argparse-manpage;
tests/test_docs.py says when they are stale.
"""

import re
from pathlib import Path

import shtab
from argparse_manpage.manpage import Manpage

from harness import __version__
from harness.cli.parser import EXAMPLES, build_parser
from harness.model import rules

DOCS = Path(__file__).resolve().parent.parent / "docs"


TITLES = {
    "patch": "What lint looks at in each patch", "series": "What lint looks at in the series",
    "tree": "What lint looks at on the tree", "uapi": "The UAPI check",
    "build": "The two builds", "run": "The two kernels, compared"}


def _indented(text):
    return "\n".join(f"    {line}" for line in text.splitlines())


def rules_page(intro):
    """docs/rules.md: a table for each kind of rule, then what each is about."""
    rows = rules.table().values()
    parts = [intro.rstrip()]
    for kind, title in TITLES.items():
        lines = [f"| [`{r.id}`](#{r.id}) | {r.severity} | {r.summary} |"
                 for r in rows if r.looks_at == kind]
        parts.append("\n".join((f"## {title}\n", "| id | severity | what is wrong |",
                                "|---|---|---|", *lines)))
    parts.append("## Each rule")
    parts += [f"### `{r.id}`\n\n{r.severity.value.capitalize()}: {r.summary}. {r.why}\n\n"
              f"What to do: {r.fix}\n\nFound:\n\n{_indented(r.bad)}\n\nNot found:\n\n"
              f"{_indented(r.good)}" for r in rows]
    return "\n\n".join(parts) + "\n"


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
    head = (DOCS / "rules.md").read_text().partition("\n## What lint looks at")[0]
    return {
        "rules.md": rules_page(head),
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
