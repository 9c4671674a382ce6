# SPDX-License-Identifier: GPL-2.0-or-later
"""Random operations on a real kernel, against the model."""

import json
import subprocess
from pathlib import Path

from tests.vm.conftest import harness


def fuzz(kernel, out, cache, *more):
    got = harness("fuzz", "--kernel", str(kernel), "--json", "--out", str(out), *more, cache=cache)
    assert got.stdout, got.stderr
    return got.returncode, json.loads(got.stdout)


def test_a_kernel_as_it_is_follows_the_model(kernel, cache, tmp_path):
    code, document = fuzz(kernel, tmp_path, cache, "--ops", "8000", "--seed", "4")
    assert (code, document["differences"]) == (0, [])
    assert document["operations"] >= 8000
    assert "room test: premature" in document["kernel"], "found by probing, not by version"


def test_a_difference_is_shrunk_and_becomes_a_spec_and_c(kernel, cache, tmp_path):
    code, document = fuzz(kernel, tmp_path, cache, "--ops", "20000", "--seed", "1",
                          "--expect", "kept")
    assert code == 1
    (found,) = [d for d in document["differences"] if d["kind"] == "contract"]
    assert 2 <= len(found["script"]) <= 6, found["script"]
    assert "l a9" in found["script"], "the last slot, before the first one"
    source = Path(found["source"])
    assert "userspace sets last to 0xa9" in Path(found["spec"]).read_text()
    shared = ["zone.c", "ktap.c", "kvmtest.c", "kvmcode.c", "x86.c", "x86code.c"]
    subprocess.run(["gcc", "-std=gnu11", "-Wall", "-Werror", "-o", str(tmp_path / "found"),
                    source.name, *shared], cwd=source.parent, check=True)

