"""Sources → files of the corpus, as the command ingest does it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from semsearch.corpus import load
from semsearch.errors import EmptySource, InvalidRequest, SourceProblems, SourceUnreadable, TooManyPostsLost
from semsearch.ingest.earlier_posts import EarlierPosts
from semsearch.ingest.entries import Status
from semsearch.ingest.report import SourceReport
from semsearch.ingest.run import Limits, Request, ingest
from semsearch.ingest.sources import Source, parse_source
from semsearch.posts import Post
from tests.ingest.site_examples import write


def post(
    title: str = "A title", body: str = "Some text of a post, long enough to be its teaser.", **fields: str
) -> str:
    lines = "".join(f"{key}: {value}\n" for key, value in {"title": title, **fields}.items())
    return f"---\n{lines}---\n\n{body}\n"


class Blog:
    """A folder of Markdown files, and the corpus it is read into."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.corpus = folder / "blog", folder / "corpus"
        self.folder.mkdir()

    def write(self, **texts: str) -> Blog:
        for name, text in texts.items():
            (self.folder / f"{name}.md").write_text(text, encoding="utf-8")
        return self

    @property
    def request(self) -> Request:
        return Request(parse_source(str(self.folder)), site_url="https://example.org")

    def ingest(self, **options: Any) -> SourceReport:
        [report] = ingest([options.pop("request", self.request)], self.corpus, **options)
        return report

    def posts(self) -> dict[str, dict[str, Any]]:
        lines = (self.corpus / "blog.jsonl").read_text(encoding="utf-8").splitlines()
        return {record["id"]: record for record in map(json.loads, lines)}


@pytest.fixture
def blog(tmp_path: Path) -> Blog:
    return Blog(tmp_path).write(a=post("First"), b=post("Second"), c=post("Third"), d=post("Fourth"), e=post("Fifth"))


def test_posts_become_lines_in_order_of_their_ids(blog: Blog) -> None:
    report = blog.ingest()
    assert (report.posts, report.kind, report.changed) == (5, "markdown", True)
    assert list(blog.posts()) == ["a", "b", "c", "d", "e"]
    assert blog.posts()["a"] == {
        "id": "a",
        "title": "First",
        "teaser": "Some text of a post, long enough to be its teaser.",
        "url": "https://example.org/a/",
        "body": "Some text of a post, long enough to be its teaser.",
    }


def test_the_loader_accepts_what_was_written(blog: Blog) -> None:
    blog.write(f=post("F", "x" * 3_000_000), g=post("t" * 2_000, tags=f"[{', '.join(map(str, range(300)))}]"))
    blog.ingest()
    assert all(isinstance(record, Post) for record in load(blog.corpus))
    assert len(blog.posts()) == 7


def test_a_second_run_changes_nothing(blog: Blog) -> None:
    blog.ingest()
    before = (blog.corpus / "blog.jsonl").stat().st_mtime_ns
    assert not blog.ingest().changed
    assert (blog.corpus / "blog.jsonl").stat().st_mtime_ns == before


def test_drafts_are_counted_and_read_on_request(blog: Blog) -> None:
    blog.write(f=post("A draft", draft="true"))
    report = blog.ingest()
    assert (report.posts, report.left_out) == (5, {"drafts": 1})
    request = Request(parse_source(str(blog.folder)), include=frozenset([Status.DRAFT]))
    assert blog.ingest(request=request).posts == 6


def test_a_broken_post_is_named_and_the_others_are_read(blog: Blog) -> None:
    blog.write(f="---\ntitle: a: b: c\n---\ntext")
    report = blog.ingest()
    assert report.posts == 5
    [note] = report.broken
    assert (note.place.file, note.place.line) == ("f.md", 2)


def test_a_strict_run_fails_on_a_broken_post_and_writes_nothing(blog: Blog) -> None:
    blog.write(f="---\ntitle: a: b: c\n---\ntext")
    with pytest.raises(SourceProblems, match=r"f\.md:2"):
        blog.ingest(limits=Limits(strict=True))
    assert not blog.corpus.exists()


def test_a_dry_run_reports_and_writes_nothing(blog: Blog) -> None:
    assert blog.ingest(dry_run=True).posts == 5
    assert not blog.corpus.exists()


def test_losing_more_posts_than_allowed_keeps_the_old_file(blog: Blog) -> None:
    blog.ingest()
    for name in ("a", "b"):
        (blog.folder / f"{name}.md").unlink()
    with pytest.raises(TooManyPostsLost, match="has 3 posts, and had 5"):
        blog.ingest()
    assert len(blog.posts()) == 5
    assert blog.ingest(limits=Limits(max_loss=0.4)).posts == 3


def test_losing_a_fifth_is_allowed(blog: Blog) -> None:
    blog.ingest()
    (blog.folder / "a.md").unlink()
    assert blog.ingest().posts == 4


def test_a_source_without_posts_keeps_the_old_file(blog: Blog) -> None:
    blog.ingest()
    for file in blog.folder.iterdir():
        file.write_text(post("A draft", draft="true"), encoding="utf-8")
    with pytest.raises(EmptySource, match="5 drafts"):
        blog.ingest(limits=Limits(max_loss=1))
    assert len(blog.posts()) == 5


def test_if_one_source_fails_no_file_is_written(blog: Blog, tmp_path: Path) -> None:
    missing = Request(parse_source(str(tmp_path / "missing")))
    with pytest.raises(SourceUnreadable, match="does not exist"):
        ingest([blog.request, missing], blog.corpus)
    assert not blog.corpus.exists()


def test_a_post_of_two_sources_is_read_once(blog: Blog, tmp_path: Path) -> None:
    copy = tmp_path / "copy" / "blog"
    copy.mkdir(parents=True)
    for name in "ab":
        (copy / f"{name}.md").write_text(post("Copy"), encoding="utf-8")
    (copy / "z.md").write_text(post("Only here"), encoding="utf-8")
    second = Request(parse_source(str(copy)), site_url="https://example.org")
    first_report, second_report = ingest([blog.request, second], blog.corpus)
    assert (first_report.posts, second_report.posts) == (5, 1)
    assert second_report.left_out == {"also in another source": 2}
    assert Path(second_report.file).name == "blog-2.jsonl"
    assert all(isinstance(record, Post) for record in load(blog.corpus))


def test_two_posts_with_one_address_are_both_kept(blog: Blog) -> None:
    blog.write(f=post("Sixth", slug="a"))
    report = blog.ingest()
    assert report.posts == 6
    assert [note.reason for note in report.warnings] == ["address used twice"]


def test_tags_that_differ_in_case_are_one_tag_in_the_commonest_spelling(blog: Blog) -> None:
    blog.write(a=post(tags="[iOS]"), b=post(tags="[ios]"), c=post(tags="[iOS, ios]"))
    report = blog.ingest()
    assert [record.get("tags") for record in blog.posts().values()][:3] == [["iOS"]] * 3
    assert report.merged_tags == (("iOS", "ios"),)
    assert report.fields["tags"].values == 1


def test_a_name_of_the_owner_is_the_name_of_the_file(blog: Blog) -> None:
    request = Request(parse_source(str(blog.folder)), name="notes")
    assert Path(blog.ingest(request=request).file).name == "notes.jsonl"


def test_a_half_saved_file_loses_nothing_while_writing(blog: Blog) -> None:
    earlier = EarlierPosts()
    blog.ingest(earlier=earlier)
    for half in ("", "---\ntitle: Sec", "---\ntitle: a: b\n---\n"):
        blog.write(b=half)
        assert blog.ingest(earlier=earlier).posts == 5
        assert blog.posts()["b"]["title"] == "Second"
    blog.write(b=post("Second, better"))
    blog.ingest(earlier=earlier)
    assert blog.posts()["b"]["title"] == "Second, better"


def test_a_removed_file_is_removed_while_writing(blog: Blog) -> None:
    earlier = EarlierPosts()
    blog.ingest(earlier=earlier)
    (blog.folder / "b.md").unlink()
    assert blog.ingest(earlier=earlier).posts == 4


def test_a_post_that_becomes_a_draft_is_removed_while_writing(blog: Blog) -> None:
    earlier = EarlierPosts()
    blog.ingest(earlier=earlier)
    blog.write(b=post("Second", draft="true"))
    assert blog.ingest(earlier=earlier).posts == 4


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_a_share_outside_of_0_to_1_is_refused(blog: Blog, share: float) -> None:
    with pytest.raises(InvalidRequest, match="max-loss"):
        blog.ingest(limits=Limits(max_loss=share))


def test_no_source_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match="name a folder"):
        ingest([], tmp_path)


def test_a_folder_of_no_kind_is_said_with_the_kinds_there_are(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.png").write_bytes(b"x")
    with pytest.raises(SourceUnreadable, match=r"--as, of .*hugo"):
        ingest([Request(parse_source(str(tmp_path / "photos")))], tmp_path / "corpus")


def test_an_unknown_kind_is_said(blog: Blog) -> None:
    with pytest.raises(InvalidRequest, match="no kind 'wix'"):
        ingest([Request(Source(str(blog.folder), "wix"))], blog.corpus)


@pytest.fixture(autouse=True)
def no_temporary_file_stays(tmp_path: Path) -> Iterator[None]:
    yield
    assert not list(tmp_path.rglob("*.new"))


@pytest.mark.parametrize(
    ("kind", "files"),
    [
        ("markdown", {"C# tips.md": "# A\n", "50% or more?.md": "# B\n"}),
        ("mkdocs", {"mkdocs.yml": "", "docs/C# tips.md": "# A\n", "docs/50% or more?.md": "# B\n"}),
        ("docusaurus", {"docusaurus.config.js": "", "blog/C# tips.md": "# A\n", "blog/50% or more?.md": "# B\n"}),
        ("eleventy", {".eleventy.js": "", "C# tips.md": "# A\n", "50% or more?.md": "# B\n"}),
    ],
)
def test_signs_of_addresses_in_file_names_stay_part_of_the_id(tmp_path: Path, kind: str, files: dict[str, str]) -> None:
    write(tmp_path / "site", files)
    request = Request(parse_source(f"{kind}:{tmp_path / 'site'}"), site_url="https://example.org")
    ingest([request], tmp_path / "corpus")
    posts = [json.loads(line) for line in (tmp_path / "corpus" / "site.jsonl").read_text("utf-8").splitlines()]
    assert {post["id"].rpartition("/")[2] for post in posts} == {"C# tips", "50% or more?"}
    assert all("C# " not in post["url"] and "?" not in post["url"] for post in posts)


def test_the_home_page_of_a_site_without_an_address_has_an_id(tmp_path: Path) -> None:
    write(tmp_path / "site", {".eleventy.js": "", "index.md": "# Home\n\nWelcome to the blog.\n"})
    ingest([Request(parse_source(str(tmp_path / "site")))], tmp_path / "corpus")
    assert json.loads((tmp_path / "corpus" / "site.jsonl").read_text("utf-8"))["id"] == "index"
