"""What the store promises: nothing acknowledged is lost, nothing is read back changed, nobody is locked out."""
