#!/bin/sh
# Starts the media worker with as little as it needs. It reads packets from anybody: should one of them ever take it over,
# there must be nothing in it to find and nothing that it may do. The process stays the same one through all `exec`s, since
# mediasoup knows its worker by the process id, and talks with it over file descriptors 3 and 4.
#
# From confinement.ts: MEDIA_WORKER_BIN, MEDIA_WORKER_USER, MEDIA_WORKER_PORT, MEDIA_WORKER_OPEN_FILES,
# MEDIA_WORKER_MEMORY_KIB.
# What cannot be had on this system is left out here; the node looks at the running worker and says what is missing.
set -eu

# No core dump, which would hold the keys of calls. Bounds may only be lowered by who is not root.
ulimit -c 0
ulimit -n "$MEDIA_WORKER_OPEN_FILES" 2>/dev/null || true
# Of what it allocates. Past it the worker ends and is replaced, before the machine has no memory left.
ulimit -d "$MEDIA_WORKER_MEMORY_KIB" 2>/dev/null || true

set -- "$MEDIA_WORKER_BIN" "$@"

works() {
  "$@" true 2>/dev/null
}

# It gets no privileges by running another program, and the kernel ends it when the node is gone, however that ended.
limits='--no-new-privs --pdeathsig=KILL'
if [ "$(id -u)" = 0 ]; then
  user="--reuid=$MEDIA_WORKER_USER --regid=$(id -g "$MEDIA_WORKER_USER" 2>/dev/null || echo "$MEDIA_WORKER_USER")"
  user="$user --clear-groups"
  if [ "$MEDIA_WORKER_PORT" -lt 1024 ]; then
    caps='--inh-caps=-all,+net_bind_service --bounding-set=-all,+net_bind_service --ambient-caps=+net_bind_service'
  else
    caps='--inh-caps=-all --bounding-set=-all'
  fi
  # Meant to be split into words: the user's name has been checked to be one.
  # shellcheck disable=SC2086
  if works setpriv $user $caps $limits; then
    set -- setpriv $user $caps $limits "$@"
  elif works setpriv $limits; then
    set -- setpriv $limits "$@"
  fi
elif works setpriv $limits; then
  set -- setpriv $limits "$@"
fi

# A session of its own: a signal to the node's process group, such as Ctrl-C, would end the calls before the node has drained.
if works setsid; then
  set -- setsid "$@"
fi

exec env -i MEDIASOUP_VERSION="$MEDIASOUP_VERSION" ${LD_LIBRARY_PATH:+LD_LIBRARY_PATH="$LD_LIBRARY_PATH"} "$@"
