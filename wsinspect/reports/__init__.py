"""Reports on checks: functions from results to text, in the forms that people and CI services read."""
