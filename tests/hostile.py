"""What tests of hostile files share: a secret that may not appear, and a port that nobody may ask."""

from pathlib import Path
from typing import Any

POINT = {"type": "Feature", "properties": {"name": "x"}, "geometry": {"type": "Point", "coordinates": [114, 30]}}
COLLECTION: dict[str, Any] = {"type": "FeatureCollection", "features": [POINT] * 3}
SECRET = "secret-of-another-file"  # noqa: S105
VRT = (
    "<OGRVRTDataSource><OGRVRTLayer name='a'><SrcDataSource>{source}</SrcDataSource>"
    "<SrcLayer>a</SrcLayer></OGRVRTLayer></OGRVRTDataSource>"
)


def put(folder: Path, name: str, data: bytes | str) -> Path:
    file = folder / name
    file.write_bytes(data if isinstance(data, bytes) else data.encode())
    return file
