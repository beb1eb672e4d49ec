"""What the official SDK makes of every kind of failure, for every class of call: the ground that the pipeline stands on."""
