#!/bin/sh
# A backup, verified, in a folder of its own; old ones go when their days are over.
set -eu
folder="${TWIN_BACKUPS:-/var/lib/twin-backups}"
python="${TWIN_PYTHON:-/opt/twin/venv/bin/python}"
file="$folder/$(date -u +%Y%m%dT%H%M%SZ).twin"
"$python" app.py backup --district "$TWIN_DISTRICT" --out "$file"
"$python" app.py verify --district "$TWIN_DISTRICT" "$file"
find "$folder" -name '*.twin' -mtime "+${TWIN_BACKUP_DAYS:-30}" -delete
