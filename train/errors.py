"""What can go wrong in training and is the user's to mend."""


class TrainError(ValueError):
    """One line that says what was wrong, its value, and what to do."""


class NotFinite(TrainError):
    """A loss or gradient that is no number; the last checkpoint before it is kept."""
