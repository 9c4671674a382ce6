# SPDX-License-Identifier: GPL-2.0-or-later
"""A profile as one program of a tree's own selftests, and the line of its Makefile."""

import re
from dataclasses import replace

import pytest

from harness.errors import InputRefusedError, UsageError
from harness.generate import intree


def test_one_program_holds_every_test_under_the_name_of_its_spec(profile):
    text = intree.source(profile)
    assert re.findall(r"^static void (\w+)\(void\)$", text, re.MULTILINE) == [
        "one_a", "one_b", "two_b"]
    assert text.count("int main(") == 1
    assert "Toys" in text


def test_the_library_comes_first_and_headers_before_sources(profile):
    text = intree.source(profile)
    places = [text.index(part) for part in (
        "#define LOCAL", "int ktap_main(int argc,\n", "struct zone *zone_of(int n);",
        "int ktap_main(int argc, char **argv)\n{", "struct zone *zone_of(int n)\n{",
        "static void one_a")]
    assert places == sorted(places)


def test_prototypes_keep_to_the_program(profile):
    text = intree.source(profile)
    assert "LOCAL int ktap_main(int argc,\n\t\tchar **argv);" in text
    assert "LOCAL struct zone *zone_of(int n);" in text
    assert "LOCAL const char *of(const char *s);" in text
    assert "\ntypedef int ktap_t;" in text
    assert "\nstatic int inner(void);" in text
    assert "LOCAL int ktap_main(int argc, char **argv)\n{" not in text


def test_system_headers_are_included_once_and_the_programs_own_not_at_all(profile):
    text = intree.source(profile)
    assert re.findall(r"^#include .*$", text, re.MULTILINE) == [
        "#include <stdio.h>", "#include <string.h>"]
    assert text.count("SPDX-License-Identifier") == 1
    assert not re.findall(r"_H$|^#endif", text, re.MULTILINE)


def test_a_source_without_a_header_has_none(profile):
    (profile.folder / "zone.h").unlink()
    assert "LOCAL struct zone" not in intree.source(profile)


def tree(**files):
    return {f"{name}/Makefile": text for name, text in files.items()}.get


@pytest.mark.parametrize(("files", "program", "after"), [
    ({"new": b"PROGS += a\nX = 1\n"}, "new/toy.c", "PROGS += a\nPROGS += toy\nX = 1\n"),
    ({"new": b"PROGS += a\nPROGS += b\n"}, "new/toy.c", "PROGS += a\nPROGS += b\nPROGS += toy\n"),
    ({"old": b"OLD += a\n"}, "old/toy.c", "OLD += a\nOLD += toy\n"),
    ({"new": b"X = 1\n", "old": b"OLD += a\n"}, "old/toy.c", "OLD += a\nOLD += toy\n"),
    ({"new": b"PROGS += a\n", "old": b"OLD += a\n"}, "new/toy.c", "PROGS += a\nPROGS += toy\n"),
])
def test_the_line_goes_behind_the_last_like_it(profile, files, program, after):
    row, text = intree.fit(profile, tree(**files))
    assert (row.program, text) == (program, after)


def test_bytes_that_are_no_text_come_through(profile):
    _, text = intree.fit(profile, tree(new=b"# \xff\nPROGS += a\n"))
    assert text.encode("utf-8", "surrogateescape") == b"# \xff\nPROGS += a\nPROGS += toy\n"


def test_a_tree_that_has_the_line_is_refused(profile):
    with pytest.raises(InputRefusedError, match=r"new/Makefile.*PROGS \+= toy"):
        intree.fit(profile, tree(new=b"PROGS += a\nPROGS += toy\n"))


def test_a_tree_with_no_such_line_is_told_where_it_was_looked_for(profile):
    with pytest.raises(InputRefusedError, match=r"new/Makefile, old/Makefile"):
        intree.fit(profile, tree(new=b"X = 1\n"))


def test_a_profile_that_names_no_place_says_so(profile):
    with pytest.raises(UsageError, match="selftest"):
        intree.fit(replace(profile, selftests=()), tree())


def test_the_message_has_every_spec_with_the_number_of_its_tests(profile):
    subject, blank, *body = intree.message(profile).splitlines()
    assert (subject, blank) == ("selftests: Test toys", "")
    assert " * The first (2)" in body
    assert " * The second spec (1)" in body
    assert any("toy" in line for line in body[-2:]), "where the program comes from"
    assert all(len(line) <= 75 for line in body)


def test_a_long_description_is_wrapped_below_its_star(profile):
    path = profile.folder / "specs" / "one.toml"
    path.write_text(path.read_text().replace("The first", "word " * 30))
    first, second = re.findall(r"^ (?:\*|  ) ?word.*$", intree.message(profile), re.MULTILINE)[:2]
    assert first.startswith(" * word")
    assert second.startswith("   word")
