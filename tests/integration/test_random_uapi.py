# SPDX-License-Identifier: GPL-2.0-or-later
"""Three hundred pairs of headers made at random: the checker says what compilers say."""

import pytest

from tests import random_uapi


@pytest.mark.timeout(1500)
def test_compilers_and_the_checker_say_the_same():
    told = []
    seen, odd = random_uapi.run(18, 300, told.append)
    assert odd == [], "\n".join(told)
    assert sum(seen.values()) == 300
    assert len(seen) > 15, "nearly every kind of change came up"
