"""Mail on the console, for who tries Stageward out: the words of each mail, without its HTML and its coding."""

from django.core.mail.backends import console
from django.core.mail.message import EmailMessage

SHOWN = ("Subject", "From", "To", "Message-ID")


class EmailBackend(console.EmailBackend):
    """Django's own, but readable."""

    def write_message(self, message: EmailMessage) -> None:
        """Write who is told what, and the text."""
        named = {"Subject": message.subject, "From": message.from_email, "To": ", ".join(message.to)}
        head = [f"{name}: {value}" for name, value in {**named, **message.extra_headers}.items() if name in SHOWN]
        self.stream.write("\n".join([*head, "", str(message.body).strip(), "-" * 79, ""]))
