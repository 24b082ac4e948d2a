"""What a run begins with and consists of: schools, teachers and ties as they are drawn, and the state that changes."""
