"""Tables, and the queries that read and write them. Answers domain objects, never rows."""
