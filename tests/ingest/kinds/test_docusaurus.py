from __future__ import annotations

from pathlib import Path

import pytest

from semsearch.ingest.entries import Status
from semsearch.ingest.kinds.docusaurus import KIND
from tests.ingest.kinds.golden_sites import entries, notes, write_site

CONFIG = "module.exports = { url: 'https://example.org', baseUrl: '/', presets: [['classic', {}]] };\n"
POST = "---\ntitle: A post\n---\n\nText.\n"


@pytest.mark.parametrize(
    ("file", "path", "date"),
    [
        ("2020-01-02-a-post.md", "2020/01/02/a-post", "2020-01-02"),
        ("2020-1-2-a-post.mdx", "2020/1/2/a-post", "2020-01-02"),
        ("2020-01-02/index.mdx", "2020/01/02", "2020-01-02"),
        ("2020-01-02-a-post/index.md", "2020/01/02/a-post", "2020-01-02"),
        ("2020/01/02/a-post.md", "2020/01/02/a-post", "2020-01-02"),
        ("news/2020-01-02-a-post.md", "2020/01/02/news/a-post", "2020-01-02"),
        ("a-post.md", "a-post", None),
    ],
)
def test_date_and_address_come_from_the_name(tmp_path: Path, file: str, path: str, date: str | None) -> None:
    entry = entries(KIND, write_site(tmp_path, {"docusaurus.config.js": CONFIG, f"blog/{file}": POST}))[f"blog/{file}"]
    assert (entry.address, entry.date) == (f"https://example.org/blog/{path}", date)


@pytest.mark.parametrize("source", [".", "website", "website/blog"])
def test_the_site_may_be_the_source_hold_it_or_lie_in_it(tmp_path: Path, source: str) -> None:
    site = {"website/docusaurus.config.ts": CONFIG, "website/blog/2020-01-02-a.md": POST, "README.md": "# No post\n"}
    found = list(entries(KIND, write_site(tmp_path, site) / source).values())
    assert [entry.address for entry in found] == ["https://example.org/blog/2020/01/02/a"]


def test_a_site_without_posts_publishes_its_documentation(tmp_path: Path) -> None:
    config = """
export default {
  url: 'https://example.org',
  presets: [['classic', { blog: false, docs: { path: '../docs' } }]],
};
"""
    site = {
        "site/docusaurus.config.js": config,
        "docs/index.md": "# Start\n",
        "docs/02-guide/01-first.md": "---\nslug: one\n---\n# First\n",
        "docs/guide/second.md": "---\nid: two\nslug: /second\n---\nText\n",
    }
    found = entries(KIND, write_site(tmp_path, site))
    assert {file: (entry.address, entry.status) for file, entry in found.items()} == {
        "docs/index.md": ("https://example.org/docs", Status.PUBLISHED),
        "docs/02-guide/01-first.md": ("https://example.org/docs/guide/one", Status.PUBLISHED),
        "docs/guide/second.md": ("https://example.org/docs/second", Status.PUBLISHED),
    }


def test_several_blogs(tmp_path: Path) -> None:
    config = """
const config = {
  url: 'https://example.org',
  presets: [['classic', { blog: { path: './log', routeBasePath: 'log' } }]],
  plugins: [
    plugin,
    ['@docusaurus/plugin-content-blog', { id: 'news', path: 'news', routeBasePath: 'company/news' }],
  ],
};
module.exports = config;
"""
    site = {"docusaurus.config.js": config, "log/a.md": POST, "news/a.md": POST}
    found = entries(KIND, write_site(tmp_path, site))
    assert [entry.address for entry in found.values()] == [
        "https://example.org/log/a",
        "https://example.org/company/news/a",
    ]


@pytest.mark.parametrize(
    ("head", "authors"),
    [
        ("authors: ada", ("Ada Byron",)),
        ("authors: [ada, unknown]", ("Ada Byron", "unknown")),
        ("authors:\n  - name: Eve Noon\n    title: Baker", ("Eve Noon",)),
        ("author: Noon, Eve\nauthorURL: https://example.org", ("Noon, Eve",)),
        ("author: Eve Noon\nauthor_title: Baker", ("Eve Noon",)),
    ],
)
def test_authors_are_keys_mappings_or_names(tmp_path: Path, head: str, authors: tuple[str, ...]) -> None:
    people = "ada:\n  name: Ada Byron\n  email: ada@example.org\n"
    site = {"docusaurus.config.js": CONFIG, "blog/authors.yml": people, "blog/a.md": f"---\ntitle: A\n{head}\n---\n"}
    assert entries(KIND, write_site(tmp_path, site))["blog/a.md"].authors == authors


def test_title_is_a_leading_heading_or_the_name_of_the_file(tmp_path: Path) -> None:
    site = {
        "docusaurus.config.js": CONFIG,
        "blog/2020-01-02-heading.md": "# Heading\n\nText\n",
        "blog/2020-01-03-two-words.md": "Text\n\n## Not the title\n",
    }
    found = entries(KIND, write_site(tmp_path, site))
    assert [entry.title for entry in found.values()] == ["", "two words"]


def test_a_configuration_that_is_a_program_is_read_as_far_as_possible(tmp_path: Path) -> None:
    config = """
module.exports = async function () {
  return { url: 'https://example.org', presets: [['classic', { blog: { routeBasePath: 'log' } }]] };
};
"""
    found = entries(KIND, write_site(tmp_path, {"docusaurus.config.js": config, "blog/a.md": POST}))
    assert found["blog/a.md"].address == "https://example.org/log/a"


def test_broken_front_matter_is_named_and_others_are_read(tmp_path: Path) -> None:
    site = {"docusaurus.config.js": CONFIG, "blog/a.md": "---\ntitle: [\n---\n", "blog/b.md": POST}
    folder = write_site(tmp_path, site)
    assert list(entries(KIND, folder)) == ["blog/b.md"]
    assert [(note.place.file, note.reason) for note in notes(KIND, folder)] == [("blog/a.md", "invalid front matter")]
