"""Verifying: whether a sentence says only what the text that it cites says."""

from rag.verify.check import Verdict, verify
from rag.verify.tokens import cleaned, tokenise

__all__ = ["Verdict", "cleaned", "tokenise", "verify"]
