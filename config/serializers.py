"""What all bodies and query parameters have in common: nothing unknown, no wrong types."""

from typing import Any, ClassVar

from rest_framework import serializers

_TYPES: tuple[tuple[type[serializers.Field[Any, Any, Any, Any]], type, str], ...] = (
    (serializers.BooleanField, bool, "true or false"),
    (serializers.IntegerField, int, "a whole number"),
    (serializers.ChoiceField, str, "a text"),
    (serializers.CharField, str, "a text"),
)


class Query(serializers.Serializer[Any]):
    """The query parameters of an operation; one without any takes none."""

    def to_internal_value(self, data: Any) -> Any:
        """Return the checked values. Raises ValidationError naming each parameter that is unknown."""
        _refuse_unknown(self, data, "There is no such query parameter here. There are: {}.")
        return super().to_internal_value(data)


class ListQuery(Query):
    """The parameters of every list."""

    limit = serializers.IntegerField(required=False, min_value=1, max_value=200, default=50, help_text="How many to a page.")
    cursor = serializers.CharField(required=False, help_text="Where to go on: as in `next` and `previous`.")


class Body(serializers.Serializer[Any]):
    """A request's body: an object of the named fields, each of its own JSON type.

    `elsewhere` has a sentence for a field that people will look for here in vain.
    """

    elsewhere: ClassVar[dict[str, str]] = {}
    default_error_messages = {"invalid": "The body is an object of named fields, and this is something else. Nothing was done."}

    def to_internal_value(self, data: Any) -> Any:
        """Return the checked values. Raises ValidationError naming each field that is unknown or of another type."""
        if isinstance(data, dict):
            if named := {name: [sentence] for name, sentence in self.elsewhere.items() if name in data}:
                raise serializers.ValidationError(named)
            _refuse_unknown(self, data, "There is no such field here. There are: {}.")
            _refuse_other_types(self, data)
        return super().to_internal_value(data)


def _refuse_unknown(serializer: serializers.Serializer[Any], data: Any, sentence: str) -> None:
    if unknown := [name for name in data if name not in serializer.fields]:
        known = ", ".join(serializer.fields) or "none"
        raise serializers.ValidationError({name: [sentence.format(known)] for name in unknown})


def _refuse_other_types(serializer: serializers.Serializer[Any], data: dict[str, Any]) -> None:
    """REST framework would bend `"1"` to 1 and `5` to `"5"`; a client that sends them has made a mistake."""
    errors = {}
    for name, value in data.items():
        wanted = next(((kind, words) for field, kind, words in _TYPES if isinstance(serializer.fields[name], field)), None)
        if wanted and value is not None and type(value) is not wanted[0]:
            errors[name] = [f"This must be {wanted[1]}."]
    if errors:
        raise serializers.ValidationError(errors)
