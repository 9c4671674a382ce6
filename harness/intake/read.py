# SPDX-License-Identifier: GPL-2.0-or-later
"""A mail becomes a patch: ``git mailinfo`` splits it, unidiff describes it, git looks again."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

from unidiff.errors import UnidiffParseError
from unidiff.patch import PatchSet

from harness.clean import decode, one_line
from harness.errors import CommandFailedError, InputRefusedError
from harness.hunks import scan, unquote, without_prefix
from harness.intake import damage
from harness.intake.gate import check_diff
from harness.intake.mail import DIFF, SCISSORS, Mail
from harness.intake.mime import FLOWED, forgiving
from harness.model import Damage, Patch, PatchFile
from harness.system import repo


def _path(text: str) -> str:
    """A path of unidiff's, which leaves C quoting and most prefixes as they are."""
    name = unquote(text.encode("utf-8", "surrogateescape"))
    return name if name == "/dev/null" else without_prefix(name)


def describe(diff: bytes) -> tuple[PatchFile, ...]:
    """The files of a sound diff; raises ``InputRefusedError`` for one that unidiff cannot read."""
    try:
        patch_set = PatchSet(decode(diff))
    except (UnidiffParseError, ValueError, IndexError) as error:
        raise InputRefusedError(f"malformed hunk: {one_line(str(error))}") from None
    files = []
    for item in patch_set:
        added = tuple((line.target_line_no or 0, line.value.rstrip("\n"))
                      for hunk in item for line in hunk if line.is_added)
        old, new = _path(item.source_file), _path(item.target_file)
        path = old if item.is_removed_file or new == "/dev/null" else new
        files.append(PatchFile(
            path=path, old_path=old, added=item.added, removed=item.removed,
            new=item.is_added_file, deleted=item.is_removed_file,
            binary=item.is_binary_file, added_lines=added))
    return tuple(files)


def _mailinfo(mail: Mail) -> tuple[dict[str, str], bytes, bytes]:
    """The fields, the message and what git takes for the patch."""
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        try:
            info = forgiving(repo.git(
                None, "mailinfo", "--encoding=UTF-8",
                "--scissors" if _cut_once(mail) else "--no-scissors", str(work / "msg"),
                str(work / "patch"), stdin=mail.plain(), cwd=work).stdout)
        except CommandFailedError as error:
            raise InputRefusedError(
                f"{mail.source}: git cannot read the mail: {one_line(error.tail)}") from None
        fields = dict(line.split(": ", 1) for line in info.split("\n") if ": " in line)
        return fields, (work / "msg").read_bytes(), (work / "patch").read_bytes()


def _cut_once(mail: Mail) -> bool:
    """Whether scissors part a greeting from the patch; two of them frame what stands between."""
    return len(SCISSORS.findall(mail.body)) == 1


def _no_author(mail: Mail, fields: dict[str, str]) -> str:
    """Why git makes no commit of who wrote a mail, and when; "" where it does."""
    name, address = (fields.get(n, "") if mail.sender else "" for n in ("Author", "Email"))
    who = {"GIT_AUTHOR_NAME": name, "GIT_AUTHOR_EMAIL": address,
           "GIT_AUTHOR_DATE": fields.get("Date", "")}
    done = repo.git(None, "var", "GIT_AUTHOR_IDENT", extra=who, ok=None, cwd=Path("/"))
    said = [t for t in decode(done.stderr).splitlines() if t.startswith("fatal: ")][:1]
    return one_line((said or ["no reason given"])[0].removeprefix("fatal: "), 200
                    ) if done.returncode else ""


def _examine(diff: bytes, mail: Mail) -> tuple[tuple[PatchFile, ...], tuple[Damage, ...]]:
    found = scan(diff)
    at = mail.body.find(diff[:2000]) if mail.above >= 0 else -1
    first = mail.above + mail.body.count(b"\n", 0, at) if at >= 0 else -1
    problems = damage.flaws(found, first) or damage.no_prefix(found)
    if problems:
        return (), problems
    try:
        files = describe(diff)
    except InputRefusedError as error:
        return (), (Damage("hunk", error.message, fatal=True),)
    # Not in the user's folder: in one of a tree git leaves out what is not below it.
    git = repo.git(None, "apply", "--numstat", "-z", "-", stdin=diff, ok=None, cwd=Path("/"))
    if git.returncode != 0:
        why = decode(git.stderr).strip().splitlines()[-1:] or ["no reason given"]
        return files, (Damage("hunk", f"git cannot read the diff: {one_line(why[0])}",
                              fatal=True),)
    return files, damage.spaces(found) + damage.disagreement(git.stdout, files)


def read_patch(mail: Mail) -> Patch:
    """Split and describe one mail; what is wrong with its diff is in ``Patch.damage``.

    Raises ``InputRefusedError`` for a diff that the gate does not let through.
    """
    fields, message, below = _mailinfo(mail)
    problems = tuple(Damage("flowed" if notice == FLOWED else "mail", notice)
                     for notice in mail.notices)
    if cut := damage.real_patch(below):
        problems += (damage.message_diff(),)
    if b"\0" in message:
        problems += (damage.refused_by_am("a NUL byte in the message"),)
    if (mail.sender or mail.subject) and (why := _no_author(mail, fields)):  # else a bare diff
        problems += (damage.refused_by_am(why),)
    at = DIFF.search(below)
    diff = below[at.start():] if at else b""
    notes = below[: at.start()] if at else below
    check_diff(diff, mail.source)
    if mail.has_diff and not diff:
        problems += (Damage("mail", "the diff is cut off by scissors or inside the message",
                            fatal=True),)
    if _cut_once(mail):
        problems += (Damage("mail", "what is above the scissors line is left out"),)
    files: tuple[PatchFile, ...] = ()
    if diff and not cut:
        files, more = _examine(diff, mail)
        problems += more
        text = f"{decode(notes)}\n{damage.outside(diff)}"
        problems += damage.diffstat(text, files) if files else ()
    tag = mail.tag
    return Patch(
        number=tag.number, total=tag.total,
        subject=one_line(fields.get("Subject", tag.title), 1000),
        author=one_line(fields.get("Author", "")), email=one_line(fields.get("Email", "")),
        date=one_line(fields.get("Date", "")), message=decode(message), diff=diff, files=files,
        source=mail.source, raw_subject=mail.subject, message_id=mail.message_id,
        recipients=(*([mail.address] if mail.address and mail.address != fields.get(
            "Email", "").lower() else []), *mail.recipients),  # who sent it may not be its author
        notes=decode(notes), damage=problems)


def with_diff(patch: Patch, diff: bytes) -> Patch:
    """The patch with a mended diff, described anew and without its fatal damage."""
    left = tuple(d for d in patch.damage if not d.fatal)
    return replace(patch, diff=diff, files=describe(diff), damage=left)


def prefix_mended(patch: Patch) -> Patch:
    """A diff without ``a/`` and ``b/`` gets them."""
    return with_diff(patch, damage.prefixed(patch.diff)) if any(
        d.kind == "no-prefix" for d in patch.damage) else patch


def message_diff_mended(patch: Patch) -> Patch:
    """A diff at the left margin of the message goes back into the message, indented."""
    cut = damage.real_patch(patch.diff) if any(
        d.kind == "message-diff" for d in patch.damage) else 0
    if not cut:
        return patch
    inside, below = patch.diff[:cut], patch.diff[cut:]
    at = DIFF.search(below)
    if at is None:
        return patch
    message = patch.message.rstrip("\n") + "\n\n" + "".join(
        f"  {text}".rstrip() + "\n" for text in decode(inside).splitlines())
    return replace(with_diff(patch, below[at.start():]), message=message,
                   notes=decode(below[: at.start()]))
