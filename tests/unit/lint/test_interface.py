# SPDX-License-Identifier: GPL-2.0-or-later
import pytest

from harness.lint import lint_tree
from harness.lint.interface import RULES, members, reused_padding
from harness.lint.rule import TreeContext
from tests import make

UAPI, CODE = "include/uapi/linux/toy.h", "drivers/toy.c"
HEADER = """struct toy {
	__u64 size;
	__u32 flags;
	__u32 pad;
};
"""
USED = HEADER.replace("pad", "kind")


def tree(before, after):
    """A series that makes ``after`` of ``before``: files by path, as text."""
    old, new = ({p: t.encode() for p, t in side.items()} for side in (before, after))
    paths = tuple(sorted(p for p in old.keys() | new.keys() if old.get(p) != new.get(p)))
    return TreeContext(make.series(), paths, old.get, new.get, lambda *_: (), lambda: (),
                   lambda _: None)


def found(before, after, rule=""):
    return [(f.rule, str(f.where), f.evidence) for f in lint_tree(tree(before, after), RULES)
            if f.rule.startswith(rule)]


def function(*lines):
    return "int f(struct toy *toy)\n{\n" + "".join(f"\t{t}\n" for t in lines) + "}\n"


def test_members_are_found_with_their_struct_and_line():
    text = ("struct a {\n\t__u32 x; /* one */\n\tunion {\n\t\t__u32   y;\n\t};\n};\n"
            "union b {\n\tint z;\n};\n")
    assert members(text.encode()) == {
        "a.x": ("a", 2, "__u32 x;"), "a.y": ("a", 4, "__u32 y;"), ".z": ("", 8, "int z;")}


def test_what_only_the_kernel_sees_is_no_member():
    text = ("#ifdef __KERNEL__\nstruct k {\n\tlong x;\n};\n#endif\n"
            "static inline int f(void)\n{\n\tstruct l {\n\t\tlong y;\n\t} l;\n\treturn 0;\n}\n"
            "#ifdef OTHER\nstruct o {\n\tlong z;\n};\n#endif\n")
    assert set(members(text.encode())) == {"o.z"}


@pytest.mark.parametrize("new", [
    USED, HEADER.replace("pad", "pio"),
    HEADER.replace("\t__u32 pad;\n", "\tunion {\n\t\t__u32 pad;\n\t\t__u32 kind;\n\t};\n"),
    HEADER.replace("__u32 pad;", "__u16 kind;\n\t__u16 pad;"),
])
def test_padding_that_got_a_meaning_is_seen(new):
    ((path, name, line, pad),) = reused_padding(tree({UAPI: HEADER}, {UAPI: new}))
    assert (path, pad) == (UAPI, "pad")
    assert f" {name};" in new.splitlines()[line - 1]


@pytest.mark.parametrize(("old", "new"), [
    (HEADER, HEADER.replace("pad", "reserved2")),
    (HEADER, HEADER + "struct more {\n\t__u32 kind;\n};\n"),
    (HEADER, HEADER.replace("};", "\n\n\n\n\t__u64 more;\n};")),
    (HEADER.replace("pad", "padlock"), USED),
])
def test_other_changes_use_no_padding(old, new):
    assert list(reused_padding(tree({UAPI: old}, {UAPI: new}))) == []


@pytest.mark.parametrize("path", ["include/linux/toy.h", "tools/include/uapi/linux/toy.h",
                                  "include/uapi/toy.c"])
def test_only_headers_of_userspace_count(path):
    assert list(reused_padding(tree({path: HEADER}, {path: USED}))) == []
    assert found({}, {path: "struct a {\n\tlong x;\n};\n"}) == []


def test_a_header_that_comes_or_goes_reuses_nothing():
    assert list(reused_padding(tree({}, {UAPI: USED}))) == []
    assert list(reused_padding(tree({UAPI: HEADER}, {}))) == []


REFUSED = [
    ["if (toy->kind > 1)", "\treturn -EINVAL;"],
    ["if (toy->kind > 1)", "\tgoto out;"],
    ["if (toy->kind > 1)", "\tret = -EINVAL;"],
    ["while (toy->kind)", "\tbreak;"],
    ["switch (toy->kind) {", "case 0:", "\tx();", "}"],
    ["if (toy->kind)", "\ty();", "return check(toy->kind);"],
    ["if (toy->kind)", "\ty();", "return toy->kind < 2;"],
    ["if (toy->kind)", "\ty();", "r = valid(&toy->kind);"],
    ["kind = toy->kind;", "if (kind)", "\treturn -EINVAL;"],
    ["if (toy->kind)", "\ty();", "if (toy->flags & 1)", "\tx(toy->kind);"],
    ["if (toy->kind)", "\ty();", "if (toy->flags & 1)", "\tz = toy->kind;"],
]
USES = [
    ["if (toy->kind)", "\ty();"],
    ["x = toy->kind ? 1 : 2;"],
    ["kind = toy->kind;", "if (kind)", "\ty();"],
    ["if (toy.kind)", "\ty();", "if (toy->flags)", "\treturn 1;"],
    ["if (toy->kind)", "\ty();", "return 0;"],
    ["if (toy->kind)", "\ty();", "z(a, 1 + toy->kind);"],
    ["if (toy->kind)", "\ty();", "if (toy->size)", "\tz = toy->kind;"],
]


@pytest.mark.parametrize("lines", REFUSED)
def test_a_meaning_that_code_checks_is_fine(lines):
    assert found({UAPI: HEADER}, {UAPI: USED, CODE: function(*lines)}) == []


@pytest.mark.parametrize("lines", USES)
def test_a_meaning_that_nothing_checks_is_named(lines):
    (one,) = lint_tree(tree({UAPI: HEADER}, {UAPI: USED, CODE: function(*lines)}), RULES)
    assert (one.rule, str(one.where)) == ("padding-validated", f"{UAPI}:4")
    assert "kind was pad" in one.message


@pytest.mark.parametrize("lines", [
    ["toy->kind = 1;"], ["if (kind)", "\ty();"], ["if (toy->kinder)", "\ty();"]])
def test_a_meaning_that_nothing_asks_for_is_not_judged(lines):
    assert found({UAPI: HEADER}, {UAPI: USED, CODE: function(*lines)}) == []


def test_a_name_of_another_function_is_no_copy():
    code = function("kind = toy->kind;") + function("if (kind)", "\ty();").replace("f(", "g(")
    assert found({UAPI: HEADER}, {UAPI: USED, CODE: code}) == []


def test_uses_in_tools_and_other_files_do_not_count():
    code = function("if (toy->kind)", "\ty();")
    assert found({UAPI: HEADER}, {UAPI: USED, "tools/toy.c": code}) == []
    assert found({UAPI: HEADER}, {UAPI: USED, "toy.S": code}) == []
    gone = {UAPI: HEADER, CODE: code}
    assert found(gone, {UAPI: USED}) == []


def test_a_check_in_another_file_of_the_series_counts():
    after = {UAPI: USED, CODE: function(*USES[0]), "virt/b.h": function(*REFUSED[0])}
    assert found({UAPI: HEADER}, after) == []


@pytest.mark.parametrize(("declaration", "bad"), [
    ("long a;", True), ("unsigned long a;", True), ("size_t a;", True),
    ("loff_t a;", True), ("time_t a;", True), ("bool a;", True), ("struct timespec a;", True),
    ("void *a;", True), ("long long a;", False), ("unsigned long long a;", False),
    ("long int a;", True), ("__u32 a;", False), ("struct longer a;", False), ("__u64 a[4];", False),
    ("union { long a; };", True)])
def test_types_whose_size_differs_are_named(declaration, bad):
    new = HEADER.replace("};", f"\t{declaration}\n}};")
    inner = declaration.removeprefix("union { ").removesuffix(" };")
    expected = [("uapi-types", f"{UAPI}:5", inner)] if bad else []
    assert found({UAPI: HEADER}, {UAPI: new}) == expected


def test_an_old_type_is_nobodys_fault_until_it_changes():
    old = HEADER.replace("};", "\tlong a;\n};")
    assert found({UAPI: old}, {UAPI: "\n" + old.replace("long a", "long   a")}) == []
    assert found({UAPI: old}, {UAPI: old.replace("long a", "unsigned long a")}, "uapi") == [
        ("uapi-types", f"{UAPI}:5", "unsigned long a;")]
    assert found({}, {UAPI: old}) == [("uapi-types", f"{UAPI}:5", "long a;")]
    assert found({UAPI: old}, {}) == []


TWINS = ["if (toy->bus)", "\tput(kvm, PIO, 1);", "else", "\tput(kvm, MMIO, 1);"]


def twins(*lines):
    return found({CODE: function("a();", "b();")}, {CODE: function("a();", *lines, "b();")})


def test_arms_that_differ_in_one_argument_are_named():
    (one,) = lint_tree(tree({CODE: function("a();")}, {CODE: function("a();", *TWINS)}), RULES)
    assert (one.rule, str(one.where)) == ("if-else-twins", f"{CODE}:4")
    assert "toy->bus ? PIO : MMIO" in one.message
    assert one.evidence.startswith("if (toy->bus)")


@pytest.mark.parametrize("lines", [
    TWINS,
    ["if (bus) {", "\tput(kvm, PIO, 1);", "} else {", "\tput(kvm, MMIO, 1);", "}"],
    ["if (bus)", "\tr = put(kvm, PIO, 1);", "else", "\tr = put(kvm, MMIO, 1);"],
])
def test_twins_of_every_form_are_named(lines):
    assert [rule for rule, _, _ in twins(*lines)] == ["if-else-twins"]


@pytest.mark.parametrize("lines", [
    TWINS[:2],
    [t.replace("MMIO, 1", "MMIO, 2") for t in TWINS],
    [t.replace("MMIO", "PIO") for t in TWINS],
    [t.replace("kvm, ", "") for t in TWINS],
    [t.replace("MMIO, 1", "MMIO, 1, 2") for t in TWINS],
    [*TWINS[:3], "\tget(kvm, MMIO, 1);"],
    [*TWINS[:3], "\tx = 1;"],
    [*TWINS[:3], "\treturn 1;"],
    ["if (bus) {", "\tput(kvm, PIO, 1);", "\tx();", "} else", "\tput(kvm, MMIO, 1);"],
])
def test_arms_that_differ_in_more_are_left_alone(lines):
    assert twins(*lines) == []


def test_old_twins_and_those_of_other_files_are_left_alone():
    old = function(*TWINS)
    assert found({CODE: old}, {CODE: old.replace("}\n", "\tb();\n}\n")}) == []
    assert found({CODE: old}, {CODE: function("a();", *TWINS)}) == [], "only moved"
    assert found({}, {"toy.h": old}) == []
    assert found({CODE: old}, {}) == []
    assert [r for r, _, _ in found({}, {CODE: old})] == ["if-else-twins"]


def test_a_changed_condition_makes_old_arms_new_twins_and_a_change_nearby_does_not():
    old = function("a();", *TWINS, "b();")
    assert found({CODE: old}, {CODE: old.replace("toy->bus", "bus")})[0][1] == f"{CODE}:4"
    assert found({CODE: old}, {CODE: old.replace("MMIO", "ISA")}) == []
    assert found({CODE: old}, {CODE: old.replace("a();", "c();")}) == []


def test_twins_keep_their_id_when_lines_move():
    def one(*above):
        return lint_tree(tree({}, {CODE: function(*above, *TWINS)}), RULES)[0].id
    assert one() == one("a();", "b();")


def test_only_the_changed_line_is_new_among_equal_ones():
    old = function(*["a();"] * 5, *TWINS, *["c();"] * 3)
    new = function(*["a();"] * 4, "d();", *TWINS, *["c();"] * 2, "e();")
    assert found({CODE: old}, {CODE: new}) == []
    again = function(*["a();"] * 5, *TWINS, *["c();"] * 3, *TWINS)
    assert [where for _, where, _ in found({CODE: old}, {CODE: again})] == [f"{CODE}:15"]
