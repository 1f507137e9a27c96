"""The shapes of stage change requests, their reviews and checks, comments and policies in the API."""
