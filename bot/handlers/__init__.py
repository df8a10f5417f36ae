"""The only code that knows Telegram, one file per kind of event."""
