"""The creative optimiser's pages: what is shown to whom, why, and what learning came to."""
