"""The shapes of the API of people."""
