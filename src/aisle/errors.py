"""The errors a user can meet. Everything else that is raised is a defect of aisle."""

from __future__ import annotations


class AisleError(Exception):
    """A failure that is not the user's doing (a full disk, a damaged file). Exit status 1."""


class UserError(AisleError):
    """Wrong use or bad input. Exit status 2; over HTTP a 4xx problem document.

    The message says what was given, what is allowed and what to do, in one line.
    """


class BusyError(AisleError):
    """Another process holds what is needed (two builds at once). Try again later."""


class AwayError(BusyError):
    """A service on another machine does not answer. Try again later; what can be done without it is done."""


class DamagedError(AisleError):
    """A file of ours is not what its checksum or manifest says."""
