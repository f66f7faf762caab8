#!/bin/sh
# make-keys.sh SERVERS PRIVATE: makes what is missing of the keys of a deployment for trying out, and new tokens.
# SERVERS gets what Skald reads (master.key, token-key.pub.pem); PRIVATE gets what it must not have: the key that
# signs tokens, and a token for each role, good for 30 days.
set -eu
umask 077
servers=$1
private=$2
here=$(dirname "$0")

# A file appears when it is complete: whoever is interrupted starts over.
into() {
  cat > "$1.new"
  mv "$1.new" "$1"
}

if [ ! -e "$servers/master.key" ]; then
  key=$(od -An -v -N32 -tx1 /dev/urandom | tr -d ' \n')
  [ ${#key} -eq 64 ]
  echo "$key" | into "$servers/master.key"
fi

[ -e "$private/token-key.pem" ] || node "$here/../bin/skald.js" token --make-key "$private"
into "$servers/token-key.pub.pem" < "$private/token-key.pub.pem"

for role in viewer caseworker service operator auditor admin; do
  token=$(node "$here/../bin/skald.js" token --key "$private/token-key.pem" --subject "demo-$role" --role "$role" --ttl 30d)
  echo "$token" | into "$private/$role.token"
done
