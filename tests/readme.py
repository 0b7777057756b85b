"""The code in the README."""

import re
from pathlib import Path

README = (Path(__file__).parents[1] / "README.md").read_text("utf-8")
CHAT = "http://127.0.0.1:7860"  # where a block needs the chat to be


def blocks(language: str, *, chat: bool = False) -> list[str]:
    """Returns the blocks of a language: those that need the chat, or the others."""
    found = re.findall(rf"^```{language}\n(.*?)^```", README, re.M | re.S)
    return [block for block in found if (CHAT in block) == chat]
