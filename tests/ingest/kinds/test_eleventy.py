"""Eleventy sites: rules that the golden example does not show."""

from __future__ import annotations

from pathlib import Path

import pytest

from semsearch.ingest.entries import Format, Status
from semsearch.ingest.files import open_files
from semsearch.ingest.kinds.eleventy import KIND
from tests.ingest.site_examples import entry, read, reasons, write

CONFIG = {"eleventy.config.js": 'module.exports = () => ({dir: {input: "src"}});'}
POST = "---\ntitle: A post\ndate: 2024-02-03\n---\nText.\n"


@pytest.mark.parametrize(
    ("permalink", "address"),
    [
        ("/{{ title | slugify }}/index.html", "/a-post/"),
        ("/{{ page.date | date: '%Y' }}/{{ page.fileSlug }}/", "/2024/name/"),
        ('/{{ page.date | dateFormat("yyyy/MM/dd") }}/{{ page.fileSlug }}.html', "/2024/02/03/name.html"),
        ("/{{ page.date | datePath }}/x/", "/2024/02/03/x/"),
        ("{{ page.filePathStem }}.html", "/blog/name.html"),
        ("/{{ unheard.of }}/", "/blog/name/"),
    ],
)
def test_a_permalink_may_be_a_template(tmp_path: Path, permalink: str, address: str) -> None:
    post = f"---\ntitle: A post\ndate: 2024-02-03\npermalink: |\n  {permalink}\n---\n"
    assert entry(KIND, tmp_path, {**CONFIG, "src/blog/2024-02-03-name.md": post}).address == address


def test_a_permalink_may_be_a_program_with_simple_values(tmp_path: Path) -> None:
    data = "export default { permalink: function({page}) { return `/web/${ page.fileSlug }/` } }"
    files = {**CONFIG, "src/blog/blog.11tydata.js": data, "src/blog/name.md": POST}
    assert entry(KIND, tmp_path, files).address == "/web/name/"


def test_layouts_and_folders_give_fields_and_the_nearest_wins(tmp_path: Path) -> None:
    files = {
        **CONFIG,
        "src/_includes/post.njk": "---\nlayout: base.njk\npermalink: /p/{{ page.fileSlug }}/\nlang: en\n---\n",
        "src/_includes/base.njk": "---\nlang: de\n---\n",
        "src/src.json": "{}",
        "src/blog/blog.json": '{"layout": "post.njk", "author": "Ada Quay", "tags": ["posts"]}',
        "src/blog/name.md": "---\ntitle: A\ntags: looms\n---\n",
    }
    found = entry(KIND, tmp_path, files)
    assert (found.address, found.language, found.authors) == ("/p/name/", "en", ("Ada Quay",))
    assert found.tags == ("looms",)
    assert found.status is Status.PUBLISHED


def test_front_matter_that_is_a_program_gives_its_constants(tmp_path: Path) -> None:
    post = '---js\nconst title = "A program";\nconst date = "2024-01-02";\nconst draft = true;\n---\nText.\n'
    found = entry(KIND, tmp_path, {**CONFIG, "src/blog/a.md": post})
    assert (found.title, found.date, found.status) == ("A program", "2024-01-02", Status.DRAFT)
    assert found.body.text == "Text.\n"


def test_documents_outside_of_collections_and_without_dates_are_pages(tmp_path: Path) -> None:
    files = {
        **CONFIG,
        "src/blog/a.md": POST,
        "src/blog/hidden.md": "---\ntitle: H\ndate: 2024-01-01\neleventyExcludeFromCollections: true\n---\n",
        "src/docs/b.md": "---\ntitle: B\n---\n",
        "src/blog/list.njk": "---\ntitle: L\npagination: {data: collections.posts}\n---\n",
        "src/README.md": "Hello",
        "src/_includes/part.html": "---\ntitle: P\n---\n",
    }
    entries, notes = read(KIND, write(tmp_path, files))
    assert {file: found.status for file, found in entries.items()} == {
        "src/blog/a.md": Status.PUBLISHED,
        "src/blog/hidden.md": Status.PAGE,
        "src/docs/b.md": Status.PAGE,
    }
    assert reasons(notes) == ["src/README.md: file of the repository", "src/blog/list.njk: list of pages"]


def test_special_dates_are_no_dates_and_the_file_name_has_one(tmp_path: Path) -> None:
    post = "---\ntitle: A\ndate: Last Modified\n---\n"
    _, notes = read(KIND, write(tmp_path, {**CONFIG, "src/blog/2024-03-04-a.md": post}))
    assert notes == []
    assert entry(KIND, tmp_path, {}).date == "2024-03-04"


def test_a_template_file_is_html(tmp_path: Path) -> None:
    found = entry(KIND, tmp_path, {**CONFIG, "src/blog/a.njk": POST})
    assert found.body.format is Format.HTML


def test_a_dependency_is_evidence(tmp_path: Path) -> None:
    write(tmp_path, {"package.json": '{"devDependencies": {"@11ty/eleventy": "3"}}', "posts/a.md": POST})
    evidence = KIND.detect(open_files(tmp_path))
    assert evidence is not None
    assert evidence.because == "package.json names @11ty/eleventy"
