"""How well, and how fast."""
