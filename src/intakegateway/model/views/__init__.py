"""What the services take and give: one module per noun, the same values for REST, command line and Python."""
