"""The one kind of error that is the user's to mend."""


class UserError(Exception):
    """Something the user can mend: one line saying where, what, the value and what to do.

    The command line prints it on stderr and exits with 2; it shows a traceback only with --debug.
    """
