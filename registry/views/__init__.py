"""The registry's pages: each module a page, its view first, then what it shows."""
