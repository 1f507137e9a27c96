"""The pages of stage change requests: each module a page, its view first, then what it shows."""
