"""Vocabulary, encoder, training examples and TFRecord shards."""
