# SPDX-License-Identifier: GPL-2.0-or-later
"""Why a patch does not apply: the hunk, the lines that differ, and who changed them."""

from __future__ import annotations

import re

from harness.apply.match import LEVELS, Standing, stand
from harness.clean import one_line
from harness.errors import CommandFailedError, DeadlineError, InputRefusedError
from harness.hunks import FileDiff, scan
from harness.model import Patch, Tree
from harness.system import repo

_TREE = "name the tree that the series was made for with --tree NAME or --tree PATH@REV"
_MEND = "--repair mends this where it is unambiguous; or ask for a resend with git send-email"
_REASON = re.compile(r"(?m)^(?:error|fatal): (.*)$")


def refusal(patch: Patch, errors: str, tree: Tree, parent: str) -> InputRefusedError:
    """Git's refusal in one line with a next step."""
    what = f"patch {patch.number}/{patch.total} ({patch.source})"
    if already(patch, tree, parent):
        since = _last_change(patch, tree, parent)
        return InputRefusedError(f"{what} is already applied: {tree.name} has what it "
                                 f"does{since}", hint="nothing is left to test; name an older "
                                 "base with --tree PATH@REV")
    files = scan(patch.diff).files
    for file in files:
        if problem := _file(file, tree, parent):
            text, hint = problem
            return InputRefusedError(f"{what} does not apply to {tree.name}: {text}", hint=hint)
    if any(hunk.lines and hunk.lines[0][:1] in {b"+", b"-"} and hunk.lines[-1][:1] in {b"+", b"-"}
           and hunk.old_count for file in files for hunk in file.hunks):
        return InputRefusedError(
            f"{what} does not apply to {tree.name}: its hunks have no context lines",
            hint="ask for a patch with context (git format-patch without -U0)")
    reasons = [one_line(r) for r in _REASON.findall(errors) if "while searching for" not in r]
    return InputRefusedError(
        f"{what} does not apply to {tree.name}: {reasons[0] if reasons else 'git gave no reason'}",
        hint=_TREE)


def already(patch: Patch, tree: Tree, commit: str) -> bool:
    """Whether the tree has what the patch does: it can be taken back."""
    files = scan(patch.diff).files
    if any(b"GIT binary patch" in file.header for file in files):
        return False
    for file in files:
        content = repo.show(tree.repo, commit, file.path)
        if (content is None) != (not file.new_path):
            return False
        for hunk in file.hunks:
            after = b"\n".join(hunk.after)
            if b"\n" + after + b"\n" not in b"\n" + (content or b"") + b"\n":
                return False
    return any(file.hunks for file in files)


def _last_change(patch: Patch, tree: Tree, commit: str) -> str:
    for file in patch.files:
        if who := _log(tree, commit, "--", file.path):
            return f" (last change: {who})"
    return ""


def _log(tree: Tree, commit: str, *rest: str) -> str:
    """``abc123 ("title")`` of the newest commit that git log finds, when there is history."""
    try:
        if not repo.has_history(tree.repo, commit):
            return ""
        return one_line(repo.git(tree.repo, "log", "-1", "--no-renames", '--format=%h ("%s")',
                                 commit, *rest, timeout=20).text, 120)
    except (CommandFailedError, DeadlineError):
        return ""


def _file(file: FileDiff, tree: Tree, parent: str) -> tuple[str, str] | None:
    """Explain why the diff of one file does not apply, and name the next step."""
    path = one_line(file.path)
    old = repo.show(tree.repo, parent, file.old_path) if file.old_path else None
    if not file.old_path:
        if repo.show(tree.repo, parent, file.new_path) is None:
            return None
        return f"{path} is new in the patch, but is there already", _TREE
    if old is None:
        return f"{one_line(file.old_path)} is not there", _moved(file.old_path, tree, parent)
    standings = stand(file, old)
    if bad := next((s for s in standings if s.level == "conflict"), None):
        return _conflict(path, bad, tree, parent, file.old_path), _TREE
    if bad := next((s for s in standings if s.level), None):
        says = next(text for name, text, _ in LEVELS if name == bad.level)
        return f"{says}: {path}, hunk {bad.number} at line {bad.hunk.old}", _MEND
    return None


def _conflict(path: str, bad: Standing, tree: Tree, parent: str, old_path: str) -> str:
    text = f"{path}, hunk {bad.number} at line {bad.hunk.old} conflicts"
    pairs = [row for row in bad.differs if row[1].strip()] or list(bad.differs)
    if not pairs:
        return text
    want, have = (one_line(part.decode("utf-8", "replace"), 80) for part in pairs[0][1:])
    text += (f": looked for {want!r}, line {pairs[0][0]} has {have!r}" if want != have else
             f": line {pairs[0][0]} has {have!r} with other blanks than the patch (no-break "
             "spaces, tabs, CRs)")
    if len(bad.differs) > 1:
        text += f" ({len(bad.differs)} of {len(bad.hunk.before)} lines differ)"
    needle = pairs[0][1].decode("utf-8", "surrogateescape").strip()
    who = _log(tree, parent, f"-S{needle}", "--", old_path) if needle else ""
    return f"{text}; last changed by {who}" if who else text


def _moved(path: str, tree: Tree, parent: str) -> str:
    """A file of that name elsewhere is a hint, never more: nothing is renamed in silence."""
    stem = path.rsplit("/", 1)[-1].rsplit(".", 1)[0]
    parts = set(path.split("/")[:-1])
    near = [p for p in repo.paths(tree.repo, parent)
            if p.rsplit("/", 1)[-1].rsplit(".", 1)[0] == stem]
    near = sorted(near, key=lambda p: (-len(parts & set(p.split("/"))), p))
    if near and (parts & set(near[0].split("/")) or len(near) == 1):
        return f"{tree.name} has {one_line(near[0])}: was it moved? {_TREE}"
    return _TREE
