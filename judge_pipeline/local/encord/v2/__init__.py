"""Protocol v2, `/v2/public/…`: a file for each kind of resource."""
