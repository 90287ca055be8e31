"""Why there is no markup."""


class NothingFits(ValueError):
    """The creative has nothing for this impression: eligibility should have said so."""
