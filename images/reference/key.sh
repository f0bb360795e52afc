#!/bin/sh
# key.sh: the key that signs this build's commits and summaries. It is not part of any image: the bench puts the public
# half on a device at provisioning, so that images stay reproducible.
set -eu
cd /build
rm -rf gpg
mkdir -m 0700 gpg
export GNUPGHOME=/build/gpg
gpg --batch --quiet --pinentry-mode loopback --passphrase '' --quick-generate-key 'bootproof reference images' ed25519 sign never
gpg --list-keys --with-colons | awk -F: '/^fpr/ { print $10; exit }' >gpg/key-id
gpg --export >trusted.gpg
