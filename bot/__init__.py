"""Relais: a chat assistant for young people leaving care in France."""
