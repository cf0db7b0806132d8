from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml
from fastapi.testclient import TestClient

from semsearch.api.auth.keys import Key, digest_of, entry
from semsearch.index import Filter
from tests.api.pages.html import Page
from tests.builders import raw_post, service

Q = "how do models learn maths"


def columns(page: Page) -> list[list[str]]:
    """Return the titles in each column."""
    found: list[list[str]] = []
    for title in page.texts["h3"]:
        rank, _, name = title.strip().partition(". ")
        if rank == "1":
            found.append([])
        found[-1].append(name.strip())
    return found


def ticks(page: Page, name: str) -> set[str | None]:
    """Return the ids that are ticked."""
    return {
        attributes["value"]
        for tag, attributes in page.tags
        if tag == "input" and attributes.get("name") == name and "checked" in attributes
    }


def test_it_starts_with_a_form(client: TestClient) -> None:
    page = Page(client.get("/playground").text)
    assert page.values("ratio") == ["0.5"]
    assert "alignment" in page.texts["option"]
    assert "h3" not in page.texts


def test_the_columns_are_the_rankings_of_the_modes(client: TestClient) -> None:
    page = Page(client.get("/playground", params={"q": Q, "ratio": "0.8"}).text)
    requests: list[dict[str, str]] = [
        {"mode": "lexical"},
        {"mode": "hybrid", "semantic_ratio": "0.8"},
        {"mode": "semantic"},
    ]
    modes = [client.get("/v1/search", params={"q": Q} | parameters).json() for parameters in requests]
    assert columns(page) == [[hit["title"] for hit in answer["hits"]] for answer in modes]
    assert page.texts["h2"][:3] == ["Words only", "Mixed, 80 % meaning", "Meaning only"]
    moved = [text for text in page.texts["span"] if "than mixed" in text or "mixed" in text]
    assert len(moved) == len(columns(page)[0]) + len(columns(page)[2])
    assert next(attributes["aria-label"] for tag, attributes in page.tags if tag == "meter") == "Words"


def test_ticked_posts_change_the_mixed_column_and_the_yaml(client: TestClient) -> None:
    parameters = {"q": Q, "ticked": Q, "pin": ["critiques", "vpt", "critiques"], "hide": ["formal-math"]}
    answer = client.get("/playground", params=parameters)
    page = Page(answer.text)
    words, mixed, _ = columns(page)
    assert mixed[:2] == [
        "AI-Written Critiques Help Humans Notice Flaws",
        "Learning to Play Minecraft with Video PreTraining (VPT)",
    ]
    assert "Solving (Some) Formal Math Olympiad Problems" not in mixed
    assert "Solving (Some) Formal Math Olympiad Problems" in words, "pins do not change the other columns"
    assert (ticks(page, "pin"), ticks(page, "hide")) == ({"critiques", "vpt"}, {"formal-math"})
    assert yaml.safe_load(page.texts["pre"][0]) == {
        "queries": [{"query": Q, "pin": ["critiques", "vpt"], "hide": ["formal-math"]}]
    }


def test_every_checkbox_occurs_once(client: TestClient) -> None:
    parameters = {"q": Q, "ticked": Q, "pin": ["vpt"], "hide": ["formal-math", "critiques"]}
    page = Page(client.get("/playground", params=parameters).text)
    pins = page.values("pin")
    assert len(pins) == len(set(pins)) == 9
    assert sorted(pins, key=str) == sorted(page.values("hide"), key=str)


def test_hidden_overrides_pinned_and_unknown_ids_are_ignored(client: TestClient) -> None:
    parameters = {"q": Q, "ticked": Q, "pin": ["vpt", "nope", ""], "hide": ["vpt"]}
    page = Page(client.get("/playground", params=parameters).text)
    assert yaml.safe_load(page.texts["pre"][0]) == {"queries": [{"query": Q, "hide": ["vpt"]}]}


def test_ticks_for_another_query_are_ignored(client: TestClient) -> None:
    page = Page(client.get("/playground", params={"q": Q, "ticked": "another", "pin": ["critiques"]}).text)
    assert "pre" not in page.texts
    assert ticks(page, "pin") == set()


@pytest.fixture(scope="module")
def curated(build: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    folder = tmp_path_factory.mktemp("curated")
    posts = [
        raw_post(name, title=f"Tides in {name}", teaser=f"The tides of {name}.", tags=[name])
        for name in ("spring", "summer", "autumn", "winter")
    ]
    (folder / "curation.yaml").write_text(
        "hide: [winter]\nqueries: [{query: Tides, pin: [summer], hide: [autumn]}]", encoding="utf-8"
    )
    (folder / "keys.yaml").write_text(
        "keys:\n"
        + entry(Key("owner", digest_of("owner"), frozenset({"search", "admin"})))
        + entry(Key("spring", digest_of("spring"), frozenset({"search", "admin"}), Filter(tags=("spring",)))),
        encoding="utf-8",
    )
    app = service(index=build(posts), corpus=folder, keys_file=folder / "keys.yaml")
    with TestClient(app, headers={"Authorization": "Bearer owner"}) as client:
        yield client


def test_it_starts_with_the_curation_file(curated: TestClient) -> None:
    page = Page(curated.get("/playground?q=tides").text)
    assert columns(page)[1] == ["Tides in summer", "Tides in spring"]
    assert len(columns(page)[0]) == 4
    assert (ticks(page, "pin"), ticks(page, "hide")) == ({"summer"}, {"autumn"})
    unticked = Page(curated.get("/playground?q=tides&ticked=tides").text)
    assert set(columns(unticked)[1]) == {"Tides in spring", "Tides in summer", "Tides in autumn"}
    assert "pre" not in unticked.texts


def test_posts_hidden_for_every_query_cannot_be_pinned(curated: TestClient) -> None:
    page = Page(curated.get("/playground?q=tides&ticked=tides&pin=winter&pin=spring").text)
    assert yaml.safe_load(page.texts["pre"][0]) == {"queries": [{"query": "tides", "pin": ["spring"]}]}
    assert "Tides in winter" not in columns(page)[1]


def test_a_restricted_key_shows_only_its_posts(curated: TestClient) -> None:
    answer = curated.get("/playground?q=tides&ticked=tides&pin=summer", headers={"Authorization": "Bearer spring"})
    assert answer.status_code == 200
    for other in ("summer", "autumn", "winter"):
        assert f"Tides in {other}" not in answer.text
        assert f"<option>{other}" not in answer.text


def test_a_tag_narrows_every_column(client: TestClient) -> None:
    page = Page(client.get("/playground", params={"q": Q, "tag": "mathematics"}).text)
    titles = {"Solving Math Word Problems", "Solving (Some) Formal Math Olympiad Problems"}
    assert [set(column) for column in columns(page)] == [titles] * 3


@pytest.mark.parametrize("ratio", ["", "2", "-1", "nan", "inf", "1e9", "x", "0.5.5", "\u0660"])
def test_an_invalid_ratio_becomes_one_half(ratio: str, client: TestClient) -> None:
    page = Page(client.get("/playground", params={"q": Q, "ratio": ratio}).text)
    assert page.values("ratio") == ["0.5"]


@pytest.mark.parametrize("q", ["-models", "a" * 2_001])
def test_an_invalid_query_shows_a_message(q: str, client: TestClient) -> None:
    answer = client.get("/playground", params={"q": q, "ticked": q, "pin": ["vpt"]})
    assert answer.status_code == 422
    assert Page(answer.text).texts["p"][0].startswith("This query is not valid: ")


RULES = "synonyms: [[mathematics, maths]]\ncorrections: {always: {modles: models}}\n"


def test_rules_are_tried_with_those_of_the_file(curated: TestClient) -> None:
    rules = RULES + "redirects: [{query: tides, to: 'https://example.org/tides?a=1&b=2'}]"
    page = Page(curated.get("/playground", params={"q": "Tides", "rules": rules}).text)
    assert columns(page)[1] == ["Tides in summer", "Tides in spring"], "pins of the file"
    assert page.texts["a"].count("https://example.org/tides?a=1&b=2") == 1
    assert [text.strip() for text in page.texts["textarea"]] == [rules]
    assert "This query leads to https://example.org/tides?a=1&b=2" in page.texts["li"]
    words = Page(curated.get("/playground", params={"q": "maths of modles 77x", "rules": RULES}).text)
    assert "No post mentions “77x”" in words.texts["li"]
    assert "For “maths”, “mathematics” is searched as well" in words.texts["li"]
    assert "“models” is searched instead of “modles”" in words.texts["li"]


def test_synonyms_hold_in_all_columns_and_a_post_that_words_do_not_find_is_said_to_be_absent(
    curated: TestClient,
) -> None:
    def shown(rules: str) -> tuple[list[list[str]], str]:
        page = Page(curated.get("/playground", params={"q": "warmseason", "rules": rules}).text)
        return columns(page), " ".join(page.texts["span"])

    _, plain = shown("corrections: {never: [warmseason]}")
    assert "words: not found" in plain
    assert "further down" not in plain
    (words, _, _), _ = shown("synonyms: [[warmseason, summer]]")
    assert words == ["Tides in summer"]


@pytest.mark.parametrize(
    ("rules", "problem"),
    [
        ("synonyms:\n- [one]", "line 2, synonyms, entry 1: it has no synonyms"),
        ("redirects: [{query: a, to: nowhere}]", "is not an http or https address"),
        ("a: b: c", "it is not YAML"),
        ("#" * 2_001, "the limit is 2000"),
    ],
)
def test_invalid_rules_are_reported_and_change_nothing(curated: TestClient, rules: str, problem: str) -> None:
    answer = curated.get("/playground", params={"q": "tides", "rules": rules})
    page = Page(answer.text)
    assert answer.status_code == 422
    assert problem in next(text for text in page.texts["p"] if text.startswith("These entries are not valid"))
    assert columns(page)[1] == ["Tides in summer", "Tides in spring"]


def test_a_mistake_in_the_curation_file_is_shown(build: Callable[..., Path], tmp_path: Path) -> None:
    file = tmp_path / "curation.yaml"
    file.write_text("queries: [{query: tides, pin: [spring]}]", encoding="utf-8")
    app = service(index=build([raw_post("spring", title="Spring")]), corpus=tmp_path)
    with TestClient(app) as client:
        file.write_text("queries:\n- query: tides\n  pins: [spring]", encoding="utf-8")
        app.state.live_index.refresh()
        page = Page(client.get("/playground?q=tides").text)
    alert = next(text for text in page.texts["p"] if text.startswith("The curation file has a mistake"))
    assert "line 3, queries, entry 1: the key 'pins' is not known; did you mean 'pin'?" in alert
    assert ticks(page, "pin") == {"spring"}


def test_the_days_of_a_pin_stay_in_the_yaml(build: Callable[..., Path], tmp_path: Path) -> None:
    entry = {"query": "tides", "pin": [{"id": "spring", "from": dt.date(2020, 3, 1), "until": dt.date(2020, 5, 31)}]}
    (tmp_path / "curation.yaml").write_text(yaml.safe_dump({"queries": [entry]}), encoding="utf-8")
    posts = [raw_post(name, title=name) for name in ("summer tides", "spring")]
    with TestClient(service(index=build(posts), corpus=tmp_path)) as client:
        page = Page(client.get("/playground?q=tides&ticked=tides&pin=spring").text)
    assert yaml.safe_load(page.texts["pre"][0]) == {"queries": [entry]}
    assert columns(page)[1][0] == "summer tides", "today it is not pinned"
    assert [" ".join(label.split()) for label in page.texts["label"]].count(
        "Pin from 2020-03-01 until 2020-05-31 spring"
    ) == 1
