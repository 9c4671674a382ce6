# SPDX-License-Identifier: GPL-2.0-or-later
"""The lists of a Kbuild Makefile, as make would have them."""

import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.cover import makefile
from harness.cover.makefile import Reader


def rows(text, others=None, **keys):
    """Each assignment as ``target: words [conditions]``."""
    tree = {"d/e/Makefile": text, **(others or {})}
    reader = Reader(tree.get, "d/e", iter(range(9)), **keys)
    return [f"{row.target}: {' '.join(row.words)}"
            + "".join(f" [{'' if on else '!'}{name}]" for name, on in sorted(row.conditions))
            for row in reader.rows("d/e/Makefile")]


def last(text, others=None):
    return rows(text, others)[-1]


@pytest.mark.parametrize(("text", "found"), [
    ("obj-y := a.o \\\n b.o # c.o", "obj-y: a.o b.o"),
    ("obj-y := $(addprefix x/,a.o b.o)", "obj-y: x/a.o x/b.o"),
    ("obj-y := $(addprefix  x/ , a.o\tb.o )", "obj-y: x/a.o x/b.o"),
    ("obj-y := $(addsuffix .o, a b)", "obj-y: a.o b.o"),
    ("obj-y := $(patsubst %.c,x-%.o,a.c b.c c.S)", "obj-y: x-a.o x-b.o c.S"),
    ("obj-y := $(patsubst %.c,a.c)", "obj-y: a.c"),
    ("obj-y := $(sort $(strip b.o a.o))", "obj-y: b.o a.o"),
    ("obj-y := $(addsuffix .o,$(addprefix x/,a b)) c.o", "obj-y: x/a.o x/b.o c.o"),
    ("obj-y := $(foreach x,a b,$(x).o)", "obj-y: $(foreach x,a b,$(x).o)"),
    ("obj-y := $(if $(CONFIG_A),a.o) b.o", "obj-y: $(if $(CONFIG_A),a.o) b.o"),
    ("obj-y := $(addprefix x/", "obj-y: $(addprefix x/"),
    ("obj-y := a.o) (b.o", "obj-y: a.o) (b.o"),
    ("D := ../x\nobj-y := $(D)/a.o", "obj-y: ../x/a.o"),
    ("D := ../x\nobj-y := ${D}/a.o", "obj-y: ../x/a.o"),
    ("A = ..\nB = $(A)/x\nobj-y := $(B)/a.o", "obj-y: ../x/a.o"),
    ("obj-y := $(obj)/a.o", "obj-y: $(obj)/a.o"),
    ("L := a.o\nobj-y := $(L)", "obj-y: $(L)"),
    ("L := a.o b.o\nobj-y := $(addprefix x/,$(L))", "obj-y: x/a.o x/b.o"),
    ("L := a.o\nL += b.o\nM := $(L)\nobj-y := $(addprefix x/,$(M))", "obj-y: x/a.o x/b.o"),
    ("V := 1 2.5\nobj-y := $(V:%=d/v%.o)", "obj-y: d/v1.o d/v2.5.o"),
    ("S := a.c b.c c.S\nobj-y := $(S:.c=.o)", "obj-y: a.o b.o c.S"),
    ("obj-y := $(S:.c=.o)", "obj-y: $(S:.c=.o)"),
    ("S := a\nobj-y := $(patsubst aa%a,b%,$(S))", "obj-y: a"),
    ("D := x y\nobj-y := $(D)/a.o", "obj-y: x/a.o y/a.o"),  # not as make does, but nothing lost
    ("obj-y :=", "obj-y: ")])
def test_a_list(text, found):
    assert last(text) == found


def test_a_name_with_the_width_in_it_is_that_of_either_kernel():
    assert rows("obj-y += l$(BITS).o")[1:] == ["obj-y: l64.o [64BIT]", "obj-y: l32.o [!64BIT]"]


@pytest.mark.parametrize("text", [
    "X := $(addprefix x/,a.o b.o) c.o", "X := $(addsuffix .o, a b)",
    "X := $(patsubst %.c,x-%.o,a.c b.c c.S)", "X := $(addsuffix .o,$(addprefix x/,a b)) c.o",
    "V := 1 2.5\nX := $(V:%=d/v%.o)", "S := a.c b.c c.S\nX := $(S:.c=.o)",
    "L := a.o\nL += b.o\nM = $(L)\nX := $(addprefix x/,$(M))", "A = ..\nB = $(A)/x\nX := $(B)/a.o"])
def test_a_list_is_as_make_has_it(text, tmp_path):
    (tmp_path / "Makefile").write_text(text + "\n$(info $(X))\nall: ;\n")
    said = subprocess.run(["make", "-s"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert last(text) == f"X: {said.stdout.strip()}"


def test_the_words_of_a_list_keep_the_conditions_of_where_they_come_from():
    text = ("L := a.o\nifdef CONFIG_A\nL += b.o\nendif\nL-$(CONFIG_B) += c.o\n"
            "obj-y := $(addprefix x/,$(L))\nobj-y += $(addprefix y/,$(L-y))")
    assert rows(text)[-4:] == ["obj-y: x/a.o", "obj-y: x/b.o [A]", "obj-y: ", "obj-y: y/c.o [B]"]


def test_makefiles_are_included_by_lists_that_are_computed():
    text = ("T := $(srctree)/$(src)/..\nifdef CONFIG_A\nLIBS := one\nendif\nLIBS += two\n"
            "include $(addsuffix /Makefile,$(addprefix $(T)/,$(LIBS)))\n")
    others = {"d/one/Makefile": "obj-y += 1.o\nifndef CONFIG_B\nobj-y += 3.o\nendif",
              "d/two/Makefile": "obj-y += 2.o"}
    assert rows(text, others)[-3:] == ["obj-y: 1.o [A]", "obj-y: 3.o [A] [!B]", "obj-y: 2.o"]


def test_an_include_of_what_is_not_there_is_nothing():
    assert rows("include $(NOT)/Makefile gone\n-include gone\nobj-y := a.o") == ["obj-y: a.o"]


@pytest.mark.parametrize("text", [
    "A = x/$(A) y/$(A)\n" * 20 + "obj-y := z/$(A)", "include $(src)/Makefile\n" * 9,
    "A = $(B)/a\nB = $(A)/b\n" * 20 + "obj-y := $(A)/c", "obj-y := " + "$(addprefix a," * 500,
    "obj-y := " + "$(" * 2000, "A := " + "a " * 2000 + "\n" + "A += $(A)/$(A)/$(A)\n" * 300,
    "B := b\n" + "obj-y := " + "$(sort " * 400 + "$(B)/x" + ")" * 400])
def test_what_goes_round_or_on_for_long_ends(text):
    assert sum(map(len, rows(text))) < 20_000_000


def test_so_many_words_are_made_and_no_more(monkeypatch):
    monkeypatch.setattr(makefile, "MOST_EXPANDED", 3)
    assert last("L := a b c d e\nobj-y := $(addprefix x/,$(L))") == "obj-y: x/a x/b x/c"
    text = "L := a b\nobj-y := x/$(L)\nobj-y += y/$(L)"
    assert rows(text, work=9)[1:] == ["obj-y: x/a x/b", "obj-y: y/$(L)"]


@given(st.text("$()abx/ ,\t\n:=+#%{}CONFIG_ydfnei\\", max_size=300))
def test_any_text_is_read(text):
    rows(text)


@given(st.lists(st.sampled_from(["a.o", "b/c.o", "../d.o"]), max_size=6),
       st.sampled_from(["x/", "$(obj)/", ""]))
def test_a_prefix_goes_before_every_word(words, prefix):
    found = last(f"obj-y := $(addprefix {prefix},{' '.join(words)})")
    assert found.split() == ["obj-y:", *(prefix + w for w in words)]
