"""Tables and codes: what is known of every teacher, school and district, and what its numbers mean."""
