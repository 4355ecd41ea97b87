"""The requests that are sent: signed comments of the generic source, each another one, made before the clock runs."""

import base64
import hashlib
import hmac
import json
import random
import time
from collections.abc import Iterator

_TEXTS = (
    "这家店的奶茶真的很好喝，下次还会再来，服务员也很热情！",
    "等了四十分钟还没有轮到我，叫号系统是不是坏了？太失望了",
    "请问周末几点开门？可以带宠物进去吗",
    "The new flavour is great, but my order came without a straw again.",
    "Third time this week the app ate my coupon. I want a refund, please.",
    "love it love it love it 😍😍 when is it coming to Chengdu?",
    "味道一般般吧，包装倒是挺好看的[doge]",
    "Is the oat milk option available in every store or only downtown?",
)
_PEOPLE = 5_000
_POSTS = 200


def comments(count: int, *, path: str, secret: str, seed: int = 1) -> list[bytes]:
    """Whole HTTP requests, each a comment of its own by one of many people under one of many posts."""
    return list(_comments(count, path=path, secret=secret, seed=seed))


def _comments(count: int, *, path: str, secret: str, seed: int) -> Iterator[bytes]:
    chance = random.Random(seed)  # noqa: S311 - a repeatable load, not a secret
    key = base64.b64decode(secret.removeprefix("whsec_"))
    run = f"{seed}-{time.time_ns()}"
    for number in range(count):
        yield request(_body(chance, f"{run}-{number}"), path=path, key=key, message_id=f"msg_{run}_{number}")


def request(body: bytes, *, path: str, key: bytes, message_id: str) -> bytes:
    """One signed POST as it goes over the wire."""
    moment = int(time.time())
    signed = f"{message_id}.{moment}.".encode() + body
    signature = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    head = (
        f"POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
        f"webhook-id: {message_id}\r\nwebhook-timestamp: {moment}\r\nwebhook-signature: v1,{signature}\r\n"
        f"content-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _body(chance: random.Random, comment_id: str) -> bytes:
    person, post = chance.randrange(_PEOPLE), chance.randrange(_POSTS)
    data = {
        "id": f"c-{comment_id}",
        "text": chance.choice(_TEXTS) * chance.randint(1, 4),
        "author": {"id": f"u-{person}", "name": f"读者 {person}", "followers": person * 7},
        "post": {"id": f"p-{post}", "url": f"https://example.com/posts/{post}", "title": "新品上市 New arrivals"},
        "url": f"https://example.com/posts/{post}#c-{comment_id}",
    }
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    return json.dumps({"type": "comment.created", "timestamp": now, "data": data}, ensure_ascii=False).encode()
