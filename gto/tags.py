"""The grammar of GTO's tags (gto 1.10.1): what a tag's name says, and how one is written. Pure functions."""

import re
from dataclasses import dataclass
from enum import StrEnum

_NAME = r"[a-zA-Z0-9](?:[a-zA-Z0-9-/_]*[a-zA-Z0-9])?"
_NUMBER = r"(?:0|[1-9]\d*)"
_PRERELEASE = rf"(?:{_NUMBER}|\d*[a-zA-Z-][0-9a-zA-Z-]*)"
_VERSION = rf"v{_NUMBER}\.{_NUMBER}\.{_NUMBER}(?:-{_PRERELEASE}(?:\.{_PRERELEASE})*)?(?:\+[0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*)?"
_ARTIFACT = rf"(?:[^\s@#:=]+=)?{_NAME}"  # the folder before the name may hold dots; its `:` is written `=`
_TAG = re.compile(
    rf"(?P<artifact>{_ARTIFACT})"
    rf"(?:@(?P<word>deprecated|created)|@(?P<version>{_VERSION})(?P<unregister>!)?|\#(?P<stage>{_NAME})(?P<unassign>!)?)"
    r"(?:\#(?P<counter>\d+))?"
)
VERSION = re.compile(_VERSION)
NAME = re.compile(rf"(?:[^\s@#:=]+:)?{_NAME}")
STAGE = re.compile(_NAME)


class Event(StrEnum):
    """What a tag says that happened."""

    REGISTRATION = "registration"
    DEREGISTRATION = "deregistration"
    ASSIGNMENT = "assignment"
    UNASSIGNMENT = "unassignment"
    DEPRECATION = "deprecation"
    CREATION = "creation"  # parsed by gto, written by nobody; one of these breaks gto for the whole repository


@dataclass(frozen=True)
class TagName:
    """A tag's name, read."""

    event: Event
    artifact: str
    version: str = ""
    stage: str = ""
    counter: int | None = None


def parse(name: str) -> TagName | None:
    """Return what a tag's name says; None for a tag that is not GTO's."""
    match = _TAG.fullmatch(name)
    if match is None:
        return None
    artifact = match["artifact"].replace("=", ":")
    counter = int(match["counter"]) if match["counter"] else None
    if match["word"]:
        event = Event.DEPRECATION if match["word"] == "deprecated" else Event.CREATION
        return TagName(event, artifact, counter=counter)
    if match["version"]:
        event = Event.DEREGISTRATION if match["unregister"] else Event.REGISTRATION
        return TagName(event, artifact, version=match["version"], counter=counter)
    event = Event.UNASSIGNMENT if match["unassign"] else Event.ASSIGNMENT
    return TagName(event, artifact, stage=match["stage"], counter=counter)


def semver_key(version: str) -> tuple[tuple[int, ...], bool, tuple[tuple[int, int, str], ...]]:
    """Return what orders versions as SemVer does: a release comes after its own pre-releases, and what is built does not count."""
    core, _, before = version.removeprefix("v").partition("+")[0].partition("-")
    parts = tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in before.split(".") if part)
    return tuple(int(part) for part in core.split(".")), not before, parts
