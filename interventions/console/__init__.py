"""The pages of relationship managers and supervisors: what is read for them, and how it is shown."""
