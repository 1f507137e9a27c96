"""What a team does with Arthur's own SDK: run by its environment's Python, with the server and three tokens; prints what came of it.

Each step is a function; what it returns, or the refusal that it ran into, stands under its name.
"""

import io
import json
import logging
import os
import sys
import warnings
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import pandas as pd
import requests
from arthurai import ArthurAI
from arthurai.common.constants import InputType, OutputType, Stage, ValueType
from arthurai.common.exceptions import ArthurError
from arthurai.core.attributes import ArthurAttribute
from arthurai.core.models import ArthurModel

warnings.simplefilter("ignore")
logging.disable(logging.WARNING)
HOST, ENGINEER, REVIEWER, ADMIN = sys.argv[1:5]
PASSWORD = "correct-horse-battery"  # of everybody in the tests
STEPS: list[Callable[[], Any]] = []


def signed_in(token: str) -> ArthurAI:
    """The client of somebody with an access key."""
    return ArthurAI(url=HOST, access_key=token, allow_insecure=True)


def by_password(login: str, password: str = PASSWORD, **more: str) -> ArthurAI:
    """The client of somebody who signs in."""
    return ArthurAI(url=HOST, login=login, password=password, allow_insecure=True, **more)


def step(do: Callable[[], Any]) -> Callable[[], Any]:
    STEPS.append(do)
    return do


def approve(request_id: int) -> Any:
    """A peer, through Stageward's own API."""
    address = f"{HOST}/api/v1/stage-change-requests/{request_id}/approve"
    return requests.post(address, headers={"Authorization": f"Bearer {REVIEWER}"}, timeout=30).json()["status"]


def unsaved(arthur: ArthurAI, name: str, **more: Any) -> ArthurModel:
    """A model described by hand, as the SDK's guides have it."""
    model = arthur.model(
        partner_model_id=name,
        display_name="Fraud",
        input_type=InputType.Tabular,
        output_type=OutputType.Multiclass,
        is_batch=True,
        **more,
    )
    model.add_attribute(name="amount", value_type=ValueType.Float, stage=Stage.ModelPipelineInput, min_range=0.5, max_range=99.5)
    model.add_attribute(
        name="country", value_type=ValueType.String, stage=Stage.ModelPipelineInput, categorical=True, categories=["de", "fr"]
    )
    model.add_binary_classifier_output_attributes(
        positive_predicted_attr="fraud",
        pred_to_ground_truth_map={"fraud": "is_fraud", "honest": "is_honest"},
    )
    return model


def told(model: ArthurModel) -> dict[str, Any]:
    names = (
        "partner_model_id", "display_name", "description", "tags", "archived", "version_sequence_num", "version_label", "is_batch",
        "classifier_threshold",
    )  # fmt: skip
    return {name: getattr(model, name) for name in names} | {"status": str(model.status)}


@step
def documented() -> Any:
    """The lines of the page about coming from Arthur, as a newcomer pastes them; what they say comes last, as a remark."""
    os.environ |= {"ARTHUR_ENDPOINT_URL": HOST, "ARTHUR_API_KEY": ENGINEER}
    said = io.StringIO()
    with redirect_stdout(said):
        exec(Path("documented.py").read_text(), {})
    del os.environ["ARTHUR_ENDPOINT_URL"], os.environ["ARTHUR_API_KEY"]
    return said.getvalue().splitlines()[-1]


@step
def save_by_password() -> Any:
    arthur = by_password("engineer")
    model = unsaved(arthur, "fraud-1", description="Who cheats.", tags=["eu"], classifier_threshold=0.4)
    model.save()
    found = arthur.get_model("fraud-1", id_type="partner_model_id")
    return {
        "saved": told(model),
        "found": told(found),
        "same id": found.id == model.id == arthur.get_model(model.id).id,
        "same attributes": [attribute.to_dict() for attribute in sorted_attributes(found)]
        == [attribute.to_dict() for attribute in sorted_attributes(model)],
        "group": arthur.get_model_group(model).name,
    }


def sorted_attributes(model: ArthurModel) -> list[ArthurAttribute]:
    return sorted(model.attributes or [], key=lambda attribute: (attribute.stage, attribute.name))


@step
def versions_of_a_group() -> Any:
    arthur = signed_in(ENGINEER)
    group = arthur.get_model_group(arthur.get_model("fraud-1", id_type="partner_model_id"))
    for number, label in ((2, "challenger"), (3, None)):
        model = unsaved(arthur, f"fraud-{number}")
        group.add_version(model, label)
        model.save()
    return {
        "all": [(version.version_sequence_num, version.version_label) for version in group.get_versions()],
        "by number": told(group.get_version(sequence_num=2))["version_label"],
        "by label": told(group.get_version(label="challenger"))["version_sequence_num"],
        "latest": group.get_latest_version().version_sequence_num,
    }


def fraud(arthur: ArthurAI, number: int) -> ArthurModel:
    return arthur.get_model(f"fraud-{number}", id_type="partner_model_id")


@step
def label_taken() -> Any:
    arthur = signed_in(ENGINEER)
    model = unsaved(arthur, "fraud-4")
    arthur.get_model_group(fraud(arthur, 1)).add_version(model, "challenger")
    model.save()


@step
def partner_id_taken() -> Any:
    unsaved(signed_in(ENGINEER), "fraud-1").save()


@step
def no_such_version() -> Any:
    arthur = signed_in(ENGINEER)
    arthur.get_model_group(fraud(arthur, 1)).get_version(label="nobody")


@step
def update() -> Any:
    arthur = signed_in(ENGINEER)
    model = fraud(arthur, 2)
    model.update()  # with nothing new
    model.tags, model.version_label, model.classifier_threshold = ["us"], "second", 0.7
    model.update()
    return told(fraud(arthur, 2))


@step
def describe_the_group() -> Any:
    group = signed_in(ENGINEER).get_model_group(fraud(signed_in(ENGINEER), 1))
    group.description = "Who cheats, and how."
    return signed_in(ENGINEER).get_model_group(group.id).description


@step
def rename_the_group() -> Any:
    signed_in(ENGINEER).get_model_group(fraud(signed_in(ENGINEER), 1)).name = "Cheats"


@step
def rename_the_group_by_an_admin() -> Any:
    group = signed_in(ADMIN).get_model_group(fraud(signed_in(ADMIN), 1))
    group.name = "Cheats"
    return signed_in(ADMIN).get_model_group(group.id).name


@step
def archive() -> Any:
    fraud(signed_in(ENGINEER), 3).archive()


@step
def archive_after_approval() -> Any:
    arthur = signed_in(ENGINEER)
    model, approval = fraud(arthur, 3), approve(1)
    model.archive()
    group = arthur.get_model_group(model)
    return {
        "approval": approval,
        "all": [version.version_sequence_num for version in group.get_versions()],
        "with archived": [
            (version.version_sequence_num, version.archived) for version in group.get_versions(include_archived=True)
        ],
        "latest": group.get_latest_version().version_sequence_num,
        "model": told(fraud(arthur, 3)),
    }


@step
def archive_the_group() -> Any:
    arthur = signed_in(ENGINEER)
    group = arthur.get_model_group(arthur.get_model("credit-risk-1", id_type="partner_model_id"))
    group.archive()
    return arthur.get_model_group(group.id).archived


@step
def reference_data() -> Any:
    stored, closed = fraud(signed_in(ENGINEER), 1).set_reference_data(
        data=pd.DataFrame(
            {"amount": [1.5], "country": ["de"], "fraud": [0.1], "honest": [0.9], "is_fraud": [0], "is_honest": [1]}
        )
    )
    return {"counts": stored["counts"], "message": stored["failures"][0][0]["message"], "closed": closed}


@step
def a_version_of_another_door() -> Any:
    address = f"{HOST}/api/v1/workspaces/default/models/churn/versions"
    requests.post(address, json={"name": "ours"}, headers={"Authorization": f"Bearer {ENGINEER}"}, timeout=30).raise_for_status()
    listed = requests.get(f"{HOST}/api/v3/model_groups", headers={"Authorization": ENGINEER}, timeout=30).json()["data"]
    group = signed_in(ENGINEER).get_model_group(next(each["id"] for each in listed if each["name"] == "churn"))
    return told(group.get_latest_version()) | {"attributes": len(group.get_latest_version().attributes)}


@step
def inferences() -> Any:
    fraud(signed_in(ENGINEER), 1).get_enrichments()


@step
def wrong_password() -> Any:
    by_password("engineer", "wrong")


@step
def gone_key() -> Any:
    signed_in("swd_gone")


@step
def no_role() -> Any:
    by_password("viewer").get_model_group(fraud(by_password("viewer"), 1).model_group_id).description = "Mine."


@step
def no_workspace() -> Any:
    by_password("stranger").get_model_group("1")


@step
def a_workspace_by_its_name() -> Any:
    return by_password("engineer", organization_id="default").get_model("fraud-1", id_type="partner_model_id").display_name


def outcome(do: Callable[[], Any]) -> Any:
    try:
        return do()
    except ArthurError as refused:
        return f"{type(refused).__name__}: {refused}"


if __name__ == "__main__":
    print(json.dumps({do.__name__: outcome(do) for do in STEPS}))
