"""`script/demo`: a bank of simulated customers on this machine, from nothing to a live queue."""
