"""The imports app: bringing over what another system knows."""

from django.apps import AppConfig


class ImportsConfig(AppConfig):
    """Plain; each kind of import adds itself to `sources.SOURCES`."""

    name = "imports"
