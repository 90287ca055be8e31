"""Dead letters for operators: read them, see why, send them again, edited or as they are."""
