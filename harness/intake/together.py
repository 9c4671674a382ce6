# SPDX-License-Identifier: GPL-2.0-or-later
"""Parts of one sending that do not call themselves so. Pure.

A cover that says v3 above patches that say nothing, a patch that forgot the version, a new
version of one part below the old one: References tell what belongs together (as b4 reads them).
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import replace

from harness.intake.mail import Mail

_Call = tuple[int, int]  # the version and the total that a mail says


def _call(mail: Mail) -> _Call:
    return mail.tag.version, mail.tag.total


def _called(mail: Mail, call: _Call) -> Mail:
    return replace(mail, tag=replace(mail.tag, version=call[0], total=call[1]))


def _said(call: _Call) -> str:
    version = f"v{call[0]}" if call[0] > 1 else "no version"
    return f"{version}, {call[1]} patch{'es' * (call[1] != 1)}"


def together(mails: Sequence[Mail]) -> tuple[list[Mail], list[str]]:
    """The mails, with parts of one sending called alike, and what was changed for that."""
    found, notices = _with_covers(list(mails)), list[str]()
    by_id = {m.message_id: m for m in found if m.message_id}
    found = _numbered(_named_rerolls(found, by_id), by_id)
    above = {id(m): _head_of(m, by_id) for m in found}
    heads = [m for m in found if m.tag.numbered and (m.kind == "cover" or (
        m.kind == "patch" and m.tag.number == 1 and above[id(m)] is None))]
    calls = {_call(h) for h in heads}
    for head in heads:
        kids = [m for m in found if m.kind == "patch" and m.tag.numbered and m is not head
                and m.sender == head.sender and above.get(id(m)) is head]
        # A cover whose patches all forgot what it says has no others, whatever else is there.
        alone = head.kind == "cover" and not any(_call(k) == _call(head) for k in kids)
        kids = [k for k in kids if alone or _call(k) == _call(head) or _call(k) not in calls
                or any(_call(m) == _call(k) and m.tag.number == k.tag.number and m is not k
                       and above.get(id(m)) is not head for m in found)]
        kids = _without_whole(head, kids)
        call = _agreed(head, kids)
        renamed = {id(m): _called(m, call) for m in (head, *kids) if _call(m) != call
                   and _fits(m, head, kids, call)}
        if renamed:
            odd = [m for m in (head, *kids) if id(m) in renamed]
            notices.append(f"{_names(odd)} {_are(odd)} taken as part of one series, as References "
                           f"say ({_said(call)}), though the subject says {_said(_call(odd[0]))}")
            found = [renamed.get(id(m), m) for m in found]
    return found, notices


def _with_covers(mails: list[Mail]) -> list[Mail]:
    """A mail without a diff and number that its sender's own patches answer is their cover."""
    kids: dict[str, list[Mail]] = {}
    for mail in mails:
        if mail.kind == "patch" and mail.parents:
            kids.setdefault(mail.parents[0], []).append(mail)
    found = []
    for mail in mails:
        below = [k for k in kids.get(mail.message_id, ()) if k.sender == mail.sender
                 and not k.tag.is_reply and k.tag.version in {1, mail.tag.version}]
        if mail.kind == "other" and mail.tag.is_patch and not mail.tag.is_reply and below and (
                not mail.tag.numbered):
            total = max(k.tag.total if k.tag.numbered else len(below) for k in below)
            mail = replace(mail, kind="cover", tag=replace(  # noqa: PLW2901  (a list is made)
                mail.tag, numbered=True, number=0, total=total))
        found.append(mail)
    return found


def _named_rerolls(mails: list[Mail], by_id: dict[str, Mail]) -> list[Mail]:
    """A new version of one part, sent without its number as an answer to that part."""
    found = []
    for mail in mails:
        old = next((by_id[p] for p in mail.parents[:1] if p in by_id), None)
        if (mail.kind == "patch" and not mail.tag.numbered and old is not None
                and old.kind == "patch" and old.tag.numbered and old.tag.total > 1
                and mail.sender == old.sender and mail.tag.version > old.tag.version
                and mail.tag.title == old.tag.title):
            found.append(replace(mail, tag=replace(
                mail.tag, numbered=True, number=old.tag.number, total=old.tag.total)))
        else:
            found.append(mail)
    return found


def _numbered(mails: list[Mail], by_id: dict[str, Mail]) -> list[Mail]:
    """Patches without numbers below a cover that says how many there are: as they were sent."""
    kids: dict[int, list[Mail]] = {}
    for mail in mails:
        head = _head_of(mail, by_id) if mail.kind == "patch" and not mail.tag.numbered else None
        if head is not None and head.kind == "cover" and head.sender == mail.sender and (
                mail.tag.version in {1, head.tag.version}):
            kids.setdefault(id(head), []).append(mail)
    numbers: dict[int, Mail] = {}
    for head in mails:
        row = kids.get(id(head), [])
        if len(row) == head.tag.total:
            ordered = sorted(enumerate(row), key=lambda pair: (pair[1].when, pair[0]))
            numbers |= {id(m): replace(m, tag=replace(
                m.tag, numbered=True, number=n, total=head.tag.total, version=head.tag.version))
                for n, (_, m) in enumerate(ordered, 1)}
    return [numbers.get(id(m), m) for m in mails]


def _without_whole(head: Mail, kids: Sequence[Mail]) -> list[Mail]:
    """Without what is a whole sending by itself below another one."""
    own = any(_call(k) == _call(head) for k in kids)
    numbers: dict[_Call, set[int]] = {}
    for kid in kids:
        numbers.setdefault(_call(kid), set()).add(kid.tag.number)
    return [k for k in kids if not own or _call(k) == _call(head)
            or len(numbers[_call(k)]) < k.tag.total]


def _names(odd: Sequence[Mail]) -> str:
    numbers = [str(m.tag.number) for m in odd if m.kind == "patch"]
    patches = f"patch{'es' * (len(numbers) > 1)} {', '.join(numbers)}" if numbers else ""
    return " and ".join(filter(None, ["the cover letter" * any(m.kind == "cover" for m in odd),
                                      patches]))


def _are(odd: Sequence[Mail]) -> str:
    return "are" if len(odd) > 1 else "is"


def _head_of(mail: Mail, by_id: dict[str, Mail]) -> Mail | None:
    """The nearest cover above a mail, or first patch where there is none."""
    first: Mail | None = None
    queue = deque(dict.fromkeys(mail.parents))
    seen = set(queue)
    while queue:
        above = by_id.get(queue.popleft())
        if above is None:
            continue
        if above.kind == "cover":
            return above
        if first is None and above.kind == "patch" and above.tag.numbered and (
                above.tag.number == 1):
            first = above
        fresh = [p for p in above.parents if p not in seen]
        seen.update(fresh)
        queue += fresh
    return first


def _agreed(head: Mail, kids: Sequence[Mail]) -> _Call:
    """What the head and its patches are to be called: as most say, the head first."""
    if not kids or any(_call(k) == _call(head) for k in kids):
        return _call(head)
    (version, total), _ = Counter(map(_call, kids)).most_common(1)[0]
    numbers = {k.tag.number for k in (head, *kids)} - {0}
    whole = numbers == set(range(1, head.tag.total + 1))
    return max(version, head.tag.version), head.tag.total if whole else total


def _fits(mail: Mail, head: Mail, kids: Sequence[Mail], call: _Call) -> bool:
    """Whether a part has a place in its sending that nobody else has."""
    others = [m for m in (head, *kids) if m is not mail and m.tag.number == mail.tag.number]
    return mail.tag.number <= call[1] and not others
