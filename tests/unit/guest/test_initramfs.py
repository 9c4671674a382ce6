# SPDX-License-Identifier: GPL-2.0-or-later
from hypothesis import given
from hypothesis import strategies as st

from harness.guest.initramfs import pack


def unpack(archive):
    """An independent reader of "newc": name -> (mode, data)."""
    at, found = 0, {}
    while True:
        assert archive[at: at + 6] == b"070701"
        fields = [int(archive[at + 6 + 8 * n: at + 14 + 8 * n], 16) for n in range(13)]
        name_end = at + 110 + fields[11]
        name = archive[at + 110: name_end - 1].decode()
        start = (name_end + 3) // 4 * 4
        data = archive[start: start + fields[6]]
        at = (start + fields[6] + 3) // 4 * 4
        if name == "TRAILER!!!":
            return found
        found[name] = (fields[1], data)


NAMES = st.from_regex(r"[a-z]{1,8}(/[a-z]{1,8}){0,2}", fullmatch=True)


@given(st.dictionaries(NAMES, st.binary(max_size=300), max_size=6))
def test_what_goes_in_comes_out(files):
    # a name cannot be a file and a folder at once
    files = {n: d for n, d in files.items() if not any(o.startswith(n + "/") for o in files)}
    found = unpack(pack({n: (0o755, d) for n, d in files.items()}))
    for name, data in files.items():
        assert found[name] == (0o100755, data)
        for n in range(1, name.count("/") + 1):
            assert found["/".join(name.split("/")[:n])][0] == 0o040755
    assert found["dev/console"] == (0o020600, b"")
    assert found["dev/null"] == (0o020666, b"")
    assert len(found) == len({d for n in [*files, "dev/x"] for d in folders(n)}) + len(files) + 2


def folders(name):
    parts = name.split("/")
    return ["/".join(parts[:n]) for n in range(1, len(parts))]


def entries(archive):
    """The header fields of each entry, by name."""
    at, found = 0, {}
    while b"TRAILER" not in found:
        fields = [int(archive[at + 6 + 8 * n: at + 14 + 8 * n], 16) for n in range(13)]
        name = archive[at + 110: at + 109 + fields[11]].partition(b"!")[0]
        found[name] = fields
        at = (at + 110 + fields[11] + 3) // 4 * 4
        at = (at + fields[6] + 3) // 4 * 4
    return found, at


def test_devices_have_the_numbers_that_the_kernel_knows():
    found, _ = entries(pack({"init": (0o755, b"x")}))
    assert found[b"dev/console"][9:11] == [5, 1]
    assert found[b"dev/null"][9:11] == [1, 3]
    assert found[b"init"][9:11] == [0, 0]


def test_every_entry_is_a_file_of_its_own_and_a_folder_comes_before_what_is_in_it():
    archive = pack({"a/b/c": (0o644, b"12345"), "init": (0o700, b"")})
    found, end = entries(archive)
    inodes = [fields[0] for name, fields in found.items() if name != b"TRAILER"]
    assert len(set(inodes)) == len(inodes)
    assert end == len(archive)
    names = list(found)
    assert names.index(b"a") < names.index(b"a/b") < names.index(b"a/b/c")
    assert found[b"init"][1] == 0o100700


def test_equal_files_are_an_equal_archive_in_any_order():
    one, two = {"a": (0o644, b"1"), "b": (0o644, b"2")}, {"b": (0o644, b"2"), "a": (0o644, b"1")}
    assert pack(one) == pack(two)
