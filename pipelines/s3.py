"""S3 clients made once a process: Beam makes one for each request, which costs more than most."""

import functools
from typing import Any

from apache_beam.io.aws.clients.s3 import boto3_client


class _SharedSession:
    """Stands in Beam's module for boto3's session; the same arguments give the same client.

    boto3's clients may be used from many threads. Beam's own wrapper around one holds the state of
    a download and stays one for each file.
    """

    @staticmethod
    @functools.lru_cache(maxsize=8)
    def client(**arguments: Any) -> Any:
        """Give the client of a service with these options."""
        import boto3

        return boto3.session.Session().client(**arguments)


class _Boto3:
    """What Beam's module uses of boto3."""

    class session:
        """boto3.session."""

        Session = _SharedSession


def share_clients() -> None:
    """Let Beam's S3 filesystem in this process share its clients."""
    if boto3_client.boto3 is not None:
        boto3_client.boto3 = _Boto3
