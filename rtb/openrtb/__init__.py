"""OpenRTB 2.5 and 2.6: what exchanges send, and what they accept."""
