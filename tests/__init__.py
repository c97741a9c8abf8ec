"""Whole-system flows, and what all tests share."""
