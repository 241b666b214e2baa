"""Dates, URLs, prices, e-mail addresses, telephone numbers and box drawing become tokens."""
