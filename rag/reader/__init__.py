"""The reader: a small transformer that finds the answer and knows when there is none."""

from rag.reader.reader import Reader, SpanReader, load_reader

__all__ = ["Reader", "SpanReader", "load_reader"]
