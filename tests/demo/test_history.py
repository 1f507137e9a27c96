"""What the demo holds once it is loaded."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.core import mail

from accounts.models import ApiToken, Delegation, User
from activity.models import Activity, Seal
from activity.verify import verify_everything
from approvals.models import Comment, Review, StageChangeRequest
from approvals.situations import load_situations
from config.demo.people import NAMES, PASSWORD
from config.demo.weights import FILE
from notifications.outbox import drain
from registry.models import ModelVersion, RegisteredModel, StageAssignment

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("loaded"),
    pytest.mark.once,
]  # test_load.py loads it on both databases

STAGES = {"unassigned", "development", "staging", "production", "archived"}


def version(model, name):
    return ModelVersion.objects.get(model__name=model, name=name)


def requests(**where):
    return StageChangeRequest.objects.with_everything().filter(**where).order_by("id")


def test_every_published_model_and_version_is_there_with_its_figures():
    published = json.loads(Path(FILE).read_text())["models"]
    assert {
        (model.name, each.name, each.artifact_uri, each.artifact_digest, tuple(each.metrics.values()))
        for model in RegisteredModel.objects.prefetch_related("versions")
        for each in model.versions.all()
    } == {
        (
            model["name"],
            each["version"],
            each["url"],
            f"sha256:{each['sha256_prefix']}" if each["sha256_prefix"] else "",
            tuple((each["metrics"] or {}).get("ImageNet-1K", {}).values()),
        )
        for model in published
        for each in model["versions"]
    }
    assert (RegisteredModel.objects.count(), ModelVersion.objects.count()) == (80, 115)


def test_a_version_carries_what_the_file_says_of_it():
    swag = version("RegNet_Y_16GF", "IMAGENET1K_SWAG_E2E_V1")
    assert swag.metrics == {"ImageNet-1K/acc@1": 86.012, "ImageNet-1K/acc@5": 98.054}
    assert swag.parameters == {"parameters": 83590140, "gflops": 46.735, "file_size_mb": 319.49}
    assert swag.attributes == {"source": "torchvision 0.29.2", "source_licence": "BSD-3-Clause"}
    assert version("ResNet50", "IMAGENET1K_V1").run_url == (
        "https://github.com/pytorch/vision/tree/main/references/classification#resnet"
    )


def test_a_version_without_published_metrics_has_none():
    assert version("VGG16", "IMAGENET1K_FEATURES").metrics == {}


def test_versions_are_in_every_stage_and_several_models_in_production():
    assert set(ModelVersion.objects.values_list("stage", flat=True)) == STAGES
    assert ModelVersion.objects.filter(stage="production").values("model").distinct().count() > 10


def test_three_versions_of_one_model_wait_and_one_of_them_skips_staging():
    waiting = requests(status="pending", version__model__name="RegNet_Y_16GF")
    assert [(each.from_stage.key, each.to_stage.key, each.skipped_stages) for each in waiting] == [
        ("staging", "production", []),
        ("development", "production", ["staging"]),
        ("unassigned", "development", []),
    ]


def test_requests_ended_in_every_way_that_there_is():
    assert set(requests().values_list("status", flat=True)) == {"pending", "applied", "rejected", "revoked", "superseded"}


def test_a_rejection_says_why():
    assert all(len(each.closing_comment) > 40 for each in requests(status="rejected"))
    assert requests(status="rejected").count() == 2


def test_one_version_has_gone_back_and_one_is_asked_to():
    assert [(each.version.model.name, each.status) for each in requests(direction="back").exclude(effect="break-glass")] == [
        ("MobileNet_V3_Large", "applied"),
        ("EfficientNet_B1", "pending"),
    ]


def test_the_glass_was_broken_twice_and_one_of_them_is_to_be_reviewed():
    told = [
        (each.version.model.name, each.decided_by.username, hasattr(each, "sign_off")) for each in requests(effect="break-glass")
    ]
    assert told == [("RegNet_X_8GF", "admin", True), ("RegNet_X_16GF", "admin", False)]
    assert [each.version.model.name for each in StageChangeRequest.objects.to_be_reviewed()] == ["RegNet_X_16GF"]


def test_production_asks_for_somebody_of_risk_who_is_away_and_let_another_decide():
    (waiting,) = load_situations(requests(version__model__name="EfficientNet_V2_L", status="pending"))
    assert waiting.need.groups == {"risk": 1}
    assert [(check.name, check.status) for check in waiting.checks] == [("offline evaluation", "passed"), ("latency", "failed")]
    assert list(Delegation.objects.in_force().values_list("delegator__username", "delegate__username")) == [("risk", "admin")]


def test_an_approval_was_withdrawn_and_another_one_is_void():
    (withdrawn,) = Review.objects.exclude(withdrawn_at=None)
    assert withdrawn.change_request.version.model.name == "ConvNeXt_Large"
    (edited,) = load_situations(requests(version__model__name="Wide_ResNet101_2", status="pending"))
    assert [review.reviewer.username for review in edited.reviews] == ["reviewer", "risk"]
    assert [review.reviewer.username for review in edited.given] == ["risk"]


def test_one_version_in_production_is_closed_and_one_that_waits_is_locked():
    assert [
        (each.model.name, each.lock_level, each.stage)
        for each in ModelVersion.objects.exclude(lock_level="open").select_related("model").order_by("id")
    ] == [("DenseNet161", "redact", "staging"), ("ViT_B_16", "closed", "production")]


def test_archived_models_and_comments_are_there():
    archived = RegisteredModel.objects.exclude(archived_at=None).order_by("name")
    assert [model.name for model in archived] == ["AlexNet", "GoogLeNet", "SqueezeNet1_0"]
    assert Comment.objects.count() == 7


def test_lists_span_two_workspaces():
    assert dict(User.objects.get(username="engineer").memberships.values_list("workspace__slug", "role")) == {
        "default": "editor",
        "research": "editor",
    }
    assert RegisteredModel.objects.filter(workspace__slug="research").count() == 6


def test_everybody_has_something_to_do():
    waiting = {each.username: StageChangeRequest.objects.awaiting(each).count() for each in User.objects.all()}
    assert {name for name, count in waiting.items() if count == 0} == {"auditor"}
    assert waiting["reviewer"] >= 5


def test_the_people_are_demo_accounts_with_the_demo_password():
    people = User.objects.in_bulk(field_name="username")
    assert {name: person.name for name, person in people.items()} == NAMES
    assert all(person.is_demo and person.check_password(PASSWORD) for person in people.values())
    assert [person.username for person in people.values() if person.is_staff] == ["admin"]


def test_the_pipelines_token_is_shown_in_the_log(loaded):
    (token,) = ApiToken.objects.all()
    registered = Activity.objects.filter(verb="model_version.registered", token_id=token.pk)
    assert set(registered.values_list("via", flat=True)) == {"api"}
    assert token.expires_at > loaded


def test_the_past_is_in_order_on_working_days_and_never_after_now(loaded):
    moments = list(Activity.objects.order_by("id").values_list("created_at", flat=True))
    assert moments == sorted(moments)
    assert timedelta(days=85) < loaded - moments[0] < timedelta(days=95)
    assert moments[-1] <= loaded
    assert [moment for moment in moments if moment.weekday() > 4 or not 8 <= moment.hour < 18] == []


def test_decisions_took_different_times():
    waits = {
        opened.entered_at - StageChangeRequest.objects.get(pk=opened.opened_by_request_id).created_at
        for opened in StageAssignment.objects.all()
        if opened.opened_by_request_id
    }
    assert min(waits) < timedelta(hours=2)
    assert max(waits) > timedelta(days=2)


def test_the_log_is_whole_and_sealed():
    assert list(verify_everything()) == []
    (seal,) = Seal.objects.all()
    assert len(json.loads(seal.heads)) == 80 + 2 + 1  # models, workspaces, site


def test_one_mail_is_left_to_send_so_that_no_past_floods_the_console():
    assert drain() == 2
    (letter,) = mail.outbox
    assert letter.to == ["engineer@demo.example"]
    assert "put the move of ResNet152 IMAGENET1K_V2 into effect: Staging → Production." in letter.body
