"""The OpenAPI schema as a page can show it: groups of operations, and the shapes they speak of. Pure functions."""

from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]
_METHODS = ("get", "post", "put", "patch", "delete")
_PLACES = ("path", "query", "header")
_WORDS = {
    "integer": "whole number",
    "number": "number",
    "string": "text",
    "boolean": "true or false",
    "object": "object",
    "null": "null",
    "array": "list",
}
_FORMATS = {"date-time": "moment", "uri": "address"}


@dataclass(frozen=True)
class Value:
    """What a field or a parameter holds: in words, and the shape that they speak of, if any."""

    words: str
    shape: str = ""


@dataclass(frozen=True)
class Field:
    """A field of a shape, or a parameter of an operation."""

    name: str
    value: Value
    required: bool
    description: str
    where: str = ""


@dataclass(frozen=True)
class Operation:
    """One method of one address. `answers` are those that are no refusal, `refusals` their statuses."""

    name: str
    method: str
    path: str
    summary: str
    description: str
    parameters: list[Field]
    body: list[Field]
    answers: list[tuple[str, Value]]
    refusals: list[str]


class Reference:
    """A schema document, read out."""

    def __init__(self, document: Json) -> None:
        self._paths = document["paths"]
        self._schemas = document["components"]["schemas"]

    def groups(self) -> dict[str, list[Operation]]:
        """Return every operation by its tag, in the order of the addresses."""
        groups: dict[str, list[Operation]] = {}
        for path, methods in self._paths.items():
            for method in _METHODS:
                if method in methods:
                    groups.setdefault(methods[method]["tags"][0], []).append(self._operation(path, method, methods[method]))
        return groups

    def shapes(self) -> dict[str, tuple[str, list[Field]]]:
        """Return every object that is spoken of: its description and its fields."""
        return {
            name: (schema.get("description", ""), self._fields(schema))
            for name, schema in self._schemas.items()
            if "properties" in schema
        }

    def _operation(self, path: str, method: str, said: Json) -> Operation:
        body = said.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
        parameters = [self._parameter(parameter) for parameter in said.get("parameters", ())]
        return Operation(
            name=said["operationId"],
            method=method.upper(),
            path=path,
            summary=said["summary"].replace("`", ""),
            description=said["description"] if said["description"].rstrip(".") != said["summary"] else "",
            parameters=sorted(parameters, key=lambda parameter: _PLACES.index(parameter.where)),
            body=self._fields(self._schemas[_name(body)]) if "$ref" in body else [],
            answers=[(status, self._answer(response)) for status, response in said["responses"].items() if status < "300"],
            refusals=[status for status in said["responses"] if status >= "400"],
        )

    def _answer(self, response: Json) -> Value:
        content = response.get("content", {})
        return self.value(content["application/json"]["schema"]) if "application/json" in content else Value("nothing")

    def _parameter(self, parameter: Json) -> Field:
        value, required = self.value(parameter["schema"]), parameter.get("required", False)
        return Field(parameter["name"], value, required, parameter.get("description", ""), parameter["in"])

    def _fields(self, schema: Json) -> list[Field]:
        required = schema.get("required", ())
        return [
            Field(name, self.value(said), name in required, said.get("description", ""))
            for name, said in schema["properties"].items()
        ]

    def value(self, schema: Json) -> Value:
        """Return what a schema lets through, in words."""
        if "$ref" in schema:
            name = _name(schema)
            return Value(name, name) if "properties" in self._schemas[name] else self.value(self._schemas[name])
        for several in ("oneOf", "anyOf", "allOf"):
            if several in schema:
                parts = [self.value(part) for part in schema[several]]
                return Value(" or ".join(part.words for part in parts), next((part.shape for part in parts if part.shape), ""))
        if "enum" in schema:
            return Value(" · ".join("null" if choice is None else str(choice) for choice in schema["enum"]))
        kind = schema.get("type", "")
        if isinstance(kind, list):
            return Value(" or ".join(self.value(schema | {"type": each}).words for each in kind))
        for holder, words in (("items", "list"), ("additionalProperties", "object")):
            if isinstance(schema.get(holder), dict) and schema[holder]:
                inner = self.value(schema[holder])
                return Value(f"{words} of {inner.words}", inner.shape)
        word = _FORMATS.get(schema.get("format", "")) if kind == "string" else None
        return Value(word or _WORDS.get(kind, "anything"))


def _name(schema: Json) -> str:
    return str(schema["$ref"]).rsplit("/", 1)[-1]
