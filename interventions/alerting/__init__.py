"""Who is told of what, and how: the bell, what was read, settings of each reader, and the e-mail digest."""
