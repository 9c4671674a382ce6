# SPDX-License-Identifier: GPL-2.0-or-later
"""Prerequisites of headers that do not compile alone.

Programs include the C library's headers first, so a UAPI header that relies on them is sound
all the same. The rows are tried in order on the base until one compiles; both versions are then
compiled after the same lines. Found by compiling every header of 4.19 to 6.19 alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from harness.uapi import batch
from harness.uapi.batch import CompileResult, Job
from harness.uapi.compiler import Compiler

_BASIC = ("#include <stddef.h>\n#include <stdint.h>\n#include <limits.h>\n"
          "#include <sys/types.h>\n")
# What the kernel's own headers outside of UAPI, or other packages, have.
_FOREIGN = ("#ifndef PAGE_SIZE\n#define PAGE_SIZE 4096\n#endif\n"
            "struct list_head { struct list_head *next, *prev; };\n"
            "typedef unsigned short domid_t;\ntypedef unsigned int grant_ref_t;\n"
            "typedef unsigned int evtchn_port_t;\ntypedef unsigned long xen_pfn_t;\n")
_BSD = ("typedef unsigned short u_short;\ntypedef unsigned int u_int;\n"
        "typedef unsigned long u_long;\ntypedef uint64_t u_quad_t;\ntypedef char *caddr_t;\n")
_POSIX = "#include <stddef.h>\n#include <linux/posix_types.h>\n#include <linux/types.h>\n"
PRELUDES: tuple[str, ...] = (
    _BASIC,
    "#include <stddef.h>\n",
    "#include <stdint.h>\n",
    "#include <linux/types.h>\n",
    f"{_BASIC}#include <time.h>\n",
    f"{_BASIC}#include <sys/socket.h>\n",
    f"{_BASIC}#include <linux/if.h>\n#include <linux/sockios.h>\n",
    f"{_POSIX}#include <linux/ipc.h>\n",
    f"{_POSIX}#include <linux/ipc.h>\n#include <asm/ipcbuf.h>\n",
    f"{_BASIC}#include <linux/signal.h>\n",
    f"{_BASIC}#include <signal.h>\n",
    # as linux/soundcard.h and linux/awe_voice.h include it
    "#define _LINUX_PATCHKEY_H_INDIRECT\n",
    f"{_BASIC}{_FOREIGN}",
    f"#include <stdint.h>\n{_FOREIGN}",
    f"#include <stdint.h>\n{_FOREIGN}{_BSD}",
    f"{_BASIC}#include <linux/ptrace.h>\n#include <asm/ptrace.h>\n",
    f"{_BASIC}#include <sys/socket.h>\n#include <net/if.h>\n#include <netinet/in.h>\n",
    f"{_BASIC}{_FOREIGN}#include <linux/ioctl.h>\n#include <linux/fs.h>\n",
)
# The kernel's own among them; the C library's include some as well, and find the host's.
HEADERS = frozenset(re.findall(r"<((?:linux|asm)/[^>]+)>", "".join(PRELUDES)))


_LIKELY = 4  # rows that are asked before the others


def needed(compiler: Compiler, header: str, likely: str = "") -> str | None:
    """The lines after which a header compiles: "" when it stands alone, None for no row.

    ``likely`` are those of another ABI, which most often do here.
    """
    if _compiles(compiler, [""], header)[0].ok:
        return ""
    for rows in ([likely] if likely else [], PRELUDES[:_LIKELY], PRELUDES[_LIKELY:]):
        done = _compiles(compiler, rows, header)
        hit = next((lines for lines, one in zip(rows, done, strict=True) if one.ok), None)
        if hit is not None:
            return hit
    return None


def _compiles(compiler: Compiler, rows: Sequence[str], header: str) -> list[CompileResult]:
    return batch.run_all([Job(compiler, lines + compiler.include(header), ("-fsyntax-only", "-w"))
                          for lines in rows])


def why_not(compiler: Compiler, header: str) -> str:
    """The first error of a header that compiles after no row, alone."""
    (done,) = _compiles(compiler, [""], header)
    return done.why
