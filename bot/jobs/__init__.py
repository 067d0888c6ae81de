"""The durable work: saving a submission, the jobs that follow, the account's rate limit.

The only package that imports `dbos`.
"""
