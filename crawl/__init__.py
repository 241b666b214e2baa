"""Polite fetching of sites into WARC, and reading WARC back as pages."""
