"""Markdown as people write it, to HTML that is safe to show: CommonMark and tables, no raw HTML, no images."""

from collections.abc import Sequence

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

TAGS = {
    "a", "blockquote", "br", "code", "em", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "strong",
    "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
SCROLLED_TABLE = '<div class="scroll" tabindex="0" role="region" aria-label="Table"><table>'


def _image_as_link(renderer: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType) -> str:
    """Show an image as a link to it: pictures from elsewhere are not loaded."""
    token = tokens[index]
    text = renderer.renderInlineAsText(token.children, options, env) or "image"
    return (
        renderer.renderToken([Token("link_open", "a", 1, attrs={"href": token.attrGet("src") or ""})], 0, options, env)
        + f"{nh3.clean_text(text)}</a>"
    )


def _parser() -> MarkdownIt:
    """Make the parser: CommonMark with tables, raw HTML shown as text."""
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    parser.add_render_rule("image", _image_as_link)
    return parser


PARSER = _parser()


def _demote_headings(tokens: Sequence[Token], top: int) -> None:
    """Let the headings start at `top` and never skip a level, so that the page keeps its outline and its one h1."""
    openings = [token for token in tokens if token.type == "heading_open"]
    shift = top - min((int(token.tag[1]) for token in openings), default=top)
    level = top - 1
    for index, token in enumerate(tokens):
        if token.type == "heading_open":
            level = min(int(token.tag[1]) + shift, level + 1, 6)
            token.tag = f"h{level}"
            closing = next(later for later in tokens[index:] if later.type == "heading_close")
            closing.tag = token.tag


def render_markdown(text: str, *, top: int = 3) -> str:
    """Return `text` as sanitised HTML whose highest heading is `h{top}`; links carry `rel="nofollow noopener"`."""
    tokens = PARSER.parse(text)
    _demote_headings(tokens, top)
    html = nh3.clean(
        PARSER.renderer.render(tokens, PARSER.options, {}),
        tags=TAGS,
        attributes={"a": {"href", "title"}, "ol": {"start"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="nofollow noopener",
    )
    return html.replace("<table>", SCROLLED_TABLE).replace("</table>", "</table></div>")
