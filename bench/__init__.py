"""Measurements: `./start bench`."""
