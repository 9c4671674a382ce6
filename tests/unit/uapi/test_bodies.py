# SPDX-License-Identifier: GPL-2.0-or-later
"""What programs have compiled in; what real compilers make of it is in tests/data/abi."""

import pytest

from harness.model import Function, HeaderApi
from harness.uapi import bodies
from harness.uapi.context import HeaderContext
from harness.uapi.declared import declared

HERE = HeaderContext("include/uapi/linux/x.h", "x86-64")
TABLE = "static const int t[] = { 1, 2 };\n"

ASSEMBLY = """\t.file "t.c"
harness_b_f:
.LFB0:
\tleal\t0(,%rdi,8), %eax
\ttestl\t%edi, %edi
\tje\t.L4
\tret
.L4:
\txorl\t%eax, %eax
\tret
\t.size\tharness_b_f, .-harness_b_f
harness_b0_f:
\tmovl\t$88, %eax
\tret
\t.size\tharness_b0_f, .-harness_b0_f
harness_b1_f:
\txorl\t%eax, %eax
\tret
"""


def tables(old, new):
    return [f.message.partition(":")[0] for f in bodies._tables(declared(old), declared(new), HERE)]


@pytest.mark.parametrize(("new", "said"), [
    (TABLE, []), ("", []), ("static const int t[] = { 1, 2, 3 };\n", []),
    ("static const int t[] = { 1, /* x */ 2 };\n", []),
    ("static const int t[] = { 1, 3 };\n", ["t[1] 2 -> 3"]),
    ("static const int t[] = { 1 };\n", ["t"])])
def test_a_table_may_grow_and_nothing_else(new, said):
    assert tables(TABLE, new) == said


def test_a_function_of_the_header_stays_static():
    def said(old, new):
        return [f.subject for f in bodies._linked(declared(old), declared(new), HeaderApi(), HERE)]
    static, bare = "static inline int f(void) { return 1; }", "inline int f(void) { return 1; }"
    assert said(static, bare) == ["f static"]
    assert said(static, static) == said(bare, static) == said(bare, bare) == said(static, "") == []


def test_machine_code_is_read_with_labels_numbered_anew():
    found = bodies._code(ASSEMBLY)
    assert list(found) == ["harness_b_f", "harness_b0_f", "harness_b1_f"]
    assert found == bodies._code(ASSEMBLY.replace(".L4", ".L17"))
    assert found != bodies._code(ASSEMBLY.replace("leal", "movl"))
    assert bodies._value(found, "harness_b_f") is None
    assert bodies._value(found, "harness_b0_f") == 88
    assert bodies._value(found, "harness_b1_f") == 0
    assert bodies._value(found, "nothing") is None
    moved = {"f": ("movl %edi, %eax", "ret")}
    assert bodies._value(moved, "f") is None, "what is moved is no constant"
    assert bodies._value(None, "harness_b0_f") is None


@pytest.mark.parametrize(("result", "parameters", "count"), [
    ("unsigned int @", ("unsigned int @", "long @"), 11), ("int @", (), 1),
    ("int @", ("int *@",), 0), ("void @", ("int @",), 0), ("struct s @", ("int @",), 0),
    ("int @", ("int @",) * 7, 0), ("double @", ("float @",), 11), ("const char *@", (), 1),
    ("void *@", (), 0)])
def test_calls_are_made_where_all_is_numbers(result, parameters, count):
    calls = list(bodies._calls(Function("f", result, parameters), ""))
    assert len(calls) == count
    assert all(c.startswith("f(") for c in calls)


def test_calls_are_made_with_the_numbers_of_the_text():
    calls = list(bodies._calls(Function("f", "int @", ("int @",)),
                               "case 0x40: return 25; default: return 99u; "))
    assert {"f(64)", "f(25)", "f(99)"} <= set(calls)
    many = " ".join(map(str, range(100, 200)))
    assert len(list(bodies._calls(Function("f", "int @", ("int @",)), many))) < 30


WITH_DATA = """
harness_b_f:
\tmovl\tlen.{n}(,%rdi,4), %eax
\tret
\t.size\tharness_b_f, .-harness_b_f
\t.section\t.rodata
\t.type\tlen.{n}, @object
len.{n}:
\t.long\t4
\t.quad\t.LC{n}
.LC{n}:
\t.string\t"{word}"
"""


def test_the_data_that_a_function_uses_is_part_of_it_whatever_it_is_called():
    one = bodies._code(WITH_DATA.format(n=0, word="busy"))
    assert list(one) == ["harness_b_f"]
    assert one == bodies._code(WITH_DATA.format(n=7, word="busy"))
    assert one != bodies._code(WITH_DATA.format(n=0, word="dead"))
    assert one != bodies._code(WITH_DATA.format(n=0, word="busy").replace(".long\t4", ".long\t5"))


def test_data_that_names_itself_ends():
    assert bodies._code("harness_b_f:\n\tlea a(%rip), %rax\na:\n\t.quad\ta\n")


def test_brackets_that_go_are_one_finding():
    old = HeaderApi(bodies={"A": "(1 + 2)", "B": "(1)", "C": "1 + 2", "D": "(x)", "E": "(2 | 1)"})
    new = HeaderApi(bodies={"A": "1 + 2", "B": "1", "C": "2 + 1", "E": "2 | 1", "F": "1 + 1"})
    (found,) = bodies._brackets(old, new, HERE)
    assert found.message.startswith("A, E: no brackets")
    assert list(bodies._brackets(new, old, HERE)) == []
