"""Upkeep of the customers' tables."""

from celery import shared_task

from customers import bank_clock, partitions


@shared_task
def prepare_partitions() -> None:
    """Make sure of the coming months' partitions."""
    partitions.ensure_ahead(now=bank_clock.now())
