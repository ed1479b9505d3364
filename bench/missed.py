"""When there is no figure."""


class NotMeasured(RuntimeError):
    """What is measured ended early, answered otherwise than it should, or was never left alone: the text says
    which, and what may help."""
