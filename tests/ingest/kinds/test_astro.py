from __future__ import annotations

from pathlib import Path

import pytest

from semsearch.ingest.entries import Status
from semsearch.ingest.kinds.astro import KIND
from tests.ingest.kinds.golden_sites import entries, write_site

CONFIG = "export default defineConfig({ site: 'https://example.org' });\n"
POST = "---\ntitle: A post\npubDate: 2024-01-02\n---\n\nText.\n"


@pytest.mark.parametrize(
    ("route", "names", "path"),
    [
        ("blog/[...slug].astro", "getCollection('posts')", "blog/a-post/"),
        ("articles/[slug]/index.astro", 'getCollection<"posts">("posts")', "articles/a-post/"),
        ("posts/[...id].astro", "getSortedPosts()", "posts/a-post/"),
        ("blog/[id].astro", "getSortedPosts()", "blog/a-post/"),
        ("[...slug].astro", "getSortedPosts()", "a-post/"),
        ("blog/[...page].astro", "getCollection('posts')", "posts/a-post/"),
        ("index.astro", "getCollection('posts')", "posts/a-post/"),
    ],
)
def test_address_follows_the_route_of_the_collection(tmp_path: Path, route: str, names: str, path: str) -> None:
    site = {
        "astro.config.mjs": CONFIG,
        f"src/pages/{route}": f"---\n{names}\n---\n",
        "src/content/posts/A Post.md": POST,
    }
    (entry,) = entries(KIND, write_site(tmp_path, site)).values()
    assert entry.address == f"https://example.org/{path}"


@pytest.mark.parametrize(
    ("config", "address"),
    [
        ("site: 'https://example.org/', base: '/log/', trailingSlash: 'never'", "https://example.org/log/posts/a"),
        ("site: process.env.SITE, // site: 'https://no.example.org'", "/posts/a/"),
        ("site: 'http://localhost:4321'", "/posts/a/"),
        ("srcDir: './src'", "/posts/a/"),
    ],
)
def test_base_address_is_read_from_the_configuration(tmp_path: Path, config: str, address: str) -> None:
    site = {"astro.config.ts": f"export default defineConfig({{\n{config}\n}});", "src/content/posts/a.md": POST}
    assert entries(KIND, write_site(tmp_path, site))["src/content/posts/a.md"].address == address


@pytest.mark.parametrize(
    "head",
    [
        "pubDate: Jan 2 2024",
        "pubDatetime: 2024-01-02",
        "publishDate: 2024-1-2",
        "date: 2024-01-02",
        "published: 2024-01-02",
    ],
)
def test_dates_have_many_names(tmp_path: Path, head: str) -> None:
    site = {"astro.config.mjs": CONFIG, "src/content/posts/a.md": f"---\ntitle: A\n{head}\n---\n"}
    date = entries(KIND, write_site(tmp_path, site))["src/content/posts/a.md"].date
    assert date is not None
    assert date[:10] == "2024-01-02"


def test_collections_without_dates_are_pages_where_others_are_dated(tmp_path: Path) -> None:
    site = {
        "astro.config.mjs": CONFIG,
        "src/content/posts/a.md": POST,
        "src/content/team/b.md": "---\nname: B\n---\n",
        "src/pages/log/c.md": POST,
        "src/pages/d.md": "# D\n",
    }
    found = entries(KIND, write_site(tmp_path, site))
    assert {file: entry.status for file, entry in found.items()} == {
        "src/content/posts/a.md": Status.PUBLISHED,
        "src/content/team/b.md": Status.PAGE,
        "src/pages/d.md": Status.PAGE,
        "src/pages/log/c.md": Status.PUBLISHED,
    }


def test_documentation_of_starlight_is_published_in_its_languages(tmp_path: Path) -> None:
    config = """
const locales = { root: { label: 'English', lang: 'en' }, 'pt-br': { label: 'Português' } };
export default defineConfig({ site: 'https://example.org', integrations: [starlight({ locales })] });
"""
    site = {
        "astro.config.mjs": config,
        "src/content.config.ts": "export const collections = { docs: defineCollection({ loader: docsLoader() }) };",
        "src/content/docs/index.mdx": "---\ntitle: Start\n---\n\n<Card>Text</Card>\n",
        "src/content/docs/guides/one.md": "---\ntitle: One\n---\n\n:::note\nText\n:::\n",
        "src/content/docs/pt-br/guides/one.md": "---\ntitle: Um\n---\n",
        "src/content/docs/404.md": "---\ntitle: Not found\n---\n",
    }
    found = entries(KIND, write_site(tmp_path, site))
    assert [(e.address, e.status.value, e.language, e.translation_key, e.is_original) for e in found.values()] == [
        ("https://example.org/404/", "page", "en", "", False),
        ("https://example.org/guides/one/", "published", "en", "docs/guides/one", True),
        ("https://example.org/", "published", "en", "", False),
        ("https://example.org/pt-br/guides/one/", "published", "pt-br", "docs/guides/one", False),
    ]
    assert found["src/content/docs/index.mdx"].body.text.strip() == "Text"


def test_route_with_a_language_before_the_collection(tmp_path: Path) -> None:
    site = {
        "astro.config.mjs": """
export default {
  site: 'https://example.org',
  i18n: { defaultLocale: 'en', locales: ['en', { path: 'de', codes: ['de'] }] },
};
""",
        "src/pages/[lang]/blog/[...slug].astro": "getCollection('blog')",
        "src/content/blog/en/a.md": POST,
        "src/content/blog/de/a.md": POST,
    }
    found = entries(KIND, write_site(tmp_path, site))
    assert [(entry.address, entry.is_original) for entry in found.values()] == [
        ("https://example.org/de/blog/a/", False),
        ("https://example.org/en/blog/a/", True),
    ]


@pytest.mark.parametrize("source", [".", "web", "web/src/content/posts"])
def test_the_site_may_be_the_source_hold_it_or_lie_in_it(tmp_path: Path, source: str) -> None:
    site = {"web/astro.config.mjs": CONFIG, "web/src/content/posts/a.md": POST, "README.md": "# No\n"}
    found = entries(KIND, write_site(tmp_path, site) / source)
    assert [entry.address for entry in found.values()] == ["https://example.org/posts/a/"]


def test_authors_may_be_entries_of_a_collection(tmp_path: Path) -> None:
    site = {
        "astro.config.mjs": CONFIG,
        "src/content/authors/ada.json": '{"name": "Ada Byron"}',
        "src/content/authors/eve.md": "---\nname: Eve Noon\n---\n",
        "src/content/posts/a.md": "---\ntitle: A\ndate: 2024-01-02\nauthors: [ada, eve, Other]\n---\n",
    }
    entry = entries(KIND, write_site(tmp_path, site))["src/content/posts/a.md"]
    assert entry.authors == ("Ada Byron", "Eve Noon", "Other")
