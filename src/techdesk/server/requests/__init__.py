"""Take in what is asked, in every dialect: read it strictly, know whose it is, carry it out once."""
