"""Show and change a whole order by the description of its form (`application.order_form`)."""
