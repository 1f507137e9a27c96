"""The pages of people: each module a page, its view first, then what it shows."""
