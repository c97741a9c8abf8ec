"""The command palette: go to a page, a customer or a case from anywhere."""
