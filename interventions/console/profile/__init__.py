"""Customer: why, and what happens by the due date?"""
