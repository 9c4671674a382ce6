# SPDX-License-Identifier: GPL-2.0-or-later
"""Which changed lines tests have executed, as CI systems read it: Cobertura's coverage-04.dtd.

The same lines and figures as ``lcov``; a package is a folder.
"""

from __future__ import annotations

import posixpath
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable

from harness import __version__
from harness.clean import clean
from harness.evidence import FileEvidence
from harness.model import Report
from harness.report import lcov

_DASHES = re.compile("-(?=-)")
DTD = '<!DOCTYPE coverage SYSTEM "http://cobertura.sourceforge.net/xml/coverage-04.dtd">'


def render(report: Report) -> str:
    """The changed lines, with what was not looked at as comments."""
    files = [f for f in report.evidence if lcov.hits(f)]
    root = ET.Element("coverage", _figures(files, lines=True) | {
        "version": __version__, "timestamp": "0", "complexity": "0", "branches-covered": "0",
        "branches-valid": "0"})
    for row in lcov.remarks(report):
        # XML 1.0, section 2.5: no "--" in a comment, and none ends with "-".
        root.append(ET.Comment(f" {_DASHES.sub('- ', row)} "))
    ET.SubElement(ET.SubElement(root, "sources"), "source").text = "."
    packages = ET.SubElement(root, "packages")
    for folder in dict.fromkeys(posixpath.dirname(f.path) for f in files):
        mine = [f for f in files if posixpath.dirname(f.path) == folder]
        package = ET.SubElement(packages, "package", {"name": clean(folder)} | _figures(mine))
        classes = ET.SubElement(package, "classes")
        for file in mine:
            _class(classes, file)
    ET.indent(root)
    return f'<?xml version="1.0"?>\n{DTD}\n{ET.tostring(root, "unicode")}\n'


def _class(classes: ET.Element, file: FileEvidence) -> None:
    one = ET.SubElement(classes, "class", {
        "name": clean(posixpath.basename(file.path)), "filename": clean(file.path)}
        | _figures([file]))
    ET.SubElement(one, "methods")
    lines = ET.SubElement(one, "lines")
    for number, hit in lcov.hits(file):
        ET.SubElement(lines, "line", {"number": str(number), "hits": str(hit), "branch": "false"})


def _figures(files: Iterable[FileEvidence], *, lines: bool = False) -> dict[str, str]:
    rows = [hit for f in files for _, hit in lcov.hits(f)]
    rate = {"line-rate": f"{sum(rows) / len(rows) if rows else 0:.4f}", "branch-rate": "0"}
    if not lines:
        return rate | {"complexity": "0"}
    return rate | {"lines-covered": str(sum(rows)), "lines-valid": str(len(rows))}
