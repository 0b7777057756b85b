"""What can go wrong while documents are read."""


class CorpusError(Exception):
    """A folder or a file cannot be read; the message names it and says what to do."""
