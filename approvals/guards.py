"""What the database itself keeps about requests and reviews, whoever writes, and how the log is checked against them."""

from collections.abc import Iterator

from django.db.models import Exists, OuterRef, Value
from django.db.models.functions import Concat

from activity.models import Activity
from activity.triggers import Trigger
from activity.verify import Finding
from approvals.models import StageChangeRequest

_REQUEST = "approvals_stagechangerequest"
_REVIEW = "approvals_review"
_CHECK = "approvals_check"
_SIGN_OFF = "approvals_signoff"
_OWN = (
    f"EXISTS (SELECT 1 FROM {_REQUEST} r WHERE r.id = NEW.change_request_id"
    " AND r.requester_principal_id IN (NEW.principal_id, COALESCE(NEW.on_behalf_of_id, NEW.principal_id)))"
    " OR NEW.on_behalf_of_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM accounts_delegation d"
    " WHERE d.delegate_id = NEW.reviewer_id AND d.delegator_id = NEW.on_behalf_of_id AND d.starts_at <= NEW.created_at"
    " AND d.ends_at > NEW.created_at AND (d.withdrawn_at IS NULL OR d.withdrawn_at >= NEW.created_at))"
    " OR NOT EXISTS (SELECT 1 FROM accounts_user u WHERE u.id = NEW.reviewer_id AND COALESCE(u.owner_id, u.id) = NEW.principal_id)"
)
_OWN_MESSAGE = "The requester cannot review their own request, and nobody reviews in another's name without their delegation."
_ALONE = (
    f"NOT EXISTS (SELECT 1 FROM {_REQUEST} r JOIN accounts_user d ON d.id = r.decided_by_id WHERE r.id = NEW.change_request_id"
    " AND r.status = 'applied' AND r.effect = 'break-glass' AND r.requester_principal_id <> NEW.principal_id"
    " AND COALESCE(d.owner_id, d.id) <> NEW.principal_id)"
    " OR NOT EXISTS (SELECT 1 FROM accounts_user u WHERE u.id = NEW.reviewer_id AND COALESCE(u.owner_id, u.id) = NEW.principal_id)"
)
_FIXED = (
    "version_id", "from_stage_id", "to_stage_id", "requester_id", "requester_principal_id", "direction", "skipped_stages",
    "archive_incumbents", "comment", "created_at",
)  # fmt: skip
_FIXED_REVIEW = ("change_request_id", "reviewer_id", "principal_id", "decision", "digest", "comment", "created_at")


def _changed(columns: tuple[str, ...], nullable: tuple[str, ...] = ()) -> str:
    changes = [f"NEW.{column} <> OLD.{column}" for column in columns]
    return " OR ".join(changes + [f"COALESCE(NEW.{column}, 0) <> COALESCE(OLD.{column}, 0)" for column in nullable])


def _kept(table: str, what: str, message: str, unique: str = "id = NEW.id") -> list[Trigger]:
    """Rows that are added and never changed; `unique` finds the row that a `REPLACE INTO` on SQLite would push out."""
    words = (("update", "UPDATE"), ("delete", "DELETE"), ("truncate", "TRUNCATE"))
    return [
        *(Trigger(f"stageward_{what}_{word}", table, event, "TRUE", message) for word, event in words),
        Trigger(
            f"stageward_{what}_replace",
            table,
            "INSERT",
            f"EXISTS (SELECT 1 FROM {table} WHERE {unique})",
            message,
            sqlite_only=True,
        ),
    ]


TRIGGERS = [
    Trigger("stageward_review_not_own", _REVIEW, "INSERT", _OWN, _OWN_MESSAGE),
    Trigger("stageward_review_not_own_later", _REVIEW, "UPDATE", _OWN, _OWN_MESSAGE),
    Trigger(
        "stageward_review_stays",
        _REVIEW,
        "UPDATE",
        f"{_changed(_FIXED_REVIEW, ('on_behalf_of_id',))} OR (OLD.withdrawn_at IS NOT NULL AND NEW.withdrawn_at IS NULL)",
        "A review says what it said: it can be withdrawn, not rewritten.",
    ),
    Trigger("stageward_review_delete", _REVIEW, "DELETE", "TRUE", "Reviews are withdrawn, never removed."),
    Trigger("stageward_review_truncate", _REVIEW, "TRUNCATE", "TRUE", "Reviews are withdrawn, never removed."),
    Trigger(
        "stageward_review_replace",
        _REVIEW,
        "INSERT",
        f"EXISTS (SELECT 1 FROM {_REVIEW} WHERE id = NEW.id OR (change_request_id = NEW.change_request_id"
        " AND principal_id = NEW.principal_id AND digest = NEW.digest AND withdrawn_at IS NULL AND NEW.withdrawn_at IS NULL))",
        "A review cannot be replaced.",
        sqlite_only=True,
    ),
    Trigger(
        "stageward_request_starts_pending",
        _REQUEST,
        "INSERT",
        "NEW.status <> 'pending' OR NOT EXISTS (SELECT 1 FROM accounts_user u WHERE u.id = NEW.requester_id"
        " AND COALESCE(u.owner_id, u.id) = NEW.requester_principal_id)",
        "A request starts as pending, in its requester's name.",
    ),
    Trigger(
        "stageward_request_stays_itself",
        _REQUEST,
        "UPDATE",
        _changed(_FIXED, ("requester_token_id",)),
        "What a request asks for, and who asks, cannot change.",
    ),
    Trigger(
        "stageward_request_ends_once",
        _REQUEST,
        "UPDATE",
        "OLD.status <> 'pending' OR NEW.status <> 'pending' AND NOT EXISTS (SELECT 1 FROM activity_activity a"
        " WHERE a.id = NEW.closing_activity_id AND a.request_id = NEW.id AND a.verb = 'stage_change.' || NEW.status)",
        "A request ends once, together with its line in the activity log, and then stays as it is.",
    ),
    Trigger("stageward_request_delete", _REQUEST, "DELETE", "TRUE", "Requests are kept."),
    Trigger("stageward_request_truncate", _REQUEST, "TRUNCATE", "TRUE", "Requests are kept."),
    Trigger(
        "stageward_request_replace",
        _REQUEST,
        "INSERT",
        f"EXISTS (SELECT 1 FROM {_REQUEST} WHERE id = NEW.id OR (version_id = NEW.version_id AND status = 'pending'))",
        "A version has one pending request, and a request cannot be replaced.",
        sqlite_only=True,
    ),
    Trigger(
        "stageward_check_in_own_name",
        _CHECK,
        "INSERT",
        "NOT EXISTS (SELECT 1 FROM accounts_user u WHERE u.id = NEW.reporter_id AND COALESCE(u.owner_id, u.id) = NEW.principal_id)",
        "A report is made in its reporter's name.",
    ),
    *_kept(_CHECK, "check", "A report stays as it was made: a new one stands beside it."),
    Trigger(
        "stageward_sign_off_by_second", _SIGN_OFF, "INSERT", _ALONE, "Break-glass is signed off by a second person, afterwards."
    ),
    *_kept(_SIGN_OFF, "sign_off", "Who signed off stays.", "id = NEW.id OR change_request_id = NEW.change_request_id"),
]


def requests_match_the_log() -> Iterator[Finding]:
    """Every request that ended names the line that ended it, and every such line is named by its request."""
    named = Activity.objects.filter(
        pk=OuterRef("closing_activity_id"), request_id=OuterRef("pk"), verb=Concat(Value("stage_change."), OuterRef("status"))
    )
    for change_request in StageChangeRequest.objects.exclude(status="pending").exclude(Exists(named)).order_by("pk").iterator():
        yield Finding(
            f"request {change_request.pk} says it was {change_request.status}, but the log does not",
            change_request.closing_activity_id,
        )
    endings = [f"stage_change.{status}" for status in StageChangeRequest.Status if status != StageChangeRequest.Status.PENDING]
    naming = StageChangeRequest.objects.filter(pk=OuterRef("request_id"), closing_activity_id=OuterRef("pk"))
    for line in Activity.objects.filter(verb__in=endings).exclude(Exists(naming)).order_by("pk").iterator():
        yield Finding(f"the log says {line.verb} of request {line.request_id}, but the request does not", line.pk)
