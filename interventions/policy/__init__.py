"""What the bank says and does: versions that two people approve, and what their words may not say."""
