"""What a connector is given to call a platform with."""

from huiying.events.interactions import AccountRef
from huiying.http.client import HTTPClient
from ingest.clients.connectors.connector import Access, Credentials
from ingest.storage.account_book import OpenAccount
from ingest.storage.tables import Account
from ingest.storage.unit import IngestTools


def access_of(account: OpenAccount, client: HTTPClient) -> Access:
    """The account's secrets and address, and the client."""
    return Access(account=account.ref, credentials=account.credentials, client=client, api_base=account.api_base)


def access_to(account: Account, *, credentials: Credentials, tools: IngestTools) -> Access:
    """The same for an account that was read just now, so that nothing about it is old."""
    ref = AccountRef(id=account.id, external_id=account.external_id, brand=account.brand)
    return Access(account=ref, credentials=credentials, client=tools.client, api_base=account.api_base)
