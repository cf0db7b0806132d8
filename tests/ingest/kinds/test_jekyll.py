"""Jekyll sites: rules that the golden example does not show."""

from __future__ import annotations

from pathlib import Path

import pytest

from semsearch.ingest.assembly import AssembledPost, assemble
from semsearch.ingest.entries import HOLE, Status
from semsearch.ingest.files import open_files
from semsearch.ingest.kinds.jekyll import KIND
from tests.ingest.site_examples import entry, read, reasons, write

POST = "---\ntitle: A post\ncategories: one Two\n---\nText.\n"
NAME = "_posts/2024-02-03-A-post.md"


@pytest.mark.parametrize(
    ("config", "address"),
    [
        ("", "/one/two/2024/02/03/A-post.html"),
        ("permalink: pretty", "/one/two/2024/02/03/A-post/"),
        ("permalink: ordinal", "/one/two/2024/034/A-post.html"),
        ("permalink: weekdate", "/one/two/2024/W05/Sat/A-post.html"),
        ("permalink: none", "/one/two/A-post.html"),
        ("permalink: /:year/:i_month/:slug", "/2024/2/a-post"),
        ("collections: {posts: {permalink: '/news/:title/', output: true}}", "/news/A-post/"),
        ("baseurl: /sub\npermalink: none", "/sub/one/two/A-post.html"),
        ("url: https://orchard.test\nbaseurl: /sub\npermalink: none", "https://orchard.test/sub/one/two/A-post.html"),
    ],
)
def test_the_address_follows_the_style_of_permalinks(tmp_path: Path, config: str, address: str) -> None:
    assert entry(KIND, tmp_path, {"_config.yml": config, NAME: POST}).address == address


def test_a_permalink_of_the_post_wins(tmp_path: Path) -> None:
    post = "---\ntitle: A\npermalink: /here/:year/\n---\n"
    assert entry(KIND, tmp_path, {"_config.yml": "title: T", NAME: post}).address == "/here/2024/"


def test_future_posts_are_told_unless_the_configuration_shows_them(tmp_path: Path) -> None:
    name = "_posts/2030-01-01-later.md"
    assert entry(KIND, tmp_path / "a", {"_config.yml": "title: T", name: POST}).status is Status.FUTURE
    assert entry(KIND, tmp_path / "b", {"_config.yml": "future: true", name: POST}).status is Status.PUBLISHED


def test_folders_above_posts_are_categories_but_languages_are_languages(tmp_path: Path) -> None:
    files = {
        "_config.yml": "title: T",
        "en/news/_posts/2024-01-01-a.md": POST,
        "zh_cn/news/_posts/2024-01-01-a.md": POST,
    }
    entries, _ = read(KIND, write(tmp_path, files))
    chinese = entries["zh_cn/news/_posts/2024-01-01-a.md"]
    assert chinese.tags == ("news", "one", "Two")
    assert chinese.language == "zh_cn"
    assert chinese.address == "/zh_cn/news/one/two/2024/01/01/a.html"
    assert {found.translation_key for found in entries.values()} == {"news/_posts/2024-01-01-a.md"}


def test_the_nearest_default_wins_and_the_post_over_it(tmp_path: Path) -> None:
    config = """
    defaults:
      - {scope: {path: _posts/special, type: posts}, values: {author: Near, image: /near.png}}
      - {scope: {path: ""}, values: {author: Far, lang: en}}
    """
    post = "---\ntitle: A\nimage: /own.png\n---\n"
    found = entry(KIND, tmp_path, {"_config.yml": config, "_posts/special/2024-01-01-a.md": post})
    assert (found.authors, found.image, found.language) == (("Near",), "/own.png", "en")


def test_collections_are_read_if_they_have_pages(tmp_path: Path) -> None:
    config = "collections: {cakes: {output: true}, staff: {output: false}}"
    files = {"_config.yml": config, "_cakes/2024-01-01-plum.md": POST, "_staff/ada.md": POST}
    entries, notes = read(KIND, write(tmp_path, files))
    assert {file: found.address for file, found in entries.items()} == {
        "_cakes/2024-01-01-plum.md": "/cakes/2024-01-01-plum.html"
    }
    assert reasons(notes) == ["_staff/ada.md: collection without pages"]


def test_what_precedes_the_separator_is_the_teaser(tmp_path: Path) -> None:
    files = {"_config.yml": "excerpt_separator: <!--cut-->", NAME: "---\ntitle: A\n---\nStart.\n<!--cut-->\nRest.\n"}
    teaser = entry(KIND, tmp_path, files).teaser
    assert teaser is not None
    assert teaser.text.strip() == "Start."


def test_a_post_without_title_is_named_after_its_file_unless_it_has_a_heading(tmp_path: Path) -> None:
    files = {"_config.yml": "title: T", "_posts/2024-01-01-two-words.md": "---\n---\nText.",
             "_posts/2024-01-02-b.md": "---\n---\n# Heading\n"}  # fmt: skip
    entries, _ = read(KIND, write(tmp_path, files))
    assert [found.title for found in entries.values()] == ["Two Words", ""]


def test_a_folder_of_posts_alone_is_read(tmp_path: Path) -> None:
    write(tmp_path, {NAME: POST})
    entries, _ = read(KIND, tmp_path / "_posts")
    assert [found.date for found in entries.values()] == ["2024-02-03"]


LINKED = {
    "_config.yml": "url: https://example.org\nbaseurl: /b",
    "_posts/sub/2020-01-02-two.md": "---\npermalink: /deux/\n---\nTwo",
    "about.md": "---\n---\nAbout",
    "_my/thing.md": "---\n---\nThing",
    "pic.png": "",
}


@pytest.mark.parametrize(
    ("target", "address"),
    [
        ("{% post_url 2020-01-02-two %}", "/b/deux/"),
        ("{% post_url sub/2020-01-02-two %}", "/b/deux/"),
        ("{% link _posts/sub/2020-01-02-two.md %}#part", "/b/deux/#part"),
        ("{%- link about.md -%}", "/b/about.html"),
        ("{% link pic.png %}", "/b/pic.png"),
        ("{% post_url 2019-01-01-none %}", HOLE),
        ("{% link ../secret.md %}", HOLE),
        ("{% link %}", HOLE),
    ],
)
def test_links_lead_to_the_address_of_the_file_that_they_name(tmp_path: Path, target: str, address: str) -> None:
    entries, _ = read(KIND, write(tmp_path, {**LINKED, "_posts/2020-01-01-one.md": f"---\n---\n[text]({target})"}))
    assert entries["_posts/2020-01-01-one.md"].body.text.strip() == f"[text]({address})"


@pytest.mark.parametrize(
    "link",
    [
        "[text of it]({% post_url TARGET %})",
        '<a href="{% post_url TARGET %}">text of it</a>',
        "[text of it][ref]\n\n[ref]: {% post_url TARGET %}",
        "[text of it]({{ site.baseurl }}{% post_url TARGET %})",
    ],
)
@pytest.mark.parametrize("name", ["2020-01-02-two", "2019-01-01-none"])
def test_the_text_of_a_link_is_never_lost(tmp_path: Path, link: str, name: str) -> None:
    write(tmp_path, {**LINKED, "_posts/2020-01-01-one.md": f"---\ntitle: One\n---\nSee {link.replace('TARGET', name)}"})
    entries, _ = read(KIND, tmp_path)
    [post] = assemble(entries["_posts/2020-01-01-one.md"])
    assert isinstance(post, AssembledPost)
    assert post.post.body == "See text of it"


def test_a_picture_at_an_unknown_address_is_none(tmp_path: Path) -> None:
    write(tmp_path, {**LINKED, "_posts/2020-01-01-one.md": "---\ntitle: One\n---\nA ![pic]({% link no.png %}) picture"})
    entries, _ = read(KIND, tmp_path)
    [post] = assemble(entries["_posts/2020-01-01-one.md"])
    assert isinstance(post, AssembledPost)
    assert post.post.image is None


def test_redirects_are_told(tmp_path: Path) -> None:
    files = {"_config.yml": "title: T", "old.md": "---\nredirect_to: /new/\n---\n"}
    assert entry(KIND, tmp_path, files).redirect == "/new/"


def test_the_configuration_of_hexo_is_none_of_jekyll(tmp_path: Path) -> None:
    write(tmp_path, {"_config.yml": "title: T\nnew_post_name: :title.md", "x.md": "---\ntitle: A\n---\n"})
    assert KIND.detect(open_files(tmp_path)) is None


def test_a_file_name_with_a_day_that_never_comes_is_a_post_of_the_future(tmp_path: Path) -> None:
    assert (
        entry(KIND, tmp_path, {"_config.yml": "", "_posts/2999-01-01-a.md": "---\n---\nText"}).status is Status.FUTURE
    )
