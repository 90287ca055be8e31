"""The content prior: what an account's earlier templates say of words nobody has seen yet."""
