#!/bin/sh
# Makes the namespace, with histories kept for 90 days, and our search attributes; may run any number of times.
set -eu
: "${TEMPORAL_ADDRESS:?}" "${TEMPORAL_NAMESPACE:?}"
export TEMPORAL_ADDRESS TEMPORAL_NAMESPACE

attempts=0
# An open port is not a server that is ready.
until temporal operator cluster health >/dev/null 2>&1; do
  attempts=$((attempts + 1))
  if [ "$attempts" -ge 60 ]; then
    echo "the Temporal server at $TEMPORAL_ADDRESS does not get ready" >&2
    exit 1
  fi
  sleep 2
done

if temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1; then
  temporal operator namespace update --namespace "$TEMPORAL_NAMESPACE" --retention 90d
else
  temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention 90d
fi

# Known to the server a moment after the namespace is made.
attempts=0
until temporal operator search-attribute list --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1; do
  attempts=$((attempts + 1))
  if [ "$attempts" -ge 60 ]; then
    echo "the namespace $TEMPORAL_NAMESPACE does not get ready" >&2
    exit 1
  fi
  sleep 1
done
known=$(temporal operator search-attribute list --namespace "$TEMPORAL_NAMESPACE")
for name in BackupDatabase BackupKind BackupState; do
  case $known in
    *"$name"*) ;;
    *) temporal operator search-attribute create --namespace "$TEMPORAL_NAMESPACE" --name "$name" --type Keyword ;;
  esac
done
