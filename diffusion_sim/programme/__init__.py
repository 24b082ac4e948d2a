"""The programme and the district's money: who is enrolled, what is paid, and what the planner sees."""
