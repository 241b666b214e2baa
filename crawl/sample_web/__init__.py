"""A built-in Japanese web, generated from a seed: its pages, its truth, and a loopback server."""
