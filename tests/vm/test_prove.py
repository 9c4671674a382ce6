# SPDX-License-Identifier: GPL-2.0-or-later
"""Wrong versions on real kernels: one of each fate."""

import json

import pytest

from harness.settings import ROOT
from tests.vm.conftest import harness

MUTANTS = ROOT / "tests" / "data" / "mutants"


@pytest.fixture(scope="session")
def proof(check, cache, tmp_path_factory):
    """Mutants of a directory on v3, and two of v3's own lines."""
    check("v3")  # the base is built then
    done = {}
    for name, more in (("given", ("--mutants", str(MUTANTS), "--no-own")),
                       ("own", ("--only", "*coalesced_mmio.c:14? drop*"))):
        out = tmp_path_factory.mktemp(name)
        got = harness("prove", "patches/coalesced-pio/v3", *more, "--json", "--out", str(out),
                      cache=cache)
        assert got.stdout, got.stderr
        done[name] = (got.returncode, json.loads(got.stdout))
    return done


def mutant(proof, name):
    return next(m for m in proof["given"][1]["mutants"] if m["name"] == name)


@pytest.mark.parametrize(("name", "status"), [
    ("caught-by-a-test", "caught"), ("caught-by-an-odd-address", "caught"),
    ("hangs", "caught"), ("does-not-apply", "not-applied"), ("does-not-compile", "not-compiled"),
])
def test_each_fate(proof, name, status):
    assert mutant(proof, name)["status"] == status


def test_what_caught_a_mutant_is_named(proof):
    by = mutant(proof, "caught-by-a-test")["by"]
    assert "pio.out_of_every_width" in by
    assert "mmio.writes_of_every_width" in by
    assert "replay.contract" in by, "the random operations notice it too"
    assert mutant(proof, "caught-by-an-odd-address")["by"] == ["mmio.memory_wins_over_a_zone"]


def test_own_mutants_name_the_line(proof):
    code, document = proof["own"]
    assert len(document["mutants"]) >= 3
    assert {m["status"] for m in document["mutants"]} <= {"caught", "equivalent"}
    assert all(" -> " in m["line"] for m in document["mutants"])
    assert code == 0


def test_the_right_version_fails_nothing(proof):
    assert proof["given"][1]["right"]["failing"] == []


def test_a_mutant_that_does_nothing_survives_and_it_is_said_why(proof):
    row = mutant(proof, "harmless")
    assert row["status"] == "survived"
    assert "same machine code" in row["why"]
    assert proof["given"][0] == 1


def test_where_kernels_may_differ_a_mutant_is_reported_and_not_caught(proof):
    row = mutant(proof, "differs")
    assert (row["status"], row["by"]) == ("survived", [])
    assert "register.size_zero_registers" in row["differences"]
