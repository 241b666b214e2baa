"""The Switch Transformer: data, model, mesh, training, fine-tuning, generation, exchange."""
