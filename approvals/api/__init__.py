"""Stage change requests, comments and policies, over HTTP."""
