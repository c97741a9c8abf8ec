"""What the model page shows: metrics, comparisons and reports, shaped as tables and small charts."""
