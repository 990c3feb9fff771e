"""How well a generalization measure ranks networks of a grid of hyperparameters."""
