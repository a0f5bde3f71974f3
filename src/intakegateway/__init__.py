"""IntakeGateway: any file, API or query into a table, every row accounted for, at bulk speed."""
