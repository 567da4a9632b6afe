"""Where templates, static files and migrations are: beside the package in a checkout, inside it when installed."""

from pathlib import Path

PACKAGE = Path(__file__).parent


def resource(name: str) -> Path:
    """The directory of this name: templates, static or migrations."""
    inside = PACKAGE / name
    return inside if inside.is_dir() else PACKAGE.parent / name
