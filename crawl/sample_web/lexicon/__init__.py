"""Word lists and clause lists of the sample web, one text file a topic."""
