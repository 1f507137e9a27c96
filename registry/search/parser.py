"""Text to terms."""

import re

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from registry.search.terms import KEYS, OPERATORS, SearchError, Term

MOST_CHARACTERS = 2000
MOST_TERMS = 30

_LANGUAGE = Lark(
    r"""
    query: term (_AND term)*
    term: key OPERATOR (BARE | QUOTED)
    key: NAME (_DOT (NAME | QUOTED))?
    _AND.2: /and(?![^\s"'])/i
    _DOT: "."
    OPERATOR: "==" | "!=" | ">=" | "<=" | "~=" | ">" | "<"
    NAME: /[A-Za-z0-9_][A-Za-z0-9_-]*/
    BARE: /[^\s"'()]+/
    QUOTED: /"(\\.|[^"\\])*"|'(\\.|[^'\\])*'/
    %ignore /\s+/
    """,
    start="query",
    parser="lalr",
)
_EXPECTED = {
    "NAME": "a name",
    "OPERATOR": "an operator",
    "BARE": "a value",
    "QUOTED": "a value",
    "_AND": "and",
    "$END": "the end",
}


def parse(text: str) -> tuple[Term, ...]:
    """Return the terms of a query, none for an empty one. Raises SearchError."""
    if len(text) > MOST_CHARACTERS:
        raise SearchError(f"The query has more than {MOST_CHARACTERS:,} characters. Shorten it.", MOST_CHARACTERS)
    if odd := re.search(r"[^\S ]|\x00", text):
        text = re.sub(r"[\t\r\n\f\v]", " ", text)  # one line, so that columns count from its beginning
        if "\x00" in text:
            raise SearchError("A control character stands here. Remove it.", odd.start() + 1)
    if not text.strip():
        return ()
    try:
        terms = tuple(_term(tree) for tree in _LANGUAGE.parse(text).children if isinstance(tree, Tree))
    except UnexpectedInput as error:
        raise _refusal(text, error) from None
    if len(terms) > MOST_TERMS:
        raise SearchError(f"The query has more than {MOST_TERMS} terms. Shorten it.", terms[MOST_TERMS].column)
    return terms


def _term(tree: Tree[Token]) -> Term:
    key, operator, value = tree.children
    name, *entry = key.children  # type: ignore[union-attr]
    return Term(
        key=str(name).lower(),
        entry=_unquoted(entry[0]) if entry else "",  # type: ignore[arg-type]
        operator=str(operator),
        text=_unquoted(value),  # type: ignore[arg-type]
        quoted=value.type == "QUOTED",  # type: ignore[union-attr]
        column=_column(name),  # type: ignore[arg-type]
        operator_column=_column(operator),  # type: ignore[arg-type]
        value_column=_column(value),  # type: ignore[arg-type]
    )


def _column(token: Token) -> int:
    return (token.start_pos or 0) + 1


def _unquoted(token: Token) -> str:
    return re.sub(r"\\(.)", r"\1", token[1:-1]) if token.type == "QUOTED" else str(token)


def _refusal(text: str, error: UnexpectedInput) -> SearchError:
    at_end = isinstance(error, UnexpectedToken) and error.token.type == "$END"
    start = len(text.rstrip()) if at_end else (error.pos_in_stream or 0)
    wanted = error.accepts if isinstance(error, UnexpectedToken) and error.accepts else getattr(error, "expected", None)
    wanted = error.allowed if isinstance(error, UnexpectedCharacters) else wanted
    found = "the query ends here" if start >= len(text.rstrip()) else f"“{_word_at(text, start)}” cannot stand here"
    expected = tuple(dict.fromkeys(words for terminal, words in _EXPECTED.items() if terminal in (wanted or ())))
    return SearchError(f"{found}; expected {_sentence(expected, text[start:])}.", start + 1, expected)


def _word_at(text: str, start: int) -> str:
    return (re.match(r"[A-Za-z0-9_-]+|[=!<>~]+|.", text[start:]) or [""])[0]


def _sentence(expected: tuple[str, ...], rest: str) -> str:
    if rest[:1] in ("'", '"') and "a value" in expected:
        return f"the closing {rest[0]} of a value that begins here"
    words = {
        "a name": f"one of {', '.join(KEYS)}",
        "an operator": f"an operator: {' '.join(OPERATORS)}",
    }
    said = " or ".join(words.get(word, word) for word in expected)
    if "and" in expected:
        return f"{said} (a value with spaces goes into quotes; there is no or, and there are no brackets)"
    if "an operator" in expected:
        return f"{said} (a name with other characters goes into quotes)"
    return said
