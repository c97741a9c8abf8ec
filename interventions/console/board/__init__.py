"""The supervisors' board: who has how much to do, how long it has been open, and giving it to others."""
