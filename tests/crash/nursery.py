"""`python -m tests.crash.nursery`: real workers, each a process of its own, made in a tenth of a second, because all is loaded before.

Each line on standard input makes one; its process id is the answer. They end with this process.
"""

import os
import signal
import sys

import django


def main() -> None:
    """Load everything, then make a worker for every line."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    django.setup()
    from config.celery import app  # noqa: PLC0415 - Django has to be set up first
    from config.management.commands.up import WORKER  # noqa: PLC0415
    from config.supervisor import end_with_parent  # noqa: PLC0415

    app.finalize(auto=True)
    app.loader.import_default_modules()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    words = WORKER[WORKER.index("--quiet") + 1 :]
    for number, _ in enumerate(sys.stdin):
        made = os.fork()
        if made == 0:
            os.setsid()  # with its clock, which is a process too
            end_with_parent()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
            schedule = f"{os.environ['STAGEWARD_DATA']}/beat-{number}"
            app.worker_main([*words, "--hostname", f"worker{number}@crash", "--schedule", schedule])
            os._exit(0)
        print(made, flush=True)


if __name__ == "__main__":
    main()
