"""What the model asks of a compiler: eight numbers at a time, tables kept by columns, threads that wait for each other.

Nothing here knows of teachers or schools, and nothing imports the package's other rooms.
"""
