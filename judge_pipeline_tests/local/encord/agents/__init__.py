"""Programs written for Encord's own agents library, run as their users run them: against this machine by settings alone."""
