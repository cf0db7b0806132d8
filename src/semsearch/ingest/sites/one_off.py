"""The path and layout of a document → whether it is a page such as "About" or a file of the repository, and no post."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from semsearch.ingest.paths import folder_of, name_of, stem_of
from semsearch.ingest.sites.values import as_text, found, text_of

_PAGE_NAMES = frozenset(
    """404 about about-me about-us archive archives blog categories category cgu code-of-conduct colophon contact
    contact-me contact-us cookie-policy cookies credits cv datenschutz donate faq home impressum imprint
    legal license links me mentions-legales now offline page policies portfolio posts privacy privacy-policy projects
    resume search sitemap speaking support subscribe tag tags terms terms-of-service thank-you thanks uses""".split()  # noqa: SIM905
)
_PAGE_LAYOUTS = frozenset(
    """page pages about archive archives search contact home homepage index list links tags categories tag category
    404 static landing redirect""".split()  # noqa: SIM905
)
_REPOSITORY_FILES = frozenset(
    """readme license licence copying contributing changelog changes history code_of_conduct code-of-conduct security
    support maintainers governance agents pull_request_template issue_template todo
    authors codeowners notice""".split()  # noqa: SIM905
)


def is_page_name(path: str) -> bool:
    """Tell whether a file, or the folder of an ``index`` file, has the name of a page that most sites have one of."""
    stem = stem_of(path)
    if stem == "index":
        stem = name_of(folder_of(path))
    return stem.lower() in _PAGE_NAMES


def has_page_layout(fields: Mapping[str, Any], *names: str) -> bool:
    """Tell whether a layout or type is one of pages."""
    return any(
        PurePosixPath(text_of(fields, name)).stem.lower() in _PAGE_LAYOUTS for name in names or ("layout", "type")
    )


def is_repository_file(path: str) -> bool:
    """Tell whether a file is a README, a license or the like."""
    stem = stem_of(path)
    return stem.split(".")[0].lower() in _REPOSITORY_FILES and (
        stem.isupper() or stem.lower() in ("readme", "license", "contributing", "changelog", "code_of_conduct")
    )


def is_template(fields: Mapping[str, Any]) -> bool:
    """Tell whether a document is an archetype: a template from which documents are made."""
    return any("{{" in as_text(value) for _, value in found(fields, ("title", "date", "slug")))
