"""The optimiser's benchmark."""
