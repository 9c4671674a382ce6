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
    assert found["dev/console"][0] == 0o020600
