"""The pure dialogue machine."""
