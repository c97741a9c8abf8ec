"""What staff do for a customer: relief, promises to pay, and doing otherwise than the policy recommends."""
