"""What the store promises: nothing committed is lost, nothing is read back changed, no one is locked out."""
