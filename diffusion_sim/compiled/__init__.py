"""What the model needs of a compiler: eight numbers at a time, tables kept by columns, threads that wait for each
other. Knows nothing of teachers or schools, and imports nothing of this package's other rooms."""
