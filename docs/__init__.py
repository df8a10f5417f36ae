"""What documents are made with."""
