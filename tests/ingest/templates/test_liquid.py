"""Liquid: what is known is filled in, what is not is a hole, and nothing takes long."""

from __future__ import annotations

import pytest

from semsearch.ingest.entries import HOLE
from semsearch.ingest.templates import liquid
from semsearch.ingest.templates.liquid import LiquidRenderer

SITE = {"version": "4.2", "baseurl": "/b", "data": {"ports": [{"name": "A"}, {"name": "B"}]}}
INCLUDES = {"note.html": "[{{ include.text }}]", "loop.html": "{% include loop.html %}{% include loop.html %}"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ruby {{ site.version }}.", "Ruby 4.2."),
        ("Ruby {{ version }}.", f"Ruby {HOLE}."),
        ("{{ site.unheard.of }}", HOLE),
        ("{{ page.title | upcase }}", "TIDES"),
        ("{% for port in site.data.ports %}{{ port.name }}{% endfor %}", "AB"),
        ("{% if page.hidden %}no{% else %}yes{% endif %}", "yes"),
        ("{{ '/x/' | relative_url }}", "/b/x/"),
        ("{{ 'ada' | portrait }}", HOLE),
        ("{{ 'now' | date: '%Y' }}", HOLE),
        ("{{ 'x' | append: unheard }}", f"x{HOLE}"),
        ("a{% image 'a.jpg' 'with %} in it' %}b", "ab"),
        ("{% callout %}inner{% endcallout %}", "inner"),
        ("[a]({% link _posts/a.md %})", "[a]()"),
        ('{% include note.html text="hi" %}', "[hi]"),
        ("{% include missing.html %}", ""),
        ("{% include loop.html %}end", "end"),
        ("{% comment %}no {{ x }}{% endcomment %}yes", "yes"),
        ("{% raw %}{{ x }}{% endraw %}", "{{ x }}"),
        ("`{{ x }}` and `` {% y %} ``", "`{{ x }}` and `` {% y %} ``"),
        ("```\n{% raw %}\n{{ x }}\n{% endraw %}\n```", "```\n{{ x }}\n```"),
        ("Text\n\n    {{ x }}\n\nText {{ site.version }}", "Text\n\n    {{ x }}\n\nText 4.2"),
        ("<pre>{{ x }}</pre>", "<pre>{{ x }}</pre>"),
        ("{% highlight ruby linenos %}\n{{ x }}\n{% endhighlight %}", "\n```ruby\n{{ x }}\n```\n"),
        ("## Tides {#tides}", "## Tides {#tides}"),
        ("a{# of Nunjucks #}b", "ab"),
        ("{% set a = 1 %}{{ f(a) }} {{ site.version }}", f"{HOLE} 4.2"),
        ("{% if x and y() %}kept {{ site.version }}{% endif %}", "kept 4.2"),
        ("no template { here }", "no template { here }"),
    ],
)
def test_a_text_is_rendered_with_what_the_site_knows(text: str, expected: str) -> None:
    rendered = LiquidRenderer(SITE, INCLUDES.get).render(text, {"page": {"title": "Tides"}})
    assert rendered == expected


def test_without_the_extra_every_value_is_a_hole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(liquid, "liquid_engine", None)
    renderer = LiquidRenderer(SITE, INCLUDES.get)
    text = "{{ site.version }} {% if x %}a{% endif %}{% include note.html %}{% raw %}{{ y }}{% endraw %}"
    assert renderer.render(text, {}) == f"{HOLE} a{{{{ y }}}}"


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "text",
    [
        "{% for i in (1..1000000000) %}x{% endfor %}",
        "{{ (1..1000000000) | join }}",
        "{% assign a = 'aaaaaaaaaa' %}" + "{% assign a = a | append: a %}" * 40 + "{{ a }}",
        "{% assign a = 'aaaaaaaaaa' %}" + "{% assign a = a | append: a %}" * 15 + "{{ a | replace: '', a }}",
        "{% for i in (1..15000) %}{% endfor %}" * 1_000,
        "{{ a" * 50_000,
        "{% " * 50_000,
        '{{ "' * 50_000,
        "`` ` " * 50_000 + "{{",
        "{#" * 50_000 + "{{",
        "{% if x %}" * 5_000,
        "<pre>" * 50_000 + "{{",
        "{% " + "a" * 300_000,
        "{% " + " " * 300_000,
    ],
    ids=lambda text: text[:30],
)
def test_a_hostile_text_ends_soon_and_small(text: str) -> None:
    assert len(LiquidRenderer({}).render(text, {})) <= max(len(text), 100)
