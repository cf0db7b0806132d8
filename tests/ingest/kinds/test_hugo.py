"""Hugo sites: rules that the golden example does not show."""

from __future__ import annotations

from pathlib import Path

import pytest

from semsearch.ingest.entries import Severity, Status
from semsearch.ingest.files import open_files
from semsearch.ingest.kind import Certainty
from semsearch.ingest.kinds.hugo import KIND
from tests.ingest.site_examples import entry, read, reasons, write

POST = "---\ntitle: A post\ndate: 2024-02-03\n---\nText.\n"


def test_a_folder_of_posts_without_configuration_is_read(tmp_path: Path) -> None:
    found = entry(KIND, tmp_path, {"a.md": POST})
    assert (found.address, found.status) == ("/a/", Status.PUBLISHED)


def test_the_site_may_lie_in_a_folder_of_the_source(tmp_path: Path) -> None:
    write(tmp_path, {"web/hugo.yaml": "baseURL: https://quay.test", "web/content/posts/a.md": POST, "README.md": "Hi"})
    entries, _ = read(KIND, tmp_path)
    assert {file: found.address for file, found in entries.items()} == {
        "web/content/posts/a.md": "https://quay.test/posts/a/"
    }
    evidence = KIND.detect(open_files(tmp_path))
    assert evidence is not None
    assert (evidence.certainty, evidence.because) == (Certainty.LIKELY, "web/hugo.yaml is there")


def test_one_post_is_read_as_part_of_its_site(tmp_path: Path) -> None:
    write(tmp_path, {"hugo.toml": 'baseURL = "https://quay.test/"', "content/posts/a.md": POST})
    entries, _ = read(KIND, tmp_path / "content" / "posts" / "a.md")
    assert [found.address for found in entries.values()] == ["https://quay.test/posts/a/"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("config.toml", 'baseURL = "https://quay.test/b/"'),
        ("config.yaml", "baseurl: https://quay.test/b/"),
        ("hugo.json", '{"baseURL": "https://quay.test/b/"}'),
        ("config/_default/hugo.toml", 'baseURL = "https://quay.test/b/"'),
        ("config/_default/config.yml", "baseURL: https://quay.test/b/"),
    ],
)
def test_every_form_of_configuration_is_read(tmp_path: Path, name: str, text: str) -> None:
    assert entry(KIND, tmp_path, {name: text, "content/posts/a.md": POST}).address == "https://quay.test/b/posts/a/"


def test_the_address_given_by_the_owner_wins_over_the_configuration(tmp_path: Path) -> None:
    files = {"hugo.toml": 'baseURL = "https://quay.test"', "content/posts/a.md": POST}
    assert entry(KIND, tmp_path, files, site_url="https://other.test/x").address == "https://other.test/x/posts/a/"


@pytest.mark.parametrize(
    ("config", "fields", "address"),
    [
        ("", "", "/posts/my-post/"),
        ("", "slug: Short one", "/posts/short-one/"),
        ("", "url: /somewhere/else.html", "/somewhere/else.html"),
        ("", "url: posts/elsewhere", "/posts/elsewhere/"),
        ("uglyURLs = true", "", "/posts/my-post.html"),
        ("[uglyURLs]\nposts = true", "", "/posts/my-post.html"),
        ('[permalinks]\nposts = "/:year/:month/:day/:slug/"', "", "/2024/02/03/a-post/"),
        ('[permalinks.page]\nposts = "/:section/:title"', "", "/posts/a-post/"),
        ('[permalinks]\nposts = "/:2006/:01/:filename/"', "", "/2024/02/my-post/"),
        ('[permalinks]\nposts = "/:sections/:contentbasename/"', "", "/posts/my-post/"),
        ('[permalinks]\nposts = "/:unheardof/"', "", "/posts/my-post/"),
    ],
)
def test_the_address_follows_the_rules_of_hugo(tmp_path: Path, config: str, fields: str, address: str) -> None:
    post = f"---\ntitle: A post\ndate: 2024-02-03\n{fields}\n---\n"
    found = entry(KIND, tmp_path, {"hugo.toml": config, "content/posts/My post.md": post})
    assert found.address == address


def test_a_language_in_a_folder_gives_prefix_language_and_translations(tmp_path: Path) -> None:
    config = """
    baseURL = "https://quay.test/"
    defaultContentLanguage = "en"
    defaultContentLanguageInSubdir = true
    [languages.en]
    contentDir = "content/en"
    [languages.zh-tw]
    contentDir = "content/zh-tw"
    """
    write(tmp_path, {"hugo.toml": config, "content/en/posts/a.md": POST, "content/zh-tw/posts/a.md": POST})
    entries, _ = read(KIND, tmp_path)
    english, chinese = entries["content/en/posts/a.md"], entries["content/zh-tw/posts/a.md"]
    assert (english.address, chinese.address) == ("https://quay.test/en/posts/a/", "https://quay.test/zh-tw/posts/a/")
    assert english.translation_key == chinese.translation_key == "posts/a"
    assert (english.language, english.is_original, chinese.language, chinese.is_original) == (
        "en",
        True,
        "zh-tw",
        False,
    )


def test_a_translation_key_joins_posts_of_different_names(tmp_path: Path) -> None:
    post = "---\ntitle: T\ndate: 2024-01-01\ntranslationKey: tide\n---\n"
    write(tmp_path, {"hugo.toml": "[languages.en]\n[languages.fr]", "content/p/a.md": post, "content/p/b.fr.md": post})
    entries, _ = read(KIND, tmp_path)
    assert {found.translation_key for found in entries.values()} == {"tide"}


def test_main_sections_tell_posts_from_pages(tmp_path: Path) -> None:
    config = '[params]\nmainSections = ["writing"]'
    write(tmp_path, {"hugo.toml": config, "content/writing/a.md": POST, "content/jobs/b.md": POST})
    entries, _ = read(KIND, tmp_path)
    assert [found.status for found in entries.values()] == [Status.PAGE, Status.PUBLISHED]


def test_without_main_sections_undated_folders_and_single_pages_hold_no_posts(tmp_path: Path) -> None:
    undated = "---\ntitle: Manual\n---\n"
    files = {
        "hugo.toml": "",
        "content/blog/a.md": POST,
        "content/blog/undated.md": undated,
        "content/manual/b.md": undated,
        "content/about.md": POST,
    }
    entries, _ = read(KIND, write(tmp_path, files))
    assert [file for file, found in entries.items() if found.status is Status.PUBLISHED] == [
        "content/blog/a.md",
        "content/blog/undated.md",
    ]


def test_what_hugo_does_not_render_is_left_out_with_its_reason(tmp_path: Path) -> None:
    files = {
        "hugo.toml": "[languages.en]\n[languages.fr]",
        "content/posts/_index.md": POST,
        "content/posts/headless/index.md": "---\ntitle: H\nheadless: true\n---\n",
        "content/posts/never.md": "---\ntitle: N\nbuild: {render: never}\n---\n",
        "content/posts/stub.fr.md": "---\nslug: stub\n---\n",
        "content/posts/flagged.md": "---\ntitle: F\nuntranslated: 1\n---\n",
        "content/posts/archetype.md": '---\ntitle: "{{ .Name }}"\n---\n',
        "themes/x/content/posts/theirs.md": POST,
    }
    entries, notes = read(KIND, write(tmp_path, files))
    assert entries == {}
    assert reasons(notes) == [
        "content/posts/_index.md: section page",
        "content/posts/archetype.md: template",
        "content/posts/flagged.md: untranslated",
        "content/posts/headless/index.md: not rendered",
        "content/posts/never.md: not rendered",
        "content/posts/stub.fr.md: untranslated",
    ]


def test_the_file_name_gives_the_date_before_the_front_matter_if_the_configuration_says_so(tmp_path: Path) -> None:
    config = '[frontmatter]\ndate = [":filename", ":default"]'
    found = entry(KIND, tmp_path, {"hugo.toml": config, "content/posts/2020-05-06-spring.md": POST})
    assert (found.date, found.address) == ("2020-05-06", "/posts/spring/")


def test_configured_taxonomies_are_the_tags(tmp_path: Path) -> None:
    post = "---\ntitle: T\ndate: 2024-01-01\ntopics: [Ropes]\ntags: [not one]\n---\n"
    files = {"hugo.toml": '[taxonomies]\ntopic = "topics"', "content/posts/a.md": post}
    assert entry(KIND, tmp_path, files).tags == ("Ropes",)


def test_a_broken_configuration_is_said_and_posts_are_read_all_the_same(tmp_path: Path) -> None:
    entries, notes = read(KIND, write(tmp_path, {"hugo.toml": "title = \n", "content/posts/a.md": POST}))
    assert len(entries) == 1
    assert reasons(notes, Severity.WARNING) == ["hugo.toml:1: invalid configuration"]


def test_a_document_in_another_markup_is_said(tmp_path: Path) -> None:
    entries, notes = read(KIND, write(tmp_path, {"hugo.toml": "", "content/posts/a.adoc": "= Title"}))
    assert entries == {}
    assert reasons(notes) == ["content/posts/a.adoc: AsciiDoc is not supported"]


SECTION = "content/posts/_index.md"


@pytest.mark.parametrize(
    ("cascade", "own", "status"),
    [
        ("cascade: {draft: true}", "", Status.DRAFT),
        ("cascade: {draft: true}", "draft: false", Status.PUBLISHED),
        ("cascade: [{draft: true, target: {path: '/posts/**'}}]", "", Status.DRAFT),
        ("cascade: [{draft: true, _target: {path: '/news/**'}}]", "", Status.PUBLISHED),
        ("cascade: [{draft: true, target: {path: '{/posts/a,/posts/b}'}}]", "", Status.DRAFT),
        ("cascade: [{draft: true, target: {kind: section}}]", "", Status.PUBLISHED),
        ("cascade: [{draft: true, target: {kind: '{page,section}'}}]", "", Status.DRAFT),
        ("cascade: [{draft: true, target: {environment: development}}]", "", Status.PUBLISHED),
        ("cascade: [{draft: false, target: {path: '/posts/a'}}, {draft: true}]", "", Status.PUBLISHED),
        ("cascade: drafts", "", Status.PUBLISHED),
    ],
)
def test_fields_of_a_section_hold_for_its_documents(tmp_path: Path, cascade: str, own: str, status: Status) -> None:
    post = f"---\ntitle: A post\ndate: 2024-02-03\n{own}\n---\nText.\n"
    files = {"hugo.toml": "", SECTION: f"---\ntitle: Posts\n{cascade}\n---\n", "content/posts/a.md": post}
    assert entry(KIND, tmp_path, files).status is status


def test_the_nearest_section_wins_and_the_configuration_counts_least(tmp_path: Path) -> None:
    files = {
        "hugo.toml": '[cascade]\nauthors = ["Site"]\nseries = "Site"\nlang = "fr"\n',
        "content/_index.md": "---\ncascade: {authors: [Home], series: Home}\n---\n",
        SECTION: "---\ntitle: Posts\ncascade: {authors: [Posts], title: Not this}\n---\n",
        "content/posts/a.md": POST,
        "content/posts/b/index.md": POST,
        "content/news/c.md": POST,
    }
    entries, _ = read(KIND, write(tmp_path, files))
    assert {file: (found.authors, found.series, found.language) for file, found in entries.items()} == {
        "content/news/c.md": (("Home",), "Home", "fr"),
        "content/posts/a.md": (("Posts",), "Home", "fr"),
        "content/posts/b/index.md": (("Posts",), "Home", "fr"),
    }
    assert {found.title for found in entries.values()} == {"A post"}


@pytest.mark.parametrize("date", ["2999-01-01", "9999-12-31", "2500-06-07T08:00:00Z"])
def test_a_day_that_never_comes_is_in_the_future(tmp_path: Path, date: str) -> None:
    post = f"---\ntitle: A post\ndate: {date}\n---\nText.\n"
    assert entry(KIND, tmp_path, {"hugo.toml": "", "content/posts/a.md": post}).status is Status.FUTURE
