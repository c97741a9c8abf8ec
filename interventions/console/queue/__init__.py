"""What readers do with the risk queue besides reading it: saved views, steps for many customers, files."""
