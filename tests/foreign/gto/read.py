"""What the real gto says of repositories, as JSON: run in its own environment, with their folders as arguments."""

import json
import sys

from gto.api import history, show


def said(folder: str) -> dict[str, object]:
    """Who is in which stage of each artifact, and every event, oldest first."""
    shown = show(folder, versions_per_stage=-1)
    stages = {
        name: {stage: sorted(held.split(", ")) for stage, held in artifact["stage"].items() if held}
        for name, artifact in shown.items()
    }
    events = [[event["artifact"], event["event"], event["version"], event["stage"]] for event in history(folder, ascending=True)]
    return {"show": stages, "history": events}


print(json.dumps([said(folder) for folder in sys.argv[1:]]))
