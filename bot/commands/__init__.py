"""The `relais` command, one file per group of subcommands."""
