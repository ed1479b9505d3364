"""What ends a cell or is read as markup comes out as text, in both forms."""

from gateway.document import Code, Heading, Table, Text, as_html, as_markdown

BLOCKS = [
    Heading(1, "a <b>"),
    Text("say `x < y` & more"),
    Code("hex", "00" * 60),
    Table(("a", "b"), (("1|2", "<i>*\x00"),)),
]


def test_markdown() -> None:
    assert as_markdown(BLOCKS).splitlines() == [
        "# a <b>",
        "",
        "say `x < y` & more",
        "",
        "```hex",
        "00" * 48,
        "00" * 12,
        "```",
        "",
        "| a | b |",
        "| --- | --- |",
        "| 1\\|2 | &lt;i>\\*� |",
    ]


def test_html() -> None:
    page = as_html(BLOCKS)
    assert "<title>a &lt;b&gt;</title>" in page
    assert "<p>say <code>x &lt; y</code> &amp; more</p>" in page
    assert f'<pre class="hex">{"00" * 60}</pre>' in page
    assert "<td>1|2</td><td>&lt;i&gt;*�</td>" in page
