# SPDX-License-Identifier: GPL-2.0-or-later
"""What make says of objects that it could not make."""

import pytest

from harness.build.unmade import MOST, unmade


@pytest.mark.parametrize(("text", "objects"), [
    ("make[7]: *** [/src/scripts/Makefile.build:243: drivers/a/b.o] Error 1\n", ["drivers/a/b.o"]),
    ("make[7]: *** [scripts/Makefile.build:331: fs/x.o] Error 127\n", ["fs/x.o"]),
    ("make[3]: *** [fs/x.o] Error 1\n", ["fs/x.o"]),
    ("make[5]: *** No rule to make target 'net/gone.o', needed by 'net/built-in.a'.  Stop.\n",
     ["net/gone.o"]),
    ("make[5]: *** No rule to make target 'net/tab.h', needed by 'net/tab.o'.\n", ["net/tab.o"]),
    (("make[4]: *** [/src/scripts/Makefile.build:480: drivers/a] Error 2\n"
     "make: *** [Makefile:224: __sub-make] Error 2\nfs/a.c:3: error: x.o\n"
     "make[5]: Target '__build' not remade because of errors.\n"
     "make[5]: *** [a.o] Interrupt\n"), []),
    (("make[1]: *** [m:1: b.o] Error 1\nmake[1]: *** [m:1: a.o] Error 1\n"
     "make[1]: *** [m:1: b.o] Error 1\n"), ["b.o", "a.o"]),
    ("", []),
])
def test_the_objects_that_failed(text, objects):
    assert list(unmade(text)) == objects


def test_there_are_no_more_than_can_be_looked_at():
    text = "".join(f"make[1]: *** [m:1: {n}.o] Error 1\n" for n in range(MOST + 1))
    assert len(unmade(text)) == MOST
