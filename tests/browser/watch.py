"""What a page must never do: errors in the console, requests to other places, server errors, things that are not there."""

from playwright.sync_api import BrowserContext, ConsoleMessage, Request, Response, WebError

REFUSALS = {400, 403, 409, 422}  # answers that pages show to people


class Watch:
    """Collects the faults of one browser context."""

    def __init__(self, context: BrowserContext, origin: str) -> None:
        self.faults: list[str] = []
        self.origin = origin
        context.on("console", self.heard)
        context.on("request", self.asked)
        context.on("response", self.answered)
        context.on("weberror", self.failed)

    def heard(self, message: ConsoleMessage) -> None:
        """Anything in the console that is not just the status of an answer, which `answered` judges."""
        if message.type in ("error", "warning") and not message.text.startswith("Failed to load resource"):
            self.faults.append(f"console: {message.text}")

    def asked(self, request: Request) -> None:
        """Stageward works offline: whatever a page needs comes from where the page came from."""
        if not request.url.startswith((f"{self.origin}/", "data:")):
            self.faults.append(f"request to another origin: {request.url}")

    def answered(self, response: Response) -> None:
        """A server error, or a part of a page that is missing."""
        part = response.request.resource_type != "document"
        if response.status >= 500 or (part and response.status >= 400 and response.status not in REFUSALS):
            self.faults.append(f"answer {response.status}: {response.url}")

    def failed(self, error: WebError) -> None:
        """An exception that nothing caught."""
        self.faults.append(f"uncaught: {error.error}")

    def taken(self) -> list[str]:
        """What was found since the last time."""
        found, self.faults = self.faults, []
        return found
