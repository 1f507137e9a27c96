"""MLflow's own webhooks, which are not kept here: they know no stage changes."""

from gateways.call import Call
from gateways.errors import NoAddress
from gateways.protocol import Json


def refuse(call: Call) -> Json:
    """Say where webhooks are made instead."""
    raise NoAddress(
        "MLflow's webhooks, which tell nothing of stages, are not kept here, so nothing was done. Make one of Stageward's, which tell of"
        f" stage changes too: POST /api/v1/workspaces/{call.workspace.slug}/webhooks."
    )
