"""Whether a customer may be contacted: rules as data, what is known of the customer, and asking the send gate."""
