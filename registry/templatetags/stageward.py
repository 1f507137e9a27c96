"""Template tags that every page uses: stages, people, times, figures, digests, Markdown.

Everything takes rows or plain dictionaries with the same names, and reads no database.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from django import template
from django.template import Context
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from activity.clock import now
from registry.lifecycle import PALETTE
from registry.markdown import render_markdown
from registry.presentation import ago_text, duration, few, full_name, initials, number, read, split_rows, track_steps, waited_text

register = template.Library()

RING = '<circle cx="8" cy="8" r="5.6" fill="none" stroke="currentColor" stroke-width="1.8"{}/>'
PIES = ("M8 8V4.6A3.4 3.4 0 0 1 11.4 8Z", "M8 4.6a3.4 3.4 0 0 1 0 6.8Z", "M8 8V4.6A3.4 3.4 0 1 1 4.6 8Z")
CHECK = (
    '<path fill="currentColor" fill-rule="evenodd" d="M8 1.6a6.4 6.4 0 1 0 0 12.8A6.4 6.4 0 0 0 8 1.6Zm3.4 5L7.6 11'
    ' 4.6 8.1l1.1-1.2 1.8 1.7 2.7-3.1Z"/>'
)
BOX = (
    '<path fill="currentColor" d="M1.8 3h12.4v3H1.8Z"/><path fill="none" stroke="currentColor" stroke-width="1.8"'
    ' d="M3.2 6.6v6h9.6v-6M6.2 9h3.6"/>'
)
FEW_GATES = 2  # so many kept requirements are shown beside what is missing; more are folded
NAV = {
    "home": ("/",),
    "models": ("/models", "/w/"),
    "approvals": ("/approvals", "/requests"),
    "activity": ("/activity",),
    "insights": ("/insights",),
    "notices": ("/notices",),
}


def stage_row(context: Context, stage: Any) -> Any:
    """Return the stage: as it is, or for a key the one that the page keeps in `stages_by_key`."""
    if not isinstance(stage, str):
        return stage
    return (context.get("stages_by_key") or {}).get(stage) or {"key": stage, "name": stage.replace("_", " ").capitalize()}


def stage_shape(stage: Any) -> SafeString:
    """Return the picture of a stage: a dashed ring, a ring that fills as work goes on, a tick, or a box."""
    kind = read(stage, "kind")
    if kind == "production":
        shape = CHECK
    elif kind == "archived":
        shape = BOX
    elif kind == "working":
        fill = PIES[min(max(int(read(stage, "position", 1)), 1), 3) - 1]
        shape = RING.format("") + f'<path fill="currentColor" d="{fill}"/>'
    else:
        shape = RING.format(' stroke-dasharray="2.2 2.2"')
    return mark_safe(f'<svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">{shape}</svg>')  # noqa: S308  made of the constants above


def stage_classes(stage: Any) -> str:
    """Return the classes of a stage's colour: `c-green production`."""
    colour = read(stage, "colour")
    colour = colour if colour in PALETTE else "gray"
    return f"c-{colour} production" if read(stage, "kind") == "production" else f"c-{colour}"


@register.simple_tag(takes_context=True)
def stage_class(context: Context, stage: Any) -> str:
    """Return the classes of a stage's colour, for other pieces that take it."""
    return stage_classes(stage_row(context, stage))


@register.simple_tag(takes_context=True)
def stage_badge(context: Context, stage: Any, label: str = "", href: str = "") -> SafeString:
    """Show a stage by name, shape and colour. `label` replaces the name in sight (a version's name, a count)."""
    stage = stage_row(context, stage)
    name = read(stage, "name")
    hidden = format_html('<span class="visually-hidden">{}: </span>', name) if label else ""
    return format_html(
        '<{} class="stage {}"{}>{}<span>{}{}</span></{}>',
        "a" if href else "span",
        stage_classes(stage),
        format_html(' href="{}" title="{}"', href, name) if href else "",
        stage_shape(stage),
        hidden,
        label or name,
        "a" if href else "span",
    )


@register.simple_tag(takes_context=True)
def stage_icon(context: Context, stage: Any) -> SafeString:
    """Show the shape alone, where the name stands beside it."""
    return stage_shape(stage_row(context, stage))


@register.simple_tag(takes_context=True)
def flags(context: Context, change_request: Any) -> SafeString:
    """Show what must not be overlooked in a move: the stages it skips, or that it moves back."""
    past = read(change_request, "status") == "applied"
    skipped = [read(stage_row(context, stage), "name") for stage in read(change_request, "skipped_stages", [])]
    shown = []
    if skipped:
        names = " and ".join([", ".join(skipped[:-1]), skipped[-1]] if skipped[1:] else skipped)
        shown.append(("⚠", "skipped " if past else "skips ", names))
    if read(change_request, "direction") == "additional":
        origin = read(stage_row(context, read(change_request, "from_stage")), "name")
        shown.append(("＋", "besides ", origin) if origin else ("＋", "besides what it held", ""))
    if read(change_request, "direction") == "back":
        shown.append(("↩", "moved back" if past else "moves back", ""))
    return format_html_join(" ", '<span class="flag"><span aria-hidden="true">{}</span><span>{}{}</span></span>', shown)


@register.inclusion_tag("components/requirements.html")
def gates(requirements: Sequence[Any], small: bool = False) -> dict[str, Any]:
    """Show what a request needs: what is missing or was overridden first; what is kept, folded where it is much, not at all when small."""
    ranks = ("unsatisfied", "overridden", "satisfied", "not-applicable")
    ordered = sorted(requirements, key=lambda each: ranks.index(str(read(each, "status"))))
    missing = [each for each in ordered if read(each, "status") in ranks[:2]]
    settled = [] if small else ordered[len(missing) :]
    kept = sum(read(each, "status") == "satisfied" for each in settled)
    counts = {"kept": kept, "idle": len(settled) - kept, "fold": bool(missing) and len(settled) > FEW_GATES}
    return {"open": missing, "settled": settled, "small": small, **counts}


@register.simple_tag
def avatar(user: Any, size: str = "") -> SafeString:
    """Show a person's initials; a service account has a square."""
    kind = " service" if not user or read(user, "kind") == "service" else ""
    return format_html('<span class="avatar{} {}" aria-hidden="true">{}</span>', kind, size, initials(full_name(user)))


@register.simple_tag(takes_context=True)
def person(context: Context, user: Any, picture: bool = True, you: bool = False) -> SafeString:
    """Show a person: initials, and the name as a link to what they did. `you=True` says "You" to themselves."""
    name = full_name(user)
    me = getattr(context.get("request"), "user", None)
    if you and user and me is not None and read(me, "pk") == read(user, "pk", object()):
        name = "You"
    shown = format_html("{}<span>{}</span>", avatar(user, "small") if picture else "", name)
    if not user:
        return format_html('<span class="person">{}</span>', shown)
    return format_html('<a class="person" href="/activity?actor={}">{}</a>', read(user, "username"), shown)


@register.simple_tag
def ago(moment: datetime | None) -> SafeString:
    """Show a time in words, with the exact UTC on hover and for screen readers."""
    if moment is None:
        return mark_safe('<span class="soft">never</span>')
    return _time(moment, ago_text(moment.astimezone(UTC), now().astimezone(UTC)))


@register.simple_tag
def waited(since: datetime) -> SafeString:
    """Show how long something has waited, with the exact UTC since when on hover and for screen readers."""
    return _time(since, waited_text(since, now()), "since ")


def _time(moment: datetime, words: str, word: str = "") -> SafeString:
    moment = moment.astimezone(UTC)
    exact = f"{word}{moment.day} {moment:%b %Y, %H:%M:%S} UTC"
    page = '<time datetime="{}" title="{}">{}<span class="visually-hidden"> ({})</span></time>'
    return format_html(page, moment.isoformat(), exact, words, exact)


register.filter(few)
register.simple_tag(duration)
register.simple_tag(number)


@register.inclusion_tag("components/copy.html")
def copy(value: str, what: str = "") -> dict[str, str]:
    """Put a button beside something that people copy."""
    return {"value": value, "what": what}


@register.inclusion_tag("components/digest.html")
def digest(value: str, length: int = 12) -> dict[str, Any]:
    """Show a SHA-256 digest short, the whole of it on hover and to copy; fewer than 64 digits are a prefix."""
    digits = (value or "").removeprefix("sha256:")
    return {"value": value, "short": digits[:length], "cut": len(digits) > length, "prefix": 0 < len(digits) < 64}


@register.simple_tag
def markdown(text: str | None, top: int = 3) -> SafeString:
    """Show Markdown, sanitised, its highest heading as `h{top}`."""
    return mark_safe(f'<div class="prose">{render_markdown(text, top=top)}</div>' if text else "")  # noqa: S308  sanitised there


@register.simple_tag
def find_caret(query: str, column: int) -> SafeString:
    """Show a query with the place marked where it went wrong; `column` counts from 1."""
    at = min(max(int(column) - 1, 0), len(query))
    wrong = query[at : at + 1].strip() or "…"
    return format_html('<samp class="caret">{}<mark>{}</mark>{}</samp>', query[:at], wrong, query[at + 1 :])


@register.simple_tag(takes_context=True)
def current(context: Context, section: str) -> SafeString:
    """Return `aria-current` for the navigation entry of the page that is shown."""
    path = getattr(context.get("request"), "path", "")
    exact, *inside = NAV[section]
    if path == exact:
        return mark_safe(' aria-current="page"')
    within = section != "home" and path.startswith((exact + "/", *inside))
    return mark_safe(' aria-current="true"') if within else mark_safe("")


@register.inclusion_tag("components/split.html")
def stage_split(counts: Iterable[tuple[Any, int]], legend: bool = False) -> dict[str, Any]:
    """Draw how versions are spread over the stages: pairs of stage and count."""
    return {"rows": split_rows(counts), "legend": legend}


@register.simple_tag
def sparkbar(values: Sequence[float], label: str) -> SafeString:
    """Draw a small row of bars, the last one marked; `label` says in words what it shows."""
    top, step = max(values, default=0) or 1, 100 / max(len(values), 1)
    bars = [
        (
            "last" if index == len(values) - 1 else "",
            index * step,
            step * 0.7,
            100 - 100 * value / top,
            100 * value / top,
        )
        for index, value in enumerate(values)
    ]
    drawn = format_html_join(
        "",
        '<rect class="{}" x="{}%" width="{}%" y="{}%" height="{}%"/>',
        ((bar[0], *(f"{size:.1f}" for size in bar[1:])) for bar in bars),
    )
    return format_html('<svg class="spark" role="img" aria-label="{}">{}</svg>', label, drawn)


@register.inclusion_tag("components/stage_track.html")
def stage_track(
    stages: Iterable[Any], here: Any, asked: Any = None, held: Iterable[str] | None = None, notes: dict[str, str] | None = None
) -> dict[str, Any]:
    """Draw where a version stands: its stage, the stage asked for, those a move would skip, those it held (keys)."""
    return {"steps": track_steps(list(stages), here, asked, held, notes or {})}
