"""IP addresses: where a request comes from, and the lists of sources that operators load."""
