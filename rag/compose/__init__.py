"""Composing: from evidence to the sentences of an answer, none of them without support."""

from rag.compose.choose import chosen, lacks, load_composer
from rag.compose.composer import Claim, Composer, Dropped, Refused, Request
from rag.compose.quote import QuoteComposer

__all__ = [
    "Claim",
    "Composer",
    "Dropped",
    "QuoteComposer",
    "Refused",
    "Request",
    "chosen",
    "lacks",
    "load_composer",
]
