"""Real headline tests played again: a bandit per test, truth from what was recorded."""
