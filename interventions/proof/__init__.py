"""What proves a decision later: receipts and case packs."""
