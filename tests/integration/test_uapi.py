# SPDX-License-Identifier: GPL-2.0-or-later
"""The UAPI check with a real compiler, on a toy tree and on single headers."""

import json

import pytest

from harness.apply import apply_series
from harness.cli import main
from harness.intake import read_series
from harness.uapi import check_series
from tests.integration.conftest import CODE, RENAME

UNION = RENAME.replace("@@ -16,6 +16,6 @@", "@@ -16,6 +16,9 @@").replace(
    "+\t__u32 kind;\n", "+\tunion {\n+\t\t__u32 pad;\n+\t\t__u32 kind;\n+\t};\n")


def check(fake, box, path):
    return check_series(apply_series(read_series(path), fake, fake.commit), box)


def test_a_rename_breaks_source_and_only_source(fake, mail, box):
    result = check(fake, box, mail(RENAME))
    assert result.headers == ("linux/toy.h",)
    (broken,) = [f for f in result.findings if f.rule == "uapi-source"]
    assert broken.subject == "struct toy_zone.pad"
    assert "no member named 'pad'" in broken.evidence
    assert {f.rule for f in result.findings} == {"uapi-source", "uapi-padding"}


def test_the_union_breaks_nothing_and_warns_about_positions(fake, mail, box):
    result = check(fake, box, mail(UNION))
    assert {(f.rule, f.severity.value) for f in result.findings} == {
        ("uapi-padding", "note"), ("uapi-positional", "note")}


def test_a_series_without_headers(fake, mail, box):
    assert check(fake, box, mail(CODE)).findings == ()


HEADER = """#include <linux/types.h>
struct s {{
	__u32 a;
	__u8 b;
	{0}
}};
#define S_GET {1}
enum e {{ E_ONE, {2} E_TWO }};
#define TWICE(x) ((x) * 2)
"""


def header(*parts):
    defaults = ("__u8 pad[3];", "0x4008aa01", "")
    return HEADER.format(*(p if p is not None else d for p, d in
                           zip((*parts, None, None, None), defaults, strict=False)))


@pytest.mark.parametrize(("after", "verdict", "breaks"), [
    (header(), "compatible", []),
    (header() + "#define NEW 1\n", "compatible", []),
    (header("__u8 rest[3];"), "breaking", ["source"]),
    (header("__u8 pad[7];"), "breaking", ["abi"]),
    (header(None, "0x4008aa02"), "breaking", ["abi"]),
    (header(None, None, "E_HALF,"), "breaking", ["abi"]),
    (header().replace("TWICE(x)", "TWICE(x, y)"), "breaking", ["source"]),
    (header().replace("#define TWICE(x) ((x) * 2)\n", ""), "breaking", ["source"]),
    (header().replace("__u32 a", "__s32 a"), "warning", []),
    ("#error no\n", "breaking", ["source"]),
])
def test_two_headers(tmp_path, capsys, after, verdict, breaks):
    (tmp_path / "a.h").write_text(header())
    (tmp_path / "b.h").write_text(after)
    code = main.run(["uapi", str(tmp_path / "a.h"), str(tmp_path / "b.h"), "--json"])
    document = json.loads(capsys.readouterr().out)
    assert (document["verdict"], document["breaks"]) == (verdict, breaks), document
    assert code == (1 if breaks else 0)


def test_a_header_that_never_compiled_is_said_and_not_blamed(tmp_path, capsys):
    for name in "ab":
        (tmp_path / f"{name}.h").write_text(f"struct {{ broken{name}\n")
    assert main.run(["uapi", str(tmp_path / "a.h"), str(tmp_path / "b.h")]) == 4
    said = capsys.readouterr().out
    assert "does not compile before" in said
    assert said.startswith("not-compared")
    assert said.splitlines()[-2].startswith("not-compared ")
