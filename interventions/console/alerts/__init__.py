"""The bell: what turned HIGH and whose deadline passed, for who looks after them."""
