"""Questions about texts and JSON columns that SQLite and PostgreSQL answer alike, as conditions for a filter.

Names and values are parameters, never part of the SQL. Numbers are compared with JSON numbers only, texts with JSON texts only: where
the types differ, or the name is missing, the answer is no. Texts are compared by code point; `contains` takes no account of the case
of the letters A to Z.
"""

from typing import Any

from django.db.models import BooleanField, F, Func

Number = int | float
_SIGNS = {"==": "=", "!=": "<>", ">": ">", ">=": ">=", "<": "<", "<=": "<="}
_EXACT = 2**53  # up to here an integer is itself as a float
_EXISTS = "EXISTS (SELECT 1 FROM {} WHERE {})"
_SQLITE_CONTAINS = "instr(lower({0}), lower(%s)) > 0"
_POSTGRESQL_CONTAINS = 'strpos(lower({0} COLLATE "C"), lower(%s COLLATE "C")) > 0'
_AS_TEXT = "({entry} #>> '{{}}')"  # of what stands in a JSON object, in a template that is filled in later
# By whether case matters, for SQLite and PostgreSQL.
_LIKE = {
    True: ("{0} GLOB %s", '{0} COLLATE "C" LIKE %s'),
    False: ("{0} LIKE %s ESCAPE '\\'", "{0} ILIKE %s"),
}


class Test(Func):
    """A yes or no about one column, with its own SQL for each database: `{column}` stands for the column, `%s` for each parameter."""

    output_field = BooleanField()
    conditional = True
    __test__ = False  # not one of pytest's

    def __init__(self, column: str, *, sqlite: str, postgresql: str, sqlite_values: tuple[Any, ...], values: tuple[Any, ...]):
        super().__init__(F(column))
        self.sqlite, self.sqlite_values = sqlite, sqlite_values
        self.postgresql, self.values = postgresql, values

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, Any]:
        """SQL for SQLite."""
        return self._render(compiler, self.sqlite, self.sqlite_values)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, Any]:
        """SQL for PostgreSQL."""
        return self._render(compiler, self.postgresql, self.values)

    def _render(self, compiler: Any, template: str, values: tuple[Any, ...]) -> tuple[str, Any]:
        column, nothing = compiler.compile(self.source_expressions[0])
        return template.replace("{column}", column), [*nothing, *values]


def text_contains(column: str, part: str) -> Test:
    """A text column holds `part`."""
    return Test(
        column,
        sqlite=_SQLITE_CONTAINS.format("{column}"),
        postgresql=_POSTGRESQL_CONTAINS.format("{column}"),
        sqlite_values=(part,),
        values=(part,),
    )


def text_like(column: str, pattern: str, *, cased: bool) -> Test:
    """A text column is like an SQL pattern, whose `%` stands for any text and `_` for any character; a backslash is itself."""
    sqlite, postgresql = _LIKE[cased]
    return Test(
        column,
        sqlite=sqlite.format("{column}"),
        postgresql=postgresql.format("{column}"),
        sqlite_values=(_globbed(pattern) if cased else _unescaping(pattern),),
        values=(_unescaping(pattern),),
    )


def _globbed(pattern: str) -> str:
    """The pattern as SQLite's GLOB takes it: its LIKE knows no case."""
    special = {"%": "*", "_": "?", "*": "[*]", "?": "[?]", "[": "[[]"}
    return "".join(special.get(letter, letter) for letter in pattern)


def _unescaping(pattern: str) -> str:
    return pattern.replace("\\", "\\\\")


def list_has(column: str, text: str) -> Test:
    """A JSON list of texts has this one."""
    return Test(
        column,
        sqlite=_EXISTS.format("json_each({column})", "value = %s"),
        postgresql="{column} @> jsonb_build_array(%s::text)",
        sqlite_values=(text,),
        values=(text,),
    )


def list_contains(column: str, part: str) -> Test:
    """A JSON list of texts has one that holds `part`."""
    return Test(
        column,
        sqlite=_EXISTS.format("json_each({column})", _SQLITE_CONTAINS.format("value")),
        postgresql=_EXISTS.format("jsonb_array_elements_text({column}) AS item(value)", _POSTGRESQL_CONTAINS.format("value")),
        sqlite_values=(part,),
        values=(part,),
    )


def entry_is_number(column: str, name: str, operator: str, number: Number) -> Test:
    """A JSON object has a number under `name` that compares so."""
    exact = isinstance(number, int) and abs(number) <= _EXACT
    text = str(number) if exact else repr(float(number))
    # SQLite reads both numbers from their decimals, so that they are rounded alike.
    wanted = f"CAST(%s AS {'INTEGER' if exact else 'REAL'})"
    return _entry(
        column,
        name,
        sqlite=f"type IN ('integer', 'real') AND value {_SIGNS[operator]} {wanted}",
        postgresql=("number", f"{{entry}} {_SIGNS[operator]} to_jsonb(%s::numeric)"),
        value=text,
    )


def entry_is_text(column: str, name: str, operator: str, text: str) -> Test:
    """A JSON object has a text under `name` that compares so; `~=` is contains, `like` and `ilike` as in `text_like`."""
    if operator in ("like", "ilike"):
        sqlite, postgresql = _LIKE[operator == "like"]
        return _entry(
            column,
            name,
            sqlite=f"type = 'text' AND {sqlite.format('value')}",
            postgresql=("string", postgresql.format(_AS_TEXT)),
            value=_unescaping(text),
            sqlite_value=_globbed(text) if operator == "like" else "",
        )
    if operator == "~=":
        sqlite, postgresql = _SQLITE_CONTAINS.format("value"), _POSTGRESQL_CONTAINS.format(_AS_TEXT)
    else:
        sqlite = f"value {_SIGNS[operator]} %s"
        postgresql = f"({{entry}} #>> '{{{{}}}}') COLLATE \"C\" {_SIGNS[operator]} %s"
    return _entry(column, name, sqlite=f"type = 'text' AND {sqlite}", postgresql=("string", postgresql), value=text)


def entry_is_flag(column: str, name: str, operator: str, flag: bool) -> Test:
    """A JSON object has true or false under `name`, and it is this one (`==`) or the other (`!=`)."""
    wanted = "true" if flag is (operator == "==") else "false"
    return _entry(column, name, sqlite="type = %s", postgresql=("boolean", "{entry} = %s::jsonb"), value=wanted)


def _entry(column: str, name: str, *, sqlite: str, postgresql: tuple[str, str], value: str, sqlite_value: str = "") -> Test:
    kind, comparison = postgresql
    entry = "({column} -> %s::text)"
    return Test(
        column,
        sqlite=_EXISTS.format("json_each({column})", f"key = %s AND {sqlite}"),
        postgresql=f"COALESCE(jsonb_typeof({entry}) = '{kind}' AND {comparison.format(entry=entry)}, FALSE)",
        sqlite_values=(name, sqlite_value or value),
        values=(name, name, value),
    )
