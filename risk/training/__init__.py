"""Training the early-warning model: from the bank's own history to a model with its metrics, offline only."""
