# SPDX-License-Identifier: GPL-2.0-or-later
from harness import review
from harness.intake.mail import parse_mail, quoted_text
from harness.settings import ROOT
from tests import make

HEAD = {"subject": "Re: [PATCH] toy: Do it", "sender": "R <r@x.org>", "date": "", "number": 1,
        "message_id": "", "title": "toy: Do it", "version": 1, "total": 1}
MAIL = """On Monday, A Developer wrote:
> Because it is better.

Is it?

> Signed-off-by: A Developer <a@example.org>
> ---
>  a.c | 4 ++--
>  b.c | 1 +
>  2 files changed
>
> diff --git a/a.c b/a.c
> --- a/a.c
> +++ b/a.c
> @@ -10,6 +10,6 @@ int f(void)
>  {
> -	one();
> +	two();

Why two?

>  	same();
[...]
>
> @@ -30,3 +30,4 @@ int g(void)
>  {
> +	three();
>  }
>  end

Thanks,
Rae
-- \nRae Viewer
"""


def series(diff):
    return make.series(make.patch(diff=diff.encode()))


def test_comments_stand_where_they_stand():
    got = review.parse_review(HEAD, MAIL)
    assert [(c.where, c.path, c.line, c.quoted) for c in got.comments] == [
        ("message", "", 0, "Because it is better."),
        ("diff", "a.c", 11, "+\ttwo();")]
    assert got.comments[1].removed == ("\tone();",)
    assert got.comments[1].added == ("\ttwo();",)
    assert got.comments[1].text == "Why two?"
    assert got.files == ("a.c", "b.c")


def test_what_was_cut_is_said():
    cut = review.parse_review(HEAD, MAIL).cut
    assert any(c.startswith("a.c: [...]") for c in cut)
    assert "b.c: not quoted" in cut
    assert any(c.startswith("a.c, @@ -10,6 +10,6 @@") and "of 6 lines before" in c for c in cut)
    assert not any("@@ -30" in c for c in cut)


DIFF = """diff --git a/a.c b/a.c
--- a/a.c
+++ b/a.c
@@ -12,6 +12,6 @@ int f(void)
 {
-	one();
+	%s;
 	same();
 	same();
 	same();
"""


def state(newer):
    comment = review.parse_review(HEAD, MAIL).comments[1]
    return review.status_of(comment, series(newer)).state


def test_the_status_of_a_comment():
    assert state(DIFF % "two()") == "unchanged"
    assert state(DIFF % "twice()") == "changed"
    assert state((DIFF % "two()").replace("a.c", "z.c")) == "gone"
    assert state((DIFF % "two()").replace("a.c", "lib/a.c")) == "unchanged", "it moved"


def test_a_comment_on_the_message():
    comment = review.parse_review(HEAD, MAIL).comments[0]
    assert review.status_of(comment, make.series()).state == "changed"
    same = make.series(make.patch(message="Because it is better.\n"))
    assert review.status_of(comment, same).state == "unchanged"


def test_an_older_quote_is_no_line_of_the_patch():
    text = MAIL.replace("> -\tone();", "> > old\n> -\tone();")
    assert len(review.parse_review(HEAD, text).comments) == 2


def test_top_posting_is_a_comment_on_the_mail():
    got = review.parse_review(HEAD, "I do not like it.\n\n" + MAIL)
    assert got.comments[0].where == "mail"


def test_the_review_of_v2():
    """Two comments; the archive collapsed the blanks and lost the empty lines."""
    path = ROOT / "patches" / "coalesced-pio" / "review-of-v2.txt"
    (mail,) = parse_mail(path.read_bytes(), path.name)
    got = review.parse_review(HEAD | {"version": mail.tag.version}, quoted_text(mail))
    assert got.version == 2
    assert [(c.path, c.text.split("\n")[0]) for c in got.comments] == [
        ("include/uapi/linux/kvm.h",
         "Paolo, do you think we can rename the field without breaking userspace"),
        ("virt/kvm/coalesced_mmio.c", "This would be better readable as")]
    assert "virt/kvm/kvm_main.c: not quoted" in got.cut


def comments(text):
    return [c.text for c in review.parse_review(HEAD, text).comments]


QUOTE = "> diff --git a/a.c b/a.c\n> --- a/a.c\n> +++ b/a.c\n> @@ -1,3 +1,4 @@\n>  {\n> +two();\n"


def test_words_that_look_like_cuts_or_thanks_are_comments():
    for text in ("Trim this comment, please.", "Cut the noise.", "...and this leaks.",
                 "Thanks, but this leaks memory."):
        assert comments(QUOTE + "\n" + text + "\n") == [text]
    for text in ("[...]", "<snip>", "...", "Thanks!\nRae", "Thanks a lot.", "[trimmed]",
                 "Reviewed-by: R <r@x.org>"):
        assert comments(QUOTE + "\n" + text + "\n") == [], text


def test_an_attribution_is_no_comment():
    for text in ("On Mon, 5 Jan 2026, Dev <dev@example.org>\nwrote:", "Am 5.1. schrieb Dev:",
                 "2026-01-05 10:00+0100, Dev:", "Dev <dev@example.org> writes:"):
        assert comments(text + "\n" + QUOTE) == [], text


def test_an_answer_on_top_with_a_signature_hides_nothing():
    assert comments("See below.\n\n-- \nRae\n\n" + QUOTE + "\nWhy?\n-- \nRae\n") == [
        "See below.", "Why?"]


def test_only_the_lines_above_a_comment_are_compared():
    newer = DIFF % "two()" + "+\tthree();\n"
    assert state(newer.replace("-12,6 +12,6", "-12,6 +12,7")) == "unchanged"


def test_a_large_new_file_takes_no_time():
    lines = "".join(f"+int a{n};\n" for n in range(3000))
    diff = f"diff --git a/a.c b/a.c\n--- /dev/null\n+++ b/a.c\n@@ -0,0 +1,3000 @@\n{lines}"
    text = "".join(f"> {t}\n" for t in diff.splitlines()) + "\nWhy?\n"
    (comment,) = review.parse_review(HEAD, text).comments
    assert review.status_of(comment, series(diff)).state == "unchanged"
    assert review.status_of(comment, series(diff.replace("a2999", "b"))).state == "changed"
