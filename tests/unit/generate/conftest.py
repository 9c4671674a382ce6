# SPDX-License-Identifier: GPL-2.0-or-later
"""A profile of two specs, a source of its own and one by hand."""

import pytest

from harness import profiles

FILES = {
    "lib/phrases.toml": '[int]\nu8 = [0, 255]\n[step]\n"put {n:u8}" = "PUT({n});"\n',
    "lib/ktap.h": ("/* SPDX-License-Identifier: GPL-2.0-or-later */\n#ifndef KTAP_H\n"
                   "#define KTAP_H\n#include <stdio.h>\n\n"
                   "int ktap_main(int argc,\n\t\tchar **argv);\n"
                   "typedef int ktap_t;\nstatic int inner(void);\nconst char *of(const char *s);\n"
                   "#endif\n"),
    "lib/ktap.c": ('// SPDX-License-Identifier: GPL-2.0-or-later\n#include <string.h>\n'
                   '#include <stdio.h>\n#include "ktap.h"\n\n'
                   "int ktap_main(int argc, char **argv)\n{\n\treturn 0;\n}\n"),
    "toy/about.toml": """title = "Toys"
[applies]
paths = ["toy.c"]
words = ["toy"]
[programs]
sources = ["zone.c"]
library = ["ktap.c"]
handwritten = ["race.c"]
parallel = ["race"]
includes = ["<errno.h>", "zone.h"]
locals = ["struct toy toy;"]
setup = ["begin(&toy);"]
needs = "NEED({0});"
teardown = ["end(&toy);"]
[[selftest]]
makefile = "new/Makefile"
program = "new/toy.c"
line = "PROGS += toy"
after = '^PROGS \\+= '
subject = "selftests: Test toys"
[[selftest]]
makefile = "old/Makefile"
program = "old/toy.c"
line = "OLD += toy"
after = '^OLD \\+= '
subject = "selftests: Test old toys"
""",
    "toy/phrases.toml": '[step]\n"see {n:u8}" = "SEE({n});"\n',
    "toy/specs/two.toml": ('about = "The second spec"\n[[test]]\nname = "b"\nsays = "It sees"\n'
                           'needs = "CAP_B"\nmay_differ = "nobody said"\nsteps = ["see 2"]\n'),
    "toy/specs/one.toml": ('about = "The first"\n[[test]]\nname = "a"\nsays = "It puts"\n'
                           'steps = ["put 1", "see 1"]\n[[test]]\nname = "b"\nsays = "Too"\n'
                           'steps = ["put 2"]\n'),
    "toy/zone.h": "#ifndef ZONE_H\n#define ZONE_H\nstruct zone *zone_of(int n);\n#endif\n",
    "toy/zone.c": '#include "zone.h"\n\nstruct zone *zone_of(int n)\n{\n\treturn 0;\n}\n',
    "toy/race.c": "int main(void) { return 0; }\n",
}


@pytest.fixture
def profile(tmp_path):
    for name, text in FILES.items():
        path = tmp_path / "kselftests" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return profiles.load(tmp_path / "kselftests" / "toy")
