"""What can go wrong with models and vectors."""


class EmbeddingsError(Exception):
    """A model or an index cannot be used; the message names it and says what to do."""
