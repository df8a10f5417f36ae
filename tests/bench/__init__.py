"""Measurements. They judge nothing: a speed is a ratio between two things measured in one run."""
