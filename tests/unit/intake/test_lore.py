# SPDX-License-Identifier: GPL-2.0-or-later
import pytest
from liblore import LibloreError

from harness.errors import InfrastructureError, InputRefusedError
from harness.intake import lore


def tag(text):
    got = lore.read_subject(text)
    return got.version, got.number, got.total


@pytest.mark.parametrize(("text", "expected"), [
    ("[PATCH] a: b", (1, 1, 1)), ("[RFC PATCH v3 2/7] a: b", (3, 2, 7)),
    ("[net-next,v2,1/3] a: b", (2, 1, 3)), ("[PATCH 1 of 3 V2] a: b", (2, 1, 3)),
    ("[PATCH v2.1 1/3] a: b", (2, 1, 3)), ("Re: [x] [PATCH,v4] a: b", (4, 1, 1)),
    ("[PATCH2/3] a: b", (1, 2, 3)), ("[RFC PATCHv2] a: b", (2, 1, 1)),
    ("[RFCv2 1/3] a: b", (2, 1, 3)), ("[PATCH-v2 1/2] a: b", (2, 1, 2)),
    ("[PATCH RESENDv3 2/4] a: b", (3, 2, 4)), ("[PATCH1/2v2] a: b", (2, 1, 2)),
    ("[PATCHv2,1/3] a: b", (2, 1, 3)), ("[PATCH] a: patch2/3", (1, 1, 1)),
    ("[PATCHv2 1/2] a: b", (2, 1, 2)), ("a: b [1 of 2]", (1, 1, 1)),
    ("[PATCH net-next2/3] a: b", (1, 2, 3)), ("[PATCHv2_2/3] a: b", (2, 2, 3)),
    ("[PATCH_v2_2/3] a: b", (2, 2, 3)), ("[PATCH v2 (2/3)] a: b", (2, 2, 3)),
    ("[PATCH 2of3] a: b", (1, 2, 3)), ("[PATCH2of3] a: b", (1, 2, 3)),
    ("[PATCH/2/3] a: b", (1, 2, 3)), ("[RFC_PATCH_2/3] a: b", (1, 2, 3)),
    ("[PATCH v2 #2/3] a: b", (2, 2, 3)), ("[PATCH v2 2/3.] a: b", (2, 2, 3)),
    ("[PATCH v2 No.2/3] a: b", (2, 2, 3)), ("[PATCH][RFC]2/3 a: b", (1, 2, 3)),
    ("[PATCH] 2/3: a: b", (1, 2, 3)), ("[PATCH] (2/3) a: b", (1, 2, 3)),
    ("PATCH[2/3] a: b", (1, 2, 3)), ("PATCH v2 2/3: a: b", (2, 2, 3)),
    ("(PATCH v2 2/3) a: b", (2, 2, 3)), ("[PATCH v2: 2/3] a: b", (2, 2, 3)),
    ("[PATCH (v2) 2/3] a: b", (2, 2, 3)), ("[PATCH ver2 2/3] a: b", (2, 2, 3)),
    ("[PATCH rev2 2/3] a: b", (2, 2, 3)), ("[PATCH 5.10 010/200] a: b", (1, 10, 200)),
    ("[PATCH i386/amd64 1/2] a: b", (1, 1, 2)), ("[PATCH] x86: 2/3 of it", (1, 1, 1)),
    ("PATCH_SIZE 1/2: a", (1, 1, 1))])
def test_version_and_number_of_a_subject(text, expected):
    assert tag(text) == expected


@pytest.mark.parametrize(("text", "title", "is_patch", "is_reply", "numbered"), [
    ("[PATCH 1/2] a: b", "a: b", True, False, True), ("[PATCH] a: b", "a: b", True, False, False),
    ("Re: [PATCH 0/2] a: b", "a: b", True, True, True), ("a: b", "a: b", False, False, False),
    ("[1/2] a: b", "a: b", True, False, True), ("[x] a: b", "a: b", False, False, False)])
def test_what_else_a_subject_says(text, title, is_patch, is_reply, numbered):
    got = lore.read_subject(text)
    assert (got.title, got.is_patch, got.is_reply, got.numbered) == (
        title, is_patch, is_reply, numbered)


@pytest.mark.parametrize("front", ["[EXTERNAL] Re: ", "EXTERNAL: Re: ", "**SPAM** Re: ",
                                   "(External) RE: ", "[External Email] AW: ", "[EXT] Re: [x] ",
                                   "Re: [EXTERNAL] ", "RE: [External] : ", "[x] Re: [y] Re: ",
                                   "[\u5916\u90e8] \u56de\u590d: ", "Antw: [EXT] ", "R: ",
                                   "\u56de\u590d\uff1a", "Re\uff1a", "[EXTERNE] R\u00e9p : ",
                                   "{Spam?} Re: ", "ENC: RES: ", "EXTERNAL - Re: ", "<EXT> Re: ",
                                   "!! External !! Re: "])
def test_an_answer_is_one_whatever_gateways_put_in_front(front):
    got = lore.read_subject(f"{front}[PATCH v2 1/2] a: b")
    assert (got.is_reply, got.title, got.version, got.number) == (True, "a: b", 2, 1)


@pytest.mark.parametrize("front", ["[EXTERNAL] ", "EXTERNAL: ", "***SPAM*** : ", "[x] ",
                                   "{Spam?} "])
def test_a_patch_stays_one_behind_them(front):
    got = lore.read_subject(f"{front}[PATCH v2 1/2] a: b")
    assert (got.is_reply, got.title, got.version, got.number) == (False, "a: b", 2, 1)


@pytest.mark.parametrize("text", ["[PATCH] Re: a", "KVM: x86: [PATCH] odd", "warning: fix it",
                                  "[EXTERNAL] hello", "external: fix it",
                                  "hv: vmbus: fix it", "[PATCH] r: fix it"])
def test_titles_stay_as_they_are(text):
    got = lore.read_subject(text)
    assert not got.is_reply
    assert got.title == text.removeprefix("[PATCH] ").removeprefix("[EXTERNAL] ")


@pytest.mark.parametrize(("text", "version"), [
    ("[PATCH v5.4 1/2] a: b", 1), ("[PATCH v4.19] a: b", 1), ("[PATCH v5.10.y 1/2] a: b", 1),
    ("[PATCH for-v6.1 1/2] a: b", 1), ("[PATCH v2.1 1/2] a: b", 2), ("[PATCH 5.10 v2] a: b", 2)])
def test_a_stable_branch_is_no_version_of_a_series(text, version):
    assert lore.read_subject(text).version == version


def test_prefixes_are_kept():
    assert "RFC" in lore.read_subject("[RFC PATCH 1/2] a: b").prefixes


def test_an_mbox_is_split_where_mails_begin():
    one = b"From x Thu Jan  1 00:00:00 1970\nSubject: a\n\n>From here\n"
    parts = lore.split(one + b"\n" + one.replace(b": a", b": b") + b"\n")
    assert [b"Subject: a" in p for p in parts] == [True, False]
    assert len(parts) == 2
    assert lore.split(b"") == []


def test_a_reply_offers_what_it_does_not_quote():
    assert lore.offered("> Acked-by: Q <q@x.org>\n\nFine.\n\nReviewed-by: R <r@x.org>\n"
                        "Tested-by: T <t@x.org>\n") == (
        "Reviewed-by: R <r@x.org>", "Tested-by: T <t@x.org>")
    assert lore.offered("Fine.\n\nLink: https://x\n") == ()
    assert lore.offered("Reviewed-by: " + "x" * 400 + " <r@x.org>\n") == ()


@pytest.mark.parametrize(("text", "name", "where"), [
    ("a@x.org", "a@x.org", "M"), ("<a@x.org>", "a@x.org", "M"), ("a@b@c", "", "M"),
    ("a b@x.org", "", "M"), ("https://lore.kernel.org/kvm/a@x.org/", "a@x.org", "M"),
    ("https://lore.kernel.org/kvm/a@x.org/T/#u", "a@x.org", "M"),
    ("https://lkml.kernel.org/r/a@x.org", "a@x.org", "M"),
    ("https://patch.msgid.link/a@x.org", "a@x.org", "M"),
    ("https://LORE.kernel.org/all/a%2Bb@x.org/raw", "a+b@x.org", "M"),
    # another archive has what its link names
    ("http://x:80/all/a@x.org", "a@x.org", "http://x:80/all"),
    ("https://inbox.example.org/lists/toys/a@x.org/t.mbox.gz", "a@x.org",
     "https://inbox.example.org/lists/toys"),
    ("https://lore.kernel.org.evil/all/a@x.org/", "a@x.org", "https://lore.kernel.org.evil/all"),
    ("https://x/a@x.org", "", "M"), ("https://x/all/a/", "", "M"), ("a.mbox", "", "M")])
def test_the_message_id_of_a_word_or_a_link(text, name, where):
    assert lore.message_id(text, "M") == (name, where)


class Node:
    """An archive that answers, or fails as it is told."""

    answer = b"From x\n"

    def __init__(self, archive, **_):
        self.asked = [archive]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None

    def set_user_agent(self, *_):
        self.asked.append("agent")

    def get_mbox_by_msgid(self, msgid):
        assert self.asked == ["https://x/all", "agent"]
        if isinstance(self.answer, Exception):
            raise self.answer
        return bytearray(self.answer + msgid.encode())


class StatusError(LibloreError):
    def __init__(self, code):
        super().__init__("it said no")
        self.status_code = code


def test_a_thread_comes_as_an_mbox(monkeypatch):
    monkeypatch.setattr(lore, "LoreNode", Node)
    assert lore.fetch("a@x.org", "https://x/all") == b"From x\na@x.org"


@pytest.mark.parametrize("error", [LookupError("no"), StatusError(404)])
def test_what_the_archive_does_not_have_is_refused(monkeypatch, error):
    monkeypatch.setattr(lore, "LoreNode", Node)
    monkeypatch.setattr(Node, "answer", error)
    with pytest.raises(InputRefusedError, match=r"a@x\.org"):
        lore.fetch("a@x.org", "https://x/all")


@pytest.mark.parametrize("error", [LibloreError("it said no"), StatusError(503)])
def test_an_archive_that_cannot_be_reached_is_the_networks_fault(monkeypatch, error):
    monkeypatch.setattr(lore, "LoreNode", Node)
    monkeypatch.setattr(Node, "answer", error)
    with pytest.raises(InfrastructureError, match="it said no") as got:
        lore.fetch("a@x.org", "https://x/all")
    assert "https://x/all/a@x.org/t.mbox.gz" in got.value.hint


@pytest.mark.parametrize(("subject", "plain"), [
    ("{Spam?} [PATCH v2 1/2] a: b", "[PATCH v2 1/2] a: b"),
    ("*****SPAM***** [PATCH] a: b", "[PATCH] a: b"), ("[x] [PATCH] a: b", "[x] [PATCH] a: b"),
    ("a: {b} c", "a: {b} c"), ("external: fix", "external: fix")])
def test_git_reads_a_subject_without_what_a_gateway_wrote(subject, plain):
    assert lore.delivered(subject) == plain
