"""What customers say on their own page, which a link in a message leads to, and what staff make of it."""
