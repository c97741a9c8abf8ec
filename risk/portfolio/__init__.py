"""The portfolio: how many customers stand where, counted beforehand for the whole bank."""
