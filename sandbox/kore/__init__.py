"""A local Kore.ai that answers in the vendor's shapes, and fails when asked to."""
