#!/bin/sh
# tls.sh: a CA and what it has signed for the registry, and the same of a CA that no device trusts. Made with each image set; the device
# gets the CA's certificate at provisioning. Runs in the builder root. 10.0.2.2 is this host as a QEMU guest sees it.
set -eu
cd /build
rm -rf tls
mkdir -m 0700 tls
for name in registry other; do
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 -subj "/CN=bootproof $name CA" \
    -keyout "tls/$name-ca.key" -out "tls/$name-ca.crt" -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign 2>/dev/null
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3649 -subj "/CN=bootproof $name" \
    -CA "tls/$name-ca.crt" -CAkey "tls/$name-ca.key" -keyout "tls/$name.key" -out "tls/$name.crt" \
    -addext basicConstraints=critical,CA:FALSE -addext subjectAltName=IP:10.0.2.2,IP:127.0.0.1,DNS:localhost 2>/dev/null
done
rm -f tls/*-ca.key
