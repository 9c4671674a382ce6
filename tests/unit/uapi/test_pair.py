# SPDX-License-Identifier: GPL-2.0-or-later
import pytest

from harness import trees
from harness.arch import ABIS, NATIVE
from harness.errors import InputRefusedError, UsageError
from harness.model import Finding, Severity
from harness.report import promises
from harness.settings import Settings
from harness.uapi import pair, series
from harness.uapi.result import Options, UapiResult

HEADERS = {"include/uapi/linux/a.h": "a\n", "include/uapi/linux/b.h": "b\n",
           "arch/x86/include/uapi/asm/c.h": "c\n"}


@pytest.fixture
def settings(tmp_path):
    return Settings(cache=tmp_path / "cache", sandbox=False)


@pytest.fixture
def read(settings):
    return lambda text, **more: pair.read_side(str(text), settings, print, **more)


@pytest.fixture
def known(git, monkeypatch):
    """Trees in memory: each text that is asked for has its own files."""
    made = {}
    monkeypatch.setattr(trees, "obtain", lambda text, cache, say: made[text])
    return lambda text, files: made.update({text: git.tree(files, text)})


@pytest.fixture
def asked(monkeypatch):
    """What the comparison of headers was asked."""
    rows = []

    def check(before, after, paths, sandbox, options):
        rows.append((before, after, paths, sandbox, options))
        return UapiResult(notices=(f"call {len(rows)}",))
    for module in (pair, series):  # which has what machines of the other byte order compile
        monkeypatch.setattr(module, "check_headers", check)
    return rows


def write(folder, **files):
    for name, text in files.items():
        path = folder / name.replace("__", "/")
        path = path.with_suffix(".h")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


def test_a_header_goes_by_its_own_name_or_the_one_that_is_given(tmp_path, read):
    path = write(tmp_path, old=b"int x; /* \xff */") / "old.h"
    assert read(path) == pair.HeaderSide({"old.h": "int x; /* \udcff */"}, "")
    assert list(read(path, alone="new.h").headers) == ["new.h"]


def test_a_directory_gives_every_header_below_it(tmp_path, read):
    write(tmp_path, a="1", linux__b="2", dir__folder__c="3")
    (tmp_path / "notes.txt").write_text("no header")
    (tmp_path / "link.h").symlink_to("a.h")
    (tmp_path / "folder.h").mkdir()
    assert read(tmp_path) == pair.HeaderSide(
        {"a.h": "1", "dir/folder/c.h": "3", "linux/b.h": "2"}, "")


def test_a_directory_without_headers_is_refused(tmp_path, read):
    with pytest.raises(InputRefusedError, match="header"):
        read(tmp_path)


@pytest.mark.parametrize("text", ["gone", "gone@v6.1"])
def test_what_is_none_of_the_four_is_wrong_use(tmp_path, read, text):
    with pytest.raises(UsageError) as error:
        read(tmp_path / text)
    assert text in error.value.message
    assert "harness trees" in error.value.hint


def test_a_header_has_a_largest_size(tmp_path, read):
    path = tmp_path / "large.h"
    with path.open("wb") as handle:
        handle.truncate(pair.MAX_HEADER)
    assert len(read(path).headers["large.h"]) == pair.MAX_HEADER
    with path.open("ab") as handle:
        handle.write(b"\n")
    with pytest.raises(InputRefusedError, match="8 MiB"):
        read(path)


@pytest.mark.parametrize("text", ["debian-6.1", "debian-6.1@abc", "{}/tree@v1", "{}/tree",
                                  "{}/clone", "{}/bare"])
def test_trees_by_name_by_path_and_by_revision(tmp_path, read, known, text):
    (tmp_path / "tree/include/uapi").mkdir(parents=True)
    (tmp_path / "clone/.git").mkdir(parents=True)
    (tmp_path / "bare/objects").mkdir(parents=True)
    text = text.format(tmp_path)
    known(text, HEADERS)
    assert read(text) == pair.HeaderSide(
        {"linux/a.h": "a\n", "linux/b.h": "b\n", "asm/c.h": "c\n"}, "include/uapi/")


def test_a_tree_gives_the_headers_of_the_architecture(read, known):
    known("v4.18", {**HEADERS, "arch/arm64/include/uapi/asm/c.h": "arm\n"})
    assert read("v4.18", srcarch="arm64").headers["asm/c.h"] == "arm\n"
    assert read("v4.18").headers["asm/c.h"] == "c\n"


def test_a_header_and_a_directory_cannot_be_compared(tmp_path, settings, asked):
    header = write(tmp_path, a="1") / "a.h"
    for one, two in ((header, tmp_path), (tmp_path, header)):
        with pytest.raises(UsageError):
            pair.check_pair(str(one), str(two), settings, Options(), print)
    assert asked == []


def test_two_headers_are_one_that_goes_by_the_new_name(tmp_path, settings, asked):
    write(tmp_path, old="1", new="2")
    said = []
    result = pair.check_pair(str(tmp_path / "old.h"), str(tmp_path / "new.h"), settings,
                             Options(), said.append)
    ((before, after, paths, sandbox, options),) = asked
    assert (before, after, paths) == ({"new.h": "1"}, {"new.h": "2"}, {"new.h": "new.h"})
    assert options.abis == NATIVE
    assert not sandbox.enabled
    assert result.notices == ("call 1",)
    assert "1" in said[0]


def test_only_what_differs_is_compared(tmp_path, settings, asked):
    one = write(tmp_path / "one", same="s", changed="1", gone="g", linux__version="1")
    two = write(tmp_path / "two", same="s", changed="2", fresh="f", linux__version="2")
    pair.check_pair(str(one), str(two), settings, Options(), print)
    assert set(asked[0][2]) == {"changed.h", "gone.h", "fresh.h", "linux/version.h"}


def test_trees_say_where_a_header_is_and_their_versions_are_no_change(known, settings, asked):
    make = "VERSION = 6\nPATCHLEVEL = {}\nSUBLEVEL = 0\n"
    known("v4.18", {**HEADERS, "Makefile": make.format(1)})
    known("v4.19", {**HEADERS, "Makefile": make.format(2), "include/uapi/linux/a.h": "A\n",
                    "arch/x86/include/uapi/asm/c.h": "C\n"})
    pair.check_pair("v4.18", "v4.19", settings, Options(), print)
    ((_, _, paths, _, _),) = asked
    assert paths == {"linux/a.h": "include/uapi/linux/a.h",
                     "asm/c.h": "arch/x86/include/uapi/asm/c.h"}


def test_each_architecture_is_compared_once_with_its_own_abis(known, settings, asked):
    arm = next(a for a in ABIS if a.name == "arm64")
    files = {**HEADERS, "arch/arm64/include/uapi/asm/c.h": "arm\n"}
    known("v4.18", files)
    known("v4.19", {**files, "arch/arm64/include/uapi/asm/c.h": "ARM\n"})
    result = pair.check_pair("v4.18", "v4.19", settings, Options(abis=(*NATIVE, arm)), print)
    assert [row[4].abis for row in asked] == [NATIVE, (arm,)]
    assert [row[2] for row in asked] == [{}, {"asm/c.h": "arch/arm64/include/uapi/asm/c.h"}]
    assert result.notices == ("call 1", "call 2")


def finding(rule, severity="error", abis=()):
    return Finding(rule, Severity(severity), "m", abis=abis)


@pytest.mark.parametrize(("rows", "broken", "word"), [
    ([], [], "compatible"),
    ([("uapi-layout", "error", ("x86-64", "i386"))], ["abi"], "breaking"),
    ([("uapi-layout", "error", ("i386",))], ["abi32"], "breaking"),
    ([("uapi-layout", "error", ("i386",)), ("uapi-value", "error", ("x86-64",))], ["abi"],
     "breaking"),
    ([("uapi-source",)], ["source"], "breaking"), ([("uapi-header",)], ["source"], "breaking"),
    ([("uapi-include",)], ["source"], "breaking"),
    ([("uapi-consumer",)], ["source"], "breaking"),
    ([("uapi-source", "error", ("i386",)), ("uapi-layout", "error", ("i386",))],
     ["abi32", "source"], "breaking"),
    ([("uapi-clash",)], [], "warning"), ([("uapi-sign", "warning")], [], "warning"),
    ([("uapi-growth", "note")], [], "compatible"),
])
def test_which_promises_are_broken(rows, broken, word):
    found = tuple(finding(*row) for row in rows)
    assert promises.breaks(found) == broken
    assert promises.verdict(found) == word


def test_what_was_not_compared_is_not_compatible_and_hides_no_break():
    assert promises.verdict((), "not-compared") == "not-compared"
    assert promises.verdict((finding("uapi-sign", "warning"),), "not-compared") == "not-compared"
    assert promises.verdict((finding("uapi-source"),), "not-compared") == "breaking"


def test_a_home_that_nobody_has_is_wrong_use_and_ones_own_is_found(tmp_path, monkeypatch):
    with pytest.raises(UsageError):
        pair.read_side("~nosuchuser/x.h", Settings(cache=tmp_path), lambda _: None)
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "x.h").write_text("#define X 1\n")
    assert pair.expanded("~/x.h") == tmp_path / "x.h"


def test_a_baseline_is_a_side(tmp_path, read, settings, known, asked):
    known("debian-6.1", HEADERS)
    path = tmp_path / "v1.uapi"
    assert pair.save("debian-6.1", path, settings, Options(), print) == 3
    side = read(path)
    assert (side.headers["linux/a.h"], side.prefix) == ("a\n", "include/uapi/")
    assert "asm/c.h" in side.headers
    known("debian-6.12", {**HEADERS, "include/uapi/linux/a.h": "other\n"})
    pair.check_pair(str(path), "debian-6.12", settings, Options(), print)
    assert asked[0][2] == {"linux/a.h": "include/uapi/linux/a.h"}


BRANCH = "#ifdef __BIG_ENDIAN\n#define A {}\n#endif\n"


def test_a_branch_for_big_endian_is_compared_there(tmp_path, settings, asked, installed):
    one, two = (write(tmp_path / n, a=BRANCH.format(n)) / "a.h" for n in "12")
    pair.check_pair(str(one), str(two), settings, Options(), print)
    assert [[a.name for a in row[4].abis] for row in asked] == [["x86-64", "i386"], ["s390x"]]


def test_without_its_compiler_it_is_not_compared(tmp_path, settings, asked, installed):
    installed("gcc", "g++")
    one, two = (write(tmp_path / n, a=BRANCH.format(n)) / "a.h" for n in "12")
    result = pair.check_pair(str(one), str(two), settings, Options(), print)
    assert [c.abi for c in result.missed] == ["s390x"]
    assert len(asked) == 1


def test_without_a_compiler_for_it_cplusplus_was_not_looked_at(tmp_path, settings, asked,
                                                               installed):
    installed("gcc")
    one, two = (write(tmp_path / n, a=f"int a{n};\n") / "a.h" for n in "12")
    (row,) = pair.check_pair(str(one), str(two), settings, Options(), print).missed
    assert (row.abi, row.hint) == ("C++", "apt-get install g++")
    assert pair.check_pair(str(one), str(one), settings, Options(), print).missed == ()
