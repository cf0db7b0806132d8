from semsearch.ingest.templates.plugin_tags import without_tags


def test_tags_go_and_what_is_between_them_and_code_stays() -> None:
    source = "{% img a.png 'x' %}{% note %}text{% endnote %} `{% raw %}`"
    assert without_tags(source) == "text `{% raw %}`"
