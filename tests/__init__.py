"""The tests. `python -m tests` runs everything (`./start test`); the folders mirror the apps."""
