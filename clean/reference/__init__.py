"""The frozen reference: n-gram counts and signal quantiles of known good Japanese text."""
