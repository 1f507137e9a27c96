"""The Python client and the command line, against a Stageward that runs in processes of its own."""
