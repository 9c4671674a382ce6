# SPDX-License-Identifier: GPL-2.0-or-later
"""Documents for KCIDB: each once, whole or not at all."""

import json

import pytest

from harness.errors import InfrastructureError
from harness.farm import outbox
from tests import make


def test_a_report_is_there_once_under_the_name_of_its_checkout(tmp_path):
    keep = outbox.documents(tmp_path / "kcidb")
    for _ in range(2):
        keep(("m",), make.report(began="2026-11-30T10:00:00+00:00"))
    (one,) = (tmp_path / "kcidb").iterdir()
    document = json.loads(one.read_text())
    assert document["checkouts"][0]["id"].endswith(one.stem)
    keep(("m",), make.report(began="2026-11-30T11:00:00+00:00"))
    assert len(list((tmp_path / "kcidb").iterdir())) == 2


def test_a_folder_that_cannot_be_written_is_our_trouble(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InfrastructureError, match="file"):
        outbox.documents(tmp_path / "file")((), make.report())
