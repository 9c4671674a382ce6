# SPDX-License-Identifier: GPL-2.0-or-later
"""Headers made at random, and what can change in them; see random_uapi."""

from dataclasses import dataclass, field, replace

SCALARS = ("__u8", "__u16", "__u32", "__u64", "__s32", "__s64", "char", "unsigned long",
           "enum e_kind", "__u8 *", "const char *", "void *", "struct part *", "struct part")
INTEGERS = ("__u8", "__u16", "__u32", "__u64", "__s32", "__s64")
# What only differs in its sign is a warning of the checker's, and no break.
UNSIGNED = {"__s32": "__u32", "__s64": "__u64", "char": "__u8"}


@dataclass(frozen=True)
class Field:
    """A field: its type, name, and the sizes of an array."""

    kind: str
    name: str
    sizes: tuple = ()

    def declare(self, name=""):
        """``__u32 name[4]``."""
        return f"{self.kind} {name or self.name}" + "".join(f"[{n}]" for n in self.sizes)


@dataclass(frozen=True)
class Call:
    """A macro or an inline function: parameters, and what each is multiplied with."""

    name: str
    factors: tuple
    inline: bool
    kinds: tuple = ()


@dataclass(frozen=True)
class Model:
    """A header: structs, constants of an enum, numbers, ioctls, calls, strings."""

    structs: dict = field(default_factory=dict)
    enum: tuple = ()
    numbers: dict = field(default_factory=dict)
    ioctls: dict = field(default_factory=dict)
    calls: tuple = ()
    strings: dict = field(default_factory=dict)
    moved: bool = False  # its structs and numbers are in a header that it includes


def made(rng):
    """A header at random."""
    names = [f"f_{rng.choice('abcdefgh')}{n}" for n in range(30)]
    structs = {}
    for n in range(rng.randint(1, 3)):
        structs[f"s_{n}"] = tuple(
            Field(rng.choice(SCALARS), names.pop(), rng.choice([(), (), (), (4,), (2, 8)]))
            for _ in range(rng.randint(2, 5)))
    start = rng.randint(0, 5)
    return Model(
        structs, tuple(f"E_{w}" for w in rng.sample(["RED", "BLUE", "LIME", "TEAL", "PINK"], 3)),
        {f"N_{w}": start + 3 * n for n, w in enumerate(rng.sample(
            ["LEFT", "UPPER", "INNER", "FINAL", "WHOLE"], 3))},
        {f"IO_{w}": (rng.choice(["_IO", "_IOR", "_IOW", "_IOWR"]), 10 + n, rng.choice(
            ["__u32", *(f"struct {s}" for s in structs)]))
         for n, w in enumerate(rng.sample(["FETCH", "STORE", "RESET", "WATCH"], 2))},
        tuple(Call(f"c_{n}", tuple(rng.sample([1, 3, 16, 256], rng.randint(1, 3))), inline,
                   tuple(rng.choice(INTEGERS) for _ in range(3)))
              for n, inline in enumerate((False, True))),
        {"S_NAME": "disk"})


def text(model, name):
    """The header, and the one that it includes where its parts have moved: name -> text."""
    parts = ["struct part { __u32 v; };", f"enum e_kind {{ {', '.join(model.enum)} }};"]
    for tag, fields in model.structs.items():
        parts.append(f"struct {tag} {{\n" + "".join(f"\t{f.declare()};\n" for f in fields) + "};")
    parts += [f"#define {n} {v}" for n, v in model.numbers.items()]
    for n, (maker, nr, kind) in model.ioctls.items():
        parts.append(f"#define {n} {maker}(0xae, {nr}" + (")" if maker == "_IO" else f", {kind})"))
    for call in model.calls:
        names = [f"a{n}" for n in range(len(call.factors))]
        whole = " + ".join(f"({a}) * {f}" for a, f in zip(names, call.factors, strict=True))
        parts.append(
            f"static __inline__ __u64 {call.name}("
            + ", ".join(f"{k} {a}" for k, a in zip(call.kinds, names, strict=False))
            + f") {{ return {whole}; }}" if call.inline else
            f"#define {call.name}({', '.join(names)}) ({whole})")
    parts += [f'#define {n} "{v}"' for n, v in model.strings.items()]
    top = "#include <linux/types.h>\n#include <linux/ioctl.h>\n"
    body, guard = "\n".join(parts), name.upper()

    def whole_of(guard, body):
        return f"#ifndef _UAPI_{guard}_H\n#define _UAPI_{guard}_H\n{top}{body}\n#endif\n"
    if not model.moved:
        return {f"linux/{name}.h": whole_of(guard, body)}
    return {f"linux/{name}.h": whole_of(guard, f"#include <linux/{name}_part.h>"),
            f"linux/{name}_part.h": whole_of(f"{guard}_PART", body)}


def changed(model, rng):
    """The model with one thing changed, and which thing that is."""
    way = rng.choice(sorted(CHANGES))
    return CHANGES[way](model, rng), way


def _struct(rng, model, change):
    tag = rng.choice(sorted(model.structs))
    return replace(model, structs={**model.structs, tag: tuple(change(list(model.structs[tag])))})


def _field(rng, change):
    def does(fields):
        at = rng.randrange(len(fields))
        fields[at] = change(fields[at])
        return fields
    return does


def _retype(old, rng):
    others = [k for k in SCALARS if UNSIGNED.get(k, k) != UNSIGNED.get(old, old)]
    return rng.choice(others)


def _swap(fields):
    fields[0], fields[1] = fields[1], fields[0]
    return fields


def _insert(fields, rng):
    fields.insert(rng.randint(0, len(fields)), Field(rng.choice(INTEGERS), "f_new"))
    return fields


def _item(rng, rows, change):
    rows = dict(rows)
    name = rng.choice(sorted(rows))
    change(rows, name)
    return rows


def _rename(rows, name):
    rows["FRESH_" + name.lower()] = rows.pop(name)


def _call(rng, model, change):
    at = rng.randrange(len(model.calls))
    calls = list(model.calls)
    calls[at] = change(calls[at])
    return replace(model, calls=tuple(calls))


CHANGES = {
    "nothing": lambda m, _: m,
    "moved": lambda m, _: replace(m, moved=True),
    "field renamed": lambda m, r: _struct(r, m, _field(r, lambda f: replace(f, name="f_other"))),
    "field retyped": lambda m, r: _struct(r, m, _field(
        r, lambda f: replace(f, kind=_retype(f.kind, r)))),
    "field resized": lambda m, r: _struct(r, m, _field(
        r, lambda f: replace(f, sizes=r.choice([s for s in ((), (4,), (2, 8), (16,))
                                                if s != f.sizes])))),
    "field const": lambda m, r: _struct(r, m, _field(
        r, lambda f: replace(f, kind=f"const {f.kind}" if "*" not in f.kind
                             else f"{f.kind}const"))),
    "field gone": lambda m, r: _struct(r, m, lambda fs: fs[:-1]),
    "fields swapped": lambda m, r: _struct(r, m, _swap),
    "field added": lambda m, r: _struct(r, m, lambda fs: _insert(fs, r)),
    "constant added": lambda m, r: replace(m, enum=(*m.enum, "E_NEW")),
    "constant first": lambda m, r: replace(m, enum=("E_NEW", *m.enum)),
    "constant gone": lambda m, r: replace(m, enum=m.enum[:-1]),
    "number renamed": lambda m, r: replace(m, numbers=_item(r, m.numbers, _rename)),
    "number changed": lambda m, r: replace(m, numbers=_item(
        r, m.numbers, lambda rows, n: rows.update({n: rows[n] + 100}))),
    "number added": lambda m, _: replace(m, numbers={**m.numbers, "N_ADDED": 77}),
    "ioctl renumbered": lambda m, r: replace(m, ioctls=_item(
        r, m.ioctls, lambda rows, n: rows.update({n: (rows[n][0], 99, rows[n][2])}))),
    "ioctl redirected": lambda m, r: replace(m, ioctls=_item(
        r, m.ioctls, lambda rows, n: rows.update(
            {n: ("_IOW" if rows[n][0] != "_IOW" else "_IOR", *rows[n][1:])}))),
    "call reordered": lambda m, r: _call(
        r, m, lambda c: replace(c, factors=tuple(reversed(c.factors))) if not c.inline else c),
    "call takes one more": lambda m, r: _call(
        r, m, lambda c: replace(c, factors=(*c.factors, 7), kinds=(*c.kinds[:len(c.factors)],
                                                                    "__u32"))),
    "call renamed": lambda m, r: _call(r, m, lambda c: replace(c, name=f"fresh_{c.name}")),
    "string changed": lambda m, _: replace(m, strings={"S_NAME": "tape"}),
    "string gone": lambda m, _: replace(m, strings={}),
}
