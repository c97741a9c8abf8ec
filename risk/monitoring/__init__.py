"""Whether the early-warning model still sees what it was trained on, and still knows what it says."""
