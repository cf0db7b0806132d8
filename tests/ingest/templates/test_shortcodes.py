"""Shortcodes are taken out, the text inside them stays, and code shows them."""

from __future__ import annotations

import pytest

from semsearch.ingest.entries import HOLE
from semsearch.ingest.templates.shortcodes import without_angle_shortcodes, without_call_shortcodes


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('a{{< figure src="/a.jpg" >}}b', "ab"),
        ('a{{% img src="with >}} in it" %}}b', "ab"),
        ("{{% note %}}Kept **text**.{{% /note %}}", "Kept **text**."),
        ("{{< youtube id=1 />}}b", "b"),
        ('[a]({{< ref "a.md" >}})', "[a]()"),
        ("{{< param version >}} and {{% param other %}}", f"1.2 and {HOLE}"),
        ("shown: {{</* figure */>}}", "shown: {{< figure >}}"),
        ("`{{< figure >}}`", "`{{< figure >}}`"),
        ("```\n{{</* figure */>}}\n```", "```\n{{< figure >}}\n```"),
        ("~~~~\n{{< a >}}\n~~~\n{{< b >}}\n~~~~\n{{< c >}}", "~~~~\n{{< a >}}\n~~~\n{{< b >}}\n~~~~\n"),
        ("{{< highlight go >}}\nfmt.Println()\n{{< /highlight >}}", "\n```go\nfmt.Println()\n```\n"),
        ("a{{/* comment */}}b", "ab"),
        ("{{ .Site.Title }} stays", "{{ .Site.Title }} stays"),
        ('{{< odd "quote >}}b', "b"),
    ],
)
def test_angle_shortcodes(text: str, expected: str) -> None:
    assert without_angle_shortcodes(text, {"version": "1.2"}.get) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('a{{ image(src="a.jpg", alt="with ) and }}") }}b', "ab"),
        ("{% quote(by='x') %}Kept.{% end %}", "Kept."),
        ("{{ deep::name() }}b", "b"),
        ("`{{ image() }}`", "`{{ image() }}`"),
        ("{{ not_a_call }}", "{{ not_a_call }}"),
        ("{{/* image() */}}", "{{ image() }}"),
    ],
)
def test_call_shortcodes(text: str, expected: str) -> None:
    assert without_call_shortcodes(text) == expected


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "text",
    [
        "{{< a " * 30_000,
        '{{< "' * 30_000,
        "{{/*" * 30_000,
        "{{< highlight >}}" * 20_000,
        "{{<" + "a" * 300_000,
        "{{<" + " " * 300_000,
    ],
)
def test_a_hostile_text_ends_soon(text: str) -> None:
    assert len(without_angle_shortcodes(text)) <= len(text)
    assert len(without_call_shortcodes(text.replace("<", " a("))) <= 2 * len(text)
