"""What the documentation promises: pages made from the code, commands that exist, links that lead somewhere."""
