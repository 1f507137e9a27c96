"""What runs needs nothing but `requirements.txt`, though the developers' packages stand beside it here."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Hides every package that requirements.txt does not list, then imports all that a server and a worker import.
PROGRAM = """
import re, sys
from importlib import metadata
from pathlib import Path

def plain(name):
    return re.sub(r"[-_.]+", "-", name).lower()

listed = {plain(name) for name in re.findall(r"^([A-Za-z0-9._-]+)==", Path("requirements.txt").read_text(), re.M)}
hidden = {module for module, owners in metadata.packages_distributions().items() if not {plain(owner) for owner in owners} & listed}

class Hide:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in hidden:
            raise ModuleNotFoundError(f"{name} is not in requirements.txt", name=name)

sys.meta_path.insert(0, Hide())
import config.gunicorn, django, gunicorn.app.wsgiapp
django.setup()
from django.urls import get_resolver
from config.celery import app
app.loader.import_default_modules()
get_resolver().url_patterns
print(len(hidden))
"""


def test_server_and_worker_start_with_what_requirements_txt_lists_alone(tmp_path: Path):
    environment = {"PATH": os.environ["PATH"], "STAGEWARD_DATA": str(tmp_path), "DJANGO_SETTINGS_MODULE": "config.settings"}
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr[-2000:]
    assert int(ended.stdout) > 10  # the developers' were there to be hidden
