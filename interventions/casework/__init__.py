"""Cases: who needs somebody's attention, whose they are, how urgent, and what people do with them."""
