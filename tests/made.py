# SPDX-License-Identifier: GPL-2.0-or-later
"""``python -m tests.made``: man page and completions out of the parser, docs/rules.md out of rows.

What a person wants to know of the whole, and no option says, stands in docs/harness.1.in.

They are committed, so that a packager needs neither shtab nor argparse-manpage;
tests/test_docs.py says when they are stale.
"""

import re
from pathlib import Path

import shtab
from argparse_manpage.manpage import Manpage

from harness import __version__, profiles, trees
from harness.cli import explain
from harness.cli.parser import build_parser
from harness.model import rules

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"


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


# What an option of this name takes, beside files. Suites are folders of the tree that is there.
WORDS = {"rule": "rules", "only_rules": "rules", "rules": "rules", "tree": "trees",
         "also": "trees", "suites": "suites", "profile": "profiles"}
FILES = {"cache", "out", "series", "resume", "kconfig", "config", "own", "kernel", "consumers",
         "save", "baseline", "suppress", "review", "against", "output", "run", "before", "after"}
SUITES = "all kunit $(ls tools/testing/selftests 2>/dev/null)"


def _functions(shell):
    """A function for each list of words."""
    words = {"rules": " ".join(sorted(explain.known_rules())), "suites": SUITES,
             "trees": " ".join(row.name for row in trees.TREES),
             "profiles": " ".join(p.name for p in profiles.load_all(ROOT / "kselftests"))}
    if shell == "zsh":
        return "\n".join(f"_harness_{name}() {{ compadd -- {text}; "
                         f"{'_files' if name == 'trees' else ''} }}"
                         for name, text in words.items())
    return "\n".join(f'_harness_{name}() {{ compgen -W "{text}" -- "$1"; '
                     f"{'_shtab_compgen_files' if name == 'trees' else ':'} \"$1\"; }}"
                     for name, text in words.items())


def completed(parser):
    """Say of each option what it takes."""
    for action in parser._actions:
        for sub in (action.choices or {}).values() if action.dest == "command" else ():
            completed(sub)
        if (name := WORDS.get(action.dest)) and action.choices is None:
            action.complete = {"bash": f"_harness_{name}", "zsh": f"_harness_{name}"}
        elif action.dest in FILES and action.choices is None and action.nargs != 0:
            action.complete = shtab.FILE


def made():
    parser = build_parser()
    parser.man_short_description = "from a patch series on the list to a verdict with evidence"
    page = str(Manpage(parser, format="single-commands-section", _data={
        "project_name": "kernel patch harness", "version": __version__, "prog": "harness",
        "authors": [], "description": parser.description}))
    # The day of the build says nothing; the exit codes are what scripts want to know.
    page = re.sub(r'^(\.TH \S+ "?1"?) "[^"]*"', r'\1 ""', page, flags=re.MULTILINE)
    page = page.replace("Generated Python Manual", "User Commands")
    # As argparse has broken its lines.
    page = re.sub(r"(?m)^usage: (?:.+\n)+", lambda m: f".nf\n{m.group()}.fi\n", page)
    page = page.partition(".SH COMMENTS")[0] + (DOCS / "harness.1.in").read_text()
    completed(parser)
    licence = "SPDX-License-Identifier: GPL-2.0-or-later"
    head = (DOCS / "rules.md").read_text().partition("\n## What lint looks at")[0]
    return {
        "rules.md": rules_page(head),
        "harness.1": f'.\\" {licence}\n{page}',
        "completion/harness.bash": f"# {licence}\n" + shtab.complete(
            parser, "bash", preamble=_functions("bash")).rstrip()
        + "\ncomplete -o filenames -F _shtab_harness ./run run\n",
        "completion/_harness": shtab.complete(
            parser, "zsh", preamble=_functions("zsh")).replace(
            "#compdef harness\n", f"#compdef harness run\n# {licence}\n", 1)}


def main():
    for name, text in made().items():
        path = DOCS / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("\n".join(t.rstrip() for t in text.splitlines()) + "\n")
        print(path)


if __name__ == "__main__":
    main()
