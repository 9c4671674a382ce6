# SPDX-License-Identifier: GPL-2.0-or-later
"""What to set in a kernel's configuration so that given symbols are on or off.

Runs by itself in the sandbox, with nothing of the harness but this package: the Kconfig files of
a tree run what they like with ``$(shell ...)``. ``python3 -m harness.cover.solver`` reads a request
and writes an answer, both JSON:

request: ``{"env": {NAME: value}, "config": path of a .config, "keep": [[symbol, on], ...],
"wants": [[[[symbol, on], ...], ...], ...]}``: for each want its alternatives, each a list of
symbols (without CONFIG_) that are to be on (y or m) or off; ``keep`` is what the first
configuration must have as well;
answer: ``{"configurations": [{"settings": [[symbol, value], ...], "met": [index, ...]}, ...],
"unmet": {index: reason}}``: as few configurations as a first fit gives, each with what has to be
set on top of the .config.

Kconfig's own rules are kconfiglib's: an expression is a symbol, or a tuple of an operator and
its parts. Values are searched for from the wanted symbol outwards, through what it depends on,
what selects it and choices, and what the evaluator then says is what counts.
"""

