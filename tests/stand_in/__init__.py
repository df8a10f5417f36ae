"""A stand-in for Telegram's Bot API: its own process, on loopback, driven by tests."""
