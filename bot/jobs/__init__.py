"""The durable work: saving a submission, the jobs that follow from it, the account's rate limit.

The only room that imports `dbos`.
"""
