"""Show a customer how far the repair is, on a page that only its hash opens."""
