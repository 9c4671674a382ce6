# SPDX-License-Identifier: GPL-2.0-or-later
"""The table of the lead case's cover letter, on real kernels."""

import json

import pytest

from tests.vm.conftest import harness


@pytest.fixture(scope="session")
def measured(cache, tmp_path_factory):
    out = tmp_path_factory.mktemp("bench")
    got = harness("bench", "patches/coalesced-pio/v3", "--runs", "1", "--json", "--out", str(out),
                  cache=cache)
    assert got.returncode == 0, got.stdout + got.stderr
    return json.loads(got.stdout), out


def test_exits_are_exact_for_each_guest_of_both_arms(measured):
    data, _ = measured
    assert data["steady"]
    for arm in data["arms"]:
        (row,) = arm["counts"]
        assert (row["base"], row["patched"]) == ([2000, 2000], [1000, 1000])
    assert [arm["arm"] for arm in data["arms"]] == ["1 guest", "12 guests"]


def test_the_tracepoints_of_both_kernels_saw_each_access(measured):
    for arm, guests in zip(measured[0]["arms"], (1, 12), strict=True):
        for rows in arm["tables"].values():
            assert {r["access"]: r["samples"] for r in rows} == {
                "0x70:POUT": 200 * guests, "0x71:PIN": 200 * guests}
            assert sum(r["time_share"] for r in rows) == pytest.approx(1)


def test_one_run_claims_nothing(measured):
    data, out = measured
    assert not any(row["factor"]["claimed"] for arm in data["arms"] for row in arm["times"])
    shown = harness("report", str(out)).stdout
    assert "fewer than 20 runs claim nothing" in shown
    assert "IO Port Access" in shown
