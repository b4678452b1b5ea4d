"""Hold the steps that bring a database from one version's form to the next."""
