"""Keep the rows: the database with its tables, their migrations, their ids, and a transaction on behalf of somebody."""
