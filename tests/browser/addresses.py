"""Every page there is, read from the URL conf, so that a new one cannot be forgotten."""

from collections.abc import Iterator
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

# What an address that asks for something is given; those that differ from page to page are made by the fixture `site`.
SAMPLES = {"ws": "default", "name": "RegNet_Y_16GF", "number": 2, "key": "production", "code": "own-request"}
# Addresses below /api/v1/ that show a page.
API_PAGES = {"api-docs"}
# Who opens a page; all others are opened by the admin.
SEEN_BY = dict.fromkeys(
    (
        "account_login",
        "account_reset_password",
        "account_reset_password_done",
        "account_reset_password_from_key",
        "account_reset_password_from_key_done",
        "account_signup",
        "account_inactive",
        "invitation",
        "unsubscribe",
    ),
    "nobody",
) | {"token-revoke": "engineer"}
# What is no page, and what it answers when a signed-in person opens it.
POST_ONLY = (
    "request-sign-off",
    "delegation-withdraw",
    "group-add",
    "import-resume",
    "group-delete",
    "group-remove",
    "invitation-withdraw",
    "member-add",
    "notice-read",
    "notices-read",
    "request-mute",
    "member-invite",
    "member-role",
    "operations-try-lines",
    "operations-try-messages",
    "person-reactivate",
    "proposal-confirm",
    "proposal-decline",
    "request-comment",
    "service-account-add",
    "stage-move",
    "stage-restore",
    "tag-repository-push",
    "tag-repository-stop",
    "stage-retire",
    "model-alias",
    "model-tag",
    "version-comment",
    "version-lock",
    "webhook-end-secret",
    "webhook-message-redeliver",
    "webhook-switch",
    "webhook-test",
    "version-tag",
)
NO_PAGE = dict.fromkeys(POST_ONLY, 405) | {
    "account_set_password": 302,
    "favicon": 302,
    "notice-open": 302,
    "healthz": 200,
    "live": 403,
    "metrics": 404,
    "readyz": 200,
    "version-evidence": 200,
}
# States of pages that the list above does not reach: who looks, and where.
FURTHER = {
    "home of a reviewer": ("reviewer", "/"),
    "home of a viewer": ("auditor", "/"),
    "models as a table": ("reviewer", "/models?view=table"),
    "models, none found": ("reviewer", "/models?q=nothing-is-called-this"),
    "an archived model": ("engineer", "/w/default/models/AlexNet"),
    "versions found": ("reviewer", "/w/default/models/RegNet_Y_16GF/versions?find=metrics.%22ImageNet-1K%2Facc%401%22+%3E+83"),
    "versions, a wrong query": ("reviewer", "/w/default/models/RegNet_Y_16GF/versions?find=stage+%3D%3D%3D+staging"),
    "a history, at a moment past": ("engineer", "/w/default/models/RegNet_Y_32GF/history?at=2026-10-20T12:00&stage=production"),
    "bringing a version back": (
        "engineer",
        "/w/default/models/RegNet_Y_32GF/versions/1/change-stage?to_stage=production&comment=Bring+it+back",
    ),
    "two versions compared": ("auditor", "/w/default/models/RegNet_Y_16GF/compare?candidate=3&base=1"),
    "two versions, one of them unknown": ("auditor", "/w/default/models/RegNet_Y_16GF/compare?candidate=nothing&base=1"),
    "a version in production, closed": ("auditor", "/w/default/models/ViT_B_16/versions/1"),
    "a version without metrics": ("engineer", "/w/default/models/VGG16/versions/2"),
    "a version whose request waits": ("reviewer", "/w/default/models/Wide_ResNet101_2/versions/2"),
    "a stage change that skips": (
        "engineer",
        "/w/default/models/RegNet_Y_32GF/versions/4/change-stage?to_stage=production",
    ),
    "a stage change that moves the holders out": (
        "engineer",
        "/w/default/models/RegNet_Y_32GF/versions/4/change-stage?to_stage=production&archive_incumbents=on",
    ),
    "requests asked by me": ("engineer", "/approvals?tab=asked"),
    "requests decided by me": ("risk", "/approvals?tab=decided"),
    "requests to be reviewed": ("reviewer", "/approvals?tab=review"),
    "none to be reviewed": ("scientist", "/approvals?tab=review&model=nothing-is-called-this"),
    "all requests": ("admin", "/approvals?tab=all"),
    "an empty inbox": ("auditor", "/approvals"),
    "a weaker policy that waits, for who may confirm it": ("admin", "/w/research/settings"),
    "a weaker policy that waits, for who proposed it": ("scientist", "/w/research/stages/staging/policy"),
    "notices, all": ("reviewer", "/notices?show=all"),
    "notices, none": ("auditor", "/notices"),
    "activity, filtered": ("auditor", "/activity?verb=stage_change.rejected"),
    "activity, none found": ("auditor", "/activity?since=2099-01-01"),
    "insights of a month, of one model": ("engineer", "/insights?days=30&model=RegNet_Y_16GF"),
    "insights of a year": ("auditor", "/insights?days=365"),
    "insights of nothing": ("engineer", "/insights?model=nothing-is-called-this"),
    "webhooks that hear of a model": ("admin", "/w/default/webhooks?model=RegNet_Y_16GF"),
    "no webhooks yet": ("scientist", "/w/research/webhooks"),
    "nothing at this address": ("engineer", "/nothing-is-here"),
    "somebody else's page": ("engineer", "/people"),
}
# What opens on a page: who looks, where, and what they click.
OPENED = {
    "the dialog of a stage change": (
        "engineer",
        "/w/default/models/RegNet_Y_32GF/versions/4",
        ("main a[data-dialog]", "dialog input[value=production]", "dialog #move-preview .notice"),
    ),
    "the dialog of an approval": ("reviewer", "/approvals", ("[data-key=a]", "dialog textarea")),
    "the figures behind a chart": ("engineer", "/insights", ("main details.table-behind summary",)),
    "a webhook for something else": ("admin", "/w/default/webhooks/new", ("main input[value=own]", "h1")),
    "a webhook for a receiver of Databricks’": ("admin", "/w/default/webhooks/new", ("main input[value=databricks]",)),
    "sending messages again": ("admin", "/w/default/webhooks/1", ("#sent a[data-dialog]", "dialog input[name=since]")),
    "the menu of a row": ("engineer", "/models?view=table", ("main details.menu summary",)),
    "one's own menu": ("engineer", "/", (".user-menu summary",)),
    "the list of shortcuts": ("engineer", "/", ("footer [data-open-dialog]",)),
}


def pages(patterns: Any = None, prefix: str = "") -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the name of every address outside the API, and the names of what it asks for; those of foreign protocols have no name."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(pattern, URLResolver):
            yield from pages(pattern.url_patterns, prefix + str(pattern.pattern))
        elif isinstance(pattern, URLPattern) and pattern.name and (not prefix.startswith("api/") or pattern.name in API_PAGES):
            yield pattern.name, tuple(pattern.pattern.converters or pattern.pattern.regex.groupindex)
