"""What a connector is given to call a platform with."""

from huiying.http.client import HTTPClient
from ingest.clients.connectors.connector import Access
from ingest.storage.account_book import OpenAccount


def access_of(account: OpenAccount, client: HTTPClient) -> Access:
    """The account's secrets and address, and the client."""
    return Access(account=account.ref, credentials=account.credentials, client=client, api_base=account.api_base)
