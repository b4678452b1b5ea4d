"""Say what goes out, in every dialect: a row as JSON, a refusal as a problem; knows no database."""
