"""Protocol v1, `/public` and `/public/user`: every request is a POST with an envelope, a file for each kind of query."""
