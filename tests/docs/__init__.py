"""The documentation is run: every command, every answer, every link, every setting."""
