"""A school year: order_of_the_year.py is the page to read second."""
