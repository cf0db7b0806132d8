"""Built sites → entries."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from semsearch.errors import InvalidRequest, SourceUnreadable
from semsearch.ingest.entries import Entry, Note, Severity, Status
from semsearch.ingest.files import open_files
from semsearch.ingest.kind import Certainty
from semsearch.ingest.kinds.html import KIND
from tests.ingest.reading import check_golden, read

GOLDEN = Path(__file__).parent / "golden" / "html"
TEXT = "<p>All that there is to be read on this page.</p>"
SALT = ("Salt", "<time datetime=2020-01-02>2 January</time>")
PEPPER = ("Pepper", "<time datetime=2020-01-03>3 January</time>")


def page(title: str, text: str = TEXT, head: str = "") -> str:
    heading = f"<h1>{title}</h1>" if title else ""
    return f"<html><head><title>{title} | Sea</title>{head}</head><body><main>{heading}{text}</main></body></html>"


def site(tmp_path: Path, **pages: str) -> Path:
    """A site of two posts, and further pages by their path, with ``__`` for ``/``."""
    for name, text in (
        ("salt", page(SALT[0], SALT[1] + TEXT)),
        ("pepper", page(PEPPER[0], PEPPER[1] + TEXT)),
        *pages.items(),
    ):
        file = tmp_path / name.replace("__", "/")
        file = file / "index.html" if not file.suffix else file
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return tmp_path


def sitemap(tmp_path: Path, *paths: str, name: str = "sitemap.xml", base: str = "https://sea.example") -> None:
    urls = "".join(f"<url><loc>{base}{path}</loc></url>" for path in paths)
    text = f"<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{urls}</urlset>".encode()
    (tmp_path / name).write_bytes(gzip.compress(text) if name.endswith(".gz") else text)


def posts(entries: list[Entry]) -> list[str]:
    return [entry.title for entry in entries if entry.status is Status.PUBLISHED and not entry.redirect]


def reasons(notes: list[Note]) -> list[str]:
    return [note.reason for note in notes]


def one(entries: list[Entry], file: str) -> Entry:
    return next(entry for entry in entries if entry.place.file.startswith(file))


def test_a_site_is_read_as_its_golden_file_says() -> None:
    check_golden(KIND, GOLDEN, GOLDEN.parent / "html.expected")


@pytest.mark.parametrize(
    ("files", "certainty"),
    [
        (["index.html", "a/index.html"], Certainty.LIKELY),
        (["sitemap.xml", "a.html"], Certainty.LIKELY),
        (["a.html", "b.md", "c.htm"], Certainty.POSSIBLE),
        (["semsearch-pages.json", "a.html"], Certainty.CERTAIN),
        (["a.html", "b.md", "c.md"], None),
        (["a.txt"], None),
    ],
)
def test_a_folder_of_pages_is_detected(tmp_path: Path, files: list[str], certainty: Certainty | None) -> None:
    for name in files:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    evidence = KIND.detect(open_files(tmp_path))
    assert (evidence and evidence.certainty) == certainty


def test_one_page_is_a_source(tmp_path: Path) -> None:
    file = tmp_path / "salt.html"
    file.write_text(page("Salt"), encoding="utf-8")
    assert KIND.detect(open_files(file)) is not None
    (entry,) = read(KIND, file)[0]
    assert (entry.title, entry.address, entry.status) == ("Salt", "/salt.html", Status.PUBLISHED)


def test_a_folder_without_pages_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SourceUnreadable, match=r"\.html"):
        read(KIND, tmp_path)


@pytest.mark.parametrize("name", ["sitemap.xml", "sitemap-posts.xml.gz", "sitemaps/sitemap1.xml"])
def test_only_pages_of_the_sitemap_are_posts(tmp_path: Path, name: str) -> None:
    (tmp_path / "sitemaps").mkdir()
    sitemap(site(tmp_path), "/salt/", name=name)
    entries, _ = read(KIND, tmp_path)
    assert posts(entries) == ["Salt"]
    assert entries[0].address == "https://sea.example/salt/"


def test_several_sitemaps_count_together(tmp_path: Path) -> None:
    sitemap(site(tmp_path), "/salt/", name="sitemap-1.xml")
    sitemap(tmp_path, "/pepper", name="sitemap-2.xml")
    assert posts(read(KIND, tmp_path)[0]) == ["Pepper", "Salt"]


def test_a_site_may_be_in_a_folder_of_its_host(tmp_path: Path) -> None:
    sitemap(site(tmp_path), "/team/blog/salt/", "/team/blog/pepper/", base="https://sea.example")
    entries, _ = read(KIND, tmp_path)
    assert [entry.address for entry in entries] == [
        "https://sea.example/team/blog/pepper/",
        "https://sea.example/team/blog/salt/",
    ]


def test_a_sitemap_of_another_site_is_told_and_not_used(tmp_path: Path) -> None:
    sitemap(site(tmp_path), *(f"/other/{number}/" for number in range(20)))
    entries, notes = read(KIND, tmp_path)
    assert posts(entries) == ["Pepper", "Salt"]
    assert reasons(notes) == ["sitemap of another site"]


def test_a_broken_sitemap_costs_no_page(tmp_path: Path) -> None:
    (site(tmp_path) / "sitemap.xml.gz").write_bytes(b"no gzip")
    entries, notes = read(KIND, tmp_path)
    assert posts(entries) == ["Pepper", "Salt"]
    assert reasons(notes) == ["broken sitemap"]


def test_a_compressed_sitemap_that_is_a_bomb_is_told(tmp_path: Path) -> None:
    (site(tmp_path) / "sitemap.xml.gz").write_bytes(gzip.compress(b" " * 70_000_000))
    assert reasons(read(KIND, tmp_path)[1]) == ["broken sitemap"]


def test_pages_that_were_fetched_have_the_addresses_of_the_manifest(tmp_path: Path) -> None:
    site(tmp_path)
    (tmp_path / "salt" / "index.html").write_bytes(page("Grüße").encode("latin-1"))
    listed = [
        {"file": "salt/index.html", "url": "https://sea.example/x/?p=1", "lastmod": "2021-02-03", "charset": "latin-1"}
    ]
    (tmp_path / "semsearch-pages.json").write_text(
        json.dumps({"pages": [*listed, {"file": "gone.html"}]}), encoding="utf-8"
    )
    entries, notes = read(KIND, tmp_path)
    assert [(e.title, e.address, e.updated) for e in entries] == [("Grüße", "https://sea.example/x/?p=1", "2021-02-03")]
    assert notes == []


@pytest.mark.parametrize("text", ["{", "[]", "{}"])
def test_a_broken_manifest_is_an_error(tmp_path: Path, text: str) -> None:
    (site(tmp_path) / "semsearch-pages.json").write_text(text, encoding="utf-8")
    with pytest.raises(SourceUnreadable, match=r"semsearch-pages\.json"):
        read(KIND, tmp_path)


@pytest.mark.parametrize(
    "name",
    [
        "tags__sea",
        "category__sea",
        "author__jo",
        "page__2",
        "2020",
        "2020__01",
        "blog__page2",
        "search.html",
        "archives.html",
    ],
)
def test_lists_of_posts_are_left_out_by_their_path(tmp_path: Path, name: str) -> None:
    entries, notes = read(KIND, site(tmp_path, **{name: page("List")}))
    assert posts(entries) == ["Pepper", "Salt"]
    assert reasons(notes) == ["listing page"]


@pytest.mark.parametrize(
    "text",
    [
        "<article><h2><a href=/salt/>Salt</a></h2></article>" * 3,
        "<h2><a href=/salt/>Salt</a></h2><p>Text.</p>" * 3,
        "<a href=/salt/><h3>Salt</h3></a>" * 3,
        "<script type=application/ld+json>{'@type': 'Blog'}</script>".replace("'", '"') + TEXT,
    ],
)
def test_lists_of_posts_are_left_out_by_their_structure(tmp_path: Path, text: str) -> None:
    entries, notes = read(KIND, site(tmp_path, news=page("News", text)))
    assert posts(entries) == ["Pepper", "Salt"]
    assert reasons(notes) == ["listing page"]


def test_a_post_below_a_topic_is_a_post(tmp_path: Path) -> None:
    head = "<meta property=og:type content=article>"
    entries, _ = read(KIND, site(tmp_path, topics__sea=page("Sea", "<time datetime=2020-01-01></time>" + TEXT, head)))
    assert "Sea" in posts(entries)


def test_related_posts_below_a_post_make_it_no_list(tmp_path: Path) -> None:
    related = "<article><h3><a href=/salt/>Salt</a></h3></article>" * 4
    head = "<meta property=article:published_time content=2020-01-01><meta property=og:type content=article>"
    assert "Long" in posts(read(KIND, site(tmp_path, long=page("Long", TEXT * 9 + related, head)))[0])


def test_headings_that_link_to_themselves_are_no_list(tmp_path: Path) -> None:
    text = "<time datetime=2020-01-01></time>" + "<h2 id=a><a href=#a>Part</a></h2><p>Text.</p>" * 5
    assert "Parts" in posts(read(KIND, site(tmp_path, parts=page("Parts", text)))[0])


def test_pages_without_a_date_are_no_posts_where_posts_have_one(tmp_path: Path) -> None:
    entries, _ = read(KIND, site(tmp_path, team=page("Team")))
    assert [(entry.title, entry.status) for entry in entries if entry.date is None] == [("Team", Status.PAGE)]


def test_pages_of_a_site_without_dates_are_posts_and_that_is_told(tmp_path: Path) -> None:
    for name in ("one", "two", "about"):
        (tmp_path / f"{name}.html").write_text(page(name), encoding="utf-8")
    entries, notes = read(KIND, tmp_path)
    assert [(entry.title, entry.status) for entry in entries] == [
        ("about", Status.PAGE),
        ("one", Status.PUBLISHED),
        ("two", Status.PUBLISHED),
    ]
    assert [(note.reason, note.severity) for note in notes] == [("pages without dates", Severity.INFO)]


@pytest.mark.parametrize(
    "text",
    [
        "<abbr class=published title=2020-03-04>4 March</abbr>" + TEXT,
        "<span class=post-date>March 4, 2020</span>" + TEXT,
    ],
)
def test_a_date_may_be_told_by_a_class(tmp_path: Path, text: str) -> None:
    assert one(read(KIND, site(tmp_path, x=page("X", text)))[0], "x/").date == "2020-03-04"


def test_a_date_may_be_in_the_path(tmp_path: Path) -> None:
    entries, _ = read(KIND, site(tmp_path, **{"2020__1__5__x.html": page("X")}))
    assert one(entries, "2020").date == "2020-01-05"


def test_redirects_are_no_posts_but_aliases(tmp_path: Path) -> None:
    refresh = "<html><head><meta http-equiv=refresh content='0; url=/salt/'></head></html>"
    canonical = page("Salt", head="<link rel=canonical href=/salt/>")
    entries, _ = read(KIND, site(tmp_path, old=refresh, copy=canonical))
    assert posts(entries) == ["Pepper", "Salt"]
    assert [(e.address, e.redirect) for e in entries if e.redirect] == [("/copy/", "/salt/"), ("/old/", "/salt/")]


def test_redirects_outside_of_the_sitemap_are_read(tmp_path: Path) -> None:
    refresh = "<html><head><meta http-equiv=refresh content='0; url=https://sea.example/salt/'></head></html>"
    sitemap(site(tmp_path, old=refresh), "/salt/")
    redirects = [entry for entry in read(KIND, tmp_path)[0] if entry.redirect]
    assert [(e.address, e.redirect) for e in redirects] == [("https://sea.example/old/", "https://sea.example/salt/")]


def test_a_page_that_reloads_itself_is_no_redirect(tmp_path: Path) -> None:
    head = "<meta http-equiv=refresh content='300; url=/live/'>"
    assert "Live" in posts(read(KIND, site(tmp_path, live=page("Live", SALT[1] + TEXT, head)))[0])


def test_a_canonical_address_that_all_pages_share_is_ignored(tmp_path: Path) -> None:
    head = "<link rel=canonical href=https://sea.example/>"
    pages = {f"p{n}": page(f"P{n}", f"<time datetime=2020-01-0{n}></time>" + TEXT * 9, head) for n in range(1, 5)}
    entries, _ = read(KIND, site(tmp_path, **pages, **{"index.html": page("Home", TEXT, head)}))
    assert posts(entries) == ["P1", "P2", "P3", "P4", "Pepper", "Salt"]
    assert one(entries, "p1").address == "/p1/"


def test_pages_that_ask_not_to_be_listed_are_left_out(tmp_path: Path) -> None:
    entries, notes = read(KIND, site(tmp_path, x=page("X", head="<meta name=robots content='noindex, follow'>")))
    assert posts(entries) == ["Pepper", "Salt"]
    assert reasons(notes) == ["noindex"]


def test_a_test_build_that_asks_it_everywhere_is_read(tmp_path: Path) -> None:
    head = "<meta name=robots content=noindex>"
    for name in ("one", "two"):
        (tmp_path / f"{name}.html").write_text(page(name, SALT[1] + TEXT, head), encoding="utf-8")
    entries, notes = read(KIND, tmp_path)
    assert posts(entries) == ["one", "two"]
    assert reasons(notes) == ["noindex everywhere"]


def test_error_pages_are_left_out(tmp_path: Path) -> None:
    entries, notes = read(KIND, site(tmp_path, **{"404.html": page("Not found", SALT[1] + TEXT)}))
    assert posts(entries) == ["Pepper", "Salt"]
    assert reasons(notes) == ["error page"]


def test_titles_lose_the_name_of_the_site(tmp_path: Path) -> None:
    pages = {
        f"p{n}": f"<title>Post {n} - The Sea</title><main><time datetime=2020-01-01></time>{TEXT}</main>"
        for n in range(4)
    }
    for name, text in pages.items():
        (tmp_path / f"{name}.html").write_text(text, encoding="utf-8")
    assert posts(read(KIND, tmp_path)[0]) == ["Post 0", "Post 1", "Post 2", "Post 3"]


def test_a_description_that_all_pages_share_is_no_teaser(tmp_path: Path) -> None:
    shared, cut = (
        "<meta name=description content='All of the sea.'>",
        "<meta name=description content='The first wor…'>",
    )
    pages = {f"p{n}": page(f"P{n}", SALT[1] + TEXT, shared) for n in range(3)}
    entries, _ = read(KIND, site(tmp_path, **pages, cut=page("Cut", SALT[1] + TEXT, cut)))
    assert [entry.teaser for entry in entries] == [None] * 6


def test_the_owner_may_select_parts_of_pages(tmp_path: Path) -> None:
    text = (
        "<div class=t>Real <b>title</b></div><div class=b><p>Body.</p></div><p class=l>Lead.</p>"
        "<i class=d>2019-05-06</i>"
        "<b class=g>one</b><b class=g>two</b><u class=a>Jo &lt;jo@sea.example&gt;</u>"
        "<img class=p src=/x.png>"
    )
    fields = {"title": ".t", "body": ".b", "teaser": ".l", "date": ".d", "tags": ".g", "author": ".a", "image": ".p"}
    entries, notes = read(KIND, site(tmp_path, x=page("X", text)), fields=fields)
    (entry,) = entries
    assert (entry.title, entry.teaser and entry.teaser.text, entry.date) == ("Real title", "Lead.", "2019-05-06")
    assert (entry.tags, entry.authors, entry.image) == (("one", "two"), ("Jo",), "/x.png")
    assert entry.body.text == '<div class="b"><p>Body.</p></div>'
    assert reasons(notes) == ["nothing at the selector of the body"] * 2


@pytest.mark.parametrize("fields", [{"title": "[["}, {"body": "[["}, {"mood": "p"}])
def test_a_wrong_selector_is_an_error(tmp_path: Path, fields: dict[str, str]) -> None:
    with pytest.raises(InvalidRequest):
        read(KIND, site(tmp_path), fields=fields)


def test_the_given_address_of_the_site_wins(tmp_path: Path) -> None:
    head = "<link rel=canonical href=http://localhost:1313/x/>"
    entries, _ = read(KIND, site(tmp_path, x=page("X", SALT[1] + TEXT, head)), site_url="https://sea.example/blog")
    assert one(entries, "x/").address == "https://sea.example/blog/x/"


def test_translations_have_one_key_and_one_original(tmp_path: Path) -> None:
    def links(own: str) -> str:
        pairs = {"x-default": "/en/", "en": "/en/", "de": "/de/"}
        alternates = "".join(f"<link rel=alternate hreflang={k} href=https://sea.example{v}>" for k, v in pairs.items())
        return f"{alternates}<link rel=canonical href=https://sea.example/{own}/>"

    pages = {own: page(own, SALT[1] + TEXT, links(own)) for own in ("en", "de")}
    entries, _ = read(KIND, site(tmp_path, **pages))
    english, german = one(entries, "en/"), one(entries, "de/")
    assert english.translation_key == german.translation_key != ""
    assert (english.is_original, german.is_original) == (True, False)
    assert one(entries, "salt").translation_key == ""


@pytest.mark.parametrize(
    "declared", ["<meta charset=windows-1251>", "<meta http-equiv=content-type content='text/html; charset=koi8-r'>"]
)
def test_the_declared_encoding_is_used(tmp_path: Path, declared: str) -> None:
    site(tmp_path)
    encoding = "koi8-r" if "koi8" in declared else "cp1251"
    (tmp_path / "salt" / "index.html").write_bytes(page("Соль", SALT[1] + TEXT, declared).encode(encoding))
    assert one(read(KIND, tmp_path)[0], "salt").title == "Соль"


def test_a_page_above_the_limit_is_told_and_costs_no_other(tmp_path: Path) -> None:
    entries, notes = read(KIND, site(tmp_path, **{"big.html": "x" * 17_000_000}))
    assert posts(entries) == ["Pepper", "Salt"]
    assert {(note.reason, note.severity) for note in notes} == {("unreadable page", Severity.BROKEN)}


def test_drafts_that_were_built_are_drafts(tmp_path: Path) -> None:
    entries, _ = read(KIND, site(tmp_path, drafts__x=page("X", SALT[1] + TEXT)))
    assert one(entries, "drafts").status is Status.DRAFT


def test_texts_beside_the_pages_are_told(tmp_path: Path) -> None:
    folder = site(tmp_path, a=page("A"), b=page("B"))
    (folder / "c.md").write_text("# C\n", encoding="utf-8")
    _, notes = read(KIND, folder)
    assert [note.detail for note in notes if note.reason == "Markdown file"] == [
        "files: 1; if these are posts, read the folder with --as markdown"
    ]
