"""The transport over Apache Kafka: the only package that knows its client.

`transport.KafkaTransport` is the way in; the other modules are its parts.
"""
