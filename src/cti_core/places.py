"""Where what ships with the product lies: beside the sources in a checkout, inside the package when installed."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_CHECKOUT = _PACKAGE.parent.parent


def config_folder() -> Path:
    """Demo settings, menus, tone plans."""
    return _first(_CHECKOUT / "config", _PACKAGE / "config")


def web_folder() -> Path:
    """Pages of the browser."""
    return _first(_CHECKOUT / "web", _PACKAGE / "api" / "web")


def address_file(data_dir: Path) -> Path:
    """Where a running daemon says how to reach it: written by `cti serve`, read by the other verbs."""
    return data_dir / "daemon.json"


def _first(*folders: Path) -> Path:
    return next((folder for folder in folders if folder.is_dir()), folders[-1])
