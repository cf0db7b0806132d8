"""What the search box shows and announces for each response of the service."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from playwright.sync_api import Request, expect

from tests.web.boxes import BLOG, FORM, SERVICE, Blog, barriers, completed, found, hit, place_of
from tests.web.pages import wait_until

NEAREST = "No post clearly answers this. These are the closest."
NOTHING = "Nothing found. Try fewer or other words."
AWAY = "The search is unavailable. Press Enter to try the results page."
BUSY = "The search is busy. Press Enter to try the results page."
REFUSED = "This query is not valid. Try other words."
OFFLINE = "You are offline. The search resumes when you are connected."


def status_text(blog: Blog) -> str:
    """Return the status lines below the list."""
    return blog.page.locator("[part=status]").first.inner_text()


def read_out(blog: Blog, text: str | re.Pattern[str]) -> None:
    expect(blog.page.locator("semsearch-box [role=status]")).to_have_text(text)


def test_completions_and_posts_are_requested_after_a_pause_in_typing(blog: Blog) -> None:
    blog.open()
    blog.input.evaluate("""(field) => {
        const times = (window.times = []);
        const fetched = window.fetch;
        window.fetch = (url, how) => {
            if (!how.signal.aborted) times.push([url.pathname, performance.now()]);
            return fetched(url, how);
        };
        for (const letter of "seas") {
            field.value += letter;
            if (letter === "s" && field.value !== "s") times.push(["typed", performance.now()]);
            field.dispatchEvent(new InputEvent("input", { bubbles: true }));
        }
    }""")
    blog.reached("results")
    times = blog.page.evaluate("() => window.times")
    assert [what for what, _ in times] == ["typed", "/v1/suggest", "/v1/search"]
    typed, suggest, search = (time for _, time in times)
    assert 115 <= suggest - typed < search - typed
    assert search - typed >= 245
    assert blog.asked == ["suggest?q=seas&limit=5", "search?q=seas&limit=6&page_language=en"]


def test_a_row_has_title_date_and_passage_with_highlights(blog: Blog) -> None:
    passage = {"field": "body", "start": 9, "end": 40, "text": "🌊 Tides follow the moon."}
    marks = {"title": [[0, 4]], "teaser": [[0, 1]], "passage": [[8, 14]]}
    whole = {"teaser": "All of it.", "highlights": {"teaser": [[0, 10]]}}
    blog.searched = lambda q: found(
        hit("Seas", teaser="Not this.", passage=passage, highlights=marks, date="2024-05-06T07:08:09Z"),
        hit("No day", date=None, **whole),
        hit("Neither", date=None),
    )
    blog.open()
    blog.ask("tides")
    first, second, third, _ = blog.options.all()
    assert first.locator("[part=excerpt]").inner_text() == "2024-05-06 · 🌊 Tides follow the moon."
    assert first.locator("mark").all_inner_texts() == ["Seas", "follow"]
    assert first.locator("time").get_attribute("datetime") == "2024-05-06T07:08:09Z"
    assert second.locator("[part=excerpt]").inner_text() == "All of it."
    assert second.locator("mark").count() == 0, "a mark all over marks nothing"
    assert third.inner_text().strip() == "Neither"


def test_a_row_leads_to_the_section_of_its_passage_and_names_it(blog: Blog) -> None:
    section = {"title": "On <b>tides</b>", "anchor": "tides"}
    blog.searched = lambda q: found(
        hit("Plain", url="/a?b=c", section=section),
        hit("Fragment", url=f"{BLOG}/a#top", section=section),
        hit("App", url="/app#/posts/1", section=section),
        hit("No anchor", url="/a", section={"title": "Other", "anchor": ""}),
        hit("Signs", url="/a", section={"title": "Other", "anchor": 'é "$&<'}),
        hit("No URL", url=None, section=section),
        hit("None", url="/a", section=None),
    )
    blog.open()
    blog.ask("tides")
    links = [option.evaluate("link => link.href") for option in blog.options.all()[:-1]]
    assert links == [
        f"{BLOG}/a?b=c#tides",
        f"{BLOG}/a#tides",
        f"{BLOG}/app#/posts/1",
        f"{BLOG}/a",
        f"{BLOG}/a#%C3%A9%20%22$&%3C",
        f"{SERVICE}/search?q=tides",
        f"{BLOG}/a",
    ]
    assert blog.page.locator("[part=section]").all_inner_texts()[0] == "\u203a On <b>tides</b>"
    assert blog.options.all()[6].locator("[part=section]").count() == 0


def test_a_row_shows_the_picture_of_its_post_and_no_hole_for_a_broken_one(blog: Blog) -> None:
    blog.images = True
    blog.searched = lambda q: found(
        hit("With", image=f"{BLOG}/good.svg"),
        hit("Broken", image=f"{BLOG}/missing.png"),
        hit("Unsafe", image="data:image/gif;base64,R0lGODlhAQABAAAAACw="),
        hit("Without", image=None),
    )
    blog.open()
    blog.ask("tides")
    expect(blog.page.locator("[role=option] img")).to_have_count(1)
    picture = blog.options.first.locator("img")
    expect(picture).to_have_attribute("alt", "")
    expect(picture).to_have_attribute("referrerpolicy", "no-referrer")
    place = place_of(picture)
    assert place["width"] / place["height"] == pytest.approx(1.5, abs=0.02)
    titles = [place_of(option.locator("[part=title]"))["width"] for option in blog.options.all()[:-1]]
    assert titles[0] < titles[1] == titles[2] == titles[3]
    assert barriers(blog.page) == []


def test_rows_without_a_url_lead_to_the_results_page(blog: Blog) -> None:
    blog.suggested = lambda q: completed("Seas today", url=None)
    blog.searched = lambda q: found(hit("Tides", url=None), hit("Near", url="/near?a=b"))
    blog.open()
    blog.ask("seas & tides")
    results = f"{SERVICE}/search?q=seas+%26+tides"
    assert blog.options.evaluate_all("all => all.map(each => each.href)") == [
        results,
        results,
        f"{BLOG}/near?a=b",
        results,
    ]


@pytest.mark.parametrize(
    ("answer", "state", "words", "spoken"),
    [
        (found("One"), "results", "", "1 result"),
        (found("One", "Two"), "results", "", "2 results"),
        (found("One", answerable=False), "unsure", NEAREST, f"{NEAREST} 1 result"),
        (found(), "empty", NOTHING, NOTHING),
        (found("One", scool="school"), "results", "Searched for “school” instead of “scool”.", None),
        (
            found("One", answerable=False) | {"missing": ["CVE-2031-0001", "2.0"]},
            "unsure",
            f"No post mentions “CVE-2031-0001”.\n\nNo post mentions “2.0”.\n\n{NEAREST}",
            f"No post mentions “CVE-2031-0001”. No post mentions “2.0”. {NEAREST} 1 result",
        ),
        (
            found("One") | {"synonyms": {"car": ["automobile", "van"]}},
            "results",
            "Searched for “automobile”, “van” as well as “car”.",
            "Searched for “automobile”, “van” as well as “car”. 1 result",
        ),
        (None, "away", AWAY, AWAY),
        (500, "away", AWAY, AWAY),
        (401, "away", AWAY, AWAY),
        (429, "busy", BUSY, BUSY),
        (503, "busy", BUSY, BUSY),
        (422, "refused", REFUSED, REFUSED),
    ],
)
def test_each_state_has_a_message_that_is_announced(
    blog: Blog, answer: Any, state: str, words: str, spoken: str | None
) -> None:
    blog.searched = lambda q: answer
    blog.open()
    blog.input.fill("scool")
    blog.reached(state)
    assert status_text(blog) == words
    assert (blog.input.get_attribute("aria-expanded") == "true") is (blog.options.count() > 0)
    read_out(blog, spoken or re.compile("Searched for “school” instead of “scool”. 1 result"))
    assert barriers(blog.page) == []


def test_a_response_that_is_not_json_counts_as_unavailable(blog: Blog) -> None:
    blog.open()
    blog.page.route(
        "**/v1/search**", lambda route: route.fulfill(body="<h1>Hello", headers={"Access-Control-Allow-Origin": "*"})
    )
    blog.input.fill("seas")
    blog.reached("away")
    blog.page.unroute("**/v1/search**")


@pytest.mark.parametrize("answer", [{"hello": "world"}, {"hits": [{}]}, [1]])
def test_an_unexpected_response_counts_as_unavailable(blog: Blog, answer: Any) -> None:
    blog.searched = lambda q: answer
    blog.open()
    blog.input.fill("seas")
    blog.reached("away")
    assert status_text(blog) == AWAY


def test_completions_stay_if_the_search_fails(blog: Blog) -> None:
    blog.suggested = lambda q: completed("Seas today")
    blog.searched = lambda q: 503
    blog.open()
    blog.input.fill("seas")
    blog.reached("busy")
    assert blog.titles == ["Seas today"]


def test_posts_are_shown_if_completions_fail(blog: Blog) -> None:
    blog.suggested = lambda q: None
    blog.open()
    blog.ask("seas")
    assert blog.titles[0] == "One on seas"


def test_the_search_resumes_when_the_browser_is_online_again(blog: Blog) -> None:
    blog.open()
    blog.page.context.set_offline(True)
    try:
        blog.searched = lambda q: None
        blog.input.fill("seas")
        blog.reached("offline")
        assert status_text(blog) == OFFLINE
    finally:
        blog.searched = lambda q: found("One")
        blog.page.context.set_offline(False)
    blog.reached("results")


# ---- slow networks


def test_a_slow_search_shows_a_message_and_keeps_the_previous_rows(blog: Blog) -> None:
    blog.open()
    blog.ask("seas")
    blog.holds = lambda what: True
    blog.page.keyboard.press("End")
    blog.page.keyboard.type(" and lakes")
    expect(blog.page.locator("[part=status]").first).to_have_text("Searching…")
    assert blog.titles[0] == "One on seas"
    blog.page.keyboard.press("ArrowDown")
    assert blog.active == "One on seas"
    blog.release("search")
    blog.reached("results")
    assert (blog.titles[0], status_text(blog)) == ("One on seas and lakes", "")
    assert blog.active is None


def test_late_completions_keep_the_loading_message(blog: Blog) -> None:
    blog.suggested = lambda q: completed("Seas today")
    blog.holds = lambda what: True
    blog.open()
    blog.input.fill("seas")
    blog.reached("loading")
    blog.release("suggest")
    expect(blog.options).to_have_count(1)
    assert status_text(blog) == "Searching…"
    expect(blog.input).to_have_attribute("aria-expanded", "true")


def test_outdated_requests_are_aborted_and_not_shown(blog: Blog) -> None:
    failed: list[str] = []

    def note(request: Request) -> None:
        failed.append(request.url)

    blog.page.on("requestfailed", note)
    blog.holds = lambda what: "q=old" in what
    blog.open()
    blog.input.fill("old")
    blog.waits_for("suggest", "search")
    assert [asked for asked, _ in blog.held] == ["suggest?q=old&limit=5", "search?q=old&limit=6&page_language=en"]
    blog.ask("new")
    blog.release("s")
    wait_until(blog.page, lambda: len(failed) >= 2)
    assert len(failed) == 2
    assert blog.titles[0] == "One on new"


def test_completions_that_arrive_after_posts_are_ignored(blog: Blog) -> None:
    blog.suggested = lambda q: completed("Seas today")
    blog.holds = lambda what: what.startswith("suggest")
    blog.open()
    blog.ask("seas")
    blog.release("suggest")
    blog.page.wait_for_timeout(50)
    assert blog.titles[0] == "One on seas"


def test_the_list_does_not_open_after_the_focus_has_left(blog: Blog) -> None:
    blog.holds = lambda what: True
    blog.open()
    blog.input.fill("seas")
    blog.waits_for("suggest", "search")
    blog.page.get_by_label("Other").focus()
    blog.release("s")
    blog.page.wait_for_timeout(400)
    assert not blog.is_open


def test_a_removed_box_stops_its_requests_and_works_when_inserted_again(blog: Blog) -> None:
    blog.open()
    blog.input.fill("seas")
    blog.page.evaluate("() => document.querySelector('semsearch-box').remove()")
    blog.page.wait_for_timeout(320)
    assert blog.asked == []
    blog.open()
    blog.page.evaluate("() => document.querySelector('main').append(document.querySelector('semsearch-box'))")
    blog.ask("seas")
    blog.page.evaluate("() => document.activeElement.blur()")
    blog.page.keyboard.press("/")
    expect(blog.input).to_be_focused()


def test_results_cause_no_layout_shift(blog: Blog) -> None:
    blog.suggested = lambda q: completed("Seas today")
    blog.holds = lambda what: True
    blog.open()
    blog.page.evaluate("""() => {
        window.shifts = [];
        new PerformanceObserver((list) => window.shifts.push(...list.getEntries().map(each => each.value)))
            .observe({ type: "layout-shift" });
    }""")
    blog.input.fill("seas")
    blog.waits_for("suggest", "search")
    blog.page.wait_for_timeout(600)
    for what, rows in (("suggest", 1), ("search", 4)):
        blog.release(what)
        expect(blog.options).to_have_count(rows)
        blog.page.wait_for_timeout(600)
    blog.searched = lambda q: found("Seas today", "Another", answerable=False, sees="seas")
    blog.input.fill("sees")
    blog.waits_for("search")
    blog.page.wait_for_timeout(600)
    blog.release("search")
    blog.reached("unsure")
    blog.page.wait_for_timeout(100)
    assert blog.page.evaluate("() => window.shifts") == []


# ---- parameters and messages


def test_other_fields_of_the_form_filter_and_disable_completions(blog: Blog) -> None:
    more = '<input type="hidden" name="tag" value="sea & air"><input type="hidden" name="tag" value="b">'
    other = '<input type="hidden" name="theme" value="x"><select name="language"><option value="">Any</select>'
    blog.open(f"<semsearch-box>{FORM.replace('</form>', more + other + '</form>')}</semsearch-box>")
    blog.ask("seas")
    assert blog.asked == ["search?q=seas&limit=6&page_language=en&tag=sea+%26+air&tag=b"]
    assert "tag=sea+%26+air&tag=b&theme=x" in (blog.options.last.get_attribute("href") or "")


def test_a_year_is_sent_as_dates(blog: Blog) -> None:
    blog.open(f"""<semsearch-box>{FORM.replace("</form>", '<input type="hidden" name="year" value="2022"></form>')}
        </semsearch-box>""")
    blog.ask("seas")
    assert blog.asked == ["search?q=seas&limit=6&page_language=en&date_from=2022-01-01&date_to=2022-12-31"]


def test_changing_a_filter_repeats_the_search(blog: Blog) -> None:
    choice = '<select name="tag"><option value="">All<option>sea</select>'
    blog.open(f"<semsearch-box>{FORM.replace('</form>', choice + '</form>')}</semsearch-box>")
    select = blog.page.locator("semsearch-box select:visible")
    select.select_option("sea")
    blog.page.wait_for_timeout(300)
    assert blog.asked == [], "nothing is asked yet"
    select.select_option("")
    blog.ask("seas")
    with blog.page.expect_request("**/v1/search?q=seas&limit=6&page_language=en&tag=sea"):
        select.select_option("sea")
    assert blog.is_open


def test_the_attributes_service_and_api_key_are_used(blog: Blog) -> None:
    headers: list[dict[str, str]] = []

    def note(request: Request) -> None:
        headers.append(request.headers)

    blog.page.on("request", note)
    blog.open(f'<semsearch-box service="{SERVICE}" api-key="k-1">{FORM}</semsearch-box>')
    blog.ask("seas")
    assert headers[-1]["authorization"] == "Bearer k-1"


def test_messages_can_be_replaced(blog: Blog) -> None:
    german = {"all": "Alles zu „{q}“", "unsure": "Nichts Sicheres.", "many": "{n} Treffer", "results": "Treffer"}
    german |= {"corrected": "Statt „{typed}“: „{meant}“."}
    blog.searched = lambda q: found("Eins", "Zwei", answerable=False, Schuhle="Schule")
    blog.open(f"<semsearch-box messages='{json.dumps(german)}'>{FORM}</semsearch-box>")
    blog.ask("Schuhle")
    assert blog.titles[-1] == "Alles zu „Schuhle“"
    assert re.split(r"\n+", status_text(blog)) == ["Statt „Schuhle“: „Schule“.", "Nichts Sicheres."]
    read_out(blog, "Statt „Schuhle“: „Schule“. Nichts Sicheres. 2 Treffer")
    expect(blog.page.get_by_role("listbox", name="Treffer")).to_be_visible()


def test_an_unknown_placeholder_in_a_message_is_left_out(blog: Blog) -> None:
    blog.searched = lambda q: found()
    blog.open(f"<semsearch-box messages='{json.dumps({'empty': 'Nothing on {q}.'})}'>{FORM}</semsearch-box>")
    blog.input.fill("seas")
    blog.reached("empty")
    assert status_text(blog) == "Nothing on ."


def test_a_redirect_is_the_first_row(blog: Blog) -> None:
    blog.searched = lambda q: {**found("One"), "redirect": "https://contact.example/a?b=1"}
    blog.open()
    blog.ask("contact")
    blog.reached("results")
    assert blog.options.first.inner_text() == "Go to https://contact.example/a?b=1"
    assert blog.options.first.get_attribute("href") == "https://contact.example/a?b=1"
    blog.searched = lambda q: {**found(), "redirect": "https://contact.example/"}
    blog.input.fill("contact us")
    blog.reached("empty")
    assert blog.options.all_inner_texts() == ["Go to https://contact.example/"]
    assert status_text(blog) == NOTHING
    read_out(blog, f"{NOTHING} Go to https://contact.example/")


def test_an_unknown_tag_is_named_and_a_row_leads_to_the_nearest_one(blog: Blog) -> None:
    fields = "".join(
        f'<input type="hidden" name="{name}" value="{value}">'
        for name, value in (("tag", "wether"), ("tag", "sea"), ("author", "wether"), ("author", "Nobody"))
    )
    unknown = [
        {"parameter": "tag", "value": "wether", "suggestion": "weather & wind"},
        {"parameter": "author", "value": "Nobody", "suggestion": None},
    ]
    blog.searched = lambda q: found() | {"unknown": unknown}
    blog.open(f"<semsearch-box>{FORM.replace('</form>', f'{fields}</form>')}</semsearch-box>")
    blog.input.fill("seas")
    blog.reached("empty")
    said = ["No post has the tag “wether”.", "No post is by “Nobody”.", NOTHING]
    assert status_text(blog).split("\n\n") == said
    assert blog.options.all_inner_texts() == ["Did you mean “weather & wind”?"]
    query = "q=seas&tag=weather+%26+wind&tag=sea&author=wether&author=Nobody"
    assert blog.options.first.get_attribute("href") == f"{SERVICE}/search?{query}"
    read_out(blog, " ".join([*said, "Did you mean “weather & wind”?"]))
    assert barriers(blog.page) == []


def test_a_pinned_post_is_an_answer(blog: Blog) -> None:
    blog.searched = lambda q: found(hit("Pinned", pinned=True, confidence=0.1), answerable=False)
    blog.open()
    blog.input.fill("seas")
    blog.reached("results")
    assert status_text(blog) == ""


@pytest.mark.parametrize(("lang", "sent"), [("de-AT", "&page_language=de"), ("english", ""), ("", "")])
def test_the_language_of_the_page_is_sent_where_it_is_a_tag(blog: Blog, lang: str, sent: str) -> None:
    blog.open(f'<div lang="{lang}"><semsearch-box>{FORM}</semsearch-box></div>')
    blog.ask("seas")
    blog.reached("results")
    assert blog.asked[-1] == f"search?q=seas&limit=6{sent}"
