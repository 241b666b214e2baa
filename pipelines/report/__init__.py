"""The report of a run: static HTML that an auditor opens from a file."""
