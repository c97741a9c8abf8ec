"""The early-warning model: the probability that the next instalment is missed, from features to reasons."""
