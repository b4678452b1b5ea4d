"""Send e-mail to customers through the team's own mail server."""
