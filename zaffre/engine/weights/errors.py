"""Why weights are not to be had."""


class WeightsError(Exception):
    """The weights could not be fetched, checked or converted. The message says what to do about it."""


class Stopped(WeightsError):
    """The server is closing: whoever fetches weights gives up."""
