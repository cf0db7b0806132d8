from __future__ import annotations

from pathlib import Path

import pytest

from semsearch.ingest.entries import Status
from semsearch.ingest.files import open_files
from semsearch.ingest.kind import Certainty
from semsearch.ingest.kinds.markdown import KIND
from tests.ingest.kinds.golden_sites import entries, notes, write_site

POST = "---\ntitle: A post\ndate: 2024-01-02\n---\n\nText.\n"


def test_files_of_the_repository_are_posts_only_where_there_is_nothing_else(tmp_path: Path) -> None:
    folder = write_site(tmp_path, {"README.md": "# Read me\n", "LICENSE.md": "# License\n"})
    assert list(entries(KIND, folder)) == ["LICENSE.md", "README.md"]
    write_site(tmp_path, {"a.md": "# A\n", "b/README.md": "# B\n"})
    assert list(entries(KIND, folder)) == ["a.md", "b/README.md"]


def test_undated_folders_are_pages_beside_dated_ones(tmp_path: Path) -> None:
    folder = write_site(tmp_path, {"blog/a.md": POST, "manual/b.md": "# B\n", "blog/contact.md": "# Contact\n"})
    assert {file: entry.status for file, entry in entries(KIND, folder).items()} == {
        "blog/a.md": Status.PUBLISHED,
        "blog/contact.md": Status.PAGE,
        "manual/b.md": Status.PAGE,
    }


def test_a_vault_is_all_posts_and_titles_are_the_names_of_files(tmp_path: Path) -> None:
    site = {
        ".obsidian/app.json": "{}",
        "Daily/2024-01-02.md": "---\ndate: 2024-01-02\naliases: [Other name]\n---\nMet [[People/Ada]]. %% secret %%\n",
        "Ideas/Sea-Glass.md": "Text #tag\n",
    }
    found = entries(KIND, write_site(tmp_path, site))
    assert [(entry.title, entry.status.value, entry.aliases) for entry in found.values()] == [
        ("2024-01-02", "published", ()),
        ("Sea-Glass", "published", ()),
    ]
    assert found["Daily/2024-01-02.md"].body.text == "Met Ada. \n"


def test_hexo_site(tmp_path: Path) -> None:
    site = {
        "_config.yml": "url: https://example.org/b\npermalink: :year/:i_month/:title/\nlanguage: [fr, en]\n",
        "source/_posts/2024-01-02-one.md": (
            "title: One\ndate: 2024-01-02\ntags: [x]\n---\n{% note %}Text{% endnote %}\n"
        ),
        "source/_posts/two.md": "---\ntitle: Two\ndate: 2024-03-04\n---\n---\nLine\n",
        "source/_drafts/three.md": "---\ntitle: Three\n---\n",
        "source/about/index.md": "---\ntitle: About\n---\n",
        "scaffolds/post.md": "---\ntitle: {{ title }}\n---\n",
        "themes/x/README.md": "# Theme\n",
    }
    folder = write_site(tmp_path, site)
    found = entries(KIND, folder)
    assert {file: (entry.address, entry.status.value) for file, entry in found.items()} == {
        "source/_drafts/three.md": ("https://example.org/b/three/", "draft"),
        "source/_posts/2024-01-02-one.md": ("https://example.org/b/2024/1/one/", "published"),
        "source/_posts/two.md": ("https://example.org/b/2024/3/two/", "published"),
        "source/about/index.md": ("https://example.org/b/about/", "page"),
    }
    one = found["source/_posts/2024-01-02-one.md"]
    assert (one.title, one.tags, one.language, one.body.text) == ("One", ("x",), "fr", "Text\n")
    evidence = KIND.detect(open_files(folder))
    assert evidence is not None
    assert evidence.certainty is Certainty.LIKELY


def test_gatsby_site_gives_its_address(tmp_path: Path) -> None:
    config = "module.exports = { siteMetadata: { siteUrl: `https://example.org` } };"
    site = {"gatsby-config.js": config, "content/my-post/index.mdx": "export const a = 1;\n\n<A>Text</A>\n"}
    (entry,) = entries(KIND, write_site(tmp_path, site)).values()
    assert (entry.address, entry.title, entry.body.text.strip()) == ("https://example.org/my-post/", "my post", "Text")


def test_mdx_title_may_be_exported(tmp_path: Path) -> None:
    text = "export const metadata = { title: 'Exported', date: '2024-01-02' };\n\nText\n"
    (entry,) = entries(KIND, write_site(tmp_path, {"a.mdx": text})).values()
    assert (entry.title, entry.date) == ("Exported", "2024-01-02")


def test_languages_by_folder_and_by_suffix(tmp_path: Path) -> None:
    site = {"en/a.md": "# A\n", "zh_cn/a.md": "# A\n", "b.md": "# B\n", "b.fr.md": "# B\n"}
    found = entries(KIND, write_site(tmp_path, site))
    assert {file: (entry.language, entry.address, entry.translation_key) for file, entry in found.items()} == {
        "b.fr.md": ("fr", "/fr/b/", "b.md"),
        "b.md": (None, "/b/", "b.md"),
        "en/a.md": ("en", "/en/a/", "a.md"),
        "zh_cn/a.md": ("zh_cn", "/zh_cn/a/", "a.md"),
    }


@pytest.mark.parametrize(
    ("head", "address"),
    [
        ("permalink: /x/y.html", "/x/y.html"),
        ("url: https://other.example.org/z", "https://other.example.org/z"),
        ("slug: short", "/posts/short/"),
        ("slug: 1", "/posts/1/"),
        ("slug: /long/way/", "/posts/long/way/"),
        ("", "/posts/a/"),
    ],
)
def test_address_is_named_or_the_path(tmp_path: Path, head: str, address: str) -> None:
    folder = write_site(tmp_path, {"posts/a.md": f"---\ntitle: A\n{head}\n---\n"})
    assert entries(KIND, folder)["posts/a.md"].address == address


def test_what_is_not_read_is_said(tmp_path: Path) -> None:
    site = {
        "posts/a.md": POST,
        "posts/b.html": "<html><head><title>B</title></head><body><p>Text</p></body></html>",
        "posts/c.txt": "Text",
        "posts/d.adoc": "= D\n",
        "posts/_draft.md": "# E\n",
        "theme/f.html": "<p>{{ content }}</p>",
        "robots.txt": "",
        "node_modules/x/g.md": "# G\n",
    }
    folder = write_site(tmp_path, site)
    assert list(entries(KIND, folder)) == ["posts/a.md", "posts/b.html"]
    assert entries(KIND, folder)["posts/b.html"].title == "B"
    assert {note.place.file: note.reason for note in notes(KIND, folder)} == {
        "posts/_draft.md": "partial",
        "posts/c.txt": "text file",
        "posts/d.adoc": "AsciiDoc is not supported",
        "theme/f.html": "HTML file",
    }


def test_one_file_may_be_the_source(tmp_path: Path) -> None:
    write_site(tmp_path, {"a.md": POST})
    assert list(entries(KIND, tmp_path / "a.md")) == ["a.md"]


def test_a_folder_without_documents_is_not_recognised(tmp_path: Path) -> None:
    assert KIND.detect(open_files(write_site(tmp_path, {"a.html": "<p>Text</p>"}))) is None


def test_lines_of_metadata_without_a_fence_are_fields_if_a_title_is_among_them(tmp_path: Path) -> None:
    site = {
        "a.md": "Title: A tide\nDate: 2024-01-02\nTags: sea, salt\n\nText.\n",
        "b.md": "Author: Ada\ntitle: B\n\nText.\n",
        "note.md": "Note: the tide is out.\n\nText.\n",
        "prose.md": "Title: a word\nthat goes on here.\n\nText.\n",
    }
    found = entries(KIND, write_site(tmp_path, site))
    assert (found["a.md"].title, found["a.md"].date, found["a.md"].tags) == ("A tide", "2024-01-02", ("sea", "salt"))
    assert (found["b.md"].title, found["b.md"].authors, found["b.md"].body.text.strip()) == ("B", ("Ada",), "Text.")
    assert found["note.md"].body.text == site["note.md"]
    assert found["prose.md"].body.text == site["prose.md"]


def test_an_empty_file_is_no_post(tmp_path: Path) -> None:
    folder = write_site(
        tmp_path, {"a.md": POST, "empty.md": "", "blank.md": "\n \n", "title.md": "---\ntitle: T\n---\n"}
    )
    assert list(entries(KIND, folder)) == ["a.md", "title.md"]
    assert {(note.place.file, note.reason) for note in notes(KIND, folder)} == {
        ("empty.md", "empty file"),
        ("blank.md", "empty file"),
    }
