"""Pages of results in Markdown that a command makes: which version made one, and what must not be written over."""

from __future__ import annotations

from pathlib import Path

import diffusion_sim
from diffusion_sim.errors import StoreError, told
from diffusion_sim.model_version import model_version


def version_said() -> str:
    """Versions of the package and of the model, as a page says them."""
    return f"diffusion-sim {diffusion_sim.__version__}, version {model_version()} of the model."


def text_there(page: Path, command: str, of: str) -> str:
    """What stands on a page of ``of`` that ``command`` made, "" where there is none. Raises StoreError where it cannot
    be read, or something else stands there: it would be lost."""
    try:
        text = page.read_text(encoding="utf-8") if page.exists() else ""
    except (OSError, UnicodeDecodeError) as error:
        raise StoreError(f"{page}: the page cannot be written there: {told(error)}") from None
    if text and f"\nMade by `{command}" not in text:
        raise StoreError(f"{page}: no page of {of} (no line 'Made by `{command}'); name another file")
    return text
