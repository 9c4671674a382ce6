# SPDX-License-Identifier: GPL-2.0-or-later
"""Specs -> C text (pure) -> static binaries."""

from harness.generate.emit import generate
from harness.generate.language import Language, language_of, load_language
from harness.generate.programs import Compiler, build_programs
from harness.generate.specs import Spec, Test, load_spec

__all__ = [
    "Compiler", "Language", "Spec", "Test", "build_programs", "generate",
    "language_of", "load_language", "load_spec",
]
