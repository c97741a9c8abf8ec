"""What help does: the holdout, the measurement, and what other rules would have led to."""
