"""MLflow's filters and orderings: text to the terms that the find language has too, so that one compiler serves both."""

import re
from typing import Any

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedInput

from activity.errors import Invalid
from registry.mlflow import RUN_ID
from registry.search import SearchError, Term

MOST_CHARACTERS, MOST_TERMS, MOST_VALUES = 10_000, 100, 1_000
IS_PROMPT = "mlflow.prompt.is_prompt"
_STRINGS = ("=", "!=", "LIKE", "ILIKE")
_LISTS = ("IN", "NOT IN")
_NUMBERS = ("=", "!=", "<", "<=", ">", ">=")
# What may be asked: the key of our terms, and how it compares.
MODELS: dict[str, tuple[str, tuple[str, ...]]] = {"name": ("name", _STRINGS + _LISTS)}
VERSIONS: dict[str, tuple[str, tuple[str, ...]]] = {
    "name": ("model", _STRINGS + _LISTS),
    "run_id": ("attributes", _STRINGS + _LISTS),
    "source_path": ("artifact_uri", _STRINGS),
    "version_number": ("number", _NUMBERS),
}
ORDER_OF_MODELS = {"name": "name", "timestamp": "updated_at", "last_updated_timestamp": "updated_at"}
ORDER_OF_VERSIONS = {
    "name": "model__name",
    "version_number": "number",
    "creation_timestamp": "created_at",
    "last_updated_timestamp": "updated_at",
}

_LANGUAGE = Lark(
    r"""
    query: clause (_AND clause)*
    clause: key (OPERATOR | LISTED) value
    key: NAME (_DOT (NAME | QUOTED | BACKTICKED))? | BACKTICKED
    value: NUMBER | QUOTED | "(" QUOTED ("," QUOTED)* ")"
    _AND.3: /and(?![\w.])/i
    LISTED.3: /(not\s+)?in(?![\w.])/i
    OPERATOR.3: "!=" | ">=" | "<=" | "=" | ">" | "<" | /i?like(?![\w.])/i
    _DOT: "."
    NAME.1: /[A-Za-z_][\w\/-]*(\.[\w\/-]+)*/
    NUMBER: /[+-]?\d+(\.\d+)?/
    QUOTED: /'([^']|'')*'|"([^"]|"")*"/
    BACKTICKED: /`[^`]+`/
    %ignore /\s+/
    """,
    start="query",
    parser="lalr",
)
_ORDER = re.compile(r"\s*(?:attributes?\.)?`?([A-Za-z_]+)`?(?:\s+(asc|desc))?\s*", re.IGNORECASE)


def terms_of(text: str, known: dict[str, tuple[str, tuple[str, ...]]]) -> list[Term]:
    """Return the terms of a filter, none for an empty one; `known` are the attributes that may be asked. Raises SearchError."""
    if len(text) > MOST_CHARACTERS:
        raise SearchError(f"The filter has more than {MOST_CHARACTERS:,} characters. Shorten it.", MOST_CHARACTERS)
    if not text.strip():
        return []
    try:
        clauses = [clause for clause in _LANGUAGE.parse(text).children if isinstance(clause, Tree)]
    except UnexpectedInput as error:
        start = min(error.pos_in_stream if error.pos_in_stream is not None else len(text), len(text))
        raise SearchError(
            f"Invalid filter string: “{text[start : start + 20] or 'its end'}” cannot stand here. A filter is made of clauses such as"
            " name LIKE 'x%', joined by AND; texts stand in quotes.",
            start + 1,
        ) from None
    if len(clauses) > MOST_TERMS:
        raise SearchError(f"The filter has more than {MOST_TERMS} clauses. Shorten it.", 1)
    return [_term(clause, known) for clause in clauses]


def _term(clause: Tree[Token], known: dict[str, tuple[str, tuple[str, ...]]]) -> Term:
    key, operator, value = clause.children
    kind, name, column = _key(key)  # type: ignore[arg-type]
    compared = " ".join(str(operator).upper().split())
    tokens: list[Any] = list(value.children)  # type: ignore[union-attr]
    texts = tuple(_unquoted(token) for token in tokens)
    place = {"column": column, "operator_column": _column(operator), "value_column": _column(tokens[0])}  # type: ignore[arg-type]
    if kind == "tag":
        _check(compared, _STRINGS, f"tags.{name}", tokens, place)
        return _prompt(compared, texts[0], place) if name == IS_PROMPT else _made("tags", name, compared, texts, place)
    if name not in known:
        raise SearchError(
            f"Invalid attribute key “{name}” specified. Valid keys are: {', '.join(known)}, and tags.<key>.", column, tuple(known)
        )
    ours, operators = known[name]
    _check(compared, operators, name, tokens, place)
    return _made(ours, RUN_ID if ours == "attributes" else "", compared, texts, place)


def _made(key: str, entry: str, compared: str, texts: tuple[str, ...], place: dict[str, int]) -> Term:
    operator = {"=": "=="}.get(compared, compared.lower())
    return Term(key, operator, texts[0], entry, quoted=key != "number", texts=texts, **place)  # type: ignore[arg-type]


def _prompt(compared: str, text: str, place: dict[str, int]) -> Term:
    """Whether it is a prompt. What has no such tag is none, and every search of the client asks for those that are none."""
    if compared not in ("=", "!="):
        raise SearchError(f"The tag {IS_PROMPT} is compared with = or !=.", place["operator_column"], ("=", "!="))
    wanted = (text.lower() == "true") == (compared == "=")
    return Term("tags", "==" if wanted else "!=", "true", IS_PROMPT, quoted=True, or_absent=not wanted, **place)  # type: ignore[arg-type]


def _key(key: Tree[Token]) -> tuple[str, str, int]:
    """Whether a tag or an attribute is meant, its name, and where it stands."""
    tokens: list[Any] = list(key.children)
    first, column = str(tokens[0]), _column(tokens[0])
    if len(tokens) == 2:
        prefix, name = first, _unquoted(tokens[1])
    else:
        prefix, _, name = first.partition(".")
        prefix, name = (prefix, name) if name else ("attribute", first.strip("`"))
    if prefix.lower() in ("tag", "tags"):
        return "tag", name, column
    if prefix.lower() in ("attribute", "attr"):
        return "attribute", name.lower(), column
    raise SearchError(f"Invalid entity type “{prefix}”. Valid ones are attribute and tag.", column, ("attribute", "tag"))


def _check(compared: str, allowed: tuple[str, ...], shown: str, tokens: list[Token], place: dict[str, int]) -> None:
    """The operator fits the key, and the values the operator. Raises SearchError."""
    if compared not in allowed:
        raise SearchError(
            f"{shown} cannot be compared by {compared}; use {' '.join(allowed)}.", place["operator_column"], allowed
        )
    if len(tokens) > MOST_VALUES:
        raise SearchError(f"The list has more than {MOST_VALUES:,} values. Shorten it.", place["value_column"])
    number = allowed == _NUMBERS
    if (len(tokens) > 1 and compared not in _LISTS) or (not number and any(token.type == "NUMBER" for token in tokens)):
        raise SearchError(f"{shown} is compared with a text in quotes.", place["value_column"], ("a text in quotes",))
    if number and not re.fullmatch(r"[+-]?\d{1,18}", _unquoted(tokens[0])):
        raise SearchError(f"{shown} is compared with a whole number.", place["value_column"], ("a whole number",))


def _column(token: Token) -> int:
    return (token.start_pos or 0) + 1


def _unquoted(token: Token) -> str:
    text = str(token)
    return text[1:-1].replace(text[0] * 2, text[0]) if text[0] in "'\"`" else text


def ordering_of(texts: list[str], known: dict[str, str], usual: tuple[str, ...]) -> tuple[str, ...]:
    """Return the columns of an ordering, something unique behind them; `usual` breaks ties. Raises Invalid."""
    chosen: list[str] = []
    for text in texts:
        match = _ORDER.fullmatch(text)
        column = known.get(match[1].lower()) if match else None
        if match is None or column is None:
            raise Invalid(f"Invalid order_by clause “{text[:80]}”. Valid keys are: {', '.join(known)}.", field="order_by")
        if column in (each.removeprefix("-") for each in chosen):
            raise Invalid(f"`order_by` contains duplicate fields: “{match[1]}”. Name each once.", field="order_by")
        chosen.append(f"-{column}" if (match[2] or "").lower() == "desc" else column)
    named = {each.removeprefix("-") for each in chosen}
    return (*chosen, *(column for column in usual if column.removeprefix("-") not in named), "pk")
