"""Everything that knows Beam, YAML, paths and the command line."""
