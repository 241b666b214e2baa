"""Run configurations that ship with kinari."""
