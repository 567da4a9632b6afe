"""Typed look-ups in the environment; any variable X may be given as X_FILE instead."""

from collections.abc import Mapping
from pathlib import Path


class ConfigError(Exception):
    """The environment is wrong; the text says how to mend it."""


class Environment:
    """Typed look-ups in an environment, X_FILE included."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values

    def text(self, name: str, default: str) -> str:
        path = self._values.get(f"{name}_FILE")
        if path is None:
            return self._values.get(name, default)
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ConfigError(f"{name}_FILE names {path}, which cannot be read: {error.strerror}.") from error

    def flag(self, name: str) -> bool:
        return self.text(name, "0").lower() in ("1", "true", "yes", "on")

    def number(self, name: str, default: int) -> int:
        text = self.text(name, str(default))
        if not text.isdigit():
            raise ConfigError(f"{name} must be a whole number, not {text!r}.")
        return int(text)

    def path(self, name: str) -> Path | None:
        """A file that must exist; None where the variable is not set."""
        given = self._values.get(name, "")
        if given and not Path(given).is_file():
            raise ConfigError(f"{name} names {given}, which is no file.")
        return Path(given) if given else None

    def port(self, name: str, default: int) -> int:
        number = self.number(name, default)
        if not 0 < number < 65536:
            raise ConfigError(f"{name} must be a TCP port from 1 to 65535, not {number}.")
        return number
